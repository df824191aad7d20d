use std::time::Duration;

use model::OrganizationRole;
use serde_json::json;
use testkit::on_every_database;

use crate::api::{Api, Client};

const MEMBERS: &str = "/api/0/organizations/acme/members/";

async fn member_path(api: &Api, name: &str) -> String {
    format!("{MEMBERS}{}/", api.member_id(name).await)
}

/// What the link of an invitation holds, for those who may see it.
async fn secret(client: &Client, path: &str) -> String {
    let shown = client.get(path).await.ok();
    let link = shown.text("/invite_link");
    let secret = link.strip_prefix("https://tocsin.example/accept/").unwrap();
    secret.trim_end_matches('/').to_owned()
}

#[tokio::test]
async fn somebody_is_invited_and_joins_by_the_link() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let invitation = json!({
            "email": "Grace@Example.com", "orgRole": "admin",
            "teamRoles": [{ "teamSlug": "acme", "role": "contributor" }],
        });
        let invited = client.post(MEMBERS, invitation.clone()).await.assert(201);
        assert_eq!(
            (invited.at("/email"), invited.at("/role"), invited.at("/pending")),
            (&json!("grace@example.com"), &json!("admin"), &json!(true))
        );
        let again = client.post(MEMBERS, invitation).await.assert(400);
        assert!(again.at("/email/0").as_str().unwrap().contains("invited already"));
        // The mail holds the link that is shown here.
        let path = member_path(&api, "grace").await;
        let secret = secret(&client, &path).await;
        let mails = services::mails::list(&api.app, store::IdPage::newest(10))
            .await
            .unwrap();
        assert_eq!(mails[0].recipient, "grace@example.com");
        assert!(
            mails[0].body.contains(&format!("/accept/{secret}/")),
            "{}",
            mails[0].body
        );

        let sender = services::browser_sessions::Sender::default();
        let joined = services::members::accept_as_new(&api.app, &secret, "Grace", "correct horse", &sender).await;
        assert_eq!(joined.unwrap().0.slug, "acme");
        let shown = client.get(&path).await.ok();
        assert_eq!(
            (shown.at("/pending"), shown.at("/orgRole"), shown.at("/teams")),
            (&json!(false), &json!("admin"), &json!(["acme"]))
        );
        assert_eq!(shown.at("/invite_link"), &json!(null));
        // A link works once.
        let used = services::members::offer(&api.app, &secret).await;
        assert!(matches!(used, Err(services::members::AcceptError::NoInvitation)));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_after_thirty_days_and_with_a_new_one() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .post(MEMBERS, json!({ "email": "grace@example.com" }))
            .await
            .assert(201);
        let path = member_path(&api, "grace").await;
        let first = secret(&client, &path).await;
        client.put(&path, json!({ "reinvite": true })).await.ok();
        let second = secret(&client, &path).await;
        assert_ne!(first, second);
        assert!(services::members::offer(&api.app, &first).await.is_err());
        api.clock.advance(Duration::from_secs(30 * 86_400 - 1));
        assert!(services::members::offer(&api.app, &second).await.is_ok());
        api.clock.advance(Duration::from_secs(1));
        assert!(services::members::offer(&api.app, &second).await.is_err());
        assert_eq!(client.get(&path).await.ok().at("/expired"), &json!(true));
        // Taken back, it is gone.
        client.delete(&path).await.assert(204);
        client.get(&path).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn last_owner_cannot_leave() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let own = member_path(&api, "owner").await;
        let refused = client.delete(&own).await.assert(403);
        assert!(
            refused.text("/detail").contains("at least one owner"),
            "{}",
            refused.body
        );
        let second = api.member("second", OrganizationRole::Owner).await;
        // Nobody changes their own role; of two owners one may demote the other, and then leave no more.
        client.put(&own, json!({ "orgRole": "member" })).await.assert(403);
        second.put(&own, json!({ "orgRole": "member" })).await.ok();
        second.delete(&member_path(&api, "second").await).await.assert(403);
        client.delete(&own).await.assert(204);
        client.get("/api/0/organizations/acme/").await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn nobody_raises_a_role_above_their_own() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let manager = api.member("manager", OrganizationRole::Manager).await;
        let member = api.member("member", OrganizationRole::Member).await;
        let (of_owner, of_member) = (member_path(&api, "owner").await, member_path(&api, "member").await);
        let own = member_path(&api, "manager").await;
        manager.put(&of_member, json!({ "orgRole": "owner" })).await.assert(403);
        manager.put(&own, json!({ "orgRole": "owner" })).await.assert(403);
        manager.put(&of_owner, json!({ "orgRole": "member" })).await.assert(403);
        manager.delete(&of_owner).await.assert(403);
        let owner = json!({ "email": "x@example.com", "orgRole": "owner" });
        manager.post(MEMBERS, owner.clone()).await.assert(403);
        manager.put(&of_member, json!({ "orgRole": "manager" })).await.ok();
        manager.put(&of_member, json!({ "orgRole": "member" })).await.ok();
        // Who may only invite gives no more than the usual role, and no team that is not open.
        let higher = json!({ "email": "x@example.com", "orgRole": "admin" });
        member.post(MEMBERS, higher).await.assert(403);
        let in_team = json!({ "email": "x@example.com", "teamRoles": [{ "teamSlug": "acme", "role": "admin" }] });
        member.post(MEMBERS, in_team).await.assert(403);
        member
            .put(&of_member, json!({ "orgRole": "billing" }))
            .await
            .assert(403);
        // An invitation to more than one may give can neither be changed nor its link be seen.
        api.client().post(MEMBERS, owner).await.assert(201);
        let invited = member_path(&api, "x").await;
        assert_eq!(manager.get(&invited).await.ok().at("/invite_link"), &json!(null));
        manager.put(&invited, json!({ "orgRole": "member" })).await.assert(403);
        manager.put(&invited, json!({ "reinvite": true })).await.assert(403);
    })
    .await;
}

