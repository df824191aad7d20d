use std::collections::BTreeSet;

use http::Method;
use model::OrganizationRole;
use serde_json::{Value, json};
use store::{IdPage, audit::AuditFilter};
use testkit::on_every_database;

use crate::{
    api::{Answer, Api, Client},
    limits::avatars,
};

const ACME: &str = "/api/0/organizations/acme";

/// Rights under which nothing administrative is done: issues keep their own record of what was done to them.
const OF_WORK: [&str; 4] = ["event_", "alerts_", "release_", "org_read"];

/// Administrative rights, and yet nothing to keep.
const WITHOUT_ENTRY: [(&str, &str); 9] = [
    (
        "/api-tokens/",
        "a signed-in user manages them, never a token; see the tests of tokens",
    ),
    ("/users/me/options/", "everybody's own settings, for themselves"),
    (
        "/users/me/notification-rule/",
        "everybody's own settings, for themselves",
    ),
    ("/weekly-report/send/", "sends a mail and changes nothing"),
    ("/mail-addresses/{address}/confirm/", "sends a mail and changes nothing"),
    ("/attachments/{attachment}/", "a part of an event"),
    ("/grouping-preview/", "changes nothing"),
    ("/user-feedback/", "users report on events"),
    ("/user-reports/", "users report on events"),
];

/// Every entry of the installation.
async fn entries(api: &Api) -> usize {
    let mut db = api.app.store.read().await.unwrap();
    let page = IdPage::newest(1_000);
    let mut count = store::audit::list_of_installation(&mut db, page).await.unwrap().len();
    for organization in store::organizations::list_all(&mut db).await.unwrap() {
        let filter = AuditFilter::default();
        count += store::audit::list(&mut db, organization.id, &filter, page)
            .await
            .unwrap()
            .len();
    }
    count
}

/// Does one write after another, and looks each time whether it was noted.
struct Deeds<'a> {
    api: &'a Api,
    client: Client,
    done: BTreeSet<(String, String)>,
}

