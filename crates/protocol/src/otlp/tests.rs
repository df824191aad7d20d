use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

fn span_json() -> Value {
    json!({
        "traceId": "8c8a7dfd83c6953fc402b3962f3f0ad1", "spanId": "438f40bd3b4a41ee", "parentSpanId": "", "name": "GET /feed",
        "kind": 2, "startTimeUnixNano": "1795228775442808900", "endTimeUnixNano": 1_795_228_775_942_808_900_u64,
        "attributes": [
            {"key": "http.request.method", "value": {"stringValue": "GET"}},
            {"key": "http.response.status_code", "value": {"intValue": "404"}},
            {"key": "ok", "value": {"boolValue": true}},
            {"key": "ratio", "value": {"doubleValue": 0.5}},
            {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}}},
            {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}},
        ],
        "events": [{"timeUnixNano": "1", "name": "exception", "attributes": []}],
        "links": [{"traceId": "8c8a7dfd83c6953fc402b3962f3f0ad1", "spanId": "438f40bd3b4a41ef", "flags": 1}],
        "status": {"code": "STATUS_CODE_ERROR", "message": "no such feed"},
    })
}

fn body(span: &Value) -> String {
    json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeSpans": [{"scope": {"name": "otel-http", "version": "1.0"}, "spans": [span]}],
    }]})
    .to_string()
}

fn read(span: &Value) -> Members<StandaloneSpan> {
    traces(Form::Json, body(span).as_bytes()).unwrap()
}

#[test]
fn a_span_of_json() {
    let span = read(&span_json()).valid.remove(0).item;
    assert_eq!(
        (span.name.as_str(), span.status.as_str(), span.is_segment),
        ("GET /feed", "error", true)
    );
    assert_eq!(span.start_timestamp, Timestamp(1_795_228_775_442_808));
    assert_eq!((span.links.len(), span.links[0].sampled), (1, true));
    for (name, expected) in [
        ("sentry.op", json!("http.server")),
        ("sentry.kind", json!("server")),
        ("sentry.status", json!("not_found")),
        ("sentry.status.message", json!("no such feed")),
        ("resource.service.name", json!("shop")),
        ("instrumentation.name", json!("otel-http")),
        ("instrumentation.version", json!("1.0")),
        ("http.response.status_code", json!(404)),
        ("ok", json!(true)),
        ("ratio", json!(0.5)),
        ("list", json!(["a", "b"])),
        ("map", json!(r#"{"a":1}"#)),
    ] {
        assert_eq!(span.attributes.get(name), Some(&expected), "{name}");
    }
    assert!(span.attributes.text("otel.events").unwrap().contains("exception"));
}

/// Fields as Protocol Buffers write them.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut field = vec![number << 3 | 2];
    while length >= 0x80 {
        field.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    [field, bytes.to_vec()].concat()
}

fn fixed64(number: u8, value: u64) -> Vec<u8> {
    [vec![number << 3 | 1], value.to_le_bytes().to_vec()].concat()
}

fn text_attribute(key: &str, value: &[u8]) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, value)].concat()
}

fn span_proto() -> Vec<u8> {
    let hex = |text: &str| -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let list = [field(1, &field(1, b"a")), field(1, &field(1, b"b"))].concat();
    let map = field(1, &text_attribute("a", &[0x18, 1]));
    let link = [
        field(1, &hex("8c8a7dfd83c6953fc402b3962f3f0ad1")),
        field(2, &hex("438f40bd3b4a41ef")),
        vec![0x35, 1, 0, 0, 0],
    ]
    .concat();
    [
        field(1, &hex("8c8a7dfd83c6953fc402b3962f3f0ad1")),
        field(2, &hex("438f40bd3b4a41ee")),
        field(5, b"GET /feed"),
        vec![0x30, 2],
        fixed64(7, 1_795_228_775_442_808_900),
        fixed64(8, 1_795_228_775_942_808_900),
        field(9, &text_attribute("http.request.method", &field(1, b"GET"))),
        field(9, &text_attribute("http.response.status_code", &[0x18, 0x94, 0x03])),
        field(9, &text_attribute("ok", &[0x10, 1])),
        field(
            9,
            &text_attribute("ratio", &[&[0x21][..], &0.5_f64.to_le_bytes()].concat()),
        ),
        field(9, &text_attribute("list", &field(5, &list))),
        field(9, &text_attribute("map", &field(6, &map))),
        field(11, &[fixed64(1, 1), field(2, b"exception")].concat()),
        field(13, &link),
        field(15, &[field(2, b"no such feed"), vec![0x18, 2]].concat()),
    ]
    .concat()
}

