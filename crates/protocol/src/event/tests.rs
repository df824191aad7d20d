use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What of an event is stored, `type`, the errors and the remarks aside.
fn stored(input: &Value) -> (Value, Vec<String>) {
    let event = Event::from_json(input.clone()).unwrap_or_else(|error| panic!("{input}: {error}"));
    let mut stored: Value = serde_json::from_str(&event.to_json()).unwrap();
    let map = stored.as_object_mut().unwrap();
    map.shift_remove("type");
    map.shift_remove("errors");
    assert_eq!(map.shift_remove("_meta").is_some(), !event.errors.is_empty(), "{input}");
    let errors = event.errors.iter().map(|error| {
        let value = error.value.as_ref().map(Value::to_string).unwrap_or_default();
        format!(
            "{} {value} {}",
            error.name.as_deref().unwrap_or_default(),
            error.reason.as_deref().unwrap_or_default()
        )
    });
    (stored, errors.collect())
}

#[track_caller]
fn check(input: Value, expected: Value) {
    assert_eq!(stored(&input), (expected, Vec::new()), "{input}");
}

#[track_caller]
fn check_errors(input: Value, expected: Value, errors: &[&str]) {
    let errors = errors.iter().map(|&error| error.to_owned()).collect();
    assert_eq!(stored(&input), (expected, errors), "{input}");
}

#[test]
fn keeps_what_it_does_not_know() {
    check(
        json!({"project": "shop", "trimHeadFrames": 0, "exception": {"values": [{"type": "E", "new": {"a": 1}}], "exc_omitted": [1]}}),
        json!({"exception": {"values": [{"type": "E", "new": {"a": 1}}], "exc_omitted": [1]}, "project": "shop", "trimHeadFrames": 0}),
    );
    check(
        json!({"user": {"id": "1", "foo": 1, "data": {"x": 1}}}),
        json!({"user": {"id": "1", "data": {"x": 1, "foo": 1}}}),
    );
}

#[test]
fn what_is_left_out_is_remarked_on() {
    let event = Event::from_json(json!({
        "platform": 5,
        "tags": [["a", "1"], 7, ["b", []], ["c", "2"]],
        "stacktrace": {"frames": [null, {"lineno": "x"}, 3, {"colno": "y"}]},
        "contexts": {"device": {"online": 1, "name": "n"}, "a.b": 5},
        "extra": "x".repeat(501),
    }))
    .unwrap();
    let said = |path: &[&str]| {
        let entry = event.meta.get(path.iter().copied());
        let entry = entry.unwrap_or_else(|| panic!("{path:?}"));
        (entry["err"].clone(), entry.get("val").cloned())
    };
    let reason = |reason: &str| json!(["invalid_data", {"reason": reason}]);
    assert_eq!(
        said(&["platform"]),
        (json!([reason("expected a string")]), Some(json!(5)))
    );
    // What was left out of a list is told of the list; what stayed has the place that it has now.
    let both = json!([reason("expected a pair"), reason("expected a primitive value")]);
    assert_eq!(said(&["tags"]), (both, Some(json!(7))));
    assert_eq!(said(&["stacktrace", "frames"]).1, Some(json!(3)));
    assert_eq!(said(&["stacktrace", "frames", "0", "lineno"]).1, Some(json!("x")));
    assert_eq!(said(&["stacktrace", "frames", "1", "colno"]).1, Some(json!("y")));
    assert_eq!(said(&["contexts", "device", "online"]).1, Some(json!(1)));
    assert_eq!(said(&["contexts", "a.b"]).1, Some(json!(5)));
    assert_eq!(said(&["extra"]).1, None, "too large to be told");
    // Errors name fields as they were sent.
    let names: Vec<_> = event.errors.iter().filter_map(|error| error.name.as_deref()).collect();
    let expected = [
        "platform",
        "tags.1",
        "tags.2.1",
        "stacktrace.frames.1.lineno",
        "stacktrace.frames.2",
        "stacktrace.frames.3.colno",
        "contexts.device.online",
        "contexts.a.b",
        "extra",
    ];
    assert_eq!(names, expected);
}

