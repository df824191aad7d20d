use serde_json::{Value, json};
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::rich,
};

/// The path of a shared issue, by its key.
fn shared(key: &str) -> String {
    format!("/api/0/shared/issues/{key}/")
}

#[tokio::test]
async fn a_shared_issue_is_read_without_an_account_and_without_people() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(rich(NOW)).await;
        let (client, anybody) = (api.client(), api.anonymous());
        let path = format!("/api/0/issues/{issue}/");
        assert_eq!(client.get(&path).await.ok().at("/shareId"), &Value::Null);
        let made = client.put(&path, json!({ "isPublic": true })).await.ok();
        let key = made.text("/shareId");
        assert_eq!((made.at("/isPublic"), key.len()), (&json!(true), 32));
        // Again is the same link.
        let again = client.put(&path, json!({ "isPublic": true })).await.ok();
        assert_eq!(again.text("/shareId"), key);

        let seen = anybody.get(&shared(&key)).await.ok();
        assert_eq!(seen.text("/title"), client.get(&path).await.ok().text("/title"));
        assert_eq!(
            (seen.at("/project/slug"), seen.at("/project/organization/slug")),
            (&json!("shop"), &json!("acme"))
        );
        assert!(seen.text("/permalink").ends_with(&format!("/share/issue/{key}/")));
        let entries = seen.each_in("/latestEvent/entries", "/type");
        assert!(
            entries.contains(&json!("exception")) && !entries.contains(&json!("request")),
            "{entries:?}"
        );
        assert_eq!(
            (seen.at("/latestEvent/user"), seen.at("/latestEvent/context")),
            (&Value::Null, &json!({}))
        );
        for secret in ["\"vars\":{\"", "ip_address", "ada@example.com"] {
            assert!(!seen.raw().contains(secret), "{secret} in {}", seen.raw());
        }
        anybody
            .get(&format!("/api/0/organizations/acme/shared/issues/{key}/"))
            .await
            .ok();
        anybody
            .get(&format!("/api/0/organizations/globex/shared/issues/{key}/"))
            .await
            .assert(404);

        let kinds = client.get(&path).await.ok().each_in("/activity", "/type");
        assert_eq!(kinds, ["set_public", "first_seen"]);
        client.put(&path, json!({ "isPublic": false })).await.ok();
        anybody.get(&shared(&key)).await.assert(404);
        let other = client
            .put(&path, json!({ "isPublic": true }))
            .await
            .ok()
            .text("/shareId");
        assert_ne!(other, key, "an old link stays dead");
    })
    .await;
}

#[tokio::test]
async fn an_organization_forbids_sharing() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (issue, _) = api.save(rich(NOW)).await;
        let client = api.client();
        let path = format!("/api/0/issues/{issue}/");
        let key = client
            .put(&path, json!({ "isPublic": true }))
            .await
            .ok()
            .text("/shareId");
        client
            .put("/api/0/organizations/acme/", json!({ "allowSharedIssues": false }))
            .await
            .ok();
        api.anonymous().get(&shared(&key)).await.assert(404);
        for wrong in ["x", "00000000000000000000000000000000", "%27%20OR%201=1"] {
            api.anonymous().get(&shared(wrong)).await.assert(404);
        }
        client.put(&path, json!({ "isPublic": false })).await.ok();
        let refused = client.put(&path, json!({ "isPublic": true })).await;
        assert!(
            refused.status.as_u16() == 403 || refused.at("/isPublic") == false,
            "{}",
            refused.body
        );
    })
    .await;
}
