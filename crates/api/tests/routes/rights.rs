//! What somebody may do: the role, as far as the token goes, and what teams add to it.

use std::collections::BTreeSet;

use model::OrganizationRole;
use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, Client, NOW},
    seed::message,
};

const ACME: &str = "/api/0/organizations/acme";
const SHOP: &str = "/api/0/projects/acme/shop";

async fn set_role(api: &Api, by: &Client, name: &str, role: &str) {
    let path = format!("{ACME}/members/{}/", api.member_id(name).await);
    by.put(&path, json!({ "orgRole": role })).await.ok();
}

async fn join(client: &Client, team: &str) {
    let path = format!("{ACME}/members/me/teams/{team}/");
    client.post(&path, json!({})).await.assert(201);
}

#[tokio::test]
async fn aut3_a_demoted_owner_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let second = api.member("second", OrganizationRole::Owner).await;
        let doomed = api.add_project("doomed").await;
        api.add_project("kept").await;
        // The token has all scopes, and keeps them: what it may do is up to the role of now.
        second.delete("/api/0/projects/acme/doomed/").await.assert(204);
        assert!(doomed.0 > 0);
        set_role(&api, &api.client(), "second", "member").await;
        second.delete("/api/0/projects/acme/kept/").await.assert(403);
        second
            .put(&format!("{ACME}/"), json!({ "name": "x" }))
            .await
            .assert(403);
        second.get("/api/0/projects/acme/kept/").await.ok();
        set_role(&api, &api.client(), "second", "billing").await;
        second.get("/api/0/projects/acme/kept/").await.assert(404);
        let path = format!("{ACME}/members/{}/", api.member_id("second").await);
        api.client().delete(&path).await.assert(204);
        second.get(&format!("{ACME}/")).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn aut3_statuses() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        // 401 without identity, 403 with one but no right, 404 where not even the name is to be told.
        api.anonymous().delete(&format!("{SHOP}/")).await.assert(401);
        let member = api.member("member", OrganizationRole::Member).await;
        member.delete(&format!("{SHOP}/")).await.assert(403);
        api.stranger().await.delete(&format!("{SHOP}/")).await.assert(404);
        // A role does not go further than its token.
        let narrow = api.client_for(&[Scope::ProjectRead]).await;
        narrow.get(&format!("{SHOP}/")).await.ok();
        narrow.delete(&format!("{SHOP}/")).await.assert(403);
        // Nor a token of the organization further than releases.
        let token = api
            .client()
            .post(&format!("{ACME}/org-auth-tokens/"), json!({ "name": "ci" }))
            .await;
        let pipeline = api.client_with(&token.assert(201).text("/token"));
        pipeline.get(&format!("{ACME}/releases/")).await.ok();
        for path in ["/", "/projects/", "/members/", "/issues/"] {
            pipeline.get(&format!("{ACME}{path}")).await.assert(403);
        }
        pipeline.get("/api/0/organizations/globex/releases/").await.assert(404);
        // Without a second factor nobody has access to an organization that asks for one, by token neither.
        let settings = services::access::MembershipSettings {
            require_two_factor: true,
            ..services::access::MembershipSettings::default()
        };
        let scope = api.project_scope().await;
        services::settings::set_of_organization(&api.app, scope.whole(), &settings)
            .await
            .unwrap();
        let refused = member.get(&format!("{SHOP}/")).await.assert(403);
        assert_eq!(refused.at("/detail/code"), "2fa-required");
        pipeline.get(&format!("{ACME}/releases/")).await.ok();
        assert_eq!(member.get("/api/0/projects/").await.ok().body, json!([]));
    })
    .await;
}

#[tokio::test]
async fn aut3_flags_of_the_organization_hold_for_tokens() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (client, member) = (api.client(), api.member("member", OrganizationRole::Member).await);
        let (issue, _) = api.save(message("a", NOW)).await;
        let projects = format!("{ACME}/projects/");
        member.post(&projects, json!({ "name": "Mine" })).await.assert(201);
        let flags = json!({ "allowMemberProjectCreation": false, "eventsMemberAdmin": false });
        client.put(&format!("{ACME}/"), flags).await.ok();
        member.post(&projects, json!({ "name": "More" })).await.assert(403);
        member.delete(&format!("/api/0/issues/{issue}/")).await.assert(403);
        member.delete(&format!("{ACME}/issues/?id={issue}")).await.assert(403);
        client
            .put(&format!("{ACME}/"), json!({ "eventsMemberAdmin": true }))
            .await
            .ok();
        member.delete(&format!("/api/0/issues/{issue}/")).await.assert(202);
    })
    .await;
}

