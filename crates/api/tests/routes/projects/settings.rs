use serde_json::{Value, json};
use services::Scope;
use testkit::on_every_database;

use crate::api::Api;

const PATH: &str = "/api/0/projects/acme/shop/";

#[tokio::test]
async fn a_new_project_has_the_settings_of_a_new_project() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let shown = api.client().get(PATH).await.ok();
        for (pointer, expected) in [
            ("/allowedDomains", json!(["*"])),
            ("/dataScrubber", json!(true)),
            ("/dataScrubberDefaults", json!(true)),
            ("/scrubIPAddresses", json!(false)),
            ("/sensitiveFields", json!([])),
            ("/safeFields", json!([])),
            ("/relayPiiConfig", json!(null)),
            ("/groupingConfig", json!("newstyle:2026-01-20")),
            ("/groupingEnhancements", json!("")),
            ("/fingerprintingRules", json!("")),
            ("/secondaryGroupingConfig", json!(null)),
            ("/secondaryGroupingExpiry", json!(0)),
            ("/isDynamicallySampled", json!(false)),
            ("/options/filters:blacklisted_ips", json!("")),
            ("/options/filters:releases", json!("")),
            ("/options/filters:error_messages", json!("")),
            ("/options/filters:log_messages", json!("")),
            ("/options/filters:react-hydration-errors", json!(true)),
            ("/options/filters:chunk-load-error", json!(true)),
            ("/options/quotas:spike-protection-disabled", json!(true)),
            ("/options/sentry:scrub_data", json!(true)),
            ("/options/sentry:origins", json!(["*"])),
        ] {
            assert_eq!(shown.at(pointer), &expected, "{pointer}");
        }
        let biases = shown.at("/dynamicSamplingBiases").as_array().unwrap();
        assert!(biases.contains(&json!({ "id": "boostLatestRelease", "active": true })));
    })
    .await;
}

#[tokio::test]
async fn every_setting_is_changed_by_its_field() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let pii = json!({
            "rules": { "dev": { "type": "pattern", "pattern": "d/[a-f0-9]{12}", "redaction": { "method": "hash" } } },
            "applications": { "$string": ["dev"] },
        })
        .to_string();
        let body = json!({
            "allowedDomains": ["example.com", " *.example.org ", ""],
            "dataScrubber": false,
            "dataScrubberDefaults": false,
            "scrubIPAddresses": true,
            "sensitiveFields": ["iban"],
            "safeFields": ["order"],
            "relayPiiConfig": pii,
            "groupingEnhancements": "stack.function:panic_handler ^-group -group",
            "fingerprintingRules": "# ours\nerror.type:DatabaseUnavailable -> db-down\n",
            "dynamicSamplingBiases": [{ "id": "boostLatestRelease", "active": false }],
            "options": {
                "filters:blacklisted_ips": "127.0.0.1\n10.0.0.0/8",
                "filters:releases": "1.*\n\n2.0",
                "filters:error_messages": "TypeError*",
                "filters:log_messages": ["debug *"],
                "filters:react-hydration-errors": false,
                "filters:chunk-load-error": "0",
                "quotas:spike-protection-disabled": false,
                "mail:subject_prefix": "ignored",
            },
        });
        let changed = api.client().put(PATH, body).await.ok();
        let shown = api.client().get(PATH).await.ok();
        assert_eq!(changed.body, shown.body);
        for (pointer, expected) in [
            ("/allowedDomains", json!(["example.com", "*.example.org"])),
            ("/dataScrubber", json!(false)),
            ("/dataScrubberDefaults", json!(false)),
            ("/scrubIPAddresses", json!(true)),
            ("/sensitiveFields", json!(["iban"])),
            ("/safeFields", json!(["order"])),
            ("/relayPiiConfig", json!(pii)),
            (
                "/groupingEnhancements",
                json!("stack.function:panic_handler ^-group -group"),
            ),
            (
                "/fingerprintingRules",
                json!("# ours\nerror.type:DatabaseUnavailable -> db-down\n"),
            ),
            ("/options/filters:blacklisted_ips", json!("127.0.0.1\n10.0.0.0/8")),
            ("/options/filters:releases", json!("1.*\n2.0")),
            ("/options/filters:error_messages", json!("TypeError*")),
            ("/options/filters:log_messages", json!("debug *")),
            ("/options/filters:react-hydration-errors", json!(false)),
            ("/options/filters:chunk-load-error", json!(false)),
            ("/options/quotas:spike-protection-disabled", json!(false)),
        ] {
            assert_eq!(shown.at(pointer), &expected, "{pointer}");
        }
        let biases = shown.at("/dynamicSamplingBiases").as_array().unwrap();
        assert!(biases.contains(&json!({ "id": "boostLatestRelease", "active": false })));
        assert!(biases.contains(&json!({ "id": "ignoreHealthChecks", "active": true })));
        // Texts are taken away by null and by nothing.
        let cleared = json!({
            "relayPiiConfig": null, "fingerprintingRules": "", "sensitiveFields": null,
            "options": { "filters:releases": null },
        });
        let cleared = api.client().put(PATH, cleared).await.ok();
        assert_eq!(cleared.at("/relayPiiConfig"), &json!(null));
        assert_eq!(
            (cleared.at("/fingerprintingRules"), cleared.at("/sensitiveFields")),
            (&json!(""), &json!([]))
        );
        assert_eq!(cleared.at("/options/filters:releases"), &json!(""));
        // The project of another organization, and another project, have their own.
        api.add_project("depot").await;
        let other = api.client().get("/api/0/projects/acme/depot/").await.ok();
        assert_eq!(other.at("/scrubIPAddresses"), &json!(false));
    })
    .await;
}

