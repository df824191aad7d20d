//! What the tests of the steps share, and those of all steps together.

use model::{EventId, Timestamp};
use protocol::event::{Event, EventType};
use serde_json::{Value, json};

use crate::Context;

pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000_000);
const ID: EventId = EventId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

pub(crate) fn context() -> Context<'static> {
    Context {
        received_at: NOW,
        event_id: ID,
        sent_at: None,
        client_ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: None,
        sdk_client: Some("raven-python/6.10.0"),
    }
}

pub(crate) fn read(input: Value) -> Event {
    Event::from_json(input).unwrap()
}

#[test]
fn a_bare_message_becomes_a_whole_event() {
    let mut event = read(json!({"message": "hi"}));
    super::event(&mut event, &context());
    let stored: Value = serde_json::from_str(&event.to_json()).unwrap();
    let expected = json!({
        "event_id": "0102030405060708090a0b0c0d0e0f10",
        "type": "default",
        "timestamp": 1_795_000_000,
        "received": 1_795_000_000,
        "level": "error",
        "platform": "other",
        "logentry": {"formatted": "hi"},
        "contexts": {"trace": {"type": "trace", "trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "0102030405060708", "status": "unknown"}},
        "sdk": {"name": "raven-python", "version": "6.10.0"},
    });
    assert_eq!(stored, expected);
}

#[test]
fn the_type_follows_from_the_content() {
    let check = |input: Value, expected: EventType| {
        let mut event = read(input.clone());
        super::event(&mut event, &context());
        assert_eq!(event.kind, expected, "{input}");
    };
    check(json!({"type": "error"}), EventType::Default);
    check(json!({"type": "csp"}), EventType::Default);
    check(json!({"csp": {"effective_directive": "img-src"}}), EventType::Csp);
    check(json!({"exception": [{"type": "E"}]}), EventType::Error);
    check(json!({"exception": [{}]}), EventType::Default);
    check(json!({"stacktrace": {"frames": [{"function": "f"}]}, "threads": [{"id": 1}]}), EventType::Default);
    check(json!({"type": "transaction", "exception": [{"type": "E"}]}), EventType::Transaction);
    check(json!({"type": "feedback"}), EventType::Feedback);
}

#[test]
fn platforms_are_known_or_other() {
    let check = |input: Value, expected: &str| {
        let mut event = read(json!({"platform": input}));
        super::event(&mut event, &context());
        assert_eq!(event.platform.as_deref(), Some(expected), "{input}");
    };
    check(json!("python"), "python");
    check(json!("Python"), "other");
    check(json!("rust"), "other");
    check(json!(null), "other");
}