fn traces_proto(span: &[u8]) -> Vec<u8> {
    let resource = field(1, &field(1, &text_attribute("service.name", &field(1, b"shop"))));
    let scope = field(1, &[field(1, b"otel-http"), field(2, b"1.0")].concat());
    field(1, &[resource, field(2, &[scope, field(2, span)].concat())].concat())
}

#[test]
fn both_forms_say_the_same() {
    let of_proto = traces(Form::Protobuf, &traces_proto(&span_proto())).unwrap();
    assert_eq!(of_proto.valid, read(&span_json()).valid);
}

#[test]
fn spans_fail_one_by_one() {
    for (key, value) in [
        ("traceId", json!("")),
        ("traceId", json!("xx")),
        ("spanId", json!("00000000000000000")),
        ("startTimeUnixNano", json!(0)),
        ("endTimeUnixNano", json!("soon")),
        ("endTimeUnixNano", json!(1)),
    ] {
        let mut span = span_json();
        span[key] = value;
        let members = read(&span);
        assert_eq!(
            (members.valid.len(), members.invalid[0].error.reason),
            (0, "invalid_span"),
            "{key}"
        );
    }
}

#[test]
fn what_it_was_busy_with() {
    let check = |attribute: &str, kind: u64, expected: &str| {
        let mut span = span_json();
        span["kind"] = json!(kind);
        span["attributes"] = json!([{"key": attribute, "value": {"stringValue": "x"}}]);
        let span = read(&span).valid.remove(0).item;
        assert_eq!(span.attributes.text("sentry.op"), Some(expected), "{attribute} {kind}");
    };
    check("http.method", 3, "http.client");
    check("http.request.method", 1, "http");
    check("db.system", 3, "db");
    check("db.system.name", 3, "db");
    check("rpc.service", 2, "rpc");
    check("messaging.system", 4, "message");
    check("faas.trigger", 2, "x");
    check("other", 0, "default");
}

#[test]
fn the_root_of_a_service() {
    let is_segment = |parent: &str, flags: u64| {
        let mut span = span_json();
        span["parentSpanId"] = json!(parent);
        span["flags"] = json!(flags);
        read(&span).valid.remove(0).item.is_segment
    };
    assert!(is_segment("", 0));
    assert!(!is_segment("438f40bd3b4a41ef", 0));
    assert!(!is_segment("438f40bd3b4a41ef", 0x100));
    assert!(is_segment("438f40bd3b4a41ef", 0x300));
}

#[test]
fn a_span_alone() {
    let members = super::span(span_json().to_string().as_bytes()).unwrap();
    assert_eq!(members.valid[0].item.attributes.text("sentry.op"), Some("http.server"));
    assert_eq!(super::span(b"[]").unwrap_err().reason, "invalid_json");
    assert_eq!(super::span(b"{}").unwrap().invalid[0].error.reason, "invalid_span");
}

