//! What the tests of the steps share, and those of all steps together.

use proptest::prelude::*;
use protocol::event::Event;
use serde_json::{Value, json};

use crate::tests::{NOW, context, read};

pub(crate) const TRACE: &str = "6cf173d587eb48568a9b2e12dcfbea52";
pub(crate) const SPAN: &str = "438f40bd3b4a41ee";

/// A transaction of five seconds with these fields.
pub(crate) fn transaction(fields: Value) -> Event {
    read(sent(fields))
}

/// The same, as an SDK sends it.
pub(crate) fn sent(fields: Value) -> Value {
    let mut input = json!({
        "type": "transaction", "start_timestamp": NOW.seconds() - 10, "timestamp": NOW.seconds() - 5,
        "contexts": {"trace": {"trace_id": TRACE, "span_id": SPAN}},
    });
    for (key, value) in fields.as_object().expect("an object") {
        input[key] = value.clone();
    }
    input
}

/// One of its spans with these fields.
pub(crate) fn span(fields: Value) -> Value {
    let mut input = json!({
        "trace_id": TRACE, "span_id": "438f40bd3b4a41e1", "start_timestamp": NOW.seconds() - 9, "timestamp": NOW.seconds() - 8,
    });
    for (key, value) in fields.as_object().expect("an object") {
        input[key] = value.clone();
    }
    input
}

/// The normalized transaction as JSON.
fn normalized(fields: Value) -> Value {
    let mut event = transaction(fields);
    crate::event(&mut event, &context()).unwrap();
    let once = event.to_json();
    let mut again = Event::from_stored(&once).unwrap();
    crate::event(&mut again, &context()).unwrap();
    assert_eq!(again.to_json(), once, "twice is once");
    serde_json::from_str(&once).unwrap()
}

#[test]
fn a_bare_transaction_becomes_a_whole_one() {
    let event = normalized(json!({}));
    assert_eq!(event["transaction"], "<unlabeled transaction>");
    assert_eq!(event["transaction_info"], json!({"source": "unknown"}));
    assert_eq!(event["level"], "info");
    assert_eq!(event["type"], "transaction");
    let trace = json!({"trace_id": TRACE, "span_id": SPAN, "type": "trace", "op": "default", "status": "unknown", "exclusive_time": 5000.0});
    assert_eq!(event["contexts"]["trace"], trace);
    assert_eq!(event.get("breakdowns"), None);
    assert_eq!(event.get("errors"), None);
}

#[test]
fn the_trace_has_an_operation_and_a_status() {
    let check = |field: &str, sent: Value, expected: Value, errors: usize| {
        let mut trace = json!({"trace_id": TRACE, "span_id": SPAN});
        trace[field] = sent.clone();
        let event = normalized(json!({"contexts": {"trace": trace}}));
        assert_eq!(event["contexts"]["trace"][field], expected, "{field} {sent}");
        let found = event.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(found, errors, "{field} {sent}");
    };
    check("op", json!("http.server"), json!("http.server"), 0);
    check("op", json!(null), json!("default"), 0);
    check("op", json!(5), json!("default"), 1);
    check("status", json!("ok"), json!("ok"), 0);
    check("status", json!(5), json!("not_found"), 0);
    check("status", json!("error"), json!("internal_error"), 0);
    check("status", json!("404"), json!("unknown"), 1);
    check("status", json!("foo"), json!("unknown"), 1);
    check("status", json!(17), json!("unknown"), 1);
    check(
        "trace_id",
        json!("0".repeat(32)),
        json!("0102030405060708090a0b0c0d0e0f10"),
        0,
    );
    check("parent_span_id", json!("bad"), json!(null), 1);
}