#[tokio::test]
async fn rights_add_up_from_project_and_team() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .post(&format!("{ACME}/teams/"), json!({ "name": "ops" }))
            .await
            .assert(201);
        client
            .post("/api/0/teams/acme/ops/projects/", json!({ "name": "Tools" }))
            .await
            .assert(201);
        let (admin, member) = (
            api.member("admin", OrganizationRole::Admin).await,
            api.member("member", OrganizationRole::Member).await,
        );
        let rename = json!({ "name": "x" });
        // An administrator changes the projects of their own teams only; others they see as members do.
        admin.put(&format!("{SHOP}/"), rename.clone()).await.assert(403);
        join(&admin, "acme").await;
        admin.put(&format!("{SHOP}/"), rename.clone()).await.ok();
        admin
            .put("/api/0/projects/acme/tools/", rename.clone())
            .await
            .assert(403);
        admin
            .post("/api/0/teams/acme/ops/projects/", rename.clone())
            .await
            .assert(403);
        admin.put("/api/0/teams/acme/ops/", rename.clone()).await.assert(403);
        admin.put("/api/0/teams/acme/acme/", rename.clone()).await.ok();
        // A member who administers one team has the same there.
        join(&member, "ops").await;
        member
            .put("/api/0/projects/acme/tools/", rename.clone())
            .await
            .assert(403);
        let in_team = format!("{ACME}/members/{}/teams/ops/", api.member_id("member").await);
        client.put(&in_team, json!({ "teamRole": "admin" })).await.ok();
        member.put("/api/0/projects/acme/tools/", rename.clone()).await.ok();
        member.put(&format!("{SHOP}/"), rename.clone()).await.assert(403);
        let access = member.get("/api/0/teams/acme/ops/").await.ok();
        assert!(access.at("/access").as_array().unwrap().contains(&json!("team:admin")));
        // A team takes its rights along when it gets a project, and loses them with it.
        client.post(&format!("{SHOP}/teams/ops/"), json!({})).await.assert(201);
        member.put(&format!("{SHOP}/"), rename.clone()).await.ok();
        client.delete(&format!("{SHOP}/teams/ops/")).await.ok();
        member.put(&format!("{SHOP}/"), rename.clone()).await.assert(403);
        // Managers need no team.
        let manager = api.member("manager", OrganizationRole::Manager).await;
        manager.put(&format!("{SHOP}/"), rename).await.ok();
    })
    .await;
}

/// What only the project that is not theirs holds.
const MARK: &str = "zyzzyva";

