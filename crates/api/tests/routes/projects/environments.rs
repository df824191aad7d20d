use serde_json::json;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const PATH: &str = "/api/0/projects/acme/shop/environments/";

async fn with_events(url: &str) -> Api {
    let api = Api::new(url).await;
    for environment in ["production", "pr-817"] {
        let mut event = message("a", NOW);
        event["environment"] = json!(environment);
        api.save(event).await;
    }
    api
}

#[tokio::test]
async fn a_hidden_environment_is_not_listed_and_comes_back() {
    on_every_database(async |url| {
        let api = with_events(url).await;
        let client = api.client();
        let all = client.get(PATH).await.ok().each("/name");
        assert_eq!(all, ["pr-817", "production"]);
        let one = format!("{PATH}pr-817/");
        let hidden = client.put(&one, json!({ "isHidden": true })).await.ok();
        assert_eq!(
            hidden.body,
            json!({ "id": "pr-817", "name": "pr-817", "isHidden": true })
        );
        assert_eq!(client.get(&one).await.ok().at("/isHidden"), &json!(true));
        assert_eq!(client.get(PATH).await.ok().each("/name"), ["production"]);
        assert_eq!(
            client
                .get(&format!("{PATH}?visibility=hidden"))
                .await
                .ok()
                .each("/name"),
            ["pr-817"]
        );
        assert_eq!(
            client
                .get(&format!("{PATH}?visibility=all"))
                .await
                .ok()
                .each("/name")
                .len(),
            2
        );
        client.get(&format!("{PATH}?visibility=odd")).await.assert(400);
        let of_organization = "/api/0/organizations/acme/environments/";
        assert_eq!(client.get(of_organization).await.ok().each("/name"), ["production"]);
        // What came in it stays.
        let issues = client
            .get("/api/0/projects/acme/shop/issues/?environment=pr-817")
            .await
            .ok();
        assert_eq!(issues.body.as_array().unwrap().len(), 1);

        let several = json!({ "environmentNames": ["pr-817", "production"], "isHidden": false });
        assert_eq!(client.put(PATH, several).await.ok().each("/isHidden"), [false, false]);
    })
    .await;
}

#[tokio::test]
async fn api3_unknown_environment_404() {
    on_every_database(async |url| {
        let api = with_events(url).await;
        let client = api.client();
        client.get(&format!("{PATH}absent/")).await.assert(404);
        client
            .put(&format!("{PATH}absent/"), json!({ "isHidden": true }))
            .await
            .assert(404);
        let several = json!({ "environmentNames": ["production", "absent"], "isHidden": true });
        client.put(PATH, several).await.assert(404);
        assert_eq!(
            client.get(&format!("{PATH}production/")).await.ok().at("/isHidden"),
            &json!(false)
        );
        client.put(&format!("{PATH}production/"), json!({})).await.assert(400);
        client.put(PATH, json!({ "isHidden": true })).await.assert(400);
        let reader = api.client_for(&[services::Scope::ProjectRead]).await;
        reader.get(PATH).await.ok();
        reader
            .put(&format!("{PATH}production/"), json!({ "isHidden": true }))
            .await
            .assert(403);
    })
    .await;
}