#[tokio::test]
async fn members_ask_where_they_may_not_invite() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let closed = json!({ "allowMemberInvite": false });
        client.put("/api/0/organizations/acme/", closed).await.ok();
        let member = api.member("member", OrganizationRole::Member).await;
        let wish = json!({ "email": "grace@example.com", "role": "owner" });
        member.post(MEMBERS, wish.clone()).await.assert(403);
        let requests = "/api/0/organizations/acme/invite-requests/";
        member.post(requests, wish).await.assert(201);
        // Somebody without an account asks, too; whether they are here already is not told.
        let join = "/api/0/organizations/acme/join-request/";
        for email in ["alan@example.com", "owner@example.com", "alan@example.com"] {
            api.anonymous().post(join, json!({ "email": email })).await.assert(204);
        }
        let listed = client.get(requests).await.ok();
        let told: Vec<_> = listed
            .each("/email")
            .into_iter()
            .zip(listed.each("/inviteStatus"))
            .collect();
        let expected = [
            (json!("alan@example.com"), json!("requested_to_join")),
            (json!("grace@example.com"), json!("requested_to_be_invited")),
        ];
        assert_eq!(told, expected);
        assert_eq!(client.get(MEMBERS).await.ok().each("/email").len(), 2);
        // A manager may not let in an owner; an owner may, with another role.
        let manager = api.member("manager", OrganizationRole::Manager).await;
        let of_grace = format!("{requests}{}/", listed.text("/1/id"));
        manager.put(&of_grace, json!({ "approve": true })).await.assert(403);
        member.put(&of_grace, json!({ "approve": true })).await.assert(403);
        client
            .put(&of_grace, json!({ "approve": true, "role": "member" }))
            .await
            .ok();
        let alan = format!("{requests}{}/", listed.text("/0/id"));
        client.delete(&alan).await.assert(204);
        assert_eq!(client.get(requests).await.ok().body, json!([]));
        // An organization that takes no requests looks like one that is not there.
        client
            .put("/api/0/organizations/acme/", json!({ "allowJoinRequests": false }))
            .await
            .ok();
        let closed = api
            .anonymous()
            .post(join, json!({ "email": "x@example.com" }))
            .await
            .assert(403);
        let absent = "/api/0/organizations/absent/join-request/";
        let absent = api
            .anonymous()
            .post(absent, json!({ "email": "x@example.com" }))
            .await
            .assert(403);
        assert_eq!(closed.body, absent.body);
    })
    .await;
}