#[test]
fn bodies_that_are_none() {
    for bad in [
        &b""[..],
        b"[]",
        b"{",
        br#"{"resourceSpans":7}"#,
        br#"{"resourceSpans":[{"scopeSpans":7}]}"#,
    ] {
        assert_eq!(traces(Form::Json, bad).unwrap_err().reason, "invalid_json");
    }
    assert!(traces(Form::Json, b"{}").unwrap().valid.is_empty());
    assert!(traces(Form::Protobuf, b"").unwrap().valid.is_empty());
    for bad in [
        &b"\x0a"[..],
        b"\x0a\x05x",
        b"{\"resourceSpans\":[]}",
        b"\x08\x01",
        &traces_proto(b"\x0a\xff"),
    ] {
        assert_eq!(
            traces(Form::Protobuf, bad).unwrap_err().reason,
            "invalid_proto",
            "{bad:x?}"
        );
    }
    let deep = (0..40).fold(field(1, b"x"), |value, _| field(5, &field(1, &value)));
    let deep = traces_proto(&field(9, &text_attribute("deep", &deep)));
    assert_eq!(traces(Form::Protobuf, &deep).unwrap_err().detail, "nested too deep");
    let many = field(1, &field(2, &field(2, b"").repeat(MAX_MEMBERS + 1)));
    assert_eq!(traces(Form::Protobuf, &many).unwrap_err().detail, "too many members");
}

#[test]
fn logs_of_both_forms() {
    let json = json!({"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeLogs": [{"scope": {"name": "my.logger"}, "logRecords": [
        {"timeUnixNano": "1795228775442808900", "observedTimeUnixNano": "1795228775442808901", "severityNumber": 13,
         "severityText": "WARNING", "body": {"stringValue": "slow"}, "traceId": "8c8a7dfd83c6953fc402b3962f3f0ad1",
         "spanId": "438f40bd3b4a41ee", "attributes": [{"key": "n", "value": {"intValue": "3"}}]},
        {"severityText": "ERROR", "body": {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}},
    ]}]}]});
    let of_json = logs(Form::Json, json.to_string().as_bytes(), NOW).unwrap();
    let [first, second] = &of_json.valid[..] else {
        panic!("{of_json:?}")
    };
    assert_eq!((first.item.level.name(), first.item.body.as_str()), ("warn", "slow"));
    assert_eq!(first.item.attributes.text("sentry.severity_text"), Some("WARNING"));
    assert_eq!(first.item.attributes.get("sentry.severity_number"), Some(&json!(13)));
    assert_eq!(first.item.attributes.text("resource.service.name"), Some("shop"));
    assert_eq!(
        (second.item.level.name(), second.item.body.as_str()),
        ("error", r#"{"a":1}"#)
    );
    assert_eq!((second.item.timestamp, second.item.trace_id), (NOW, None));

    let hex = |text: &str| -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let one = [
        fixed64(1, 1_795_228_775_442_808_900),
        fixed64(11, 1_795_228_775_442_808_901),
        vec![0x10, 13],
        field(3, b"WARNING"),
        field(5, &field(1, b"slow")),
        field(6, &text_attribute("n", &[0x18, 3])),
        field(9, &hex("8c8a7dfd83c6953fc402b3962f3f0ad1")),
        field(10, &hex("438f40bd3b4a41ee")),
    ]
    .concat();
    let map = field(1, &text_attribute("a", &[0x18, 1]));
    let two = [field(3, b"ERROR"), field(5, &field(6, &map))].concat();
    let resource = field(1, &field(1, &text_attribute("service.name", &field(1, b"shop"))));
    let scope = field(1, &field(1, b"my.logger"));
    let proto = field(
        1,
        &[resource, field(2, &[scope, field(2, &one), field(2, &two)].concat())].concat(),
    );
    assert_eq!(logs(Form::Protobuf, &proto, NOW).unwrap(), of_json);
}

#[test]
fn forms_are_told_by_their_content_type() {
    assert_eq!(Form::of_content_type("application/json"), Some(Form::Json));
    assert_eq!(Form::of_content_type("application/x-protobuf"), Some(Form::Protobuf));
    assert_eq!(Form::of_content_type("text/plain"), None);
}
