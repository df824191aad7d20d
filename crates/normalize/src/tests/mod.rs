//! What the tests of the steps share, and those of all steps together.

mod vectors; // the table of the reference

use model::{EventId, Timestamp};
use proptest::prelude::*;
use protocol::event::{Event, EventType};
use serde_json::{Value, json};

use crate::Context;

pub(crate) const NOW: Timestamp = Timestamp(1_795_000_000_000_000);
const ID: EventId = EventId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

pub(crate) fn context() -> Context<'static> {
    Context {
        client_ip: Some("192.0.2.7".parse().unwrap()),
        sdk_client: Some("raven-python/6.10.0"),
        ..Context::new(NOW, ID)
    }
}

pub(crate) fn read(input: Value) -> Event {
    Event::from_json(input).unwrap()
}

#[test]
fn a_bare_message_becomes_a_whole_event() {
    let mut event = read(json!({"message": "hi"}));
    super::event(&mut event, &context()).unwrap();
    let stored: Value = serde_json::from_str(&event.to_json()).unwrap();
    let expected = json!({
        "event_id": "0102030405060708090a0b0c0d0e0f10",
        "type": "default",
        "timestamp": 1_795_000_000,
        "received": 1_795_000_000,
        "level": "error",
        "platform": "other",
        "logger": "",
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
        super::event(&mut event, &context()).unwrap();
        assert_eq!(event.kind, expected, "{input}");
    };
    check(json!({"type": "error"}), EventType::Default);
    check(json!({"type": "csp"}), EventType::Default);
    check(json!({"csp": {"effective_directive": "img-src"}}), EventType::Csp);
    check(json!({"exception": [{"type": "E"}]}), EventType::Error);
    check(json!({"exception": [{}]}), EventType::Default);
    check(
        json!({"stacktrace": {"frames": [{"function": "f"}]}, "threads": [{"id": 1}]}),
        EventType::Default,
    );
    check(
        crate::transaction::tests::sent(json!({"exception": [{"type": "E"}]})),
        EventType::Transaction,
    );
    check(
        json!({"type": "feedback", "contexts": {"feedback": {"message": "x"}}}),
        EventType::Feedback,
    );
}

#[test]
fn platforms_are_known_or_other() {
    let check = |input: Value, expected: &str| {
        let mut event = read(json!({"platform": input}));
        super::event(&mut event, &context()).unwrap();
        assert_eq!(event.platform.as_deref(), Some(expected), "{input}");
    };
    check(json!("python"), "python");
    check(json!("Python"), "other");
    check(json!("rust"), "other");
    check(json!(null), "other");
}

/// Texts that some rule looks at, and others.
fn any_text() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[ -~é\n\t\u{0}]{0,20}",
        "(https?|file|app)://[a-z]{0,3}/?[a-z?#=&/.]{0,8}",
        "[A-Z][a-z]{0,4}: ?[a-z %{}s\n]{0,8}",
        "[ax]{60,70}|[ax]{195,205}|[ax]{250,300}|é{8190,8400}",
        Just("{{auto}}".to_owned()),
        Just("a=b&c=d#e".to_owned()),
    ]
    .prop_map(Value::from)
}

fn any_event() -> impl Strategy<Value = Value> {
    let leaf = || prop_oneof![3 => any_text(), 1 => any::<bool>().prop_map(Value::from), 1 => any::<f64>().prop_map(Value::from), 1 => (1_790_000_000_i64..1_800_000_000).prop_map(Value::from), 1 => Just(Value::Null)];
    let pairs = || proptest::collection::vec((any_text(), leaf()), 0..4).prop_map(|pairs| json!(pairs));
    let object = |keys: &'static [&'static str]| {
        proptest::collection::vec((proptest::sample::select(keys), leaf()), 0..7)
            .prop_map(|fields| Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
    };
    let frame = object(&[
        "filename",
        "abs_path",
        "function",
        "module",
        "context_line",
        "in_app",
        "lineno",
        "package",
    ]);
    let stacktrace = proptest::collection::vec(frame, 0..4).prop_map(|frames| json!({"frames": frames}));
    let exception =
        (object(&["type", "value", "module"]), stacktrace.clone()).prop_map(|(mut exception, stacktrace)| {
            exception["stacktrace"] = stacktrace;
            exception
        });
    let request = (
        object(&["url", "method", "data", "query_string", "fragment", "cookies"]),
        pairs(),
    )
        .prop_map(|(mut request, headers)| {
            request["headers"] = headers;
            request
        });
    let top = object(&[
        "timestamp",
        "level",
        "platform",
        "logger",
        "transaction",
        "culprit",
        "release",
        "dist",
        "environment",
        "server_name",
        "site",
        "type",
        "message",
    ]);
    let breadcrumbs = proptest::collection::vec(object(&["timestamp", "type", "message", "level", "category"]), 0..4);
    let logentry = (any_text(), pairs()).prop_map(|(message, params)| json!({"message": message, "params": params}));
    let parts = (
        proptest::collection::vec(exception, 0..3),
        stacktrace,
        request,
        breadcrumbs,
        logentry,
        pairs(),
    );
    (top, parts, object(&["id", "email", "username", "ip_address", "name"])).prop_map(|(mut event, parts, user)| {
        let (exception, stacktrace, request, breadcrumbs, logentry, tags) = parts;
        for (key, value) in [
            ("exception", json!(exception)),
            ("stacktrace", stacktrace),
            ("request", request),
            ("breadcrumbs", json!(breadcrumbs)),
            ("logentry", logentry),
            ("tags", tags),
            ("user", user),
        ] {
            event[key] = value;
        }
        event
    })
}