impl Deeds<'_> {
    async fn run(&mut self, method: Method, pattern: &str, values: &[(&str, &str)], body: Value) -> Answer {
        let mut path = format!("/api/0{pattern}");
        self.done.insert((method.to_string(), path.clone()));
        for (name, value) in [("organization", "acme"), ("project", "shop"), ("team", "acme")]
            .iter()
            .chain(values)
        {
            // What is given later counts.
            if !values.iter().any(|(given, other)| given == name && other != value) {
                path = path.replace(&format!("{{{name}}}"), value);
            }
        }
        let before = entries(self.api).await;
        let answer = self.client.send(method.clone(), &path, Some(body)).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        let after = entries(self.api).await;
        assert!(after > before, "{method} {path} left no entry");
        answer
    }

    async fn post(&mut self, pattern: &str, values: &[(&str, &str)], body: Value) -> Answer {
        self.run(Method::POST, pattern, values, body).await
    }

    async fn put(&mut self, pattern: &str, values: &[(&str, &str)], body: Value) -> Answer {
        self.run(Method::PUT, pattern, values, body).await
    }

    async fn delete(&mut self, pattern: &str, values: &[(&str, &str)]) -> Answer {
        self.run(Method::DELETE, pattern, values, json!({})).await
    }

    async fn of_members(&mut self) {
        let members = "/organizations/{organization}/members/";
        let member = format!("{members}{{member}}/");
        self.post(members, &[], json!({ "email": "grace@example.com" })).await;
        let grace = self.api.member_id("grace").await;
        self.put(&member, &[("member", &grace)], json!({ "orgRole": "manager" }))
            .await;
        self.delete(&member, &[("member", &grace)]).await;
        self.api.member("alan", OrganizationRole::Member).await;
        let alan = self.api.member_id("alan").await;
        let of_alan = [("member", alan.as_str())];
        self.put(&member, &of_alan, json!({ "orgRole": "manager", "teams": [] }))
            .await;
        let in_team = format!("{member}teams/{{team}}/");
        self.post(&in_team, &of_alan, json!({})).await;
        self.put(&member, &of_alan, json!({ "orgRole": "member" })).await;
        self.put(&in_team, &of_alan, json!({ "teamRole": "admin" })).await;
        self.delete(&in_team, &of_alan).await;
        self.delete(&member, &of_alan).await;

        let requests = "/organizations/{organization}/invite-requests/";
        let request = format!("{requests}{{request}}/");
        self.put(
            "/organizations/{organization}/",
            &[],
            json!({ "allowMemberInvite": false }),
        )
        .await;
        let member = self.api.member("edsger", OrganizationRole::Member).await;
        let owner = std::mem::replace(&mut self.client, member);
        self.post(requests, &[], json!({ "email": "a@example.com" })).await;
        self.post(requests, &[], json!({ "email": "b@example.com" })).await;
        self.client = owner;
        let listed = self.client.get(&format!("{ACME}/invite-requests/")).await.ok();
        let (first, second) = (listed.text("/0/id"), listed.text("/1/id"));
        self.put(&request, &[("request", &first)], json!({ "approve": true }))
            .await;
        self.delete(&request, &[("request", &second)]).await;
    }

    async fn of_teams(&mut self) {
        let teams = "/organizations/{organization}/teams/";
        self.post(teams, &[], json!({ "name": "Backend" })).await;
        let (team, of_backend) = ("/teams/{organization}/{team}/", [("team", "backend")]);
        self.put(team, &of_backend, json!({ "name": "The backend" })).await;
        self.post(
            "/teams/{organization}/{team}/projects/",
            &of_backend,
            json!({ "name": "Tools" }),
        )
        .await;
        let part = "/projects/{organization}/{project}/teams/{team}/";
        self.post(part, &of_backend, json!({})).await;
        self.delete(part, &of_backend).await;
        self.delete(team, &of_backend).await;
        self.put(
            "/organizations/{organization}/",
            &[],
            json!({ "openMembership": false }),
        )
        .await;
        let member = self.api.member("ada", OrganizationRole::Member).await;
        let asked = member.post(&format!("{ACME}/members/me/teams/acme/"), json!({})).await;
        asked.assert(202);
        let listed = self.client.get(&format!("{ACME}/access-requests/")).await.ok();
        let request = listed.text("/0/id");
        let decide = "/organizations/{organization}/access-requests/{request}/";
        self.put(decide, &[("request", &request)], json!({ "isApproved": false }))
            .await;
    }

    async fn of_projects(&mut self) {
        let project = "/projects/{organization}/{project}/";
        let at = |rest: &str| format!("{project}{rest}");
        self.post(
            "/organizations/{organization}/projects/",
            &[],
            json!({ "name": "Second" }),
        )
        .await;
        self.put(project, &[], json!({ "name": "The shop", "scrubIPAddresses": true }))
            .await;
        let filter = [("filter", "localhost")];
        self.put(&at("filters/{filter}/"), &filter, json!({ "active": true }))
            .await;
        let key = self
            .post(&at("keys/"), &[], json!({ "name": "Second" }))
            .await
            .text("/public");
        let key = [("key", key.as_str())];
        self.put(&at("keys/{key}/"), &key, json!({ "name": "Third" })).await;
        self.delete(&at("keys/{key}/"), &key).await;
        let quotas = json!({ "quotas": [] });
        self.put(&at("quotas/"), &[], quotas.clone()).await;
        self.put("/organizations/{organization}/quotas/", &[], quotas).await;
        self.put(
            "/organizations/{organization}/default-alert-rules/",
            &[],
            json!({ "issueRules": [] }),
        )
        .await;
        let spikes = "/organizations/{organization}/spike-protections/";
        let all = json!({ "projects": ["$all"] });
        // It is on or off by itself: one of the two changes it, and so does the other.
        self.client
            .delete_with(&format!("{ACME}/spike-protections/"), all.clone())
            .await
            .ok();
        self.post(spikes, &[], all.clone()).await;
        self.run(Method::DELETE, spikes, &[], all).await;
        self.put(&at("sampling/"), &[], json!({ "rules": [] })).await;
        self.put(&at("ownership/"), &[], json!({ "raw": "*.py owner@example.com" }))
            .await;
        let codeowners = at("codeowners/");
        let file = json!({ "raw": "*.py owner@example.com" });
        let id = self.post(&codeowners, &[], file).await.text("/id");
        let codeowners = format!("{codeowners}{{codeowners}}/");
        self.put(
            &codeowners,
            &[("codeowners", &id)],
            json!({ "raw": "*.rs owner@example.com" }),
        )
        .await;
        self.delete(&codeowners, &[("codeowners", &id)]).await;
        self.put(&at("options/"), &[], json!({ "events.exception-view": "raw" }))
            .await;
        self.put(
            &at("environments/"),
            &[],
            json!({ "environmentNames": ["production"], "isHidden": true }),
        )
        .await;
        let environment = [("environment", "production")];
        self.put(
            &at("environments/{environment}/"),
            &environment,
            json!({ "isHidden": false }),
        )
        .await;
        self.delete(project, &[]).await;
        let id = self.api.project().to_string();
        let restore = "/organizations/{organization}/projects/deleted/{id}/restore/";
        self.post(restore, &[("id", &id)], json!({})).await;
        self.of_transfer().await;
    }

    async fn of_transfer(&mut self) {
        let other = self.api.stranger().await;
        let offer = "/projects/{organization}/{project}/transfer/";
        self.post(offer, &[], json!({ "email": "other@example.com" })).await;
        let mails = services::mails::list(&self.api.app, IdPage::newest(1)).await.unwrap();
        let (_, secret) = mails[0].body.split_once("/accept-transfer/").unwrap();
        let accept = json!({ "data": secret.split('/').next().unwrap(), "organization": "globex" });
        let owner = std::mem::replace(&mut self.client, other);
        self.post("/accept-transfer/", &[], accept).await;
        self.client = owner;
    }

    async fn of_mails(&mut self) {
        let report = "/organizations/{organization}/weekly-report/";
        self.put(report, &[], json!({ "weekday": 1 })).await;
        let addresses = "/organizations/{organization}/mail-addresses/";
        let one = format!("{addresses}{{address}}/");
        let new = json!({ "address": "list@example.com", "purpose": "other" });
        let id = self.post(addresses, &[], new).await.text("/id");
        let of_list = [("address", id.as_str())];
        self.put(&one, &of_list, json!({ "purpose": "on_call" })).await;
        self.delete(&one, &of_list).await;
    }

    async fn of_notifications(&mut self) {
        let team = "/teams/{organization}/{team}/";
        let options = format!("{team}notification-options/");
        let of_team =
            json!({ "type": "alerts", "scopeType": "organization", "scopeIdentifier": "acme", "value": "never" });
        let id = self.put(&options, &[], of_team.clone()).await.text("/id");
        self.delete(&format!("{options}{{option}}/"), &[("option", &id)]).await;
        let mut providers = of_team;
        providers["providers"] = json!(["slack"]);
        self.put(&format!("{team}notification-providers/"), &[], providers)
            .await;
        let rule = format!("{team}notification-rule/");
        let of_rule = json!({
            "when": {"new_issue": "medium", "performance": true, "error_rate": true},
            "deliveries": [{"channel": "slack", "label": "#ops", "target": {"channel_id": "C1"}, "least": "low"}],
            "immediate_from": "critical", "digest_hours": 4, "time_zone": "UTC",
        });
        self.put(&rule, &[], of_rule).await;
        self.delete(&rule, &[]).await;
    }

    async fn of_tokens(&mut self) {
        let tokens = "/organizations/{organization}/org-auth-tokens/";
        let one = format!("{tokens}{{token}}/");
        let id = self.post(tokens, &[], json!({ "name": "ci" })).await.text("/id");
        self.put(&one, &[("token", &id)], json!({ "name": "cd" })).await;
        self.delete(&one, &[("token", &id)]).await;
    }

    async fn of_organizations(&mut self) {
        self.post("/organizations/", &[], json!({ "name": "Another" })).await;
        self.put("/organizations/{organization}/", &[], json!({ "name": "Acme Ltd." }))
            .await;
        self.put(
            "/organizations/{organization}/avatar/",
            &[],
            avatars::upload(&avatars::png(256, 256)),
        )
        .await;
        let raw = json!({ "events.exception-view": "raw" });
        self.put("/organizations/{organization}/options/", &[], raw).await;
        self.delete("/organizations/{organization}/", &[]).await;
        self.put("/organizations/{organization}/", &[], json!({ "cancelDeletion": true }))
            .await;
    }
}