#[test]
fn coerces_nothing() {
    check_errors(json!({"platform": 5}), json!({}), &["platform 5 expected a string"]);
    check_errors(
        json!({"stacktrace": {"frames": [{"lineno": "5", "colno": 7.9, "in_app": 1}, null, 3]}}),
        json!({"stacktrace": {"frames": [{"colno": 7}]}}),
        &[
            "stacktrace.frames.0.lineno \"5\" expected an unsigned integer",
            "stacktrace.frames.0.in_app 1 expected a boolean",
            "stacktrace.frames.2 3 expected an object",
        ],
    );
    check_errors(
        json!({"user": [1], "extra": "x"}),
        json!({}),
        &["user [1] expected an object", "extra \"x\" expected an object"],
    );
    check_errors(
        json!({"contexts": {"os": {"name": "Linux"}, "x": 1, "y": null}}),
        json!({"contexts": {"os": {"name": "Linux"}}}),
        &["contexts.x 1 expected an object"],
    );
    check_errors(
        json!({"breadcrumbs": [{"message": 1, "data": []}]}),
        json!({"breadcrumbs": {"values": [{}]}}),
        &[
            "breadcrumbs.values.0.message 1 expected a string",
            "breadcrumbs.values.0.data [] expected an object",
        ],
    );
    assert!(matches!(Event::from_json(json!([1])), Err(InvalidJson { .. })));
}

#[test]
fn reads_points_in_time() {
    let time = |value: Value| stored(&json!({"timestamp": value})).0["timestamp"].clone();
    assert_eq!(time(json!("2026-11-21T02:48:54.637404Z")), json!(1_795_229_334.637_404));
    assert_eq!(time(json!("2026-11-21T02:48:54")), json!(1_795_229_334));
    assert_eq!(time(json!("2026-11-21T04:48:54+02:00")), json!(1_795_229_334));
    assert_eq!(time(json!(1_795_229_334)), json!(1_795_229_334));
    assert_eq!(time(json!(1_795_229_334.637_404)), json!(1_795_229_334.637_404));
    for invalid in [
        json!("2026-11-21"),
        json!("2026-11-21 02:48:54"),
        json!("1795229334"),
        json!(1e30),
        json!(true),
        json!(""),
    ] {
        check_errors(
            json!({"timestamp": invalid}),
            json!({}),
            &[&format!("timestamp {invalid} expected a timestamp")],
        );
    }
}

#[test]
fn reads_levels() {
    let check_level = |value: Value, expected: &str| check(json!({"level": value}), json!({"level": expected}));
    for name in ["fatal", "error", "warning", "info", "debug"] {
        check_level(json!(name), name);
    }
    check_level(json!("log"), "info");
    check_level(json!("critical"), "fatal");
    check_level(json!(30), "warning");
    for invalid in [json!("warn"), json!("ERROR"), json!("40"), json!(35), json!(null)] {
        assert_eq!(stored(&json!({"level": invalid})).0, json!({}), "{invalid}");
    }
}

#[test]
fn lists_come_in_three_forms() {
    let expected = json!({"exception": {"values": [{"type": "E"}]}});
    check(
        json!({"exception": {"values": [{"type": "E"}, null]}}),
        expected.clone(),
    );
    check(json!({"exception": [{"type": "E"}]}), expected.clone());
    check(json!({"exception": {"type": "E"}}), expected.clone());
    check(json!({"exception": {"values": {"type": "E"}}}), expected);
    check(
        json!({"exception": {}, "threads": {"values": null}, "breadcrumbs": null}),
        json!({}),
    );
}

