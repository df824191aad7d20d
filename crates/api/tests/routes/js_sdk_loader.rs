use serde_json::json;
use services::sdk_loader::SdkBundles;
use testkit::on_every_database;

use crate::api::Api;

#[tokio::test]
async fn the_loader_knows_the_dsn_and_the_bundle() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let key = &api.installation.public_key;
        let script = api.anonymous().get(&format!("/js-sdk-loader/{key}.min.js")).await.ok();
        for (name, value) in [
            ("content-type", "text/javascript; charset=utf-8"),
            ("access-control-allow-origin", "*"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(script.header(name), Some(value), "{name}");
        }
        assert!(
            script
                .header("cache-control")
                .unwrap()
                .starts_with("public, max-age=3600")
        );
        let text = script.raw();
        assert!(text.contains(&format!("\"dsn\":\"{}\"", api.installation.dsn)));
        assert!(text.contains("/bundle.min.js\""));
        assert!(text.contains("\"lazy\":true"));
        let plain = api.anonymous().get(&format!("/js-sdk-loader/{key}.js")).await.ok();
        assert_eq!(plain.bytes, script.bytes);
    })
    .await;
}

#[tokio::test]
async fn what_is_set_for_a_key_is_loaded() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let key = &api.installation.public_key;
        let bundles = SdkBundles::parse("https://static.example/{version}/{bundle}").unwrap();
        api.app.sdk_bundles.set(bundles).unwrap();
        let options = json!({ "hasReplay": true, "hasPerformance": true, "hasDebug": true });
        let path = format!("/api/0/projects/acme/shop/keys/{key}/");
        let changed = api
            .client()
            .put(
                &path,
                json!({ "dynamicSdkLoaderOptions": options, "browserSdkVersion": "7.x" }),
            )
            .await
            .ok();
        assert_eq!(changed.at("/browserSdkVersion"), "7.x");
        assert_eq!(
            changed.at("/dynamicSdkLoaderOptions"),
            &json!({
                "hasReplay": true, "hasPerformance": true, "hasDebug": true, "hasFeedback": false,
                "hasLogsAndMetrics": false,
            })
        );
        let script = api.anonymous().get(&format!("/js-sdk-loader/{key}.min.js")).await.ok();
        for part in [
            "\"bundle\":\"https://static.example/7.120.4/bundle.tracing.replay.debug.min.js\"",
            "\"lazy\":false",
            "\"debug\":true",
            "\"tracesSampleRate\":1.0",
            "\"replaysOnErrorSampleRate\":1.0",
            "\"classes\":[\"BrowserTracing\",\"Replay\"]",
        ] {
            assert!(script.raw().contains(part), "{part}");
        }
        // Options that are not named stay, and the newest version is asked for by name.
        let changed = api
            .client()
            .put(
                &path,
                json!({ "dynamicSdkLoaderOptions": { "hasDebug": false }, "browserSdkVersion": "latest" }),
            )
            .await
            .ok();
        assert_eq!(
            (
                changed.at("/browserSdkVersion"),
                changed.at("/dynamicSdkLoaderOptions/hasReplay")
            ),
            (&json!("latest"), &json!(true))
        );
        let script = api.anonymous().get(&format!("/js-sdk-loader/{key}.min.js")).await.ok();
        assert!(
            script
                .raw()
                .contains("\"integrations\":[\"browserTracingIntegration\",\"replayIntegration\"]")
        );
        for (body, field) in [
            (json!({ "browserSdkVersion": "3.x" }), "browserSdkVersion"),
            (json!({ "dynamicSdkLoaderOptions": [] }), "dynamicSdkLoaderOptions"),
            (
                json!({ "dynamicSdkLoaderOptions": { "hasReplay": "often" } }),
                "dynamicSdkLoaderOptions",
            ),
        ] {
            let refused = api.client().put(&path, body).await.assert(400);
            assert!(refused.body[field][0].is_string(), "{field}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_takes_nothing_gives_a_harmless_script() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let key = &api.installation.public_key;
        api.client()
            .put(
                &format!("/api/0/projects/acme/shop/keys/{key}/"),
                json!({ "isActive": false }),
            )
            .await
            .ok();
        for name in [
            key.as_str(),
            "00000000000000000000000000000000",
            "nonsense",
            "%3Cscript%3E",
        ] {
            let script = api.anonymous().get(&format!("/js-sdk-loader/{name}.min.js")).await.ok();
            assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
            assert!(!script.raw().contains("dsn") && !script.raw().contains(name), "{name}");
        }
        api.anonymous().get(&format!("/js-sdk-loader/{key}")).await.assert(404);
    })
    .await;
}
