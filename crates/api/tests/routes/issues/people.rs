//! Others than the owner, and what an issue is to each of them.

use model::{MemberId, OrganizationRole};
use serde_json::{Value, json};
use services::{Actor, Scope, Scopes, tokens::TokenRequest};
use store::{members::Member, users::User};
use testkit::on_every_database;

use crate::api::{Api, Client};

impl Api {
    /// A new member of `acme` in no team, and a client with all that the role allows.
    pub(super) async fn colleague(&self, email: &str, role: OrganizationRole) -> (User, Client) {
        let user = services::users::get_or_create(&self.app, email, "").await.unwrap();
        let mut tx = self.app.store.begin().await.unwrap();
        let organization = store::organizations::find_by_slug(&mut tx, "acme")
            .await
            .unwrap()
            .unwrap();
        let member = Member {
            id: MemberId(user.id.0 + 1),
            organization: organization.id,
            user: user.id,
            role,
            created_at: self.app.now(),
        };
        store::members::create(&mut tx, &member).await.unwrap();
        tx.commit().await.unwrap();
        let scopes: Vec<Scope> = Scopes::all().iter().collect();
        let request = TokenRequest {
            name: "all",
            scopes: &scopes,
            expires_at: None,
        };
        let actor = Actor::of_user(user.clone(), Scopes::all());
        let token = services::tokens::create(&self.app, &actor, &user, request)
            .await
            .unwrap();
        (user, self.client_with(&token.secret))
    }

    /// What the list finds, by title, in the order of coming to be.
    pub(super) async fn found(&self, client: &Client, query: &str) -> Vec<String> {
        let query: String = query.replace(' ', "%20").replace('#', "%23");
        let path = format!("/api/0/organizations/acme/issues/?sort=new&query={query}");
        let titles = client.get(&path).await.ok().each("/title");
        let mut titles: Vec<String> = titles.iter().map(|title| title.as_str().unwrap().to_owned()).collect();
        titles.reverse();
        titles
    }
}

#[tokio::test]
async fn bookmarks_and_subscriptions_are_everybody_s_own() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b", "c"]).await;
        let owner = api.client();
        let (_, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let path = |index: usize| format!("/api/0/issues/{}/", ids[index]);
        let fresh = owner.get(&path(0)).await.ok();
        assert_eq!(
            (
                fresh.at("/isBookmarked"),
                fresh.at("/isSubscribed"),
                fresh.at("/subscriptionDetails")
            ),
            (&json!(false), &json!(false), &Value::Null)
        );
        // Whoever bookmarks an issue is told about it.
        let marked = ada.put(&path(0), json!({ "isBookmarked": true })).await.ok();
        assert_eq!(marked.at("/subscriptionDetails"), &json!({ "reason": "bookmarked" }));
        ada.put(&path(1), json!({ "isSubscribed": true })).await.ok();
        let of_owner = owner.get(&path(0)).await.ok();
        assert_eq!(
            (of_owner.at("/isBookmarked"), of_owner.at("/isSubscribed")),
            (&json!(false), &json!(false))
        );
        assert_eq!(api.found(&ada, "bookmarks:me").await, ["a happened"]);
        assert_eq!(api.found(&owner, "bookmarks:me").await, [""; 0]);
        assert_eq!(api.found(&owner, "bookmarks:ada@example.com").await, ["a happened"]);
        assert_eq!(api.found(&ada, "subscribed:me").await, ["a happened", "b happened"]);
        assert_eq!(api.found(&ada, "!subscribed:me").await, ["c happened"]);
        assert_eq!(api.found(&owner, "subscribed:nobody@example.com").await, [""; 0]);

        // Who does not want to be told is not told again by a bookmark.
        let off = ada.put(&path(0), json!({ "isSubscribed": false })).await.ok();
        assert_eq!(
            (off.at("/isSubscribed"), off.at("/subscriptionDetails")),
            (&json!(false), &json!({ "disabled": true }))
        );
        ada.put(&path(0), json!({ "isBookmarked": false })).await.ok();
        let again = ada.put(&path(0), json!({ "isBookmarked": true })).await.ok();
        assert_eq!(again.at("/isSubscribed"), false);
        assert_eq!(api.found(&ada, "subscribed:me").await, ["b happened"]);
        let listed = ada.get("/api/0/organizations/acme/issues/?sort=new&query=").await.ok();
        assert_eq!(listed.each("/isBookmarked"), [false, false, true]);
        assert_eq!(listed.each("/isSubscribed"), [false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn issues_of_teams_and_suggested_ones_are_found() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b", "c"]).await;
        let owner = api.client();
        let (user, ada) = api.colleague("ada@example.com", OrganizationRole::Member).await;
        let team = owner.get("/api/0/teams/acme/acme/").await.ok().text("/id");
        let assign = |index: usize, to: String| {
            let (owner, path) = (owner.clone(), format!("/api/0/issues/{}/", ids[index]));
            async move { owner.put(&path, json!({ "assignedTo": to })).await.ok() }
        };
        assign(0, format!("team:{team}")).await;
        assign(1, format!("user:{}", user.id)).await;
        assert_eq!(api.found(&owner, "assigned:#acme").await, ["a happened"]);
        assert_eq!(
            api.found(&ada, "assigned:[me, none]").await,
            ["b happened", "c happened"]
        );
        assert_eq!(api.found(&owner, "is:assigned").await, ["a happened", "b happened"]);
        assert_eq!(api.found(&ada, "assigned:my_teams").await, [""; 0], "in no team yet");
        owner
            .post(
                &format!(
                    "/api/0/organizations/acme/members/{}/teams/acme/",
                    member_of(&owner, "ada@example.com").await
                ),
                json!({}),
            )
            .await
            .assert(201);
        assert_eq!(
            api.found(&ada, "assigned:[me, my_teams]").await,
            ["a happened", "b happened"]
        );

        // The rule suggests, and assigns nobody.
        owner
            .put(
                "/api/0/projects/acme/shop/ownership/",
                json!({ "raw": "tags.kind:slow #acme", "autoAssignment": "Turn off Auto-Assignment" }),
            )
            .await
            .assert(202);
        let mut event = crate::seed::message("d", api.app.now());
        event["tags"] = json!({ "kind": "slow" });
        api.save(event).await;
        assert_eq!(api.found(&ada, "assigned:my_teams").await, ["a happened"]);
        assert_eq!(
            api.found(&ada, "assigned_or_suggested:my_teams").await,
            ["a happened", "d happened"]
        );
        assert_eq!(api.found(&owner, "assigned_or_suggested:#acme").await.len(), 2);
    })
    .await;
}