#[test]
fn old_names_are_read() {
    check(
        json!({"sentry.interfaces.Message": {"message": "a %s", "params": ["b"]}, "message": "a b"}),
        json!({"logentry": {"message": "a %s", "params": ["b"]}}),
    );
    check(
        json!({"message": "x", "logentry": {"formatted": "y"}}),
        json!({"logentry": {"formatted": "y"}}),
    );
    check(
        json!({"message": "x", "logentry": null}),
        json!({"logentry": {"formatted": "x"}}),
    );
    check(json!({"message": 42}), json!({"logentry": {"formatted": "42"}}));
    check(
        json!({"message": {"message": "x"}}),
        json!({"logentry": {"message": "x"}}),
    );
    check(
        json!({"sentry.interfaces.User": {"id": 1}}),
        json!({"user": {"id": "1"}}),
    );
    check(
        json!({"sentry.interfaces.Http": {"url": "/"}}),
        json!({"request": {"url": "/"}}),
    );
    check(
        json!({"sentry.interfaces.Exception": {"type": "E"}}),
        json!({"exception": {"values": [{"type": "E"}]}}),
    );
    check(
        json!({"sentry.interfaces.Stacktrace": {"frames": [{"function": "f"}]}}),
        json!({"stacktrace": {"frames": [{"function": "f"}]}}),
    );
    check(
        json!({"sentry.interfaces.Template": {"filename": "a.html"}}),
        json!({"template": {"filename": "a.html"}}),
    );
    check(
        json!({"sentry.interfaces.Contexts": {"a": {}}}),
        json!({"contexts": {"a": {}}}),
    );
    check(
        json!({"sentry.interfaces.Breadcrumbs": [{"message": "x"}]}),
        json!({"breadcrumbs": {"values": [{"message": "x"}]}}),
    );
}

#[test]
fn tags_are_pairs_of_texts() {
    let expected = json!({"tags": [["a", "1"], ["b", "True"], ["c", "1"]]});
    check(
        json!({"tags": {"a": 1, "b": true, "c": 1.5, "d": null}}),
        expected.clone(),
    );
    check(
        json!({"tags": [["a", "1"], ["b", true], ["c", 1.9], null, ["d", null], [null, "e"]]}),
        expected,
    );
    check_errors(
        json!({"tags": {"a": [], "b": 1.5e17}}),
        json!({}),
        &[
            "tags.a [] expected a primitive value",
            "tags.b 1.5e+17 expected a primitive value",
        ],
    );
    check_errors(
        json!({"tags": [["a"], "x", ["k", {}]]}),
        json!({}),
        &[
            "tags.0 [\"a\"] expected a pair",
            "tags.1 \"x\" expected a pair",
            "tags.2.1 {} expected a primitive value",
        ],
    );
    check_errors(json!({"tags": "a:b"}), json!({}), &["tags \"a:b\" expected an array"]);
    // Ids of many services are integers beyond 2^53.
    check(
        json!({"tags": {"id": 1_234_567_890_123_456_789_u64}}),
        json!({"tags": [["id", "1234567890123456789"]]}),
    );
}

#[test]
fn fingerprints_are_texts() {
    check(
        json!({"fingerprint": ["a", 1, 1.5, true, null]}),
        json!({"fingerprint": ["a", "1", "1", "True"]}),
    );
    check_errors(
        json!({"fingerprint": [["x"], {}, "a"]}),
        json!({"fingerprint": ["a"]}),
        &[
            "fingerprint.0 [\"x\"] expected a primitive value",
            "fingerprint.1 {} expected a primitive value",
        ],
    );
    check_errors(
        json!({"fingerprint": "a"}),
        json!({}),
        &["fingerprint \"a\" expected an array"],
    );
    check(json!({"fingerprint": []}), json!({}));
}

#[test]
fn users_are_read() {
    check(
        json!({"user": {"id": 1.5, "ip_address": "{{auto}}"}}),
        json!({"user": {"id": "1", "ip_address": "{{auto}}"}}),
    );
    check(
        json!({"user": {"id": true, "ip_address": "::1"}}),
        json!({"user": {"id": "True", "ip_address": "::1"}}),
    );
    for invalid in ["1.2.3.4:80", " 1.2.3.4", "localhost", ""] {
        check_errors(
            json!({"user": {"ip_address": invalid}}),
            json!({"user": {}}),
            &[&format!("user.ip_address \"{invalid}\" expected an ip address")],
        );
    }
}

