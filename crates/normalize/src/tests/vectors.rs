//! The table of `ingest.md` §13.3, and the limits of COR5. Rows on transactions are in `transaction`.

use serde_json::{Value, json};

use super::{context, read};

/// The event as it is stored.
fn stored(input: Value) -> Value {
    let mut event = read(input);
    crate::event(&mut event, &context()).unwrap();
    crate::trim(&mut event);
    serde_json::from_str(&event.to_json()).unwrap()
}

/// The value at a JSON pointer, and the names of the errors.
#[track_caller]
fn check(input: Value, expected: &[(&str, Value)], errors: &[&str]) {
    let stored = stored(input.clone());
    for (pointer, expected) in expected {
        let found = stored.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, *expected, "{pointer} of {input}");
    }
    let found = stored["errors"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = found.iter().filter_map(|error| error["name"].as_str()).collect();
    assert_eq!(names, errors, "{input}");
    for name in errors {
        let path = format!("/_meta/{}", name.replace('.', "/"));
        let is_told = |path: &str| stored.pointer(path).is_some();
        // Of what was left out of a list, the list tells.
        assert!(
            std::iter::successors(Some(path.as_str()), |path| Some(path.rsplit_once('/')?.0)).any(is_told),
            "{path} of {stored}"
        );
    }
}

#[test]
fn a_bare_message() {
    check(
        json!({"message": "hi"}),
        &[
            ("/type", json!("default")),
            ("/level", json!("error")),
            ("/platform", json!("other")),
            ("/logger", json!("")),
            ("/logentry/formatted", json!("hi")),
            ("/timestamp", json!(1_795_000_000)),
            ("/contexts/trace/trace_id", json!("0102030405060708090a0b0c0d0e0f10")),
            ("/contexts/trace/span_id", json!("0102030405060708")),
            ("/contexts/trace/status", json!("unknown")),
        ],
        &[],
    );
}

#[test]
fn exceptions() {
    let value = |value: &str, kind: Value, rest: &str| {
        check(
            json!({"exception": {"values": [{"value": value}]}}),
            &[
                ("/exception/values/0/type", kind),
                ("/exception/values/0/value", json!(rest)),
            ],
            &[],
        );
    };
    value("ValueError: bad", json!("ValueError"), "bad");
    value("two words: bad", json!(null), "two words: bad");
    let mechanism = |mechanism: Value, expected: Value| {
        check(
            json!({"platform": "cocoa", "exception": [{"type": "E", "mechanism": mechanism}]}),
            &[("/exception/values/0/mechanism", expected)],
            &[],
        );
    };
    mechanism(
        json!({"handled": false}),
        json!({"type": "generic", "data": {"handled": false}}),
    );
    mechanism(
        json!({"type": "x", "meta": {"signal": {"number": 11}, "mach_exception": {"exception": 1}}}),
        json!({"type": "x", "meta": {
            "signal": {"number": 11, "name": "SIGSEGV"}, "mach_exception": {"exception": 1, "name": "EXC_BAD_ACCESS"},
        }}),
    );
}

#[test]
fn log_entries() {
    for (message, params, expected) in [
        ("hello %s", json!(["x"]), "hello x"),
        ("hello {a}", json!({"a": 1}), "hello 1"),
        ("%d items {}", json!([3]), "3 items {}"),
        ("%s, %s", json!(["x"]), "%s, %s"),
    ] {
        check(
            json!({"logentry": {"message": message, "params": params}}),
            &[
                ("/logentry/formatted", json!(expected)),
                ("/logentry/params", params.clone()),
            ],
            &[],
        );
    }
}

#[test]
fn requests() {
    check(
        json!({"request": {"url": "http://a.com/x?a=b&c=d#frag"}}),
        &[(
            "/request",
            json!({"url": "http://a.com/x", "query_string": [["a", "b"], ["c", "d"]], "fragment": "frag"}),
        )],
        &[],
    );
    check(
        json!({"request": {"url": "http://a.com/x?a=b", "query_string": "z=1"}}),
        &[(
            "/request",
            json!({"url": "http://a.com/x", "query_string": [["z", "1"]]}),
        )],
        &[],
    );
    check(
        json!({"request": {"method": "get"}}),
        &[("/request", json!({"method": "GET"}))],
        &[],
    );
    for method in ["x", &"A".repeat(33), "GE T"] {
        check(
            json!({"request": {"method": method}}),
            &[("/request", json!(null))],
            &["request.method"],
        );
    }
    for (body, expected) in [
        ("a=b&c=d", json!({"a": "b", "c": "d"})),
        ("a=", json!("a=")),
        ("a=b&c=é", json!("a=b&c=é")),
        ("[1]", json!([1])),
        ("{\"a\":", json!("{\"a\":")),
    ] {
        check(json!({"request": {"data": body}}), &[("/request/data", expected)], &[]);
    }
    check(
        json!({"request": {"headers": {"cookie": "a=b; c=d"}}}),
        &[("/request", json!({"cookies": [["a", "b"], ["c", "d"]]}))],
        &[],
    );
}

#[test]
fn tags() {
    check(
        json!({"tags": [
            ["b b", "1"], ["a/b", "2"], ["é", "3"], ["c", 1.5], ["d", true], ["e", "a\nb"], ["f", ""],
        ]}),
        &[("/tags", json!([["b-b", "1"], ["c", "1"], ["d", "True"]]))],
        &["tags.1.0", "tags.2.0", "tags.5.1", "tags.6.1"],
    );
}