#[test]
fn spans_have_an_end_and_an_operation() {
    let one = |fields: Value| normalized(json!({"spans": [span(fields)]}))["spans"][0].clone();
    let open = one(json!({"timestamp": null, "status": "ok"}));
    assert_eq!(
        (&open["timestamp"], &open["status"]),
        (&json!(NOW.seconds() - 5), &json!("deadline_exceeded"))
    );
    assert_eq!(open["exclusive_time"], 4000.0);
    assert_eq!(one(json!({}))["op"], "default");
    assert_eq!(one(json!({"op": "db"}))["op"], "db");
    assert_eq!(one(json!({"data": {"messaging.system": "kafka"}}))["op"], "message");
    assert_eq!(one(json!({"status": "nonsense"})).get("status"), None);
    assert_eq!(one(json!({"status": 5}))["status"], "not_found");
    assert_eq!(one(json!({"trace_id": "0".repeat(32)}))["trace_id"], TRACE);
    assert_eq!(one(json!({"exclusive_time": 77}))["exclusive_time"], 1000.0);
    assert_eq!(
        one(json!({"tags": {"a": 1, "b": null, "c": [1], "d": true}}))["tags"],
        json!({"a": "1", "c": "[1]", "d": "true"})
    );
    assert_eq!(
        one(json!({"measurements": {"Foo": {"value": 1}}}))["measurements"],
        json!({"foo": {"value": 1.0}})
    );
    assert_eq!(
        one(json!({"sentry_tags": {"group": "forged"}}))["sentry_tags"],
        json!({"op": "default"})
    );
}

#[test]
fn exclusive_time_is_that_without_children() {
    let of = |id: u32, parent: Option<u32>, start: i64, end: i64| {
        let hex = |id: u32| format!("{id:016x}");
        let start_of_all = NOW.seconds() - 10;
        span(
            json!({"span_id": hex(id), "parent_span_id": parent.map(hex), "start_timestamp": start_of_all + start, "timestamp": start_of_all + end}),
        )
    };
    let mut spans = vec![
        of(1, None, 0, 4),
        of(2, Some(1), 0, 1),
        of(3, Some(1), 0, 2),
        of(4, Some(1), 3, 9),
        of(5, Some(3), 1, 1),
        of(6, Some(6), 1, 2),
    ];
    spans[0]["parent_span_id"] = json!(SPAN);
    let event = normalized(json!({"spans": spans}));
    let times: Vec<f64> = (0..6)
        .map(|index| event["spans"][index]["exclusive_time"].as_f64().unwrap())
        .collect();
    assert_eq!(times, [1000.0, 1000.0, 2000.0, 6000.0, 0.0, 0.0]);
    assert_eq!(event["contexts"]["trace"]["exclusive_time"], 1000.0);
}

#[test]
fn breakdowns_are_by_kind_of_operation() {
    let of = |op: &str, start: i64, end: i64| {
        let start_of_all = NOW.seconds() - 10;
        span(json!({"op": op, "start_timestamp": start_of_all + start, "timestamp": start_of_all + end}))
    };
    let spans = [
        of("db", 0, 2),
        of("db.sql.query", 1, 3),
        of("http.client", 0, 1),
        of("own", 0, 1),
        of("own", 2, 3),
        of("other", 4, 5),
    ];
    let event = normalized(json!({"spans": spans, "breakdowns": {"mine": {"x": {"value": 1}}}}));
    let ms = |value: f64| json!({"value": value, "unit": "millisecond"});
    let expected = json!({"span_ops": {"ops.db": ms(3000.0), "ops.http": ms(1000.0), "total.time": ms(7000.0)}});
    assert_eq!(event["breakdowns"], expected);
}

#[track_caller]
fn check_measurements(sent: Value, expected: Value, errors: usize) {
    let event = normalized(json!({"measurements": sent}));
    let found = event.get("measurements").cloned().unwrap_or_else(|| json!({}));
    assert_eq!(found, expected, "{sent}");
    let noted = event.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
    assert_eq!(noted, errors, "{sent}: {:?}", event.get("errors"));
}

