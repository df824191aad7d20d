//! Every recorded event is read and normalized without losing what its SDK said.

use model::EventId;
use normalize::Context;
use protocol::{
    auth::Auth,
    envelope::{Envelope, ItemType},
    event::{Event, EventType, Exception, FieldError, User},
    store,
};
use serde_json::{Value, json};
use testkit::corpus;

use crate::payloads::{Payload, decoded, payloads};

/// The event as the recorder's own decoder tells it, for the keys that it told.
fn told(event: &Event, expected: &Value) -> Value {
    let text = |text: &Option<String>| json!(text);
    let mut told = json!({"type": "event"});
    for key in expected.as_object().expect("an object").keys() {
        told[key] = match key.as_str() {
            "event_id" => json!(event.event_id),
            "platform" => text(&event.platform),
            "level" => json!(event.level),
            "release" => text(&event.release),
            "environment" => text(&event.environment),
            "transaction" => text(&event.transaction),
            "fingerprint" => json!(event.fingerprint),
            "exceptions" => event.exception.iter().map(exception).collect(),
            "breadcrumbs" => json!(event.breadcrumbs.len()),
            "trace_id" => event
                .context("trace")
                .and_then(|trace| trace.get("trace_id"))
                .cloned()
                .unwrap_or_default(),
            "message" => {
                // The recorder tells the template where there is one.
                let logentry = event.logentry.as_ref().expect("a message");
                let template = logentry
                    .message
                    .as_ref()
                    .filter(|_| expected["message"] != json!(logentry.formatted));
                json!(template.or(logentry.formatted.as_ref()))
            }
            // About the item, not the event.
            "bytes" | "content_type" | "type" | "event_type" => expected[key].clone(),
            key => panic!("the recorder tells {key}, which is not compared"),
        };
    }
    told
}

fn exception(exception: &Exception) -> Value {
    let mut told = json!({"type": exception.kind, "value": exception.value});
    let frames = exception
        .stacktrace
        .as_ref()
        .map_or(0, |stacktrace| stacktrace.frames.len());
    told["frames"] = json!(frames);
    told
}

/// What the recorder tells, in the words of the protocol.
fn expected(item: &Value) -> Value {
    // U+0000 cannot be stored.
    let without_nul = item.to_string().replace("\\u0000", "\u{fffd}");
    let mut expected: Value = serde_json::from_str(&without_nul).expect("the same JSON");
    if let Some(number) = item.get("level").and_then(Value::as_i64) {
        expected["level"] = json!(model::Level::from_number(number));
    }
    if let Some(exceptions) = expected.get_mut("exceptions").and_then(Value::as_array_mut) {
        for exception in exceptions {
            for (key, missing) in [("frames", json!(0)), ("type", Value::Null), ("value", Value::Null)] {
                exception
                    .as_object_mut()
                    .expect("an object")
                    .entry(key)
                    .or_insert(missing);
            }
        }
    }
    expected
}

fn context(id: EventId, sent_at: Option<model::Timestamp>) -> Context<'static> {
    Context {
        sent_at: sent_at.map(|_| corpus::RECORDED_AT),
        client_ip: Some("192.0.2.1".parse().expect("an address")),
        ..Context::new(corpus::RECORDED_AT, id)
    }
}

fn processed(event: &mut Event, cx: &Context<'_>) -> normalize::Summary {
    normalize::event(event, cx).expect("a valid event");
    normalize::trim(event);
    normalize::summary(event)
}

#[test]
fn every_recorded_event_is_read_and_normalized_intact() {
    let mut count = 0;
    for recording in corpus::requests() {
        let items: Vec<Value> = recording.items("event").cloned().collect();
        let mut payloads = payloads(&recording);
        payloads.retain(|payload| payload.item_type == ItemType::Event);
        if recording.meta.method == "OPTIONS" {
            continue;
        }
        let name = &recording.name;
        assert_eq!(payloads.len(), items.len(), "{name}");
        for (payload, item) in payloads.into_iter().zip(items) {
            count += 1;
            check_event(name, &payload, &expected(&item));
        }
    }
    // The fixtures alone hold a dozen; all of the traffic, hundreds.
    assert!(count >= 12, "only {count} events were recorded");
}

