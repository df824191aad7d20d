//! Advanced rules (`ingest.md` §5.2): what they do, and how errors point at their place.

use scrub::{Scrubber, Settings};
use serde_json::{Value, json};

use crate::{advanced, scrub, scrub_text, scrubber};

#[track_caller]
fn check(rule: Value, text: &str, expected: Value) {
    let config = json!({"rules": {"r": rule}, "applications": {"extra.x": ["r"]}});
    assert_eq!(scrub_text(&advanced(&config), text).0, expected, "{rule} {text:?}");
}

fn errors(config: &str) -> Vec<String> {
    let settings = Settings {
        relay_pii_config: config.to_owned(),
        ..Settings::default()
    };
    match Scrubber::new(&Settings::for_organization(), &settings) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_type_has_a_rule() {
    let check_type = |kind: &str, text: &str, expected: Value| {
        check(
            json!({"type": kind, "redaction": {"method": "replace", "text": "X"}}),
            text,
            expected,
        );
    };
    check_type("anything", "abc", json!("X"));
    check_type("bearer", "a Bearer b", json!("a X"));
    check_type("cookies", "sessionid=a; b=c", json!("sessionid=X; b=c"));
    check_type("creditcard", "4111111111111111", json!("X"));
    check_type("email", "<a@b.co>", json!("<X>"));
    check_type("iban", "DE89370400440532013000", json!("X"));
    check_type("imei", "356938035643809", json!("X"));
    check_type("ip", "at ::1", json!("at X"));
    check_type("mac", "4a:00:04:10:9b:50", json!("X"));
    check_type("password", "my password", json!("X"));
    check_type(
        "pemkey",
        "-----BEGIN EC PRIVATE KEY-----\na\n-----END EC PRIVATE KEY-----",
        json!("-----BEGIN EC PRIVATE KEY-----\nX\n-----END EC PRIVATE KEY-----"),
    );
    check_type("url_auth", "http://u:p@h", json!("http://X@h"));
    check_type("us_ssn", "078-05-1120", json!("X"));
    check_type("userpath", "/home/joe/x", json!("/home/X/x"));
    check_type("uuid", "ceee0822-ed8f-4622-b2a3-789e73e75cd1", json!("X"));
    // Without a method the text is removed, and replaced without a text it is filtered.
    check(json!({"type": "ip"}), "at ::1", json!("at "));
    check(json!({"type": "anything"}), "abc", Value::Null);
    check(
        json!({"type": "ip", "redaction": {"method": "replace"}}),
        "::1",
        json!("[Filtered]"),
    );
    check(
        json!({"type": "anything", "redaction": {"method": "replace"}}),
        "a\n\nb",
        json!("[Filtered]\n[Filtered]\n[Filtered]"),
    );
}

#[test]
fn patterns_replace_groups() {
    let check_groups = |pattern: &str, groups: Value, text: &str, expected: &str| {
        let rule = json!({"type": "pattern", "pattern": pattern, "replaceGroups": groups,
            "redaction": {"method": "replace", "text": "X"}});
        check(rule, text, json!(expected));
    };
    let pattern = r"([a-z]+)(\d+)";
    check_groups(pattern, json!([2]), "foo abc123 bar", "foo abcX bar");
    check_groups(pattern, json!([2, 1]), "foo abc123 bar", "foo XX bar");
    check_groups(pattern, json!([0]), "foo abc123 bar", "foo X bar");
    check_groups(pattern, json!([]), "foo abc123 bar", "foo abc123 bar");
    check_groups(pattern, json!([7]), "foo abc123 bar", "foo abc123 bar");
    check_groups(pattern, Value::Null, "foo abc123 bar", "foo X bar");
    check_groups("(a)|(b)", json!([1]), "ab", "Xb");
    check_groups("((a)b)", json!([1, 2]), "ab ab", "X X");
    check_groups("x*", Value::Null, "abc", "XaXbXcX");
    check_groups("ABC", Value::Null, "abc", "abc");
    check_groups("(?i)ÄBC", Value::Null, "äbc", "X");
    check_groups(r"\d", Value::Null, "١", "X");
    check_groups("a.c", Value::Null, "a\nc", "a\nc");
}

#[test]
fn pairs_are_redacted_by_name_or_text() {
    let config = json!({
        "rules": {
            "r": {"type": "redact_pair", "keyPattern": "(?i)foo"},
            "s": {"type": "redactPair", "keyPattern": "bar|Bar", "redaction": {"method": "mask"}},
        },
        "applications": {"$string || $number || $array || $object": ["r", "s"]},
    });
    let event = scrub(
        &advanced(&config),
        &json!({
            "extra": {"foo": "x", "a": "my FOO x", "bar": "12", "b": "a bar c", "barn": 5, "l": {"foo": [1]}, "z": "BAR"},
            "request": {"headers": [["X-Foo", "x"], ["Bar", "5"]]},
        }),
    );
    assert_eq!(
        event["extra"],
        json!({"foo": null, "a": "", "bar": "**", "b": "*******", "barn": null, "l": {"foo": null}, "z": "BAR"})
    );
    assert_eq!(event["request"]["headers"], json!([["X-Foo", ""], ["Bar", "*"]]));
}

#[test]
fn rules_stand_for_others() {
    let config = json!({
        "rules": {
            "many": {"type": "multiple", "rules": ["@ip", "@email"], "redaction": {"method": "mask"}},
            "hidden": {"type": "multiple", "rules": ["@ip", "@email"], "hideInner": true},
            "alias": {"type": "alias", "rule": "@ip"},
            "masked": {"type": "alias", "rule": "@ip", "hideInner": true, "redaction": {"method": "mask"}},
            "partly": {"type": "multiple", "rules": ["unknown", "@ip"]},
            "loop": {"type": "alias", "rule": "pool"},
            "pool": {"type": "multiple", "rules": ["loop", "@ip"]},
        },
        "applications": {
            "extra.a": ["many"], "extra.b": ["hidden"], "extra.c": ["alias"], "extra.d": ["masked"], "extra.e": ["partly"],
            "extra.f": ["loop"], "extra.g": ["unknown"],
        },
    });
    let extra: Value = ["a", "b", "c", "d", "e", "f", "g"]
        .iter()
        .map(|key| (*key, "1.2.3.4 a@b.co"))
        .collect();
    let event = scrub(&advanced(&config), &json!({ "extra": extra }));
    assert_eq!(
        event["extra"],
        json!({
            "a": "[ip] [email]", "b": "[ip] [email]", "c": "[ip] a@b.co", "d": "******* a@b.co", "e": "[ip] a@b.co",
            "f": "[ip] a@b.co", "g": "1.2.3.4 a@b.co",
        })
    );
    let rules = |key: &str| event["_meta"]["extra"][key][""]["rem"].clone();
    assert_eq!(rules("a"), json!([["@ip", "s", 0, 4], ["@email", "s", 5, 12]]));
    assert_eq!(rules("b"), json!([["hidden", "s", 0, 4], ["hidden", "s", 5, 12]]));
    assert_eq!(rules("d"), json!([["masked", "m", 0, 7]]));
}

#[test]
fn rules_are_applied_by_selector_and_name() {
    let rule =
        |text: &str| json!({"type": "pattern", "pattern": "aa", "redaction": {"method": "replace", "text": text}});
    let rules = json!({"z": rule("Z"), "a": rule("A")});
    // Within one selector the names decide, over selectors their kind: conditions, then kinds, names and wildcards.
    let config = json!({"rules": rules, "applications": {
        "extra.x": ["z", "a"], "**": ["a"], "extra.y": ["a"], "$string && extra.y": ["z"], "extra.*": ["z"],
    }});
    let event = scrub(&advanced(&config), &json!({"extra": {"x": "aa", "y": "aa", "w": "aa"}}));
    assert_eq!(event["extra"], json!({"x": "A", "y": "Z", "w": "Z"}));
    // What one rule put there is not seen by the next, but it may go with what is around it.
    let config = json!({
        "rules": {"r": {"type": "pattern", "pattern": "a.*b", "redaction": {"method": "replace", "text": "R"}},
                  "s": {"type": "pattern", "pattern": "ip", "redaction": {"method": "replace", "text": "S"}}},
        "applications": {"extra.x": ["@ip", "r"], "extra.y": ["@ip", "s"]},
    });
    let event = scrub(
        &advanced(&config),
        &json!({"extra": {"x": "x a 1.2.3.4 b", "y": "ip 1.2.3.4"}}),
    );
    assert_eq!(event["extra"], json!({"x": "x R", "y": "S [ip]"}));
}

#[test]
fn organization_comes_before_project_before_switches() {
    let with = |text: &str| {
        json!({
            "rules": {"r": {"type": "pattern", "pattern": "4111111111111111|one|two", "redaction": {"method": "replace", "text": text}}},
            "applications": {"$string": ["r"]},
        })
    };
    let organization = advanced(&with("one"));
    let project = Settings {
        relay_pii_config: with("two").to_string(),
        ..Settings::default()
    };
    let scrubber = Scrubber::new(&organization, &project).unwrap();
    let mut event = protocol::event::Event::from_json(json!({"extra": {"x": "4111111111111111 two"}})).unwrap();
    scrubber.event(&mut event);
    assert_eq!(event.extra["x"], "one one");
    assert_eq!(event.meta.remarks(["extra", "x"]).len(), 2);
}

#[test]
fn the_key_to_hash_with_is_not_used() {
    let config = json!({"vars": {"hashKey": "secret"}, "applications": {"extra.x": ["@ip:hash"]}});
    let text = scrub_text(&advanced(&config), "127.0.0.1").0;
    assert_eq!(text, "AE12FE3B5F129B5CC4CDD2B136B7B7947C4D2741");
}

#[test]
fn what_stands_for_an_address_can_be_read_again() {
    let config = json!({"applications": {"$user.ip_address": ["@ip:hash"], "$sdk.client_ip": ["@ip:mask"]}});
    let event = json!({"user": {"ip_address": "127.0.0.1"}, "sdk": {"client_ip": "::1"}});
    let mut event = protocol::event::Event::from_json(event).unwrap();
    scrubber(&advanced(&config)).event(&mut event);
    let again = protocol::event::Event::from_stored(&event.to_json()).unwrap();
    assert_eq!(again, event);
    let user = again.user.unwrap();
    assert_eq!(user.ip_address.unwrap(), "AE12FE3B5F129B5CC4CDD2B136B7B7947C4D2741");
    assert_eq!(again.sdk.unwrap().client_ip.unwrap(), "***");
}

#[test]
fn errors_point_at_their_place() {
    let check = |config: &str, expected: &[&str]| assert_eq!(errors(config), expected, "{config}");
    for valid in [
        "",
        "  ",
        "{}",
        r#"{"foo": 1, "rules": null, "applications": {"a": ["unknown"]}, "vars": {"hashKey": null}}"#,
        r#"{"rules": {"a": {"type": "ip", "redaction": {"method": "mask", "maskChar": "+", "range": [0, -4]}}}}"#,
    ] {
        check(valid, &[]);
    }
    check(
        "{",
        &["relayPiiConfig, line 1, column 1: not JSON: EOF while parsing an object"],
    );
    check(
        "{\n  \"a\": x}",
        &["relayPiiConfig, line 2, column 8: not JSON: expected value"],
    );
    check(
        "[]",
        &["relayPiiConfig, line 1, column 1: expected an object, found a list"],
    );
    check(
        "{\"rules\": {\n  \"é\": {\"type\": \"foo\"}, \"b\": {\"type\": \"pattern\"},\n  \"c\": {}, \"d\": 5}}",
        &[
            "relayPiiConfig, line 2, column 9, rules.é.type: unknown type of rule \"foo\"; there are anything, pattern, imei, \
             mac, uuid, email, ip, creditcard, iban, userpath, pemkey, url_auth, us_ssn, bearer, password, cookies, \
             redact_pair, multiple, alias",
            "relayPiiConfig, line 2, column 25, rules.b: \"pattern\" is missing",
            "relayPiiConfig, line 3, column 3, rules.c: \"type\" is missing",
            "relayPiiConfig, line 3, column 12, rules.d: expected an object, found a number",
        ],
    );
    check(
        r#"{"applications": {"a b": ["x"], "a": 5, "b": [1]}}"#,
        &[
            "relayPiiConfig, line 1, column 19, applications.a b: invalid syntax: found 'b', expected &&, || or the end (at character 3)",
            "relayPiiConfig, line 1, column 33, applications.a: expected a list of names of rules, found a number",
            "relayPiiConfig, line 1, column 41, applications.b: expected a list of names of rules, found a list",
        ],
    );
    check(
        r#"{"rules": {"a": {"type": "pattern", "pattern": "("}, "b": {"type": "redact_pair", "keyPattern": "(?=x)"}}}"#,
        &[
            "relayPiiConfig, line 1, column 37, rules.a.pattern: not a regular expression: unclosed group",
            "relayPiiConfig, line 1, column 83, rules.b.keyPattern: not a regular expression: look-around, including \
             look-ahead and look-behind, is not supported",
        ],
    );
    check(
        r#"{"vars": {"hashKey": 5}, "rules": {"a": {"type": "ip", "redaction": {"method": "burn"}}, "b": {"type": "ip", "redaction": "x"},
           "c": {"type": "pattern", "pattern": "a", "replaceGroups": ["x"]}, "d": {"type": "alias", "rule": "@ip", "hideInner": 1},
           "e": {"type": "ip", "redaction": {"method": "replace", "text": 5}}}}"#,
        &[
            "relayPiiConfig, line 1, column 11, vars.hashKey: expected a text or null, found a number",
            "relayPiiConfig, line 1, column 70, rules.a.redaction.method: unknown method \"burn\"; there are remove, replace, mask, hash",
            "relayPiiConfig, line 1, column 110, rules.b.redaction: expected an object, found a text",
            "relayPiiConfig, line 2, column 53, rules.c.replaceGroups: expected a list of numbers of groups, found a list",
            "relayPiiConfig, line 2, column 116, rules.d.hideInner: expected true or false, found a number",
            "relayPiiConfig, line 3, column 67, rules.e.redaction.text: expected a text, found a number",
        ],
    );
}

