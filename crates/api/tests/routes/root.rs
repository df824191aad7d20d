use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

#[tokio::test]
async fn the_root_tells_who_asks() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let root = api.client().get("/api/0/").await.ok();
        assert_eq!(root.at("/version"), "0");
        assert!(
            root.at("/auth/scopes")
                .as_array()
                .unwrap()
                .contains(&json!("event:admin"))
        );
        assert_eq!(root.at("/user/email"), "owner@example.com");
        let anonymous = api.anonymous().get("/api/0/").await.ok();
        assert_eq!(anonymous.body, json!({ "version": "0", "auth": null, "user": null }));
        let wrong = api.client_with("sntryu_0").get("/api/0/").await.assert(401);
        assert_eq!(wrong.body, json!({ "detail": "Invalid token" }));
    })
    .await;
}

#[tokio::test]
async fn users_see_themselves_and_their_region() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        for path in ["/api/0/auth/", "/api/0/users/me/"] {
            let user = api.client().get(path).await.ok();
            assert_eq!(user.at("/username"), "owner");
            assert_eq!(user.at("/name"), "owner@example.com");
            assert_eq!(user.at("/isSuperuser"), true);
            assert_eq!(user.at("/dateJoined"), "2026-11-21T02:40:00Z");
            assert_eq!(user.at("/emails/0/is_verified"), true);
            assert_eq!(
                api.anonymous().get(path).await.assert(401).text("/detail"),
                "Authentication credentials were not provided."
            );
        }
        let regions = api.client().get("/api/0/users/me/regions/").await.ok();
        assert_eq!(
            regions.body,
            json!({ "regions": [{ "name": "self-hosted", "url": "https://tocsin.example" }] })
        );
    })
    .await;
}
