use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/quotas/";

#[tokio::test]
async fn quotas_are_shown_and_replaced() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let shown = client.get(PATH).await.ok();
        assert_eq!(
            shown.body,
            json!({ "limits": [], "spikeProtection": { "enabled": false, "minimum": 10_000, "factor": 6.0 } })
        );
        let limits = json!([
            { "categories": ["error", "transaction"], "limit": 1_000, "window": 3_600 },
            { "categories": [], "limit": 0, "window": 60 },
        ]);
        let changed = client
            .put(
                PATH,
                json!({ "limits": limits, "spikeProtection": { "enabled": true } }),
            )
            .await
            .ok();
        let expected =
            json!({ "limits": limits, "spikeProtection": { "enabled": true, "minimum": 10_000, "factor": 6.0 } });
        assert_eq!(changed.body, expected);
        assert_eq!(client.get(PATH).await.ok().body, expected);
        // What is absent stays.
        let factor = client
            .put(PATH, json!({ "spikeProtection": { "factor": 3 } }))
            .await
            .ok();
        assert_eq!(
            (factor.at("/limits"), factor.at("/spikeProtection/factor")),
            (&limits, &json!(3.0))
        );
        assert_eq!(
            client.put(PATH, json!({ "limits": null })).await.ok().at("/limits"),
            &json!([])
        );
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_quota_is_refused() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let refused = async |body: Value, field: &str| {
            let answer = client.put(PATH, body.clone()).await.assert(400);
            assert!(answer.body[field][0].is_string(), "{body} {}", answer.body);
        };
        refused(json!({ "limits": 7 }), "limits").await;
        refused(json!({ "limits": [{ "limit": -1 }] }), "limits").await;
        refused(
            json!({ "limits": [{ "categories": ["errors"], "limit": 1 }] }),
            "limits[0].categories",
        )
        .await;
        refused(
            json!({ "limits": [{ "categories": ["error"], "limit": 1, "window": 0 }] }),
            "limits[0].window",
        )
        .await;
        refused(
            json!({ "spikeProtection": { "minimum": 0 } }),
            "spikeProtection.minimum",
        )
        .await;
        refused(json!({ "spikeProtection": { "factor": "x" } }), "spikeProtection").await;
        refused(json!({ "spikeProtection": true }), "spikeProtection").await;
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.get(PATH).await.ok();
        reader.put(PATH, json!({ "limits": [] })).await.assert(403);
        let stranger = api.stranger().await;
        stranger.get(PATH).await.assert(404);
        stranger.put(PATH, json!({ "limits": [] })).await.assert(404);
    })
    .await;
}
