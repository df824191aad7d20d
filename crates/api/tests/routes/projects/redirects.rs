use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

#[tokio::test]
async fn api3_renamed_project_redirects_with_query() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .put("/api/0/projects/acme/shop/", json!({ "slug": "store" }))
            .await
            .ok();
        let moved = client.get("/api/0/projects/acme/shop/?x=1").await.assert(302);
        assert_eq!(moved.header("location"), Some("/api/0/projects/acme/store/?x=1"));
        assert_eq!(
            (
                moved.at("/slug"),
                moved.at("/detail/extra/url"),
                moved.at("/detail/extra/slug")
            ),
            (
                &json!("store"),
                &json!("/api/0/projects/acme/store/?x=1"),
                &json!("store")
            )
        );
        let keys = client
            .get("/api/0/projects/acme/shop/keys/?status=active&a=b%20c")
            .await
            .assert(302);
        assert_eq!(
            keys.header("location"),
            Some("/api/0/projects/acme/store/keys/?status=active&a=b%20c")
        );
        // The slug is free for another project, which then is meant.
        api.add_project("shop").await;
        assert_eq!(client.get("/api/0/projects/acme/shop/").await.ok().at("/slug"), "shop");
        // A deleted project leads nowhere.
        client
            .put("/api/0/projects/acme/shop/", json!({ "slug": "third" }))
            .await
            .ok();
        client.delete("/api/0/projects/acme/third/").await.assert(204);
        client.get("/api/0/projects/acme/third/").await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn api3_renamed_project_stranger_gets_404() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let member = api.member("member", model::OrganizationRole::Member).await;
        client
            .put("/api/0/projects/acme/shop/", json!({ "slug": "store" }))
            .await
            .ok();
        api.stranger()
            .await
            .get("/api/0/projects/acme/shop/?x=1")
            .await
            .assert(404);
        api.anonymous().get("/api/0/projects/acme/shop/?x=1").await.assert(401);
        // Nor does a member learn of it who does not see the project.
        client
            .put("/api/0/organizations/acme/", json!({ "openMembership": false }))
            .await
            .ok();
        api.add_project("shop").await;
        client
            .put("/api/0/projects/acme/shop/", json!({ "slug": "fourth" }))
            .await
            .ok();
        member.get("/api/0/projects/acme/shop/").await.assert(404);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_organization_leads_its_members_on() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        client
            .put("/api/0/organizations/acme/", json!({ "slug": "acme-ltd" }))
            .await
            .ok();
        let moved = client
            .get("/api/0/organizations/acme/issues/?query=x")
            .await
            .assert(302);
        assert_eq!(
            moved.header("location"),
            Some("/api/0/organizations/acme-ltd/issues/?query=x")
        );
        api.stranger().await.get("/api/0/organizations/acme/").await.assert(404);
        let taken = client
            .put("/api/0/organizations/acme-ltd/", json!({ "slug": "login" }))
            .await
            .assert(400);
        assert!(taken.body.get("slug").is_some(), "{}", taken.body);
        // Another organization may take the slug that is free now.
        client
            .post("/api/0/organizations/", json!({ "name": "New", "slug": "acme" }))
            .await
            .assert(201);
        assert_eq!(client.get("/api/0/organizations/acme/").await.ok().at("/name"), "New");
    })
    .await;
}

#[tokio::test]
async fn api3_bad_range_400_and_unknown_environment_404() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        api.save(message("a", NOW)).await;
        for path in ["/api/0/organizations/acme/issues/", "/api/0/projects/acme/shop/events/"] {
            for range in ["statsPeriod=abc", "start=yesterday", "start=2026-11-21T00:00:00Z"] {
                client.get(&format!("{path}?{range}")).await.assert(400);
            }
        }
        client
            .get("/api/0/projects/acme/shop/environments/staging/")
            .await
            .assert(404);
        for path in ["/api/0/organizations/acme/issues/", "/api/0/projects/acme/shop/events/"] {
            client.get(&format!("{path}?environment=staging")).await.assert(404);
        }
    })
    .await;
}