#[test]
fn measurements_have_names_and_units() {
    for (sent, expected, errors) in [
        (
            json!({"Foo": {"value": 1}}),
            json!({"foo": {"value": 1.0, "unit": "none"}}),
            0,
        ),
        (
            json!({"lcp": {"value": 1}}),
            json!({"lcp": {"value": 1.0, "unit": "millisecond"}}),
            0,
        ),
        (
            json!({"lcp": {"value": 1, "unit": "second"}}),
            json!({"lcp": {"value": 1.0, "unit": "second"}}),
            0,
        ),
        (
            json!({"FP": {"value": 1, "unit": "Second"}}),
            json!({"fp": {"value": 1.0, "unit": "second"}}),
            0,
        ),
        (
            json!({"LCP": {"value": 2}, "lcp": {"value": 1}}),
            json!({"lcp": {"value": 1.0, "unit": "millisecond"}}),
            0,
        ),
        (
            json!({"cls": {"value": 0.1}}),
            json!({"cls": {"value": 0.1, "unit": "none"}}),
            0,
        ),
        (
            json!({"x": {"value": 1, "unit": "%"}}),
            json!({"x": {"value": 1.0, "unit": "none"}}),
            1,
        ),
        (
            json!({"x": {"value": 1, "unit": 5}}),
            json!({"x": {"value": 1.0, "unit": "none"}}),
            1,
        ),
        (
            json!({"a b": {"value": 1}, "1a": {"value": 1}, "": {"value": 1}}),
            json!({}),
            3,
        ),
        (json!({"lcp": 5}), json!({}), 1),
        (json!({"lcp": {"value": "5"}}), json!({}), 1),
        (json!({"lcp": {"value": null}}), json!({}), 1),
        (json!({"x".repeat(197): {"value": 1}}), json!({}), 1),
        (json!([]), json!({}), 1),
    ] {
        check_measurements(sent, expected, errors);
    }
}

#[test]
fn measurements_that_cannot_be_true_are_removed() {
    check_measurements(json!({"fid": {"value": -5}}), json!({}), 1);
    check_measurements(
        json!({"own": {"value": -5}}),
        json!({"own": {"value": -5.0, "unit": "none"}}),
        0,
    );
    check_measurements(
        json!({"app_start_cold": {"value": 180_001}, "time_to_full_display": {"value": 181, "unit": "second"}}),
        json!({}),
        2,
    );
    check_measurements(
        json!({"app_start_warm": {"value": 180_000}}),
        json!({"app_start_warm": {"value": 180_000.0, "unit": "millisecond"}}),
        0,
    );
}

#[test]
fn a_program_may_measure_ten_things_of_its_own() {
    let sent: serde_json::Map<String, Value> = (0..14)
        .map(|index| (format!("own{index:02}"), json!({"value": index})))
        .collect();
    let mut sent = Value::Object(sent);
    sent["lcp"] = json!({"value": 1});
    let event = normalized(json!({"measurements": sent}));
    let kept = event["measurements"].as_object().unwrap();
    assert_eq!(kept.len(), 11);
    assert!(kept.contains_key("lcp") && kept.contains_key("own09") && !kept.contains_key("own10"));
    assert_eq!(event["errors"].as_array().unwrap().len(), 4);
}

#[test]
fn thousands_of_measurements_are_no_thousands_of_errors() {
    let sent: serde_json::Map<String, Value> = (0..20_000)
        .map(|index| {
            (
                format!("{}{index}", if index % 2 == 0 { "x" } else { "-" }),
                json!({"value": 1, "unit": "%"}),
            )
        })
        .collect();
    let event = normalized(json!({"measurements": sent}));
    assert_eq!(event["measurements"].as_object().unwrap().len(), 10);
    assert!(event["errors"].as_array().unwrap().len() <= 200);
}

#[test]
fn rates_follow_from_counts() {
    let value = |event: &Value, name: &str| {
        event["measurements"]
            .get(name)
            .map(|rate| (rate["value"].as_f64().unwrap(), rate["unit"].clone()))
    };
    let event = normalized(json!({"measurements": {
        "frames_total": {"value": 100}, "frames_slow": {"value": 10}, "frames_frozen": {"value": 5}, "stall_total_time": {"value": 100},
        "frames_slow_rate": {"value": 0.7},
    }}));
    assert_eq!(value(&event, "frames_slow_rate"), Some((0.1, json!("ratio"))));
    assert_eq!(value(&event, "frames_frozen_rate"), Some((0.05, json!("ratio"))));
    assert_eq!(value(&event, "stall_percentage"), Some((0.02, json!("ratio"))));
    let event = normalized(json!({"measurements": {
        "frames_total": {"value": 0}, "frames_slow": {"value": 0}, "stall_total_time": {"value": 1, "unit": "second"},
    }}));
    assert_eq!(event["measurements"].as_object().unwrap().len(), 3);
}