async fn member_of(client: &Client, email: &str) -> String {
    let members = client.get("/api/0/organizations/acme/members/").await.ok();
    let found = members
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|member| member["email"] == email);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_for_review_leaves_when_somebody_has_looked() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b", "c"]).await;
        let client = api.client();
        assert_eq!(api.found(&client, "is:for_review").await.len(), 3);
        let path = format!("/api/0/organizations/acme/issues/?id={}", ids[0]);
        client.put(&path, json!({ "inbox": false })).await.ok();
        client
            .put(&format!("/api/0/issues/{}/", ids[1]), json!({ "status": "resolved" }))
            .await
            .ok();
        assert_eq!(api.found(&client, "is:for_review").await, ["c happened"]);
        assert_eq!(api.found(&client, "!is:for_review").await, ["a happened", "b happened"]);
        let listed = client
            .get("/api/0/organizations/acme/issues/?sort=inbox&query=is:for_review&expand=inbox")
            .await
            .ok();
        assert_eq!(listed.each("/inbox/reason"), [0]);
        client.put(&path, json!({ "inbox": true })).await.ok();
        assert_eq!(api.found(&client, "is:for_review").await, ["a happened", "c happened"]);
        api.clock.advance(crate::seed::minutes(8 * 24 * 60));
        assert_eq!(
            api.found(&client, "is:for_review").await,
            [""; 0],
            "after a week nobody will"
        );
    })
    .await;
}

#[tokio::test]
async fn archived_and_linked_issues_are_found_by_how_they_are() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b", "c"]).await;
        let client = api.client();
        let change = |index: usize, body: Value| {
            let (client, path) = (client.clone(), format!("/api/0/issues/{}/", ids[index]));
            async move { client.put(&path, body).await.ok() }
        };
        change(
            0,
            json!({ "status": "ignored", "substatus": "archived_until_escalating" }),
        )
        .await;
        change(1, json!({ "status": "ignored", "statusDetails": { "ignoreCount": 5 } })).await;
        change(2, json!({ "status": "ignored", "substatus": "archived_forever" })).await;
        for (query, expected) in [
            ("is:archived_until_escalating", "a happened"),
            ("is:until_escalating", "a happened"),
            ("is:archived_until_condition_met", "b happened"),
            ("is:archived_forever", "c happened"),
        ] {
            assert_eq!(api.found(&client, query).await, [expected], "{query}");
        }
        assert_eq!(api.found(&client, "is:archived").await.len(), 3);
        assert_eq!(api.found(&client, "is:escalating").await, [""; 0]);
        let link = json!({ "serviceType": "tracker", "displayName": "T-1", "webUrl": "https://tracker.example/1" });
        client
            .post(&format!("/api/0/issues/{}/external-issues/", ids[1]), link)
            .await
            .assert(201);
        assert_eq!(api.found(&client, "is:linked").await, ["b happened"]);
        assert_eq!(api.found(&client, "is:unlinked").await, ["a happened", "c happened"]);
    })
    .await;
}
