//! What holds for any input: planted secrets are gone, and nothing panics.

use std::sync::LazyLock;

use proptest::{prelude::*, sample::select};
use protocol::event::Event;
use scrub::{JsonKind, Scrubber, Selector, Settings, selector_suggestions};
use serde_json::{Map, Value, json};

use crate::{defaults, scrubber};

static DEFAULTS: LazyLock<Scrubber> = LazyLock::new(|| scrubber(&defaults()));

/// A secret: what must not be found, and a text that holds it.
#[derive(Debug, Clone)]
struct Secret {
    needle: &'static str,
    text: &'static str,
}

const IN_TEXTS: [Secret; 7] = [
    Secret {
        needle: "hunter2",
        text: "login with password=hunter2 failed",
    },
    Secret {
        needle: "4111111111111111",
        text: "card 4111111111111111 refused",
    },
    Secret {
        needle: "5500 0000 0000 0004",
        text: "5500 0000 0000 0004",
    },
    Secret {
        needle: "ey.J9-abc_d",
        text: "curl -H 'X: Bearer ey.J9-abc_d' http://x",
    },
    Secret {
        needle: "MIHbAgEBBEEu",
        text: "k: -----BEGIN EC PRIVATE KEY-----\nMIHbAgEBBEEu\n-----END EC PRIVATE KEY-----",
    },
    Secret {
        needle: "203.0.113.7",
        text: "from 203.0.113.7 again",
    },
    Secret {
        needle: "s3cr3tpw",
        text: "postgres://shop:s3cr3tpw@db/shop",
    },
];

/// Names under which any value is a secret.
const NAMES: [&str; 8] = [
    "password",
    "AWS_SECRET_ACCESS_KEY",
    "aws_credentials",
    "api-key",
    "Authorization",
    "x_token",
    "mysql_pwd",
    "PrivateKey",
];
const NAMED: &str = "wJalrXUtnFEMI";

/// A value with one secret somewhere in it, and what must not be found.
fn hiding_place() -> impl Strategy<Value = (Value, &'static str)> {
    let text = select(IN_TEXTS.to_vec()).prop_map(|secret| (json!(secret.text), secret.needle));
    let named = select(NAMES.to_vec()).prop_flat_map(|name| {
        let value = prop_oneof![Just(json!(NAMED)), Just(json!({"v": NAMED})), Just(json!([NAMED, 1]))];
        value.prop_map(move |value| (json!({name: value}), NAMED))
    });
    let cookie = select(vec!["sessionid", "PHPSESSID", "_csrf", "xsrf-token"])
        .prop_map(|name| (json!({"cookies": {name: NAMED, "theme": "dark"}}), NAMED));
    prop_oneof![text, named, cookie].prop_recursive(3, 8, 2, |inner| {
        let key = select(vec!["a", "data", "nested", "0", "é"]);
        prop_oneof![
            (key, inner.clone()).prop_map(|(key, (value, needle))| (json!({"other": 1, key: value}), needle)),
            inner.prop_map(|(value, needle)| (json!(["x", value, null]), needle)),
        ]
    })
}

/// Puts a value of any kind where an event is scrubbed. Some places hold only objects or texts.
fn plant(place: usize, value: Value) -> Value {
    let object = || {
        if value.is_object() {
            value.clone()
        } else {
            json!({ "v": value })
        }
    };
    let frames = |vars: Value| json!({"frames": [{"function": "f"}, {"function": "g", "vars": vars}]});
    match place {
        0 => json!({"extra": object()}),
        1 => json!({"request": {"url": "/", "data": value}}),
        2 => json!({"contexts": {"shop": object()}}),
        3 => {
            json!({"contexts": {"trace": {"trace_id": "0123456789abcdef0123456789abcdef", "span_id": "0123456789abcdef", "data": object()}}})
        }
        4 => json!({"contexts": {"response": {"status_code": 500, "data": value}}}),
        5 => json!({"breadcrumbs": [{"message": "m"}, {"category": "c", "data": object()}]}),
        6 => json!({"exception": [{"type": "E", "stacktrace": frames(object())}]}),
        7 => json!({"threads": [{"id": 1, "stacktrace": frames(object())}]}),
        8 => json!({"stacktrace": frames(object())}),
        9 => json!({"exception": [{"type": "E", "mechanism": {"type": "m", "data": object()}}]}),
        10 => json!({"user": {"id": "1", "data": object()}}),
        11 => json!({"logentry": {"message": "%s", "params": [value]}}),
        12 => json!({"request": {"env": object()}}),
        13 => json!({"spans": [{"span_id": "0123456789abcdef", "data": object()}]}),
        14 => json!({"some_unknown_field": value}),
        15 => json!({"user": {"email": [value]}}),
        16 => {
            json!({"request": {"headers": [["Fine", "x"], ["X-Data", value.as_str().unwrap_or_default()]], "data": value}})
        }
        _ => json!({"breadcrumbs": [{"message": value.as_str().unwrap_or_default(), "data": object()}]}),
    }
}

const PLACES: usize = 18;