proptest! {
    #[test]
    fn normalizing_twice_changes_nothing(input in any_event(), sent_before in 0_i64..20_000_000_000) {
        let cx = Context { sent_at: Some(Timestamp(NOW.0 - sent_before)), ..context() };
        let mut event = read(input);
        super::event(&mut event, &cx).unwrap();
        super::trim(&mut event);
        let summary = super::summary(&event);
        let mut again = Event::from_stored(&event.to_json()).unwrap();
        prop_assert_eq!(&again, &event, "read back");
        super::event(&mut again, &cx).unwrap();
        super::trim(&mut again);
        prop_assert_eq!(super::summary(&again), summary);
        prop_assert_eq!(again.to_json(), event.to_json());
    }
}

/// JSON of any form, with names and texts that rules look for among others.
fn any_json() -> impl Strategy<Value = Value> {
    let name = || {
        prop_oneof![
            3 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
            1 => "[a-zA-Z_.é ]{0,8}",
        ]
    };
    let leaf = prop_oneof![
        4 => any_text(),
        2 => proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => (0_usize..20_000).prop_map(|length| json!("x".repeat(length))),
    ];
    leaf.prop_recursive(9, 120, 8, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            3 => proptest::collection::vec((name(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

const NAMES: [&str; 56] = [
    "abs_path",
    "body_size",
    "breadcrumbs",
    "browser",
    "build",
    "client_os",
    "code_file",
    "contexts",
    "cookies",
    "data",
    "debug_id",
    "debug_meta",
    "device",
    "dist",
    "environment",
    "errno",
    "exception",
    "extra",
    "filename",
    "fingerprint",
    "formatted",
    "frames",
    "function",
    "geo",
    "handled",
    "headers",
    "held_locks",
    "id",
    "images",
    "ip_address",
    "level",
    "lock",
    "logentry",
    "mechanism",
    "message",
    "meta",
    "model",
    "modules",
    "name",
    "number",
    "os",
    "params",
    "raw_description",
    "request",
    "response",
    "runtime",
    "sdk",
    "signal",
    "stacktrace",
    "tags",
    "threads",
    "trace",
    "type",
    "url",
    "user",
    "values",
];

const TEXTS: [&str; 14] = [
    "elf",
    "apple",
    "os",
    "device",
    "python",
    "javascript",
    "Microsoft Windows 10.0.22000",
    "Linux 5.4.0-1 #1",
    ".NET Framework 4.8",
    "SM-G998B",
    "[1,{\"a\":2}]",
    "a=b&c=d",
    "dfb8e43af2423d73a453aeb6a777ef75",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Version/17.1 Mobile/15E148 Safari/604.1",
];

proptest! {
    #[test]
    fn whatever_comes_is_normalized_once_and_for_all(
        fields in proptest::collection::vec((proptest::sample::select(&NAMES[..]), any_json()), 0..8),
    ) {
        let mut event = read(Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
        prop_assume!(super::event(&mut event, &context()).is_ok());
        super::trim(&mut event);
        let once = event.to_json();
        let mut again = Event::from_stored(&once).unwrap();
        prop_assert_eq!(&again.to_json(), &once, "read back");
        super::event(&mut again, &context()).unwrap();
        super::trim(&mut again);
        prop_assert_eq!(again.to_json(), once);
        prop_assert_eq!(super::summary(&again), super::summary(&event));
    }
}

#[test]
fn hostile_events_stay_small() {
    let many = |member: Value| Value::Array(vec![member; 5_000]);
    for (name, value) in [
        ("debug_meta", json!({"images": many(json!({"type": "elf"}))})),
        ("tags", many(json!(["a b/c", "\n"]))),
        ("exception", many(json!({"module": "m"}))),
        ("breadcrumbs", many(json!({"x": 1}))),
        (
            "threads",
            many(json!({"held_locks": {"": {"address": "0x1"}, "a": {"address": "0x1"}}})),
        ),
        (
            "stacktrace",
            json!({"frames": many(json!({"lock": {"address": "a"}, "y": 1}))}),
        ),
        (
            "stacktrace",
            json!({"frames": (0..5_000).map(|name| json!({name.to_string(): 1})).collect::<Vec<_>>()}),
        ),
    ] {
        let mut event = read(json!({name: value}));
        let sent = event.to_json().len();
        super::event(&mut event, &context()).unwrap();
        super::trim(&mut event);
        let stored = event.to_json();
        assert!(stored.len() < 2 * sent + 500_000, "{name}: {} of {sent}", stored.len());
        assert!(event.errors.len() <= 200, "{name}: {}", event.errors.len());
        let mut again = Event::from_stored(&stored).unwrap();
        super::event(&mut again, &context()).unwrap();
        super::trim(&mut again);
        assert_eq!(again.to_json(), stored, "{name}");
    }
}
