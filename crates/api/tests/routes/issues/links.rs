use model::OrganizationRole;
use serde_json::json;
use testkit::on_every_database;

use crate::api::Api;

#[tokio::test]
async fn an_issue_is_linked_to_what_others_keep_on_it() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let ids = api.save_issues(&["a", "b"]).await;
        let client = api.client();
        let path = format!("/api/0/organizations/acme/issues/{}/external-issues/", ids[0]);
        assert_eq!(client.get(&path).await.ok().body, json!([]));
        let link = json!({ "serviceType": "tracker", "displayName": "TRACK-1", "webUrl": "https://tracker.example/1" });
        let made = client.post(&path, link.clone()).await.assert(201);
        for (key, value) in link.as_object().unwrap() {
            assert_eq!(made.at(&format!("/{key}")), value);
        }
        client.post(&path, link).await.assert(409);
        let other = json!({ "serviceType": "tracker", "displayName": "TRACK-2", "webUrl": "http://tracker.example/2" });
        client.post(&path, other).await.assert(201);
        assert_eq!(
            client.get(&path).await.ok().each("/displayName"),
            ["TRACK-1", "TRACK-2"]
        );

        let shown = client.get(&format!("/api/0/issues/{}/", ids[0])).await.ok();
        assert_eq!(
            shown.at("/annotations/0"),
            &json!({ "displayName": "TRACK-1", "url": "https://tracker.example/1" })
        );
        assert_eq!(shown.at("/activity/0/type"), "create_issue");
        assert_eq!(shown.at("/activity/0/data/location"), "http://tracker.example/2");

        let one = format!("{path}{}/", made.text("/id"));
        let of_other = format!("/api/0/issues/{}/external-issues/{}/", ids[1], made.text("/id"));
        client.delete(&of_other).await.assert(404);
        client.delete(&one).await.assert(204);
        client.delete(&one).await.assert(404);
        assert_eq!(client.get(&path).await.ok().each("/displayName"), ["TRACK-2"]);
    })
    .await;
}

#[tokio::test]
async fn a_link_leads_to_the_web_only() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let issue = api.save_issues(&["a"]).await[0];
        let client = api.client();
        let path = format!("/api/0/issues/{issue}/external-issues/");
        for (service, name, url, field) in [
            ("", "a", "https://a.example", "serviceType"),
            ("t", " ", "https://a.example", "displayName"),
            ("t", "a", "javascript:alert(1)", "webUrl"),
            ("t", "a", "https://a b", "webUrl"),
            ("t", &"a".repeat(201), "https://a.example", "displayName"),
        ] {
            let body = json!({ "serviceType": service, "displayName": name, "webUrl": url });
            let refused = client.post(&path, body).await.assert(400);
            assert!(refused.at(&format!("/{field}/0")).is_string(), "{}", refused.body);
        }
        let (_, reader) = api.colleague("bill@example.com", OrganizationRole::Billing).await;
        let link = json!({ "serviceType": "t", "displayName": "a", "webUrl": "https://a.example" });
        assert!(matches!(reader.post(&path, link).await.status.as_u16(), 403 | 404));
    })
    .await;
}