#[test]
fn users() {
    for (id, expected) in [(json!(1), "1"), (json!(1.5), "1"), (json!(true), "True")] {
        check(json!({"user": {"id": id}}), &[("/user/id", json!(expected))], &[]);
    }
    check(
        json!({"user": {"username": "u", "foo": 1, "data": {"x": 1}}}),
        &[
            ("/user/data", json!({"foo": 1, "x": 1})),
            ("/user/sentry_user", json!("username:u")),
        ],
        &[],
    );
}

#[test]
fn frames() {
    let frame = |frame: Value, expected: &[(&str, Value)]| {
        check(json!({"stacktrace": {"frames": [frame]}}), expected, &[]);
    };
    frame(
        json!({"abs_path": "http://a.com/x/y.js?z#q"}),
        &[("/stacktrace/frames/0/filename", json!("/x/y.js"))],
    );
    frame(
        json!({"filename": "a.py"}),
        &[("/stacktrace/frames/0/abs_path", json!("a.py"))],
    );
    for address in [json!(255), json!("255"), json!("0xff")] {
        frame(
            json!({"instruction_addr": address}),
            &[("/stacktrace/frames/0/instruction_addr", json!("0xff"))],
        );
    }
}

#[test]
fn traces() {
    let ids = json!({"trace_id": "a".repeat(32), "span_id": "b".repeat(16)});
    for (status, expected, errors) in [
        (json!(5), "not_found", &[][..]),
        (json!("404"), "unknown", &["contexts.trace.status"]),
        (json!("foo"), "unknown", &["contexts.trace.status"]),
    ] {
        let mut trace = ids.clone();
        trace["status"] = status;
        check(
            json!({"contexts": {"trace": trace}}),
            &[("/contexts/trace/status", json!(expected))],
            errors,
        );
    }
}

/// `Post an event exceeding each limit: stored trimmed with meta saying so.`
#[test]
fn cor5_every_limit_is_kept_and_told() {
    let long = "x".repeat(300_000);
    let frames: Vec<Value> = (0..260)
        .map(|line| json!({"function": long[..600], "lineno": line, "vars": {"v": long[..3_000]}, "in_app": true}))
        .collect();
    let stored = stored(json!({
        "message": {"formatted": long[..10_000]},
        "transaction": long[..300],
        "logger": long[..100],
        "tags": {"t": long[..300]},
        "extra": {"e": long[..20_000], "deep": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}}}},
        "user": {"email": long[..100]},
        "request": {"url": format!("http://{}", &long[..400]), "data": long[..10_000]},
        "contexts": {"mine": {"m": long[..10_000]}},
        "breadcrumbs": [{"message": long[..10_000], "data": {"d": long[..3_000]}}],
        "exception": [{"type": long[..400], "value": long[..10_000], "stacktrace": {"frames": frames}}],
        "modules": {"m": long[..10_000]},
        "release": long[..300],
        "environment": long[..100],
    }));
    let frame = "/exception/values/0/stacktrace/frames/0";
    for (pointer, length, sent) in [
        ("/logentry/formatted".to_owned(), 8192, 10_000),
        ("/transaction".to_owned(), 200, 300),
        ("/logger".to_owned(), 64, 100),
        ("/tags/0/1".to_owned(), 200, 300),
        ("/extra/e".to_owned(), 16_384, 20_000),
        ("/user/email".to_owned(), 75, 100),
        ("/request/url".to_owned(), 256, 407),
        ("/request/data".to_owned(), 8192, 10_000),
        ("/contexts/mine/m".to_owned(), 8192, 10_000),
        ("/breadcrumbs/values/0/message".to_owned(), 8192, 10_000),
        ("/breadcrumbs/values/0/data/d".to_owned(), 2048, 3_000),
        ("/exception/values/0/type".to_owned(), 256, 400),
        ("/exception/values/0/value".to_owned(), 8192, 10_000),
        (format!("{frame}/function"), 256, 600),
        (format!("{frame}/vars/v"), 2048, 3_000),
        ("/modules/m".to_owned(), 8192, 10_000),
    ] {
        let text = stored
            .pointer(&pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer}"));
        assert_eq!((text.len(), text.ends_with("...")), (length, true), "{pointer}");
        let told = stored
            .pointer(&format!("/_meta{pointer}/"))
            .unwrap_or_else(|| panic!("{pointer}"));
        assert_eq!(told["len"], sent, "{pointer}");
        assert_eq!(told["rem"], json!([["!limit", "s", length - 3, length]]), "{pointer}");
    }
    let frames = stored.pointer("/exception/values/0/stacktrace/frames").unwrap();
    assert_eq!(frames.as_array().unwrap().len(), 250);
    assert_eq!(
        stored.pointer("/_meta/exception/values/0/stacktrace/frames//len"),
        Some(&json!(260))
    );
    let whole = frames
        .as_array()
        .unwrap()
        .iter()
        .filter(|frame| frame.get("vars").is_some());
    assert_eq!(whole.count(), 50);
    assert_eq!(
        stored.pointer("/extra/deep/a/b/c/d/e/f").unwrap(),
        &json!("{\"g\":{\"h\":1}}")
    );
    let gone: Vec<&str> = stored["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|error| error["name"].as_str())
        .collect();
    assert_eq!(gone, ["environment", "release"]);
    for name in gone {
        assert_eq!(stored[name], json!(null));
        assert_eq!(stored["_meta"][name][""]["err"], json!(["invalid_data"]));
    }
}