#[tokio::test]
async fn closed_membership_hides_other_teams_projects() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .post(&format!("{ACME}/teams/"), json!({ "name": "ops" }))
            .await
            .assert(201);
        let hidden = client
            .post("/api/0/teams/acme/ops/projects/", json!({ "name": MARK }))
            .await
            .assert(201)
            .text("/id");
        let project = model::ProjectId(hidden.parse().unwrap());
        let mut event = message(&format!("{MARK} happened"), NOW);
        event["release"] = json!(format!("{MARK}@1.0.0"));
        event["environment"] = json!(MARK);
        event["tags"] = json!({ MARK: MARK });
        let (issue, event) = api.save_in(project, event).await;
        api.save(message("ordinary", NOW)).await;
        let saved = format!("{ACME}/discover/saved/");
        let mut both = [api.project().0, project.0];
        both.sort_unstable();
        let question = json!({ "name": "Both", "projects": both, "fields": ["title"] });
        let question = client.post(&saved, question).await.assert(201).text("/id");
        client
            .put(&format!("{ACME}/"), json!({ "openMembership": false }))
            .await
            .ok();
        let member = api.member("member", OrganizationRole::Member).await;
        let of_team = api.member("inside", OrganizationRole::Member).await;
        let outsider = api.member("outsider", OrganizationRole::Member).await;
        let in_team = format!("{ACME}/members/{}/teams/", api.member_id("inside").await);
        client.post(&format!("{in_team}ops/"), json!({})).await.assert(201);
        let in_team = format!("{ACME}/members/{}/teams/acme/", api.member_id("member").await);
        client.post(&in_team, json!({})).await.assert(201);

        // Lists, searches, sums and exports: the owner finds it there, and so does a member of its team.
        let period = "statsPeriod=14d";
        let lists = [
            "/projects/".to_owned(),
            "/issues/?query=".to_owned(),
            format!("/issues/?query={MARK}"),
            format!("/issues/?query={event}"),
            format!("/issues/?group={issue}"),
            format!("/events/?field=title&field=project&{period}"),
            format!("/events/?field=title&field=issue&query={MARK}&{period}"),
            "/environments/".to_owned(),
            "/tags/?statsPeriod=14d".to_owned(),
            format!("/tags/environment/values/?{period}"),
            "/releases/".to_owned(),
            "/project-keys/".to_owned(),
            "/discover/saved/".to_owned(),
            format!("/stats-summary/?field=sum(quantity)&category=error&{period}"),
            format!("/stats_v2/?field=sum(quantity)&groupBy=project&category=error&{period}"),
            "/".to_owned(),
        ];
        for list in &lists {
            let path = format!("{ACME}{list}");
            let answer = member.get(&path).await.ok();
            let told = answer.raw();
            assert!(!told.contains(MARK) && !told.contains(&hidden), "{list}: {told}");
            of_team.get(&path).await.ok();
            // Who is in no team sees nothing, which is not the same as no filter.
            let told = outsider.get(&path).await.ok();
            let told = told.raw();
            assert!(!told.contains(MARK) && !told.contains("ordinary"), "{list}: {told}");
        }
        let all = format!("{ACME}/issues/?query=");
        assert_eq!(of_team.get(&all).await.ok().body.as_array().unwrap().len(), 1);
        assert_eq!(client.get(&all).await.ok().body.as_array().unwrap().len(), 2);
        assert_eq!(member.get("/api/0/projects/").await.ok().each("/slug"), ["shop"]);
        let teams = member.get(&format!("{ACME}/teams/")).await.ok();
        let projects: Vec<Value> = teams.each("/projects");
        assert_eq!(projects.iter().flat_map(|list| list.as_array().unwrap()).count(), 1);
        assert_eq!(member.get("/api/0/teams/acme/ops/projects/").await.ok().body, json!([]));

        // A question about both projects is about the visible one for them; to save it again takes none away.
        let question = format!("{saved}{question}/");
        let own = json!([api.project().0]);
        assert_eq!(member.get(&question).await.ok().at("/projects"), &own);
        let again = json!({ "name": "Again", "projects": own, "fields": ["title"] });
        member.put(&question, again).await.ok();
        let kept = client.get(&question).await.ok();
        assert_eq!(
            (kept.at("/name"), kept.at("/projects")),
            (&json!("Again"), &json!(both))
        );

        // By id, slug, short id and event.
        let short_id = client
            .get(&format!("/api/0/issues/{issue}/"))
            .await
            .ok()
            .text("/shortId");
        for path in [
            format!("/api/0/projects/acme/{MARK}/"),
            format!("/api/0/projects/acme/{hidden}/"),
            format!("/api/0/projects/acme/{MARK}/issues/"),
            format!("/api/0/projects/acme/{MARK}/events/{event}/"),
            format!("/api/0/projects/acme/{MARK}/keys/"),
            format!("/api/0/issues/{issue}/"),
            format!("{ACME}/issues/{issue}/"),
            format!("{ACME}/issues/{short_id}/"),
            format!("{ACME}/issues/{issue}/events/latest/"),
            format!("{ACME}/issues/{issue}/hashes/"),
            format!("{ACME}/shortids/{short_id}/"),
            format!("{ACME}/eventids/{event}/"),
            format!("{ACME}/releases/{MARK}@1.0.0/"),
        ] {
            client.get(&path).await.ok();
            of_team.get(&path).await.ok();
            member.get(&path).await.assert(404);
        }
        // Naming it in a filter finds nothing.
        for filter in [format!("project={hidden}"), format!("projectSlug={MARK}")] {
            let answer = member.get(&format!("{ACME}/issues/?query=&{filter}")).await;
            assert!(
                [403, 404].contains(&answer.status.as_u16()),
                "{filter}: {}",
                answer.body
            );
        }
        // And nothing is done to it.
        member
            .put(&format!("{ACME}/issues/?id={issue}"), json!({ "status": "resolved" }))
            .await;
        member
            .put(&format!("{ACME}/issues/?query={MARK}"), json!({ "status": "resolved" }))
            .await;
        member.delete(&format!("{ACME}/issues/?id={issue}")).await;
        assert_eq!(
            client.get(&format!("/api/0/issues/{issue}/")).await.ok().at("/status"),
            "unresolved"
        );
        // Those who see all still do.
        let manager = api.member("manager", OrganizationRole::Manager).await;
        let seen: BTreeSet<String> = manager
            .get(&format!("{ACME}/projects/"))
            .await
            .ok()
            .each("/slug")
            .iter()
            .map(|slug| slug.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(seen, BTreeSet::from([MARK.to_owned(), "shop".to_owned()]));
    })
    .await;
}