#[test]
fn pages_are_rated_by_the_browser_that_loaded_them() {
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";
    let page = |user_agent: &str| {
        let event = normalized(json!({
            "platform": "javascript", "measurements": {"lcp": {"value": 548}}, "request": {"headers": {"User-Agent": user_agent}},
        }));
        event["measurements"]["score.total"]["value"].as_f64()
    };
    assert!((page(chrome).unwrap() - 0.996_84).abs() < 1e-5);
    assert_eq!(page("curl/8.0"), None);
}

#[test]
fn other_events_have_no_measurements() {
    let mut event = read(json!({"message": "x", "measurements": {"lcp": {"value": 1}}, "spans": [span(json!({}))]}));
    crate::event(&mut event, &context()).unwrap();
    assert!(event.measurements.is_empty());
    assert_eq!((event.spans.len(), event.spans[0].op.as_deref()), (1, None));
}

#[test]
fn a_fresh_event_with_many_children_is_fast() {
    // Every span is the child of one that has the same id as all others.
    let spans: Vec<Value> = (0..6_000)
        .map(|index| {
            let start = (NOW.seconds() - 10) as f64 + f64::from(index) * 5e-4;
            span(json!({"parent_span_id": "438f40bd3b4a41e1", "start_timestamp": start, "timestamp": start + 1e-4}))
        })
        .collect();
    assert_eq!(
        normalized(json!({"spans": spans}))["spans"].as_array().unwrap().len(),
        6_000
    );
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/0-9.%*\\\\ -]{0,30}",
        "(GET |)/[a-z]{1,4}/([0-9]{1,3}|[0-9a-f]{32}|0x[0-9a-f]{1,4}|[a-f]{8}-[a-f]{4}-[a-f]{4}-[a-f]{4}-[a-f]{12})(/|\\?x=1|)",
    ]
}

fn any_span() -> impl Strategy<Value = Value> {
    let op = proptest::sample::select(vec![
        Value::Null,
        json!("db"),
        json!("db.sql.query"),
        json!("http.client"),
        json!("resource.script"),
        json!("db.redis"),
        json!("ui.load"),
        json!(5),
    ]);
    let description = prop_oneof![
        "SELECT [a-z, .()'\"0-9=*]{0,20} FROM [a-z.\"0-9]{0,10}",
        "(GET|POST) (https?://|/)[a-z0-9.:/]{0,20}",
        ".{0,20}",
    ];
    (op, description, 1_u32..6, proptest::option::of(1_u32..6), 0..5_000_000_i64, proptest::option::of(0..5_000_000_i64)).prop_map(
        |(op, description, id, parent, start, length)| {
            let start_of_all = NOW.0 - 10_000_000;
            let seconds = |micros: i64| json!((start_of_all + micros) as f64 / 1e6);
            let start = start.min(4_999_999);
            span(json!({
                "op": op, "description": description, "span_id": format!("{id:016x}"), "parent_span_id": parent.map(|id| format!("{id:016x}")),
                "start_timestamp": seconds(start), "timestamp": length.map(|length| seconds(start + length)),
            }))
        },
    )
}

proptest! {
    #[test]
    fn normalizing_twice_changes_nothing(
        name in any_name(),
        source in proptest::sample::select(vec!["url", "route", "", "sanitized"]),
        spans in proptest::collection::vec(any_span(), 0..6),
        measurements in proptest::collection::btree_map("(lcp|fid|frames_total|frames_slow|own|Own|a b|[a-z]{1,3})", (-5_f64..500.0, "(ms|%|second|)"), 0..16),
    ) {
        let measurements: serde_json::Map<String, Value> =
            measurements.into_iter().map(|(name, (value, unit))| (name, json!({"value": value, "unit": unit}))).collect();
        let info = if source.is_empty() { Value::Null } else { json!({"source": source}) };
        normalized(json!({
            "transaction": name, "transaction_info": info, "spans": spans, "measurements": measurements,
            "sdk": {"name": "sentry.javascript.browser"},
            "contexts": {"trace": {"trace_id": TRACE, "span_id": "0000000000000001"}, "browser": {"name": "Chrome"}},
        }));
    }
}
