use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/sampling/";

/// COR4: the rules stand in the order in which they are applied.
#[tokio::test]
async fn cor4_the_rules_are_listed_in_their_order() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let custom = json!({
            "id": 3000,
            "type": "trace",
            "samplingValue": { "type": "sampleRate", "value": 0.5 },
            "condition": { "op": "glob", "name": "trace.release", "value": ["beta*"] },
        });
        let changed = client
            .put(PATH, json!({ "sampleRate": 0.25, "custom": [custom] }))
            .await
            .ok();
        assert_eq!(
            (changed.at("/sampleRate"), changed.at("/version")),
            (&json!(0.25), &json!(2))
        );
        let ids = |rules: &Value| -> Vec<i64> {
            rules
                .as_array()
                .unwrap()
                .iter()
                .map(|rule| rule["id"].as_i64().unwrap())
                .collect()
        };
        let rules = ids(changed.at("/rules"));
        // Custom, health checks, replays, environments; the one for all comes last.
        assert_eq!(rules[..4], [3000, 1002, 1005, 1001], "{rules:?}");
        assert_eq!(rules.last(), Some(&1000));
        for rule in changed.at("/rules").as_array().unwrap() {
            for key in ["id", "type", "samplingValue", "condition"] {
                assert!(!rule[key].is_null(), "{key} of {rule}");
            }
        }
        let switched = client
            .put(
                PATH,
                json!({ "biases": [{ "id": "ignoreHealthChecks", "active": false }] }),
            )
            .await
            .ok();
        assert!(!ids(switched.at("/rules")).contains(&1002));
        assert_eq!(client.get(PATH).await.ok().body, switched.body);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_sampled_by_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let refused = async |body: Value, field: &str| {
            let answer = client.put(PATH, body.clone()).await.assert(400);
            assert!(answer.body.to_string().contains(field), "{body} {}", answer.body);
        };
        refused(json!({ "sampleRate": 2 }), "sampleRate").await;
        refused(json!({ "sampleRate": "all" }), "sampleRate").await;
        refused(json!({ "biases": {} }), "biases").await;
        refused(json!({ "biases": [{ "id": "x", "active": true }] }), "biases").await;
        refused(json!({ "custom": [{ "id": 1 }] }), "custom").await;
        let bad_id = json!({
            "id": 7, "samplingValue": { "type": "sampleRate", "value": 1.0 }, "condition": { "op": "and", "inner": [] },
        });
        refused(json!({ "custom": [bad_id] }), "custom").await;
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.get(PATH).await.ok();
        reader.put(PATH, json!({})).await.assert(403);
        api.stranger().await.get(PATH).await.assert(404);
    })
    .await;
}
