//! Items that are no events: sessions, check-ins, replays, logs, metrics, spans.

use serde_json::{Value, json};
use testkit::http;

use super::{container, envelope, envelope_request, now, request, timestamp, zlib};
use crate::{installation::event_id, secrets::garden::Garden};

/// Whose session it is is kept as a number that stands for it, and where from not at all.
pub(super) fn session(garden: &mut Garden) -> http::Request {
    let session = json!({
        "sid": event_id(),
        "did": garden.ip("did"),
        "init": true,
        "started": timestamp(),
        "status": "ok",
        "attrs": {
            "release": "shop@1.0",
            "ip_address": garden.ip("attrs.ip_address"),
            "user_agent": garden.text("attrs.user_agent"),
        },
    });
    garden.never_kept();
    envelope(&[("session", session)])
}

pub(super) fn sessions(garden: &mut Garden) -> http::Request {
    let sessions = json!({
        "aggregates": [{"started": timestamp(), "exited": 3, "did": garden.ip("did")}],
        "attrs": {"release": "shop@1.0", "ip_address": garden.ip("attrs.ip_address")},
    });
    garden.never_kept();
    envelope(&[("sessions", sessions)])
}

/// It has no place for anything personal: what is sent beyond its fields is not kept.
pub(super) fn check_in(garden: &mut Garden) -> http::Request {
    let check_in = json!({
        "check_in_id": event_id(),
        "monitor_slug": "nightly",
        "status": "ok",
        "note": garden.text("an unknown key"),
        "contexts": {"own": garden.object("a context of its own")},
    });
    garden.never_kept();
    envelope(&[("check_in", check_in)])
}

pub(super) fn replay(garden: &mut Garden) -> http::Request {
    let (id, now) = (event_id(), now());
    let event = json!({
        "type": "replay_event",
        "event_id": id,
        "replay_id": id,
        "segment_id": 0,
        "replay_type": "session",
        "timestamp": now,
        "replay_start_timestamp": now - 5.0,
        "urls": [format!("https://shop.example/?password={}", garden.password("replay_event.urls"))],
        "platform": "javascript",
        "user": garden.user(),
        "request": garden.request(),
    });
    // Each text for itself: here a key says nothing about its value (`ingest.md` §5.2).
    let seen = json!([
        {"type": 4, "timestamp": now, "data": {"href": garden.text("a page of the recording")}},
        {"type": 3, "timestamp": now, "data": {"source": 5, "text": garden.text("an input of the recording"), "id": 7}},
        {"type": 5, "timestamp": now, "data": {"tag": "breadcrumb", "payload": {
            "category": "console",
            "message": format!("the password is {}", garden.password("a breadcrumb of the recording")),
            "data": {"arguments": [garden.text("a breadcrumb of the recording"), garden.pem("a breadcrumb of the recording")]},
        }}},
    ]);
    let recording = [b"{\"segment_id\":0}\n", &zlib(seen.to_string().as_bytes())[..]].concat();
    let mut body = format!("{}\n", json!({"event_id": id, "sent_at": timestamp()})).into_bytes();
    let event = event.to_string().into_bytes();
    for (kind, payload) in [("replay_event", event), ("replay_recording", recording)] {
        body.extend(format!("{}\n", json!({"type": kind, "length": payload.len()})).into_bytes());
        body.extend(payload);
        body.push(b'\n');
    }
    envelope_request(body)
}

pub(super) fn logs(garden: &mut Garden) -> http::Request {
    let log = json!({
        "timestamp": now(),
        "trace_id": event_id(),
        "level": "info",
        "body": format!("paid with {} by {}", garden.card("body"), garden.bearer("body")),
        "attributes": garden.attributes("attributes"),
    });
    container("log", "application/vnd.sentry.items.log+json", &json!({"items": [log]}))
}

/// The SDK asks the server to find out the address.
pub(super) fn logs_of_a_browser(garden: &mut Garden) -> http::Request {
    let log = json!({"timestamp": now(), "trace_id": event_id(), "level": "info", "body": "seen", "attributes": {}});
    let settings = json!({"infer_ip": "auto", "infer_user_agent": "auto"});
    let payload = json!({"items": [log], "version": 2, "ingest_settings": settings});
    container("log", "application/vnd.sentry.items.log+json", &payload)
        .header("X-Forwarded-For", &garden.ip("the address of the client"))
}

pub(super) fn trace_metrics(garden: &mut Garden) -> http::Request {
    let metric = json!({
        "timestamp": now(),
        "trace_id": event_id(),
        "name": "payments",
        "type": "counter",
        "value": 1,
        "attributes": garden.attributes("attributes"),
    });
    container(
        "trace_metric",
        "application/vnd.sentry.items.trace-metric+json",
        &json!({"items": [metric]}),
    )
}