#[tokio::test]
async fn every_administrative_write_leaves_an_entry() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let mut event = crate::seed::message("a", crate::api::NOW);
        event["environment"] = json!("production");
        api.save(event).await;
        let mut deeds = Deeds {
            api: &api,
            client: api.client(),
            done: BTreeSet::new(),
        };
        deeds.of_members().await;
        deeds.of_teams().await;
        deeds.of_tokens().await;
        deeds.of_mails().await;
        deeds.of_notifications().await;
        deeds.of_organizations().await;
        deeds.of_projects().await;
        let forgotten: Vec<String> = ::api::routes()
            .table()
            .iter()
            .filter(|route| route.method != Method::GET && is_administrative(route))
            .filter(|route| !deeds.done.contains(&(route.method.to_string(), route.path.clone())))
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        assert!(
            forgotten.is_empty(),
            "nobody looks whether these leave an entry: {forgotten:#?}"
        );
    })
    .await;
}

fn is_administrative(route: &httpkit::Route) -> bool {
    let Some(permission) = route.guard.and_then(|guard| guard.permission) else {
        return false;
    };
    let is_work = OF_WORK.iter().any(|name| permission.name.starts_with(name));
    let has_reason = WITHOUT_ENTRY.iter().any(|(part, _)| route.path.contains(part));
    let is_of_issues = ["/issues/", "/groups/", "/group-search-views/", "/discover/"]
        .iter()
        .any(|part| route.path.contains(part));
    !is_work && !has_reason && !is_of_issues
}