fn check_event(name: &str, payload: &Payload, expected: &Value) {
    let Payload {
        event_id: id,
        sent_at,
        json: payload,
        ..
    } = payload;
    let mut event = Event::from_slice(payload).unwrap_or_else(|error| panic!("{name}: {error}"));
    // All that real SDKs get wrong: stacks without a frame.
    let wrong = event
        .errors
        .iter()
        .filter(|error| !error.name.as_deref().unwrap_or_default().ends_with("stacktrace.frames"));
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [&FieldError; 0], "{name}");
    assert_eq!(store::event_id(payload), event.event_id, "{name}");
    assert_eq!(&told(&event, expected), expected, "{name}: as it was read");

    let before = event.clone();
    let cx = context(id.or(event.event_id).expect("an id"), *sent_at);
    let summary = processed(&mut event, &cx);
    // What Sentry itself does not keep as it was sent.
    let mut expected = expected.clone();
    for (key, value) in [
        ("platform", json!(event.platform)),
        ("breadcrumbs", json!(event.breadcrumbs.len())),
    ] {
        if let Some(expected) = expected.get_mut(key) {
            *expected = value;
        }
    }
    for exception in expected
        .get_mut("exceptions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        exception["frames"] = exception["frames"].as_u64().map(|frames| frames.min(250)).into();
    }
    if before.platform != event.platform {
        assert_eq!(event.platform.as_deref(), Some("other"), "{name}");
    }
    assert_eq!(told(&event, &expected), expected, "{name}: as it is stored");
    check_notes(name, &event.errors, &before.errors);
    let timestamp = before.timestamp.or(Some(corpus::RECORDED_AT));
    assert_eq!(event.timestamp, timestamp, "{name}: recorded within the window");
    let kind = if event.exception.is_empty() {
        EventType::Default
    } else {
        EventType::Error
    };
    assert_eq!(event.kind, kind, "{name}");
    // The name of an exception that the SDK made up is not shown, so without a stack nothing is left (ingest.md §3.4).
    let mechanism = event
        .main_exception()
        .and_then(|exception| exception.mechanism.as_ref());
    let made_up = mechanism.is_some_and(|mechanism| mechanism.synthetic == Some(true));
    // A minidump's event says nothing before the dump is read.
    let says_nothing = event.exception.is_empty() && event.logentry.is_none();
    let title = &summary.metadata.title;
    assert!(
        !title.is_empty() && (made_up || says_nothing || !title.starts_with('<')),
        "{name}: {title}"
    );

    // The event's own attributes win over tags of the same name.
    let of_attribute = |key: &str| {
        matches!(
            key,
            "level" | "environment" | "release" | "user" | "logger" | "transaction"
        )
    };
    for (key, value) in before.tags.iter().filter(|(key, _)| !of_attribute(key)) {
        let indexed = summary
            .tags
            .iter()
            .find(|(indexed, _)| *indexed == key.trim().replace(' ', "-"));
        let cut = value.trim().chars().count() > 200;
        let expected = if cut {
            format!("{}...", value.trim().chars().take(197).collect::<String>())
        } else {
            value.trim().to_owned()
        };
        assert_eq!(indexed.map(|(_, value)| value), Some(&expected), "{name}: tag {key}");
    }
    // Some clients send an empty user.
    if let Some(user) = before.user.as_ref().filter(|user| **user != User::default()) {
        let after = event
            .user
            .as_ref()
            .unwrap_or_else(|| panic!("{name}: the user is gone"));
        assert_eq!(
            (&user.id, &user.email, &user.username),
            (&after.id, &after.email, &after.username),
            "{name}"
        );
    }
    // Go does not always know its own module.
    let mut modules = before.modules.clone();
    modules.0.retain(|module| *module != (String::new(), String::new()));
    assert_eq!(modules, event.modules, "{name}");
    // What was cut is told.
    if !event.meta.as_object().contains_key("extra") {
        assert_eq!(before.extra, event.extra, "{name}");
    }

    let stored = event.to_json();
    let read = Event::from_stored(&stored).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read, event, "{name}: read back");
    let again = processed(&mut event, &cx);
    assert_eq!((again, event.to_json()), (summary, stored), "{name}: twice is once");
}

/// All that real SDKs do that the rules do not know: keys of their own, which are left out.
fn check_notes(name: &str, after: &[FieldError], before: &[FieldError]) {
    for error in after.iter().filter(|error| !before.contains(error)) {
        let what = (error.kind.as_deref(), error.name.as_deref().unwrap_or_default());
        let is_known = match what {
            (Some(FieldError::INVALID_ATTRIBUTE), field) => UNKNOWN_FIELDS.iter().any(|known| field.ends_with(known)),
            _ => false,
        };
        assert!(is_known, "{name}: {what:?}");
    }
}

/// Ends of the paths of fields that SDKs send and that no rule knows.
const UNKNOWN_FIELDS: [&str; 4] = [
    "trimHeadFrames",
    "exception.mechanism",
    "sentry.interfaces.Query",
    ".project_root",
];

#[test]
fn every_recorded_client_is_let_in() {
    for recording in corpus::requests().iter().filter(|recording| recording.is_ingestion()) {
        let (expected, meta) = (&recording.meta.expected, &recording.meta);
        if !matches!(expected.kind.as_str(), "envelope" | "store") || meta.method == "OPTIONS" {
            continue;
        }
        let from_request = Auth::from_request(
            recording.header("x-sentry-auth"),
            recording.header("authorization"),
            Some(&meta.query),
        );
        let key = match from_request {
            Ok(auth) => auth.public_key,
            Err(error) => {
                let envelope =
                    Envelope::parse(&decoded(recording)).unwrap_or_else(|_| panic!("{}: {error}", recording.name));
                envelope
                    .headers
                    .dsn
                    .unwrap_or_else(|| panic!("{}: {error}", recording.name))
                    .public_key
            }
        };
        assert_eq!(key.to_string(), corpus::PUBLIC_KEY, "{}", recording.name);
    }
}
