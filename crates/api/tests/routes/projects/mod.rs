mod alert_rules;
mod attachments;
mod environments;
mod events;
mod filters;
mod grouping;
mod items;
mod keys;
mod ownership;
mod quotas;
mod redirects;
mod sampling;
mod settings;
pub(crate) mod stats;
mod transfer;
mod user_feedback;

use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const PATH: &str = "/api/0/projects/acme/shop/";

#[tokio::test]
async fn a_project_is_shown_and_changed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let shown = client.get(&format!("{PATH}?collapse=organization")).await.ok();
        assert_eq!(shown.text("/id"), api.project().to_string());
        assert_eq!(
            (shown.at("/slug"), shown.at("/platform")),
            (&json!("shop"), &json!("python"))
        );
        assert_eq!(shown.at("/organization/slug"), "acme");
        assert_eq!(shown.at("/teams/0/slug"), "acme");
        assert_eq!(
            (shown.at("/status"), shown.at("/hasAccess")),
            (&json!("active"), &json!(true))
        );
        assert_eq!(shown.at("/subjectTemplate"), "$shortID - $title");
        assert_eq!(
            client
                .get(&format!("/api/0/projects/acme/{}/", api.project()))
                .await
                .ok()
                .at("/slug"),
            "shop"
        );
        assert_eq!(
            client.get("/api/0/projects/").await.ok().each("/organization/slug"),
            ["acme"]
        );

        let changed = client.put(PATH, json!({ "platform": "go", "unknown": [1] })).await.ok();
        assert_eq!(
            (changed.at("/platform"), changed.at("/name")),
            (&json!("go"), &json!("shop"))
        );
        assert_eq!(
            client.put(PATH, json!({ "platform": null })).await.ok().at("/platform"),
            &json!(null)
        );
        api.add_project("depot").await;
        let taken = client.put(PATH, json!({ "slug": "depot" })).await.assert(400);
        assert_eq!(taken.body, json!({ "slug": ["Another project uses the slug depot."] }));
        let moved = client
            .put(PATH, json!({ "slug": "store", "name": "The Store" }))
            .await
            .ok();
        assert_eq!(
            (moved.at("/slug"), moved.at("/name")),
            (&json!("store"), &json!("The Store"))
        );
        let redirect = client.get(PATH).await.assert(302);
        assert_eq!(redirect.at("/detail/extra/url"), "/api/0/projects/acme/store/");
        client.get("/api/0/projects/acme/store/").await.ok();
    })
    .await;
}

#[tokio::test]
async fn a_deleted_project_is_gone_with_all_it_holds() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, event) = api.save(message("a", NOW)).await;
        let client = api.client();
        client.delete(PATH).await.assert(204);
        for path in [
            PATH.to_owned(),
            format!("{PATH}issues/"),
            format!("/api/0/issues/{issue}/"),
            "/api/0/organizations/acme/shortids/SHOP-1/".to_owned(),
            format!("/api/0/organizations/acme/eventids/{event}/"),
        ] {
            client.get(&path).await.assert(404);
        }
        assert_eq!(
            client.get("/api/0/organizations/acme/issues/?query=").await.ok().body,
            json!([])
        );
        assert_eq!(
            client.get("/api/0/organizations/acme/project-keys/").await.ok().body,
            json!([])
        );
        let again = client
            .post("/api/0/organizations/acme/projects/", json!({ "name": "shop" }))
            .await
            .assert(201);
        assert_eq!(again.at("/slug"), "shop");
    })
    .await;
}