#[tokio::test]
async fn a_request_keeps_nobody_from_inviting() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let join = "/api/0/organizations/acme/join-request/";
        let email = json!({ "email": "alan@example.com" });
        api.anonymous().post(join, email.clone()).await.assert(204);
        let invited = client.post(MEMBERS, email.clone()).await.assert(201);
        assert_eq!(invited.at("/inviteStatus"), "approved");
        let requests = client.get("/api/0/organizations/acme/invite-requests/").await.ok();
        assert_eq!(requests.body, json!([]));
        // Whoever asks then changes nothing of the invitation.
        api.anonymous().post(join, email.clone()).await.assert(204);
        client.post(MEMBERS, email).await.assert(400);
    })
    .await;
}

#[tokio::test]
async fn join_requests_of_one_address_are_limited() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let join = "/api/0/organizations/acme/join-request/";
        for number in 0..10 {
            let email = format!("{number}@example.com");
            api.anonymous().post(join, json!({ "email": email })).await.assert(204);
        }
        api.anonymous()
            .post(join, json!({ "email": "more@example.com" }))
            .await
            .assert(429);
    })
    .await;
}

#[tokio::test]
async fn teams_are_joined_asked_for_and_left() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let member = api.member("member", OrganizationRole::Member).await;
        let of_team = format!("{MEMBERS}me/teams/acme/");
        let joined = member.post(&of_team, json!({})).await.assert(201);
        assert_eq!(
            (joined.at("/isMember"), joined.at("/teamRole")),
            (&json!(true), &json!("contributor"))
        );
        member.post(&of_team, json!({})).await.assert(204);
        let own = member.get("/api/0/organizations/acme/user-teams/").await.ok();
        assert_eq!(own.each("/slug"), ["acme"]);
        // Only those who may change the team change roles there.
        member.put(&of_team, json!({ "teamRole": "admin" })).await.assert(403);
        let by_owner = format!("{MEMBERS}{}/teams/acme/", api.member_id("member").await);
        let role = client.put(&by_owner, json!({ "teamRole": "admin" })).await.ok();
        assert_eq!(role.body, json!({ "isActive": true, "teamRole": "admin" }));
        let listed = client.get("/api/0/teams/acme/acme/members/").await.ok();
        assert!(listed.each("/teamRole").contains(&json!("admin")));
        assert_eq!(member.delete(&of_team).await.ok().at("/isMember"), &json!(false));

        client
            .put("/api/0/organizations/acme/", json!({ "openMembership": false }))
            .await
            .ok();
        member.post(&of_team, json!({})).await.assert(202);
        let shown = member.get("/api/0/organizations/acme/teams/").await.ok();
        assert_eq!(
            (shown.at("/0/isPending"), shown.at("/0/hasAccess")),
            (&json!(true), &json!(false))
        );
        let requests = "/api/0/organizations/acme/access-requests/";
        assert_eq!(member.get(requests).await.ok().body, json!([]));
        let open = client.get(requests).await.ok();
        assert_eq!(open.text("/0/member/email"), "member@example.com");
        let decide = format!("{requests}{}/", open.text("/0/id"));
        member.put(&decide, json!({ "isApproved": true })).await.assert(404);
        client.put(&decide, json!({ "isApproved": true })).await.assert(204);
        let own = member.get("/api/0/organizations/acme/user-teams/").await.ok();
        assert_eq!(own.each("/slug"), ["acme"]);
        // Others do not put somebody in.
        let other = api.member("other", OrganizationRole::Member).await;
        other.delete(&by_owner).await.assert(403);
    })
    .await;
}
