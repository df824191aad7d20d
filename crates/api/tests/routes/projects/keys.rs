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
            "browserSdk": { "choices": [
                ["latest", "latest"], ["11.x", "11.x"], ["10.x", "10.x"], ["9.x", "9.x"], ["8.x", "8.x"], ["7.x", "7.x"],
            ] },
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
        let limit = json!({ "count": 10, "window": 60 });
        let limited = client.put(&one, json!({ "rateLimit": limit })).await.ok();
        assert_eq!(limited.at("/rateLimit"), &limit);
        assert_eq!(client.get(&one).await.ok().at("/rateLimit"), &limit);
        // A change of something else leaves it.
        assert_eq!(client.put(&one, json!({})).await.ok().at("/rateLimit"), &limit);
        for none in [
            json!(null),
            json!({ "count": null, "window": 0 }),
            json!({ "count": 5 }),
        ] {
            client.put(&one, json!({ "rateLimit": limit })).await.ok();
            let unlimited = client.put(&one, json!({ "rateLimit": none })).await.ok();
            assert_eq!(unlimited.at("/rateLimit"), &json!(null), "{none}");
        }
        for bad in [
            json!(7),
            json!({ "count": -1, "window": 60 }),
            json!({ "count": "x", "window": 60 }),
            json!({ "count": 1, "window": 86_401 }),
        ] {
            let refused = client.put(&one, json!({ "rateLimit": bad })).await.assert(400);
            assert!(refused.body["rateLimit"][0].is_string(), "{bad}");
            client.post(PATH, json!({ "rateLimit": bad })).await.assert(400);
        }
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
        let limited = client
            .post(PATH, json!({ "name": "limited", "rateLimit": limit }))
            .await
            .assert(201);
        assert_eq!(limited.at("/rateLimit"), &limit);
        client
            .delete(&format!("{PATH}{}/", limited.text("/id")))
            .await
            .assert(204);
        // A new key without a name gets one.
        assert_eq!(client.post(PATH, json!({})).await.assert(201).at("/name"), "Default");
    })
    .await;
}
