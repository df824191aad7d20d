//! Every recorded event is read and normalized without losing what its SDK said.

use std::io::Read;

use model::EventId;
use normalize::Context;
use protocol::{
    auth::Auth,
    envelope::{Envelope, ItemType},
    event::{Event, EventType, Exception, FieldError, User},
    store,
};
use serde_json::{Value, json};
use testkit::corpus::{self, Recording};

/// The body without its content coding.
fn decoded(recording: &Recording) -> Vec<u8> {
    let (mut plain, body) = (Vec::new(), recording.body.as_slice());
    let read = match recording.header("content-encoding").unwrap_or_default() {
        "gzip" => flate2::read::MultiGzDecoder::new(body).read_to_end(&mut plain),
        "deflate" => flate2::read::ZlibDecoder::new(body).read_to_end(&mut plain),
        "br" => brotli_decompressor::Decompressor::new(body, 4096).read_to_end(&mut plain),
        "" => std::io::Cursor::new(body).read_to_end(&mut plain),
        other => panic!("{}: content coding {other}", recording.name),
    };
    read.unwrap_or_else(|error| panic!("{}: {error}", recording.name));
    plain
}

fn store_event(body: Vec<u8>) -> Vec<u8> {
    match store::sniff(&body).expect("a form of the store endpoint") {
        store::Form::Json => body,
        store::Form::Base64 => {
            let bytes = store::decode_base64(&body).expect("base64");
            if !store::is_zlib(&bytes) {
                return bytes;
            }
            let mut plain = Vec::new();
            flate2::read::ZlibDecoder::new(bytes.as_slice())
                .read_to_end(&mut plain)
                .expect("zlib");
            plain
        }
    }
}

/// The payloads of the event items of a request, with the envelope's own id and time.
fn payloads(recording: &Recording) -> Vec<(Option<EventId>, Option<model::Timestamp>, Vec<u8>)> {
    match recording.meta.expected.kind.as_str() {
        "envelope" => {
            let envelope =
                Envelope::parse(&decoded(recording)).unwrap_or_else(|error| panic!("{}: {error}", recording.name));
            let types: Vec<&str> = envelope
                .items
                .iter()
                .map(|item| item.headers.item_type.name())
                .collect();
            assert!(
                !types.is_empty()
                    && !types
                        .iter()
                        .any(|name| matches!(ItemType::from(*name), ItemType::Unknown(_)))
            );
            let headers = envelope.headers;
            let events = envelope
                .items
                .into_iter()
                .filter(|item| item.headers.item_type == ItemType::Event);
            events
                .map(|item| (headers.event_id, headers.sent_at, item.payload))
                .collect()
        }
        "store" if recording.meta.method == "GET" => {
            let data = store::sentry_data(&recording.meta.query).expect("an event in the query");
            vec![(None, None, store_event(data))]
        }
        "store" if recording.meta.method == "POST" => vec![(None, None, store_event(decoded(recording)))],
        _ => Vec::new(),
    }
}

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
        received_at: corpus::RECORDED_AT,
        event_id: id,
        sent_at: sent_at.map(|_| corpus::RECORDED_AT),
        client_ip: Some("192.0.2.1".parse().expect("an address")),
        user_agent: None,
        sdk_client: None,
    }
}

#[test]
fn every_recorded_event_is_read_and_normalized_intact() {
    let mut events = 0;
    for recording in corpus::requests() {
        let items: Vec<Value> = recording.items("event").cloned().collect();
        let payloads = payloads(&recording);
        if recording.meta.method == "OPTIONS" {
            continue;
        }
        let name = &recording.name;
        assert_eq!(payloads.len(), items.len(), "{name}");
        for ((id, sent_at, payload), item) in payloads.into_iter().zip(items) {
            events += 1;
            check_event(name, id, sent_at, &payload, &expected(&item));
        }
    }
    // The fixtures alone hold a dozen; all of the traffic, hundreds.
    assert!(events >= 12, "only {events} events were recorded");
}

fn check_event(name: &str, id: Option<EventId>, sent_at: Option<model::Timestamp>, payload: &[u8], expected: &Value) {
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
    let cx = context(id.or(event.event_id).expect("an id"), sent_at);
    let normalized = normalize::event(&mut event, &cx);
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
    assert_eq!(event.errors, before.errors, "{name}");
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
    let title = &normalized.metadata.title;
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
        let indexed = normalized
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
    assert_eq!(
        (&before.extra, &before.modules),
        (&event.extra, &event.modules),
        "{name}"
    );

    let stored = event.to_json();
    let read = Event::from_stored(&stored).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read, event, "{name}: read back");
    let again = normalize::event(&mut event, &cx);
    assert_eq!((again, event.to_json()), (normalized, stored), "{name}: twice is once");
}

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
