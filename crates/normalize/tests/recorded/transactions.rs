//! Every recorded transaction is valid, and normalized without losing what its SDK said.

use normalize::Context;
use protocol::{
    envelope::ItemType,
    event::{Event, EventType, Span},
};
use serde_json::Value;
use testkit::corpus;

use crate::payloads::payloads;

/// The form that an event is stored in.
fn processed(event: &mut Event, cx: &Context<'_>) -> String {
    normalize::event(event, cx).expect("a valid transaction");
    event.to_json()
}

#[test]
fn every_recorded_transaction_is_read_and_normalized_intact() {
    let mut transactions = 0;
    for recording in corpus::requests() {
        if recording.meta.method == "OPTIONS" {
            continue;
        }
        for payload in payloads(&recording) {
            if payload.item_type == ItemType::Transaction {
                transactions += 1;
                check(&recording.name, &payload.json);
            }
        }
    }
    // All of the traffic holds 74.
    assert!(transactions >= 1, "only {transactions} transactions were recorded");
}

fn check(name: &str, json: &[u8]) {
    let mut event = Event::from_slice(json).unwrap_or_else(|error| panic!("{name}: {error}"));
    // The item says what it is; some SDKs do not repeat it in the payload.
    event.kind = EventType::Transaction;
    let sent = event.clone();
    let id = event.event_id.unwrap_or(model::EventId([1; 16]));
    let cx = Context::new(corpus::RECORDED_AT, id);
    let stored = processed(&mut event, &cx);

    assert_eq!(event.kind, EventType::Transaction, "{name}");
    assert_eq!(event.errors, sent.errors, "{name}");
    assert_eq!(
        (event.start_timestamp, event.timestamp),
        (sent.start_timestamp, sent.timestamp),
        "{name}"
    );
    assert_eq!(event.spans.len(), sent.spans.len(), "{name}");
    for (span, sent) in event.spans.iter().zip(&sent.spans) {
        check_span(name, span, sent);
    }
    for (measured, sent) in &sent.measurements.0 {
        let kept = event.measurements.value(&measured.to_ascii_lowercase());
        assert_eq!(kept, sent.value, "{name}: {measured}");
    }
    check_name(name, &event, &sent);
    let trace = event.context("trace").expect("a trace");
    for key in ["op", "status", "exclusive_time"] {
        assert!(trace.contains_key(key), "{name}: the trace has no {key}");
    }
    assert_eq!(event.breakdowns.is_empty(), event.spans.is_empty(), "{name}");

    let mut again = Event::from_stored(&stored).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(again, event, "{name}: read back");
    assert_eq!(processed(&mut again, &cx), stored, "{name}: twice is once");
}

fn check_span(name: &str, span: &Span, sent: &Span) {
    assert_eq!(
        (span.span_id, span.parent_span_id, span.trace_id, &span.description),
        (sent.span_id, sent.parent_span_id, sent.trace_id, &sent.description),
        "{name}"
    );
    let length = span
        .timestamp
        .zip(span.start_timestamp)
        .map(|(end, start)| end.since(start));
    let length = length.expect("both ends").as_secs_f64() * 1e3;
    let exclusive = span.exclusive_time.expect("an exclusive time");
    assert!(
        (0.0..=length + 1e-3).contains(&exclusive),
        "{name}: {exclusive} of {length}"
    );
    assert_eq!(
        span.sentry_tag("op"),
        span.op.as_deref().map(str::to_lowercase).as_deref(),
        "{name}"
    );
    // Whatever is grouped says by what.
    assert_eq!(
        span.sentry_tag("group").is_some(),
        span.sentry_tag("description").is_some(),
        "{name}"
    );
}

/// The name is as it was sent, or it is the address that it was without ids.
fn check_name(name: &str, event: &Event, sent: &Event) {
    let source = event.transaction_info.as_ref().and_then(|info| info.source.as_deref());
    let was = sent.transaction_info.as_ref().and_then(|info| info.source.as_deref());
    match (was, source) {
        (Some("url"), Some("sanitized")) | (None, Some("unknown" | "sanitized")) => {}
        (was, source) => assert_eq!(was, source, "{name}"),
    }
    if event.transaction != sent.transaction {
        assert_eq!(source, Some("sanitized"), "{name}");
        let original = event.meta.get(["transaction"]).and_then(|entry| entry.get("val"));
        assert_eq!(original.and_then(Value::as_str), sent.transaction.as_deref(), "{name}");
    }
}
