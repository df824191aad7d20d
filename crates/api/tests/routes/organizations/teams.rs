use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/organizations/acme/teams/";

#[tokio::test]
async fn teams_are_created_and_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client.post(PATH, json!({ "name": "Back End" })).await.assert(201);
        assert_eq!(
            (created.at("/slug"), created.at("/name")),
            (&json!("back-end"), &json!("Back End"))
        );
        assert_eq!(
            (created.at("/isMember"), created.at("/memberCount")),
            (&json!(true), &json!(1))
        );
        assert_eq!(
            client
                .post(PATH, json!({ "slug": "ops" }))
                .await
                .assert(201)
                .at("/name"),
            "ops"
        );
        let taken = client.post(PATH, json!({ "slug": "ops" })).await.assert(409);
        assert_eq!(taken.at("/slug/0"), "A team with the slug ops exists.");
        assert!(client.post(PATH, json!({})).await.assert(400).body["name"].is_array());
        assert!(client.post(PATH, json!({ "slug": "A B" })).await.assert(400).body["slug"].is_array());

        let listed = client.get(PATH).await.ok();
        assert_eq!(listed.each("/slug"), ["acme", "back-end", "ops"]);
        assert_eq!(listed.at("/0/projects/0/slug"), "shop");
        assert_eq!(listed.at("/1/projects"), &json!([]));
        assert_eq!(
            (listed.at("/0/teamRole"), listed.at("/0/flags")),
            (&json!("admin"), &json!({ "idp:provisioned": false }))
        );
        let short = client.get(&format!("{PATH}?detailed=0&query=OPS")).await.ok();
        assert_eq!(short.each("/slug"), ["ops"]);
        assert_eq!(short.body[0].get("projects"), None);
    })
    .await;
}