#[tokio::test]
async fn entries_tell_who_did_what_and_are_chosen() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let manager = api.member("manager", OrganizationRole::Manager).await;
        client
            .put(&format!("{ACME}/"), json!({ "name": "Acme Ltd." }))
            .await
            .ok();
        manager
            .post(&format!("{ACME}/teams/"), json!({ "name": "Backend" }))
            .await
            .assert(201);
        let log = format!("{ACME}/audit-logs/");
        let all = client.get(&log).await.ok();
        assert_eq!(all.each_in("/rows", "/event"), ["team.create", "org.edit"]);
        assert!(all.at("/options").as_array().unwrap().contains(&json!("member.invite")));
        let edited = all.at("/rows/1");
        assert_eq!(
            (
                &edited["actor"]["name"],
                &edited["targetType"],
                &edited["targetLabel"],
                &edited["channel"]
            ),
            (
                &json!("owner@example.com"),
                &json!("organization"),
                &json!("acme"),
                &json!("api")
            )
        );
        assert_eq!(
            edited["data"],
            json!({ "before": { "name": "acme" }, "after": { "name": "Acme Ltd." } })
        );
        let by_event = client.get(&format!("{log}?event=org.edit")).await.ok();
        assert_eq!(by_event.each_in("/rows", "/event"), ["org.edit"]);
        let actor = all.text("/rows/0/actor/id");
        let by_actor = client.get(&format!("{log}?actor={actor}")).await.ok();
        assert_eq!(by_actor.each_in("/rows", "/event"), ["team.create"]);
        client.get(&format!("{log}?event=odd")).await.assert(400);
        client.get(&format!("{log}?actor=odd")).await.assert(400);
        let day = |day: u32| format!("{log}?start=2026-11-{day}T00:00:00Z&end=2026-11-{}T00:00:00Z", day + 1);
        assert_eq!(client.get(&day(20)).await.ok().at("/rows"), &json!([]));
        assert_eq!(client.get(&day(21)).await.ok().at("/rows").as_array().unwrap().len(), 2);
        client.get(&format!("{log}?start=odd&end=odd")).await.assert(400);
        let first = client.get(&format!("{log}?per_page=1")).await.ok();
        let (next, has_more) = first.link("next");
        assert!(has_more);
        assert_eq!(client.get(&next).await.ok().each_in("/rows", "/event"), ["org.edit"]);
        // Members do not read it, and strangers do not know of it.
        manager.get(&log).await.ok();
        let member = api.member("member", OrganizationRole::Member).await;
        member.get(&log).await.assert(403);
        api.stranger().await.get(&log).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn no_entry_holds_a_secret() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let tokens = format!("{ACME}/org-auth-tokens/");
        let own_token = client
            .post(&tokens, json!({ "name": "ci" }))
            .await
            .assert(201)
            .text("/token");
        let invite = json!({ "email": "grace@example.com" });
        client.post(&format!("{ACME}/members/"), invite).await.assert(201);
        let path = format!("{ACME}/members/{}/", api.member_id("grace").await);
        let link = client.get(&path).await.ok().text("/invite_link");
        let mut log = client.get(&format!("{ACME}/audit-logs/")).await.ok().raw().to_owned();
        let mut db = api.app.store.read().await.unwrap();
        let of_installation = store::audit::list_of_installation(&mut db, IdPage::newest(100))
            .await
            .unwrap();
        log.push_str(&format!("{of_installation:?}"));
        assert!(log.contains("grace@example.com"), "{log}");
        for secret in [
            own_token.as_str(),
            link.trim_end_matches('/').rsplit('/').next().unwrap(),
        ] {
            assert!(!log.contains(secret), "{log}");
        }
    })
    .await;
}
