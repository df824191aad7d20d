use std::time::Duration;

use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

const DAY: Duration = Duration::from_secs(86_400);

/// Whether the project of a key would take events now.
async fn takes_events(api: &Api, public_key: &str) -> bool {
    let key = services::project_keys::find_owner(&api.app, public_key).await.unwrap();
    key.is_some_and(|owner| owner.status == model::KeyStatus::Active)
}

#[tokio::test]
async fn org1_org_team_project_dsn_at_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client
            .post("/api/0/organizations/", json!({ "name": "My Shop (EU)" }))
            .await
            .assert(201);
        assert_eq!(created.at("/slug"), "my-shop-eu");
        let team = client
            .post("/api/0/organizations/my-shop-eu/teams/", json!({ "name": "Backend" }))
            .await
            .assert(201);
        assert_eq!(
            (team.at("/slug"), team.at("/isMember")),
            (&json!("backend"), &json!(true))
        );
        let project = client
            .post("/api/0/teams/my-shop-eu/backend/projects/", json!({ "name": "Web" }))
            .await
            .assert(201);
        assert_eq!(project.at("/slug"), "web");
        let keys = client.get("/api/0/projects/my-shop-eu/web/keys/").await.ok();
        assert!(takes_events(&api, &keys.text("/0/public")).await);
        for (body, field) in [
            (json!({}), "name"),
            (json!({ "name": "x", "slug": "My Shop" }), "slug"),
            (json!({ "name": "x", "slug": "2026" }), "slug"),
            (json!({ "name": "x", "slug": "settings" }), "slug"),
        ] {
            let refused = client.post("/api/0/organizations/", body).await.assert(400);
            assert!(refused.body.get(field).is_some(), "{}", refused.body);
        }
        client
            .post("/api/0/organizations/", json!({ "name": "x", "slug": "acme" }))
            .await
            .assert(409);
        // A name whose slug is taken gets the next one.
        let second = client
            .post("/api/0/organizations/", json!({ "name": "Acme" }))
            .await
            .assert(201);
        assert_eq!(second.at("/slug"), "acme-2");
    })
    .await;
}

#[tokio::test]
async fn org1_non_member_gets_404() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let stranger = api.stranger().await;
        for path in [
            "",
            "members/",
            "teams/",
            "audit-logs/",
            "environments/",
            "invite-requests/",
        ] {
            let path = format!("/api/0/organizations/acme/{path}");
            let absent = stranger.get(&path.replace("acme", "absent")).await.assert(404);
            assert_eq!(stranger.get(&path).await.assert(404).body, absent.body, "{path}");
        }
        stranger.delete("/api/0/organizations/acme/").await.assert(404);
        stranger
            .put("/api/0/organizations/acme/", json!({ "name": "x" }))
            .await
            .assert(404);
    })
    .await;
}

#[tokio::test]
async fn org1_delete_then_cancel_restores() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let key = api.installation.public_key.clone();
        let path = "/api/0/organizations/acme/";
        let deleted = client.delete(path).await.assert(202);
        assert_eq!(deleted.at("/status/id"), "pending_deletion");
        assert!(!takes_events(&api, &key).await);
        // Only the organization itself is left, for those who may bring it back.
        client.get("/api/0/organizations/acme/projects/").await.assert(404);
        client.get("/api/0/projects/acme/shop/").await.assert(404);
        assert_eq!(client.get("/api/0/organizations/").await.ok().body, json!([]));
        assert_eq!(client.get(path).await.ok().at("/status/id"), "pending_deletion");
        let mails = services::mails::list(&api.app, store::IdPage::newest(1)).await.unwrap();
        assert!(
            mails[0].body.contains("/organizations/acme/restore/"),
            "{}",
            mails[0].body
        );

        api.clock.advance(DAY - Duration::from_secs(1));
        services::housekeeping::expire(&api.app).await.unwrap();
        client.put(path, json!({ "cancelDeletion": true })).await.ok();
        assert!(takes_events(&api, &key).await);
        assert_eq!(
            client
                .get("/api/0/organizations/acme/projects/")
                .await
                .ok()
                .each("/slug"),
            ["shop"]
        );

        // The second time nobody comes.
        client.delete(path).await.assert(202);
        api.clock.advance(DAY);
        services::housekeeping::expire(&api.app).await.unwrap();
        while services::housekeeping::purge_step(&api.app).await.unwrap() {}
        services::housekeeping::expire(&api.app).await.unwrap();
        client.get(path).await.assert(404);
        client.put(path, json!({ "cancelDeletion": true })).await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_project_comes_back_for_a_day() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let admin = api.member("admin", model::OrganizationRole::Admin).await;
        let key = api.installation.public_key.clone();
        client.delete("/api/0/projects/acme/shop/").await.assert(204);
        client.get("/api/0/projects/acme/shop/").await.assert(404);
        assert!(!takes_events(&api, &key).await);
        let deleted = "/api/0/organizations/acme/projects/deleted/";
        let listed = client.get(deleted).await.ok();
        assert_eq!(listed.each("/slug"), ["shop"]);
        let restore = format!("{deleted}{}/restore/", listed.text("/0/id"));
        api.stranger().await.post(&restore, json!({})).await.assert(404);
        admin.post(&restore, json!({})).await.assert(404);
        client.post(&restore, json!({})).await.ok();
        assert!(takes_events(&api, &key).await);
        client.get("/api/0/projects/acme/shop/").await.ok();
        client.post(&restore, json!({})).await.assert(404);
    })
    .await;
}
