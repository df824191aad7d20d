use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::{
    api::{Api, NOW},
    seed::{minutes, rich},
};

const EVENTS: &str = "/api/0/projects/acme/shop/events";
const PREVIEW: &str = "/api/0/projects/acme/shop/grouping-preview/";

#[tokio::test]
async fn an_event_says_why_it_is_grouped_so() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let (issue, id) = api.save(rich(NOW - minutes(5))).await;
        let info = client.get(&format!("{EVENTS}/{id}/grouping-info/")).await.ok();
        let hash = client
            .get(&format!("{EVENTS}/{id}/"))
            .await
            .ok()
            .text("/fingerprints/0");
        assert_eq!(
            (info.at("/app/key"), info.at("/app/hash"), info.at("/app/hashMismatch")),
            (&json!("app"), &json!(hash), &json!(false))
        );
        assert!(info.at("/app/component").is_object());
        for variant in info.body.as_object().unwrap().values() {
            assert_eq!(variant["hashMismatch"], json!(false), "{variant}");
        }
        for path in [
            format!("/api/0/organizations/acme/issues/{issue}/events/latest/grouping-info/"),
            format!("/api/0/issues/{issue}/events/{id}/grouping-info/"),
        ] {
            assert_eq!(client.get(&path).await.ok().body, info.body);
        }
        // With other rules the event would be elsewhere, and that is said.
        let rules = json!({ "fingerprintingRules": "error.type:ZeroDivisionError -> zero" });
        client.put("/api/0/projects/acme/shop/", rules).await.ok();
        let info = client.get(&format!("{EVENTS}/{id}/grouping-info/")).await.ok();
        let variants = info.body.as_object().unwrap();
        assert!(
            variants.values().any(|variant| variant["hashMismatch"] == json!(true)),
            "{}",
            info.body
        );
        client.get(&format!("{EVENTS}/abc/grouping-info/")).await.assert(404);
        client
            .get(&format!("{EVENTS}/00000000000000000000000000000001/grouping-info/"))
            .await
            .assert(404);
        let path = format!("{EVENTS}/{id}/grouping-info/");
        api.client_for(&[Scope::ProjectRead]).await.get(&path).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(&path).await.assert(404);
        let elsewhere = format!("/api/0/projects/globex/depot/events/{id}/grouping-info/");
        stranger.get(&elsewhere).await.assert(404);
    })
    .await;
}

fn error(kind: &str, number: u32) -> Value {
    json!({ "exception": [{ "type": kind, "value": format!("{kind} number {number}") }] })
}

#[tokio::test]
async fn a_preview_shows_what_rules_would_do_and_changes_nothing() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let none = client.post(PREVIEW, json!({})).await.ok();
        assert_eq!((none.at("/events"), none.at("/issues")), (&json!(0), &json!([])));
        for number in 0..30 {
            api.save(error("TimeoutError", number)).await;
            api.save(error("OtherError", number)).await;
        }
        let as_it_is = client.post(PREVIEW, json!({})).await.ok();
        assert_eq!(
            (as_it_is.at("/events"), as_it_is.at("/moved"), as_it_is.at("/outOfTime")),
            (&json!(60), &json!(0), &json!(false))
        );
        assert_eq!(as_it_is.each_in("/issues", "/count"), [json!(30), json!(30)]);
        let merged = client
            .post(PREVIEW, json!({ "fingerprintingRules": "error.type:*Error -> all" }))
            .await
            .ok();
        assert_eq!(
            (merged.at("/moved"), merged.at("/mostEvents")),
            (&json!(60), &json!(1_000))
        );
        assert_eq!(merged.each_in("/issues", "/count"), [json!(60)]);
        assert_eq!(merged.at("/merged/0/from").as_array().unwrap().len(), 2);
        // Nothing of it was set.
        let project = client.get("/api/0/projects/acme/shop/").await.ok();
        assert_eq!(project.at("/fingerprintingRules"), "");
        let again = client.post(PREVIEW, json!({})).await.ok();
        assert_eq!(again.body, as_it_is.body);
    })
    .await;
}

#[tokio::test]
async fn a_preview_of_rules_that_cannot_be_read_names_the_line() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        for (body, field) in [
            (json!({ "fingerprintingRules": "\nnonsense" }), "fingerprintingRules"),
            (json!({ "groupingEnhancements": "\nnonsense" }), "groupingEnhancements"),
        ] {
            let refused = client.post(PREVIEW, body).await.assert(400);
            let text = refused.body[field][0].as_str().unwrap();
            assert!(text.starts_with("Line 2, column "), "{text}");
        }
        let refused = client.post(PREVIEW, json!({ "groupingConfig": "x" })).await.assert(400);
        assert!(refused.body["groupingConfig"][0].is_string());
        api.client_for(&[Scope::EventRead])
            .await
            .post(PREVIEW, json!({}))
            .await
            .assert(403);
        api.stranger().await.post(PREVIEW, json!({})).await.assert(404);
    })
    .await;
}