#[tokio::test]
async fn errors_name_the_field_and_the_line_and_nothing_is_changed() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let client = api.client();
        let before = client.get(PATH).await.ok().body;
        let refused = async |body: Value, field: &str, place: &str| {
            let mut with_more = body.clone();
            with_more["platform"] = json!("go");
            with_more["scrubIPAddresses"] = json!(true);
            let answer = client.put(PATH, with_more).await.assert(400);
            let text = answer.body[field][0].as_str().unwrap_or_default().to_owned();
            assert!(text.starts_with(place), "{body}: {}", answer.body);
            assert_eq!(answer.body.as_object().unwrap().len(), 1, "{}", answer.body);
        };
        refused(
            json!({ "fingerprintingRules": "\n# one\n  nonsense" }),
            "fingerprintingRules",
            "Line 3, column ",
        )
        .await;
        refused(
            json!({ "groupingEnhancements": "family:native +app\nstack.function:x" }),
            "groupingEnhancements",
            "Line 2, column ",
        )
        .await;
        refused(
            json!({ "relayPiiConfig": "{\n  \"rules\": \n" }),
            "relayPiiConfig",
            "Line ",
        )
        .await;
        refused(
            json!({ "relayPiiConfig": { "rules": {} } }),
            "relayPiiConfig",
            "Not a valid string",
        )
        .await;
        refused(
            json!({ "options": { "filters:blacklisted_ips": "10.0.0.1\n10.0.0.300" } }),
            "filters:blacklisted_ips",
            "Line 2",
        )
        .await;
        refused(
            json!({ "options": { "filters:releases": "[a" } }),
            "filters:releases",
            "Line 1",
        )
        .await;
        refused(
            json!({ "options": { "filters:odd": "x" } }),
            "filters:odd",
            "There is no filter",
        )
        .await;
        refused(json!({ "options": [] }), "options", "Invalid data").await;
        refused(json!({ "allowedDomains": [] }), "allowedDomains", "Without a domain").await;
        refused(json!({ "allowedDomains": ["a b"] }), "allowedDomains", "Line 1").await;
        refused(json!({ "sensitiveFields": [1] }), "sensitiveFields", "Expected a list").await;
        refused(
            json!({ "dataScrubber": "maybe" }),
            "dataScrubber",
            "Must be a valid boolean",
        )
        .await;
        refused(
            json!({ "groupingConfig": "legacy:1" }),
            "groupingConfig",
            "\"legacy:1\" is not",
        )
        .await;
        refused(
            json!({ "dynamicSamplingBiases": [{ "id": "odd", "active": true }] }),
            "dynamicSamplingBiases",
            "`odd` is no bias",
        )
        .await;
        assert_eq!(client.get(PATH).await.ok().body, before);
        let reader = api.client_for(&[Scope::ProjectRead]).await;
        reader.put(PATH, json!({ "dataScrubber": true })).await.assert(403);
    })
    .await;
}

#[tokio::test]
async fn events_are_processed_by_the_settings() {
    on_every_database(async |url| {
        let api = Api::new(url).await;
        let rules = "error.value:\"order *\" -> orders";
        api.client()
            .put(PATH, json!({ "fingerprintingRules": rules, "scrubIPAddresses": true }))
            .await
            .ok();
        let event = |number: u32| {
            json!({
                "exception": [{ "type": "OrderError", "value": format!("order {number} of {number} is void") }],
                "user": { "ip_address": "192.0.2.7" },
            })
        };
        let (first, id) = api.save(event(1)).await;
        let (second, _) = api
            .save(json!({ "exception": [{ "type": "Other", "value": "order 7" }] }))
            .await;
        assert_eq!(first, second);
        let shown = api.client().get(&format!("{PATH}events/{id}/")).await.ok();
        assert_eq!(shown.at("/user/ip_address"), &json!(null));
        assert!(!shown.at("/_meta/user").is_null(), "{}", shown.at("/_meta"));
    })
    .await;
}