pub(super) fn spans(garden: &mut Garden) -> http::Request {
    let span = json!({
        "trace_id": event_id(),
        "span_id": "00f067aa0ba902b7",
        "name": "pay",
        "status": "ok",
        "is_segment": true,
        "start_timestamp": now() - 1.0,
        "end_timestamp": now(),
        "attributes": garden.attributes("attributes"),
    });
    container(
        "span",
        "application/vnd.sentry.items.span.v2+json",
        &json!({"items": [span]}),
    )
}

pub(super) fn standalone_span(garden: &mut Garden) -> http::Request {
    let span = json!({
        "trace_id": event_id(),
        "span_id": "00f067aa0ba902b9",
        "start_timestamp": now() - 1.0,
        "timestamp": now(),
        "op": "ui.click",
        "description": "button",
        "data": {
            "password": garden.password("data"),
            "note": garden.text("data"),
            "key": garden.pem("data"),
            "client.address": garden.ip("data"),
        },
    });
    envelope(&[("span", span)])
}

pub(super) fn otlp_spans(garden: &mut Garden) -> http::Request {
    let nanos = |seconds: f64| format!("{:.0}000", seconds * 1e6);
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "password", "value": {"stringValue": garden.password("attributes of the resource")}},
            {"key": "note", "value": {"stringValue": garden.text("attributes of the resource")}},
        ]},
        "scopeSpans": [{"spans": [{
            "traceId": event_id(),
            "spanId": "00f067aa0ba902ba",
            "name": "pay",
            "startTimeUnixNano": nanos(now() - 1.0),
            "endTimeUnixNano": nanos(now()),
            "attributes": otlp_attributes(garden, "attributes of a span"),
        }]}],
    }]});
    request("/api/1/integration/otlp/v1/traces/")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

pub(super) fn otlp_logs(garden: &mut Garden) -> http::Request {
    let body = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "timeUnixNano": format!("{:.0}000", now() * 1e6),
        "severityNumber": 9,
        "body": {"stringValue": format!("paid with {} by {}", garden.card("body"), garden.bearer("body"))},
        "attributes": otlp_attributes(garden, "attributes"),
    }]}]}]});
    request("/api/1/integration/otlp/v1/logs/")
        .header("Content-Type", "application/json")
        .body(body.to_string())
}

pub(super) fn vercel_logs(garden: &mut Garden) -> http::Request {
    let log = json!([{
        "id": event_id(),
        "timestamp": 1000.0 * now(),
        "source": "lambda",
        "level": "info",
        "message": format!("paid with {} by {}", garden.card("message"), garden.bearer("message")),
        "proxy": {"method": "GET", "clientIp": garden.ip("proxy.clientIp")},
    }]);
    request("/api/1/integration/vercel/logs")
        .header("Content-Type", "application/json")
        .body(log.to_string())
}

pub(super) fn heroku_logs(garden: &mut Garden) -> http::Request {
    let (card, bearer) = (garden.card("message"), garden.bearer("message"));
    let line = format!("<40>1 {} host app web.1 - paid with {card} by {bearer}\n", timestamp());
    request("/api/1/integration/heroku/logs")
        .header("Content-Type", "application/logplex-1")
        .header("Logplex-Msg-Count", "1")
        .body(format!("{} {line}", line.len()))
}

/// The same as of a browser, in one map of MessagePack.
pub(super) fn replay_video(garden: &mut Garden) -> http::Request {
    let id = event_id();
    let event = json!({
        "type": "replay_event", "replay_id": id, "segment_id": 0, "timestamp": now(), "user": garden.user(),
    });
    let seen = json!([{"type": 5, "timestamp": now(), "data": {"tag": "breadcrumb", "payload": {
        "message": garden.text("a breadcrumb of the recording"),
    }}}]);
    let recording = format!("{{\"segment_id\":0}}\n{seen}");
    let parts = [
        ("replay_event", event.to_string()),
        ("replay_recording", recording),
        ("replay_video", "film".to_owned()),
    ];
    let mut payload = vec![0x83];
    for (name, content) in parts {
        payload.push(0xa0 | u8::try_from(name.len()).expect("a short name"));
        payload.extend(name.as_bytes());
        payload.push(0xc5);
        payload.extend(u16::try_from(content.len()).expect("a short text").to_be_bytes());
        payload.extend(content.as_bytes());
    }
    let head = format!(
        "{}\n{}\n",
        json!({"event_id": id}),
        json!({"type": "replay_video", "length": payload.len()})
    );
    envelope_request([head.as_bytes(), &payload, b"\n"].concat())
}

fn otlp_attributes(garden: &mut Garden, place: &str) -> Value {
    let Value::Object(attributes) = garden.attributes(place) else {
        unreachable!("attributes are an object")
    };
    attributes
        .into_iter()
        .map(|(key, attribute)| json!({"key": key, "value": {"stringValue": attribute["value"]}}))
        .collect()
}