#[test]
fn requests_are_pairs() {
    let request = |request: Value| stored(&json!({"request": request})).0["request"].clone();
    assert_eq!(
        request(json!({"query_string": "?a=1&b=%20x+y&c"})),
        json!({"query_string": [["a", "1"], ["b", " x y"], ["c", ""]]})
    );
    assert_eq!(
        request(json!({"query_string": {"a": 1, "b": ["x"]}})),
        json!({"query_string": [["a", "1"], ["b", "[\"x\"]"]]})
    );
    assert_eq!(
        request(json!({"query_string": [["a", "1"]]})),
        json!({"query_string": [["a", "1"]]})
    );
    assert_eq!(
        request(json!({"cookies": "a=b; c = d ;e"})),
        json!({"cookies": [["a", "b"], ["c", "d"]]})
    );
    assert_eq!(
        request(json!({"cookies": {"a": "b"}})),
        json!({"cookies": [["a", "b"]]})
    );
    assert_eq!(
        request(json!({"headers": {"x": ["1", 2], "y": 3, "z": null}})),
        json!({"headers": [["x", "1,2"], ["y", "3"]]})
    );
    assert_eq!(
        request(json!({"headers": [["x", "1"], ["x", "2"]]})),
        json!({"headers": [["x", "1"], ["x", "2"]]})
    );
}

#[test]
fn contexts_and_images_are_checked() {
    check_errors(
        json!({"contexts": {
            "device": {"name": "n", "memory_size": 5.9, "online": "true", "processor_count": "4", "mine": [1]},
            "mine": {"type": "os", "rooted": 1, "build": 5},
            "flags": {"values": [{"flag": "f", "result": true}, 5]},
            "replay": {"replay_id": "4C79F60C-1121-4EB3-8604-F4AE0781BFB2"},
        }}),
        json!({"contexts": {
            "device": {"name": "n", "memory_size": 5, "mine": [1]},
            "mine": {"type": "os", "build": "5"},
            "flags": {"values": [{"flag": "f", "result": true}]},
            "replay": {"replay_id": "4c79f60c11214eb38604f4ae0781bfb2"},
        }}),
        &[
            "contexts.device.online \"true\" expected a boolean",
            "contexts.device.processor_count \"4\" expected an unsigned integer",
            "contexts.mine.rooted 1 expected a boolean",
            "contexts.flags.values.1 5 expected an object",
        ],
    );
    let id = "DFB8E43A-F242-3D73-A453-AEB6A777EF75";
    check_errors(
        json!({"debug_meta": {"foo": 1, "images": [
            {"type": "elf", "code_id": "ABC", "code_file": "/x", "debug_id": id, "image_addr": 4096, "image_size": 1, "foo": 1},
            {"type": "apple", "name": "n", "uuid": id, "cpu_type": 1},
            {"type": "symbolic", "name": "n", "id": format!("{id}-A")},
            {"type": "proguard", "uuid": id, "name": "n"},
            {"type": "sourcemap", "code_file": "a.js", "debug_id": "x"},
            {"type": "other"},
            null,
        ]}}),
        json!({"debug_meta": {"images": [
            {"type": "elf", "code_id": "abc", "code_file": "/x", "debug_id": id.to_lowercase(), "image_addr": "0x1000", "image_size": 1},
            {"type": "macho", "code_file": "n", "debug_id": id.to_lowercase()},
            {"type": "symbolic", "code_file": "n", "debug_id": format!("{}-a", id.to_lowercase())},
            {"type": "proguard", "uuid": id.to_lowercase()},
            {"type": "sourcemap", "code_file": "a.js"},
        ]}}),
        &[
            "debug_meta.images.4.debug_id \"x\" invalid debug identifier",
            "debug_meta.images.5 {\"type\":\"other\"} unsupported debug image type",
        ],
    );
}

#[test]
fn mechanisms_have_an_old_form() {
    let flat = json!({"posix_signal": {"signal": 11, "name": "SIGSEGV"}, "relevant_address": "0x1", "handled": null});
    check(
        json!({"exception": {"values": [{"type": "E", "mechanism": flat}]}}),
        json!({"exception": {"values": [{"type": "E", "mechanism": {
            "type": "generic", "meta": {"signal": {"number": 11, "name": "SIGSEGV"}}, "data": {"relevant_address": "0x1"},
        }}]}}),
    );
    let stack =
        json!({"frames": [{"lock": {"type": 2, "address": "0x1", "foo": 1}}], "registers": {"rip": "255", "x": "?"}});
    check_errors(
        json!({"stacktrace": stack, "threads": [{"id": 1, "held_locks": {"0x1": {"type": 3, "address": "0x1"}}}]}),
        json!({
            "stacktrace": {"frames": [{"lock": {"type": 2, "address": "0x1"}}], "registers": {"rip": "0xff"}},
            "threads": {"values": [{"id": 1, "held_locks": {"0x1": {"address": "0x1"}}}]},
        }),
        &[
            "stacktrace.registers.x \"?\" expected an address",
            "threads.values.0.held_locks.0x1.type 3 expected lock reason type",
        ],
    );
}