#[test]
fn patterns_are_bounded() {
    let too_large = |pattern: &str| {
        let config = json!({"rules": {"a": {"type": "pattern", "pattern": pattern}}}).to_string();
        let errors = errors(&config);
        assert_eq!(errors.len(), 1, "{pattern}");
        errors[0].clone()
    };
    assert!(too_large("x{100000}").ends_with("the pattern is too large: repeat less, or less often"));
    assert!(too_large(&"(".repeat(200)).contains("not a regular expression"));
    assert!(too_large(r"((\w{100}){100}){100}").ends_with("the pattern is too large: repeat less, or less often"));
    let huge = format!("{}{{}}", " ".repeat(300_000));
    assert_eq!(
        errors(&huge),
        ["relayPiiConfig, line 1, column 300001: the text is longer than 262144 bytes"]
    );
    let many = (0..100_000).map(|index| format!("field{index}")).collect();
    let settings = Settings {
        sensitive_fields: many,
        ..Settings::default()
    };
    let errors = Scrubber::new(&Settings::for_organization(), &settings).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "sensitiveFields: the list is too long: name fewer or shorter fields"
    );
}

#[test]
fn lists_of_lists_of_rules_are_bounded() {
    let rules: Value = (0..40)
        .map(|index| {
            let next = format!("r{}", index + 1);
            (
                format!("r{index}"),
                json!({"type": "multiple", "rules": [next, next, next]}),
            )
        })
        .collect();
    let config = json!({"rules": rules, "applications": {"extra.x": ["r0"]}});
    assert_eq!(scrub_text(&advanced(&config), "x").0, "x");
}

#[test]
fn what_is_valid_is_used_although_the_rest_is_not() {
    let config = json!({
        "rules": {"bad": {"type": "pattern", "pattern": "("}, "good": {"type": "email"}},
        "applications": {"a b": ["@ip"], "extra.x": ["bad", "good"]},
    });
    let settings = Settings {
        relay_pii_config: config.to_string(),
        ..Settings::default()
    };
    let (scrubber, errors) = Scrubber::valid_part(&Settings::for_organization(), &settings);
    assert_eq!(errors.len(), 2);
    let mut event = protocol::event::Event::from_json(json!({"extra": {"x": "a@b.co", "password": "x"}})).unwrap();
    scrubber.event(&mut event);
    assert_eq!(Value::Object(event.extra), json!({"x": "", "password": "[Filtered]"}));
}

#[test]
fn settings_are_stored_as_json() {
    let settings: Settings = serde_json::from_value(json!({})).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(
        serde_json::to_value(&settings).unwrap(),
        json!({
            "scrubData": true, "scrubDefaults": true, "scrubIpAddresses": false, "sensitiveFields": [], "safeFields": [],
            "relayPiiConfig": "",
        })
    );
}
