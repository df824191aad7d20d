use filter::{Browser, Client, Item};
use model::{Outcome, OutcomeKind};
use protocol::condition::{FieldValue, Fields};
use serde_json::json;

use crate::filters;

#[test]
fn logs_by_body() {
    let filters = filters(json!({
        "log_messages": ["GET /healthz*", "*debug*"],
        "error_messages": ["*"],
        "blacklisted_ips": ["10.0.0.0/8"],
        "custom": {"version": 1, "filters": [
            {"id": "mine", "condition": {"op": "glob", "name": "log.body", "value": ["mine*"]}},
            {"id": "events", "condition": {"op": "eq", "name": "event.platform", "value": "other"}},
        ]},
    }));
    let nobody = Client::default();
    for (body, id) in [
        ("get /healthz 200", Some("log-message")),
        ("a\nDEBUG line", Some("log-message")),
        ("mine too", Some("mine")),
        ("order placed", None),
    ] {
        let reason = filters.log(body, &nobody);
        assert_eq!(reason.as_ref().map(|reason| reason.id()), id, "{body}");
        assert_eq!(filters.trace_metric(body, &nobody), None);
    }
    let client = Client {
        ip: Some("10.0.0.1".parse().unwrap()),
        ..nobody
    };
    assert_eq!(filters.log("order placed", &client).unwrap().id(), "ip-address");
}

#[test]
fn metrics_by_name() {
    let filters = filters(json!({
        "trace_metric_names": ["queue.*"],
        "custom": {"version": 1, "filters": [
            {"id": "mine", "condition": {"op": "eq", "name": "trace_metric.name", "value": "mine"}},
        ]},
    }));
    let nobody = Client::default();
    assert_eq!(
        filters.trace_metric("queue.depth", &nobody).unwrap().id(),
        "trace-metric-name"
    );
    assert_eq!(filters.trace_metric("mine", &nobody).unwrap().id(), "mine");
    assert_eq!(filters.trace_metric("other", &nobody), None);
    assert_eq!(filters.log("queue.depth", &nobody), None);
}

#[test]
fn sessions_by_address_release_and_user_agent() {
    let filters = filters(json!({
        "blacklisted_ips": ["10.0.0.0/8"], "releases": ["1.*"], "localhost": true, "web_crawlers": true,
        "legacy_browsers": ["ie9"], "filtered_transaction": true, "error_messages": ["*"],
        "custom": {"version": 1, "filters": [{"id": "all", "condition": {"op": "and", "inner": []}}]},
    }));
    let client = Client {
        user_agent: Some("Googlebot"),
        ..Client::default()
    };
    let browser = Some(Browser {
        family: "IE",
        major: Some(9),
    });
    let passed = Item::default();
    for (item, id) in [
        (
            Item {
                user_ip: Some("10.0.0.1"),
                ..passed
            },
            Some("ip-address"),
        ),
        (
            Item {
                release: Some("1.0"),
                ..passed
            },
            Some("release-version"),
        ),
        (
            Item {
                user_ip: Some("::1"),
                ..passed
            },
            Some("localhost"),
        ),
        (Item { client, ..passed }, Some("web-crawlers")),
        (
            Item {
                client: Client { browser, ..client },
                ..passed
            },
            Some("legacy-browsers"),
        ),
        (
            Item {
                transaction: Some("/ping"),
                ..passed
            },
            Some("filtered-transaction"),
        ),
        (passed, None),
    ] {
        let reason = filters.item(&item);
        assert_eq!(reason.as_ref().map(|reason| reason.id()), id);
    }
}

#[test]
fn other_items_bring_fields_of_their_own() {
    struct Span;
    impl Fields for Span {
        fn get(&self, path: &str) -> Option<FieldValue<'_>> {
            (path == "span.op").then(|| "db".into())
        }
    }
    let filters = filters(json!({"custom": {"version": 1, "filters": [
        {"id": "db", "condition": {"op": "eq", "name": "span.op", "value": "db"}},
    ]}}));
    let item = Item {
        fields: Some(&Span),
        ..Item::default()
    };
    let outcome = Outcome::from(filters.item(&item).unwrap());
    assert_eq!(outcome, Outcome::new(OutcomeKind::Filtered, "db"));
}