#[test]
fn exceptions_and_frames_are_read() {
    check(
        json!({"exception": [{"type": "E", "value": {"a": 1}, "thread_id": "main", "mechanism": {"handled": false, "foo": 1}}]}),
        json!({"exception": {"values": [{"type": "E", "value": "{\"a\":1}", "thread_id": "main", "mechanism": {"type": "generic", "data": {"handled": false, "foo": 1}}}]}}),
    );
    check(
        json!({"stacktrace": {"frames": [
            {"instruction_addr": 255, "symbol_addr": "255", "image_addr": "0XFF", "vars": ["a", 1], "pre_context": [null, "x"]}
        ]}}),
        json!({"stacktrace": {"frames": [
            {"pre_context": ["", "x"], "vars": {"0": "a", "1": 1}, "instruction_addr": "0xff", "symbol_addr": "0xff", "image_addr": "0xff"}
        ]}}),
    );
    check(
        json!({"threads": [{"id": 7}, {"id": "x"}]}),
        json!({"threads": {"values": [{"id": 7}, {"id": "x"}]}}),
    );
    check(
        json!({"modules": {"a": "1", "b": null}}),
        json!({"modules": {"a": "1"}}),
    );
}

#[test]
fn the_number_of_errors_is_bounded() {
    let event = Event::from_json(json!({"exception": vec![1; 10_000]})).unwrap();
    assert_eq!(event.errors.len(), 100);
}

#[test]
fn nul_is_nowhere() {
    let event = Event::from_slice(br#"{"message":"a\u0000b","tags":{"k\u0000":"v\u0000"}}"#).unwrap();
    assert_eq!(
        event.to_json(),
        r#"{"type":"default","logentry":{"formatted":"a�b"},"tags":[["k�","v�"]]}"#
    );
    assert_eq!(
        Event::from_json(json!({"a\0": "b\0"})).unwrap().other,
        *json!({"a\u{fffd}": "b\u{fffd}"}).as_object().unwrap()
    );
}

#[test]
fn the_main_exception_is_the_last_or_the_named_one() {
    let main = |input: Value| {
        Event::from_json(input)
            .unwrap()
            .main_exception()
            .and_then(|main| main.kind.clone())
    };
    let values = json!([{"type": "A", "mechanism": {"type": "m", "exception_id": 1}}, {"type": "B"}]);
    assert_eq!(main(json!({"exception": values})).as_deref(), Some("B"));
    assert_eq!(
        main(json!({"exception": values, "main_exception_id": 1})).as_deref(),
        Some("A")
    );
    assert_eq!(
        main(json!({"exception": values, "main_exception_id": 7})).as_deref(),
        Some("B")
    );
    assert_eq!(main(json!({})), None);
}

/// Values of every kind under keys that mean something at some level, and under others.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z0-9 .:/\u{0}é-]{0,12}".prop_map(Value::from),
        Just(json!("2026-11-21T02:48:54Z")),
    ];
    let key = prop_oneof![
        proptest::sample::select(vec![
            "values",
            "type",
            "value",
            "stacktrace",
            "frames",
            "mechanism",
            "exception",
            "threads",
            "tags",
            "user",
            "request",
            "headers",
            "cookies",
            "query_string",
            "data",
            "breadcrumbs",
            "message",
            "logentry",
            "timestamp",
            "level",
            "contexts",
            "extra",
            "fingerprint",
            "sdk",
            "errors",
            "vars",
            "modules",
            "event_id",
            "id",
            "ip_address",
            "main_exception_id",
        ])
        .prop_map(str::to_owned),
        "[a-z\u{0}]{0,3}",
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_stored_is_read_back_unchanged(value in any_value()) {
        if let Ok(event) = Event::from_json(value) {
            let text = event.to_json();
            prop_assert!(!text.contains("\\u0000"));
            let again = Event::from_stored(&text).unwrap();
            prop_assert_eq!(&again.to_json(), &text);
            prop_assert_eq!(again, event);
        }
    }

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(Event::from_slice(&bytes));
    }
}
