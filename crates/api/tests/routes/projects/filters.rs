use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/filters/";

#[tokio::test]
async fn filters_are_listed_and_switched() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let listed = client.get(PATH).await.ok();
        assert_eq!(
            listed.each("/id"),
            [
                "browser-extensions",
                "filtered-transaction",
                "legacy-browsers",
                "localhost",
                "web-crawlers"
            ]
        );
        assert_eq!(
            listed.each("/active"),
            [json!(false), json!(true), json!(false), json!(false), json!(false)]
        );
        let switched = client
            .put(&format!("{PATH}localhost/"), json!({ "active": true }))
            .await
            .assert(204);
        assert!(switched.bytes.is_empty());
        client
            .put(
                &format!("{PATH}legacy-browsers/"),
                json!({ "subfilters": ["ie", "safari"] }),
            )
            .await
            .assert(204);
        let active = client.get(PATH).await.ok().each("/active");
        assert_eq!((&active[2], &active[3]), (&json!(["ie", "safari"]), &json!(true)));
        // What processing sees.
        let settings = services::settings::of_project(&api.app, &api.project_scope().await)
            .await
            .unwrap();
        assert!(settings.filters.localhost);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_set_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let put = async |filter: &str, body: Value| client.put(&format!("{PATH}{filter}/"), body).await;
        put("nonsense", json!({ "active": true })).await.assert(404);
        for (filter, body, field) in [
            ("localhost", json!({}), "active"),
            ("localhost", json!({ "active": "maybe" }), "active"),
            ("legacy-browsers", json!({ "subfilters": ["netscape"] }), "subfilters"),
            ("legacy-browsers", json!({ "subfilters": [1] }), "subfilters"),
        ] {
            let refused = put(filter, body.clone()).await.assert(400);
            assert!(refused.body[field][0].is_string(), "{body} {}", refused.body);
        }
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.get(PATH).await.ok();
        reader
            .put(&format!("{PATH}localhost/"), json!({ "active": true }))
            .await
            .assert(403);
        api.client_for(&[Scope::EventRead]).await.get(PATH).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(PATH).await.assert(404);
        stranger
            .put(&format!("{PATH}localhost/"), json!({ "active": true }))
            .await
            .assert(404);
    })
    .await;
}