fn stored(scrubber: &Scrubber, event: &Value) -> String {
    let mut event = Event::from_json(event.clone()).expect("it is an object");
    scrubber.event(&mut event);
    event.to_json()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn planted_secrets_are_found_nowhere((value, needle) in hiding_place(), place in 0..PLACES) {
        let event = plant(place, value);
        let found = stored(&DEFAULTS, &event);
        prop_assert!(!found.contains(needle), "{needle} in {found}");
        // Control: without scrubbing it is there.
        let unscrubbed = stored(&Scrubber::default(), &event);
        prop_assert!(unscrubbed.contains(&needle.replace('\n', "\\n")), "{needle} not in {unscrubbed}");
    }

    #[test]
    fn pairs_hide_nothing(name in select(NAMES.to_vec()), list in select(vec!["headers", "cookies", "query_string"])) {
        let event = json!({"request": {list: [["a", "b"], [name, NAMED]]}});
        let found = stored(&DEFAULTS, &event);
        prop_assert!(!found.contains(NAMED), "{found}");
        prop_assert!(stored(&Scrubber::default(), &event).contains(NAMED));
    }

    #[test]
    fn scrubbing_twice_is_scrubbing_once((value, _) in hiding_place(), place in 0..PLACES) {
        let once = stored(&DEFAULTS, &plant(place, value));
        let mut again = Event::from_stored(&once).unwrap();
        DEFAULTS.event(&mut again);
        prop_assert_eq!(again.to_json(), once);
    }

    #[test]
    fn remarks_point_at_what_was_put_there(texts in proptest::collection::vec(select(vec![
        "a ", "é😀", " 1.2.3.4 ", " 4111111111111111 ", "x\n", " Bearer é ", " http://u:p@h ", "[ip]", " 078-05-1120.",
    ]), 0..12)) {
        let text = texts.concat();
        let mut event = Event::from_json(json!({"extra": {"x": text}})).unwrap();
        DEFAULTS.event(&mut event);
        let scrubbed = event.extra["x"].as_str().unwrap();
        for remark in event.meta.remarks(["extra", "x"]) {
            let (start, end) = remark.range.unwrap();
            prop_assert!(matches!(&scrubbed[start..end], "[Filtered]" | "[ip]"), "{scrubbed} {remark:?}");
        }
    }

    #[test]
    fn any_configuration_is_used_or_refused(config in any_config(), texts in proptest::collection::vec(".{0,20}", 4)) {
        let settings = Settings {
            relay_pii_config: config,
            sensitive_fields: texts[..2].to_vec(),
            safe_fields: texts[2..].to_vec(),
            ..defaults()
        };
        let (scrubber, _) = Scrubber::valid_part(&settings, &settings);
        let mut event = Event::from_json(json!({
            "extra": {"x": texts[0], "password": [1, {"y": texts[1]}]}, "user": {"ip_address": "::1", "id": texts[2]},
            "request": {"headers": [["a", texts[3]]]}, "_meta": {"extra": {"x": {"": {"rem": [["r", "s", 1, 3], ["r", "s", 2, 5]]}}}},
        })).unwrap();
        scrubber.event(&mut event);
        drop(event.to_json());
        drop(selector_suggestions(&event));
        let mut log = json!({"body": texts[0], "attributes": {"a": {"value": texts[1]}}});
        scrubber.json(JsonKind::Log, &mut log);
        let mut bytes = texts.concat().into_bytes();
        let length = bytes.len();
        scrubber.attachment("x", &mut bytes);
        scrubber.minidump("x", &mut bytes);
        prop_assert_eq!(bytes.len(), length);
    }

    #[test]
    fn any_text_is_a_selector_or_an_error(text in "[a-c.*$!~()&|'0 é]{0,16}") {
        match Selector::parse(&text) {
            Ok(_) => {}
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{text:?} {error}"),
        }
    }
}

/// Configurations with members of the right names and values of every kind.
fn any_config() -> impl Strategy<Value = String> {
    let name = select(vec![
        "a",
        "b",
        "@ip",
        "@common:filter",
        "@anything",
        "@password:mask",
        "@nothing",
    ]);
    let kind = select(vec![
        "pattern",
        "multiple",
        "alias",
        "redact_pair",
        "ip",
        "anything",
        "password",
        "pemkey",
        "bogus",
    ]);
    let pattern = prop_oneof![
        Just(".*".to_owned()),
        Just(String::new()),
        Just("(a)|(.)".to_owned()),
        ".{0,8}"
    ];
    let method = select(vec!["remove", "replace", "mask", "hash", "bogus"]);
    let rule = (
        kind,
        pattern,
        name.clone(),
        method,
        proptest::collection::vec(0..4_u8, 0..3),
        any::<bool>(),
    )
        .prop_map(|(kind, pattern, name, method, groups, hide)| {
            json!({
                "type": kind, "pattern": pattern, "keyPattern": pattern, "rules": [name, "a"], "rule": name,
                "hideInner": hide, "replaceGroups": groups, "redaction": {"method": method, "text": pattern},
            })
        });
    let selector = select(vec![
        "**",
        "$string",
        "extra.x",
        "$object || $array",
        "!foo",
        "a b",
        "$minidump || $binary",
        "x",
    ]);
    let applications = proptest::collection::vec((selector, proptest::collection::vec(name, 0..4)), 0..4);
    let config = (rule.clone(), rule, applications).prop_map(|(a, b, applications)| {
        let applications: Map<String, Value> = applications
            .into_iter()
            .map(|(selector, rules)| (selector.to_owned(), json!(rules)))
            .collect();
        json!({"rules": {"a": a, "b": b}, "applications": applications}).to_string()
    });
    prop_oneof![8 => config, 1 => ".{0,40}"]
}
