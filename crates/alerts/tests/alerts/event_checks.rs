//! What an event answers by itself: levels, tags, attributes, and each way to compare texts.

use serde_json::{Value, json};

use super::{event, fires, known, rule};

const TAG: &str = "tagged_event.TaggedEvent";
const ATTRIBUTE: &str = "event_attribute.EventAttribute";
const LEVEL: &str = "level.Level";

/// A check in both places where it may stand.
#[track_caller]
fn check(kind: &str, parameters: Value, of: Value, expected: bool) {
    let of = event(of);
    for (list, place) in [("conditions", "Condition"), ("filters", "Filter")] {
        let mut wire = super::object(parameters.clone());
        wire.insert("id".to_owned(), json!(format!("sentry.rules.{list}.{kind}{place}")));
        let rule = rule(json!({list: [wire]}));
        assert_eq!(fires(&rule, &of, &known()), expected, "{list} {parameters}");
    }
}

#[test]
fn levels_are_compared_by_their_numbers() {
    for (comparison, level, holds_for) in [
        ("eq", json!("40"), &["error"][..]),
        ("eq", json!(50), &["fatal"]),
        ("gte", json!("40"), &["error", "fatal"]),
        ("gte", json!("0"), &["debug", "info", "warning", "error", "fatal"]),
        ("lte", json!("20"), &["debug", "info"]),
        ("lte", json!("0"), &[]),
        ("in", json!("40,50"), &["error", "fatal"]),
        ("in", json!(["info", 10]), &["debug", "info"]),
        ("eq", json!("error"), &["error"]),
    ] {
        for of in ["debug", "info", "warning", "error", "fatal"] {
            check(
                LEVEL,
                json!({"match": comparison, "level": level}),
                json!({"level": of}),
                holds_for.contains(&of),
            );
        }
    }
    // An event without level is an error.
    check(LEVEL, json!({"match": "eq", "level": "40"}), json!({}), true);
}

#[test]
fn each_comparison_holds_a_text_against_a_tag() {
    for (comparison, value, yes, no) in [
        ("eq", "Safari", &["safari", "SAFARI"][..], &["safari 5", "", "x"][..]),
        ("ne", "safari", &["x", "safari 5"], &["Safari"]),
        ("sw", "saf", &["Safari", "saf"], &["a saf"]),
        ("nsw", "saf", &["a saf"], &["SAFARI"]),
        ("ew", "ri", &["SafaRI"], &["rix"]),
        ("new", "ri", &["rix"], &["safari"]),
        ("co", "far", &["saFARi", "far"], &["fa"]),
        ("nc", "far", &["fa"], &["saFARi"]),
        ("is", "", &["anything"], &[]),
        ("ns", "", &[], &["anything"]),
        (
            "in",
            "chrome, Safari",
            &["safari", "Chrome"],
            &["chrome, safari", "edge"],
        ),
        ("nin", "chrome,safari", &["edge"], &["SAFARI"]),
    ] {
        for (tags, expected) in [(yes, true), (no, false)] {
            for tag in tags {
                let parameters = json!({"key": "browser", "match": comparison, "value": value});
                check(
                    TAG,
                    parameters,
                    json!({"tags": {"browser": tag, "other": "safari"}}),
                    expected,
                );
            }
        }
    }
}

#[test]
fn what_is_denied_is_so_of_an_absent_tag() {
    for (comparison, expected) in [
        ("eq", false),
        ("sw", false),
        ("ew", false),
        ("co", false),
        ("is", false),
        ("in", false),
        ("ne", true),
        ("nsw", true),
        ("new", true),
        ("nc", true),
        ("ns", true),
        ("nin", true),
    ] {
        check(
            TAG,
            json!({"key": "browser", "match": comparison, "value": "x"}),
            json!({"tags": {"os": "x"}}),
            expected,
        );
    }
}

#[test]
fn the_key_of_a_tag_is_compared_in_any_case_and_with_or_without_prefix() {
    for (key, tag) in [
        ("Browser", "browser"),
        ("browser", "BROWSER"),
        ("sentry:release", "release"),
        ("user", "sentry:user"),
    ] {
        check(
            TAG,
            json!({"key": key, "match": "eq", "value": "x"}),
            json!({"tags": [[tag, "x"]]}),
            true,
        );
    }
}

/// An event with every attribute.
fn full() -> Value {
    json!({
        "type": "error",
        "message": {"formatted": "Card 17 declined", "message": "Card %s declined"},
        "platform": "python",
        "environment": "production",
        "exception": {"values": [
            {
                "type": "ConnectionError", "value": "no route", "thread_id": 1,
                "mechanism": {"type": "generic", "handled": true},
                "stacktrace": {"frames": [
                    {"module": "net.socket", "filename": "socket.py", "abs_path": "/usr/lib/socket.py",
                     "package": "/usr/lib/libnet.so", "context_line": "raise OSError"},
                ]},
            },
            {
                "type": "PaymentError", "value": "bank is away", "thread_id": 2,
                "mechanism": {"type": "django", "handled": false},
                "stacktrace": {"frames": [
                    {"module": "shop.pay", "filename": "pay.py", "abs_path": "/app/pay.py",
                     "pre_context": ["def pay():"], "context_line": "charge(card)", "post_context": ["done()"]},
                ]},
            },
        ]},
        "threads": {"values": [{"id": 1, "main": false}, {"id": 2, "main": true}]},
        "user": {"id": "5", "email": "Ann@Example.com", "username": "ann", "ip_address": "1.2.3.4", "plan": "gold"},
        "request": {"method": "POST", "url": "https://shop.example.com/pay"},
        "contexts": {
            "response": {"type": "response", "status_code": 502},
            "device": {"type": "device", "screen_density": 2.5, "screen_dpi": 420, "screen_height_pixels": 1920, "screen_width_pixels": 1080},
            "app": {"type": "app", "in_foreground": true},
            "os": {"type": "os", "distribution_name": "Debian", "distribution_version": "13"},
            "unreal": {"crash_type": "GPUCrash"},
        },
        "sdk": {"name": "sentry.python", "version": "2.1"},
        "extra": {"order": {"id": 77, "tags": ["big", "late"]}},
    })
}

