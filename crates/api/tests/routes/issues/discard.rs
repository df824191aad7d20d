use serde_json::json;
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::message,
};

const ORGANIZATION: &str = "/api/0/organizations/acme/issues/";

#[tokio::test]
async fn a_discarded_issue_is_gone_and_its_events_are_dropped() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (issue, _) = api.save(message("noise", NOW)).await;
        let (kept, _) = api.save(message("signal", NOW)).await;
        let path = format!("{ORGANIZATION}{issue}/");
        let refused = client
            .put(&path, json!({ "discard": true, "status": "resolved" }))
            .await
            .assert(400);
        assert!(refused.body["discard"][0].is_string());
        let writer = api.client_for(&[Scope::EventWrite]).await;
        writer.put(&path, json!({ "discard": true })).await.assert(403);
        client.get(&path).await.ok();
        client.put(&path, json!({ "discard": true })).await.assert(204);
        client.get(&path).await.assert(404);
        assert!(api.is_discarded(message("noise", NOW)).await);
        assert_eq!(
            client.get(ORGANIZATION).await.ok().each("/id"),
            [json!(kept.to_string())]
        );
    })
    .await;
}

#[tokio::test]
async fn many_issues_are_discarded_at_once() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let issues = api.save_issues(&["a", "b", "c"]).await;
        let path = format!("{ORGANIZATION}?id={}&id={}", issues[0], issues[1]);
        let writer = api.client_for(&[Scope::EventWrite]).await;
        writer.put(&path, json!({ "discard": true })).await.assert(403);
        client.put(&path, json!({ "discard": true })).await.assert(204);
        assert_eq!(
            client.get(ORGANIZATION).await.ok().each("/id"),
            [json!(issues[2].to_string())]
        );
        // Never all that a search happens to find.
        client.put(ORGANIZATION, json!({ "discard": true })).await.assert(400);
        let stranger = api.stranger().await;
        stranger
            .put(&format!("/api/0/issues/{}/", issues[2]), json!({ "discard": true }))
            .await
            .assert(404);
        assert!(!api.is_discarded(message("c", NOW)).await);
    })
    .await;
}
