use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

#[tokio::test]
async fn the_keys_of_all_projects_are_listed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let path = "/api/0/organizations/acme/project-keys/";
        let created = client
            .post("/api/0/organizations/acme/projects/", json!({ "name": "depot" }))
            .await
            .assert(201);
        let ids = client.get(path).await.ok().each("/projectId");
        let depot: i64 = created.text("/id").parse().unwrap();
        assert_eq!(ids, [json!(api.project().0), json!(depot)]);
        let key = api.installation.public_key.clone();
        client
            .put(
                &format!("/api/0/projects/acme/shop/keys/{key}/"),
                json!({ "isActive": false }),
            )
            .await
            .ok();
        assert_eq!(
            client.get(&format!("{path}?status=inactive")).await.ok().each("/id"),
            [json!(key)]
        );
        assert_eq!(
            client
                .get(&format!("{path}?status=active"))
                .await
                .ok()
                .each("/projectId"),
            [json!(depot)]
        );
        assert!(client.get(&format!("{path}?status=odd")).await.assert(400).body["status"].is_array());
        client
            .post("/api/0/organizations/acme/teams/", json!({ "name": "empty" }))
            .await
            .assert(201);
        assert_eq!(client.get(&format!("{path}?team=empty")).await.ok().body, json!([]));
        assert_eq!(
            client
                .get(&format!("{path}?team=acme"))
                .await
                .ok()
                .each("/projectId")
                .len(),
            2
        );
        client.get(&format!("{path}?team=absent")).await.assert(404);
    })
    .await;
}