#[test]
fn each_attribute_is_found() {
    for (attribute, values) in [
        ("message", &["card 17 declined", "card %s declined"][..]),
        ("platform", &["python"]),
        ("environment", &["production"]),
        ("type", &["error"]),
        ("error.handled", &["true", "false"]),
        ("error.unhandled", &["false", "true"]),
        ("error.main_thread", &["true"]),
        ("exception.type", &["connectionerror", "PaymentError"]),
        ("exception.value", &["no route", "bank is away"]),
        ("user.id", &["5"]),
        ("user.email", &["ann@example.com"]),
        ("user.username", &["ann"]),
        ("user.ip_address", &["1.2.3.4"]),
        ("user.plan", &["gold"]),
        ("http.method", &["post"]),
        ("http.url", &["https://shop.example.com/pay"]),
        ("http.status_code", &["502"]),
        ("sdk.name", &["sentry.python"]),
        (
            "stacktrace.code",
            &["raise oserror", "def pay():", "charge(card)", "done()"],
        ),
        ("stacktrace.module", &["net.socket", "shop.pay"]),
        ("stacktrace.filename", &["socket.py", "pay.py"]),
        ("stacktrace.abs_path", &["/usr/lib/socket.py", "/app/pay.py"]),
        ("stacktrace.package", &["/usr/lib/libnet.so"]),
        ("device.screen_density", &["2.5"]),
        ("device.screen_dpi", &["420"]),
        ("device.screen_height_pixels", &["1920"]),
        ("device.screen_width_pixels", &["1080"]),
        ("app.in_foreground", &["true"]),
        ("os.distribution_name", &["debian"]),
        ("os.distribution_version", &["13"]),
        ("unreal.crash_type", &["gpucrash"]),
        ("extra.order.id", &["77"]),
        ("extra.order.tags", &["big", "late"]),
    ] {
        let on = |comparison: &str, value: &str, expected| {
            check(
                ATTRIBUTE,
                json!({"attribute": attribute, "match": comparison, "value": value}),
                full(),
                expected,
            );
        };
        on("is", "", true);
        on("ns", "", false);
        on("eq", "nothing of the kind", false);
        on("ne", "nothing of the kind", true);
        for value in values {
            // One of several is enough; what is denied must be so of all.
            on("eq", value, true);
            on("ne", value, false);
        }
    }
    // And none of them in an event that has nothing.
    for attribute in [
        "message",
        "exception.type",
        "user.id",
        "http.url",
        "stacktrace.code",
        "extra.order.id",
        "error.handled",
    ] {
        check(
            ATTRIBUTE,
            json!({"attribute": attribute, "match": "is"}),
            json!({}),
            false,
        );
        check(
            ATTRIBUTE,
            json!({"attribute": attribute, "match": "ns"}),
            json!({}),
            true,
        );
    }
}

#[test]
fn every_attribute_that_forms_offer_can_be_read() {
    let offered = alerts::configuration(&alerts::Offered::default());
    let filters = offered["filters"].as_array().unwrap();
    let of_attributes = filters
        .iter()
        .find(|filter| filter["id"].as_str().unwrap().ends_with("EventAttributeFilter"));
    let choices = of_attributes.unwrap()["formFields"]["attribute"]["choices"]
        .as_array()
        .unwrap();
    assert!(choices.len() >= 31, "{choices:?}");
    for choice in choices {
        check(
            ATTRIBUTE,
            json!({"attribute": choice[0], "match": "eq", "value": "no such value"}),
            full(),
            false,
        );
    }
}

#[test]
fn own_frames_with_names_are_symbolicated() {
    let of = |functions: Value| {
        let frames: Vec<_> = functions
            .as_array()
            .unwrap()
            .iter()
            .map(|function| json!({"function": function, "instruction_addr": "0x10", "in_app": true}))
            .collect();
        json!({"exception": [{"type": "E", "stacktrace": {"frames": frames}}]})
    };
    let check = |of: Value, comparison: &str, expected| {
        let parameters = json!({"attribute": "symbolicated_in_app", "match": comparison, "value": "true"});
        check(ATTRIBUTE, parameters, of, expected);
    };
    check(of(json!(["a", "b"])), "eq", true);
    check(of(json!(["a", null])), "eq", false);
    check(of(json!(["a", null])), "is", true);
    check(json!({"exception": [{"type": "E"}]}), "is", false);
}

#[test]
fn frames_of_an_event_without_exception_are_those_of_its_stack() {
    let of = json!({"threads": [{"id": 1, "crashed": true, "stacktrace": {"frames": [{"module": "a.b"}]}}]});
    check(
        ATTRIBUTE,
        json!({"attribute": "stacktrace.module", "match": "eq", "value": "a.b"}),
        of,
        true,
    );
}
