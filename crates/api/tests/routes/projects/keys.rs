use model::KeyStatus;
use serde_json::json;
use services::project_keys;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/keys/";

#[tokio::test]
async fn a_key_tells_every_address() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let (project, key) = (api.project(), api.installation.public_key.clone());
        let listed = api.client().get(PATH).await.ok();
        let secret = listed.text("/0/secret");
        assert_eq!(secret.len(), 32);
        let endpoint = |path: &str| format!("https://tocsin.example/api/{project}/{path}");
        let expected = json!([{
            "id": key,
            "name": "Default",
            "label": "Default",
            "public": key,
            "secret": secret,
            "projectId": project.0,
            "isActive": true,
            "rateLimit": null,
            "dsn": {
                "secret": format!("https://{key}:{secret}@tocsin.example/{project}"),
                "public": api.installation.dsn,
                "csp": endpoint(&format!("csp-report/?sentry_key={key}")),
                "security": endpoint(&format!("security/?sentry_key={key}")),
                "minidump": endpoint(&format!("minidump/?sentry_key={key}")),
                "playstation": endpoint(&format!("playstation/?sentry_key={key}")),
                "integration": endpoint("integration/"),
                "otlp_traces": endpoint("integration/otlp/v1/traces"),
                "otlp_logs": endpoint("integration/otlp/v1/logs"),
                "nel": endpoint(&format!("nel/?sentry_key={key}")),
                "unreal": endpoint(&format!("unreal/{key}/")),
                "crons": endpoint(&format!("cron/___MONITOR_SLUG___/{key}/")),
                "cdn": format!("https://tocsin.example/js-sdk-loader/{key}.min.js"),
            },
            "browserSdkVersion": "latest",
            "browserSdk": { "choices": [["latest", "latest"]] },
            "dateCreated": "2026-11-21T02:40:00Z",
            "dynamicSdkLoaderOptions": {
                "hasReplay": false, "hasPerformance": false, "hasDebug": false, "hasFeedback": false,
                "hasLogsAndMetrics": false,
            },
            "useCase": "user",
        }]);
        assert_eq!(listed.body, expected);
        assert_eq!(api.client().get(&format!("{PATH}{key}/")).await.ok().body, expected[0]);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_disabled_and_revoked() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let created = client
            .post(PATH, json!({ "name": " rotated ", "rateLimit": null }))
            .await
            .assert(201);
        assert_eq!(created.at("/name"), "rotated");
        let key = created.text("/id");
        let status = async || project_keys::find_owner(&api.app, &key).await.unwrap().unwrap().status;
        assert_eq!(status().await, KeyStatus::Active);
        let one = format!("{PATH}{key}/");
        let disabled = client.put(&one, json!({ "isActive": false, "name": "old" })).await.ok();
        assert_eq!(
            (disabled.at("/isActive"), disabled.at("/name")),
            (&json!(false), &json!("old"))
        );
        assert_eq!(status().await, KeyStatus::Disabled);
        assert_eq!(
            client.put(&one, json!({ "isActive": true })).await.ok().at("/name"),
            "old"
        );
        let limit = json!({ "rateLimit": { "count": 10, "window": 60 } });
        let refused = client.put(&one, limit.clone()).await.assert(400);
        assert_eq!(
            refused.body,
            json!({ "rateLimit": ["Rate limits of keys are not supported yet."] })
        );
        client.post(PATH, limit).await.assert(400);
        client
            .put(&one, json!({ "rateLimit": { "count": null, "window": 0 } }))
            .await
            .ok();
        assert!(client.put(&one, json!({ "isActive": "maybe" })).await.assert(400).body["isActive"].is_array());
        assert!(
            client
                .put(&one, json!({ "name": "x".repeat(65) }))
                .await
                .assert(400)
                .body["name"]
                .is_array()
        );
        assert_eq!(client.get(PATH).await.ok().each("/name"), ["Default", "old"]);
        client.delete(&one).await.assert(204);
        assert_eq!(status().await, KeyStatus::Revoked);
        client.get(&one).await.assert(404);
        client.delete(&one).await.assert(404);
        assert_eq!(client.get(PATH).await.ok().each("/name"), ["Default"]);
        // A new key without a name gets one.
        assert_eq!(client.post(PATH, json!({})).await.assert(201).at("/name"), "Default");
    })
    .await;
}
