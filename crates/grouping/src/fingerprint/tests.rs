//! Fingerprint rules: grammar, errors, matching, and what becomes of the event (`ingest.md` §6.7).

use model::Timestamp;
use protocol::event::Event;
use serde_json::{Value, json};

use super::*;
use crate::{Config, Grouping, Settings, StrategyId};

const NOW: Timestamp = Timestamp(0);

fn config(rules: &str) -> Config {
    let settings = Settings {
        fingerprint_rules: rules.to_owned(),
        ..Settings::default()
    };
    Config::new(&settings).unwrap_or_else(|errors| panic!("{rules}: {errors:?}"))
}

fn event() -> Value {
    json!({
        "platform": "python",
        "level": "error",
        "logger": "shop.payments",
        "release": "Backend@1.2.3",
        "transaction": "/pay",
        "logentry": {"formatted": "Payment 42 failed"},
        "tags": {"tenant": "seven", "order.id": "5"},
        "sdk": {"name": "sentry.python.django", "version": "1"},
        "exception": [
            {"type": "KeyError", "value": "'id'"},
            {"type": "PaymentError", "value": "card 42 declined", "stacktrace": {"frames": [
                {"function": "post", "module": "requests.api", "filename": "requests/api.py",
                 "abs_path": "/opt/lib/requests/api.py", "package": "/opt/lib/Requests.dll", "in_app": false},
                {"function": "charge", "module": "shop.pay", "filename": "shop/pay.py",
                 "abs_path": "/srv/shop/pay.py", "package": "C:\\shop\\Pay.dll", "in_app": true},
            ]}},
        ],
    })
}

fn group(rules: &str, event: Value) -> (Event, Grouping) {
    let mut event = Event::from_json(event).unwrap();
    let grouping = config(rules).group(&mut event, NOW);
    (event, grouping)
}

#[track_caller]
fn matches(matchers: &str, expected: bool) {
    let (_, grouping) = group(&format!("{matchers} -> x"), event());
    assert_eq!(grouping.fingerprint.matched_rule.is_some(), expected, "{matchers}");
}

#[test]
fn every_key_matches_what_it_says() {
    for (yes, no) in [
        ("error.type:PaymentError", "error.type:paymenterror"),
        ("type:Key*", "type:Key"),
        ("error.value:\"CARD ?? *\"", "error.value:card"),
        ("value:*declined", "value:declined"),
        ("message:\"payment * failed\"", "message:payment"),
        ("message:\"card*\"", "message:\"card\""),
        ("logger:shop.*", "logger:Shop.*"),
        ("level:ERROR", "level:warning"),
        ("module:shop.pay", "module:Shop.Pay"),
        ("stack.module:shop.*", "stack.module:shop"),
        ("path:**/SHOP/*.py", "path:*.py"),
        ("stack.abs_path:/srv/**", "stack.abs_path:/srv/*"),
        ("path:shop/pay.py", "path:pay.py"),
        ("path:/shop/pay.py", "path:/pay.py"),
        ("package:**/pay.dll", "package:pay.dll"),
        ("stack.package:c:/shop/*", "stack.package:c:/shop"),
        ("function:charge", "function:Charge"),
        ("stack.function:c*", "stack.function:c"),
        ("family:other", "family:native,javascript"),
        ("family:all", "family:nonsense"),
        ("app:yes", "!app:yes app:1"),
        ("sdk:sentry.python", "sdk:sentry.ruby"),
        ("sdk:sentry.ruby,sentry.python", "sdk:python"),
        ("release:backend@*", "release:backend"),
        ("tags.tenant:seven", "tags.tenant:Seven"),
        ("tags.order.id:5", "tags.other:*"),
        ("!tags.other:*", "!tags.tenant:*"),
        ("\"error.type\":\"PaymentError\"", "\"error.type\":\"\""),
        ("!error.type:PaymentError", "!error.type:*"),
    ] {
        matches(yes, true);
        matches(no, false);
    }
}

#[test]
fn matchers_of_one_kind_agree_on_one_object() {
    // One exception, one frame, one message:
    matches("type:KeyError value:\"'id'\"", true);
    matches("type:KeyError value:card*", false);
    matches("function:charge module:shop.pay app:yes", true);
    matches("function:post module:shop.pay", false);
    matches("function:post app:yes", false);
    matches("message:payment* message:*failed", true);
    matches("message:payment* message:*declined", false);
    // of different kinds, each its own.
    matches("type:KeyError function:post message:card* level:error", true);
    matches("type:KeyError function:post level:fatal", false);
    // Without an object there is nothing that a negated matcher could hold for.
    let (_, grouping) = group("!type:X -> y", json!({"logentry": {"formatted": "m"}}));
    assert_eq!(grouping.fingerprint.matched_rule, None);
    let (_, grouping) = group("!logger:X -> y", json!({"logentry": {"formatted": "m"}}));
    assert!(grouping.fingerprint.matched_rule.is_some());
}

#[test]
fn sdk_names_are_shortened() {
    let sdk = |name: &str, rule: &str| {
        let (_, grouping) = group(
            &format!("sdk:{rule} -> x"),
            json!({"sdk": {"name": name, "version": "1"}}),
        );
        grouping.fingerprint.matched_rule.is_some()
    };
    assert!(sdk("sentry.javascript.nextjs", "sentry.javascript.nextjs"));
    assert!(sdk("sentry.native.android.flutter", "sentry.native.android"));
    assert!(sdk("sentry.java.android", "sentry.java"));
    assert!(sdk("sentry.python_x.django", "sentry.python-x"));
    assert!(sdk("raven-ruby", "other"));
}

#[test]
fn tags_are_also_what_becomes_a_tag() {
    let event = json!({
        "environment": "prod", "dist": "7", "tags": {"own": "1", "environment": "no"},
        "request": {"url": "https://a.example/x"},
        "exception": [{"type": "E", "mechanism": {"type": "onerror", "handled": false}}],
        "contexts": {
            "os": {"name": "Android", "version": "14", "rooted": true}, "browser": {"name": "Firefox"},
            "device": {"model": "SM-G998B", "family": "Galaxy"}, "gpu": {"name": "Mali"},
            "app": {"device_app_hash": "h"}, "replay": {"replay_id": "0123456789abcdef0123456789abcdef"}, "mine": {"type": "runtime", "name": "Node"},
        },
    });
    for (key, value) in [
        ("environment", "prod"),
        ("dist", "7"),
        ("own", "1"),
        ("url", "https://a.example/x"),
        ("mechanism", "onerror"),
        ("handled", "no"),
        ("os", "Android 14"),
        ("os.name", "Android"),
        ("os.rooted", "yes"),
        ("browser", "Firefox"),
        ("device", "SM-G998B"),
        ("device.family", "Galaxy"),
        ("gpu.name", "Mali"),
        ("app.device", "h"),
        ("replayId", "0123456789abcdef0123456789abcdef"),
        ("mine.name", "Node"),
    ] {
        let (_, grouping) = group(
            &format!("tags.{key}:\"{value}\" -> {{{{ tags.{key} }}}}"),
            event.clone(),
        );
        assert_eq!(grouping.fingerprint.values, [value], "{key}");
    }
    for key in ["device.class", "os.version", "app", "release", "user", "nothing"] {
        let (_, grouping) = group(&format!("tags.{key}:* -> x"), event.clone());
        assert_eq!(grouping.fingerprint.matched_rule, None, "{key}");
    }
}

#[test]
fn the_first_matching_rule_wins() {
    let (event, grouping) = group(
        "type:Nothing -> a\n\n# comment\ntype:PaymentError -> b\nlevel:error -> c",
        event(),
    );
    assert_eq!(event.fingerprint, ["b"]);
    let rule = grouping.fingerprint.matched_rule.unwrap();
    assert_eq!(
        (rule.text.as_str(), rule.is_builtin),
        ("error.type:PaymentError -> b", false)
    );
    assert_eq!(grouping.hashes, [crate::Hash::of(["b"])]);
    let chunk = json!({"platform": "javascript", "exception": [{"type": "ChunkLoadError", "value": "x"}]});
    let (_, grouping) = group("type:Chunk* -> mine", chunk.clone());
    assert_eq!(grouping.hashes, [crate::Hash::of(["mine"])]);
    let (_, grouping) = group("", chunk);
    assert!(grouping.fingerprint.matched_rule.unwrap().is_builtin);
}

#[test]
fn built_in_rules() {
    let fingerprint = |event: Value| group("", event).0.fingerprint;
    let chunk = |kind: &str, value: &str, platform: &str| json!({"platform": platform, "exception": [{"type": kind, "value": value}]});
    assert_eq!(fingerprint(chunk("ChunkLoadError", "x", "node")), ["chunkloaderror"]);
    assert_eq!(
        fingerprint(chunk("Error", "ChunkLoadError: failed", "javascript")),
        ["chunkloaderror"]
    );
    assert!(fingerprint(chunk("ChunkLoadError", "x", "python")).is_empty());
    let hydration = |value: &str, transaction: Value| {
        fingerprint(
            json!({"platform": "javascript", "transaction": transaction, "exception": [{"type": "Error", "value": value}]}),
        )
    };
    for value in [
        "Hydration failed because the initial UI does not match what was rendered on the server.",
        "Text content does not match server-rendered HTML.",
        "Minified React error #418; visit https://reactjs.org/docs/error-decoder.html?invariant=418",
        "Minified React error #425; visit …",
    ] {
        assert_eq!(
            hydration(value, json!("/a")),
            ["hydrationerror", "{{tags.transaction}}"],
            "{value}"
        );
        assert!(hydration(value, json!(null)).is_empty());
    }
    assert!(hydration("Minified React error #417; visit …", json!("/a")).is_empty());
    let (_, grouping) = group(
        "",
        json!({"platform": "javascript", "transaction": "/a",
        "logentry": {"formatted": "Text content does not match server-rendered HTML."}}),
    );
    assert_eq!(grouping.fingerprint.values, ["hydrationerror", "/a"]);
}

#[test]
fn variables_are_resolved() {
    let check = |entry: &str, expected: &str| {
        let mut event = event();
        event["fingerprint"] = json!([entry]);
        let (_, grouping) = group("", event);
        assert_eq!(grouping.fingerprint.values, [expected], "{entry}");
        assert_eq!(grouping.hashes, [crate::Hash::of([expected])], "{entry}");
    };
    let missing = |entry: &str, expected: &str| {
        let (_, grouping) = group("", json!({"platform": "python", "fingerprint": [entry]}));
        assert_eq!(grouping.fingerprint.values, [expected], "{entry}");
    };
    for (entry, expected, absent) in [
        ("{{ transaction }}", "/pay", "<no-transaction>"),
        ("{{transaction}}", "/pay", "<no-transaction>"),
        ("{{ message }}", "Payment <int> failed", "<no-message>"),
        ("{{ type }}", "PaymentError", "<no-type>"),
        ("{{ error.type }}", "PaymentError", "<no-type>"),
        ("{{ value }}", "card <int> declined", "<no-value>"),
        ("{{ error.value }}", "card <int> declined", "<no-value>"),
        ("{{ function }}", "charge", "<no-function>"),
        ("{{ stack.function }}", "charge", "<no-function>"),
        ("{{ path }}", "/srv/shop/pay.py", "<no-abs-path>"),
        ("{{ stack.abs_path }}", "/srv/shop/pay.py", "<no-abs-path>"),
        ("{{ stack.filename }}", "shop/pay.py", "<no-filename>"),
        ("{{ module }}", "shop.pay", "<no-module>"),
        ("{{ stack.module }}", "shop.pay", "<no-module>"),
        ("{{ package }}", "Pay.dll", "<no-package>"),
        ("{{ stack.package }}", "Pay.dll", "<no-package>"),
        ("{{ logger }}", "shop.payments", "<no-logger>"),
        ("{{ tags.tenant }}", "seven", "<no-value-for-tag-tenant>"),
        (
            "{{ nonsense }}",
            "<unrecognized-variable-nonsense>",
            "<unrecognized-variable-nonsense>",
        ),
        ("{{ two words }}", "{{ two words }}", "{{ two words }}"),
        ("no {{ message }}", "no {{ message }}", "no {{ message }}"),
    ] {
        check(entry, expected);
        missing(entry, absent);
    }
    check("{{ level }}", "error");
    missing("{{ level }}", "<no-level>");
}

#[test]
fn the_reference_example_of_a_message() {
    let event = json!({"logentry": {"formatted": "got 12"}, "fingerprint": ["{{ message }}", "x"]});
    assert_eq!(group("", event).1.hashes, [crate::Hash::of(["got <int>x"])]);
}

#[test]
fn unknown_variables_stayed_in_2023() {
    let settings = Settings {
        strategy: StrategyId::V2023,
        ..Settings::default()
    };
    let mut event = Event::from_json(json!({"fingerprint": ["{{ nonsense }}"]})).unwrap();
    let grouping = Config::new(&settings).unwrap().group(&mut event, NOW);
    assert_eq!(grouping.fingerprint.values, ["{{ nonsense }}"]);
}

#[test]
fn hybrid_fingerprints_salt_every_variant() {
    let (_, grouping) = group("level:error -> {{ tags.tenant }}, {{ default }}", event());
    let names: Vec<(&str, VariantKind)> = grouping
        .variants
        .iter()
        .map(|variant| (variant.name, variant.kind))
        .collect();
    assert_eq!(
        names,
        [
            ("app", VariantKind::SaltedComponent),
            ("default", VariantKind::Component),
            ("system", VariantKind::SaltedComponent)
        ]
    );
    let app: Vec<&str> = ["seven", "KeyError", "'id'", "PaymentError", "shop.pay", "charge"].into();
    assert_eq!(grouping.hashes[0], crate::Hash::of(app));
    assert_eq!(grouping.variants[0].values, ["seven", "{{ default }}"]);
}

#[test]
fn titles() {
    let title = |rule: &str| group(rule, event()).1.title;
    assert_eq!(
        title("level:error -> x title=\"Down: {{ error.type }} ({{tags.tenant}})\"").as_deref(),
        Some("Down: PaymentError (seven)")
    );
    assert_eq!(
        title("level:error -> title=\"{{ message }}\" x").as_deref(),
        Some("Payment 42 failed")
    );
    assert_eq!(
        title("level:error -> x title=\"{{ nonsense }} {{ x\"").as_deref(),
        Some("{{ nonsense }} {{ x")
    );
    assert_eq!(
        title("level:error -> x title=\"{{ tags.none }}\"").as_deref(),
        Some("<no-value-for-tag-none>")
    );
    assert_eq!(title("level:error -> x"), None);
    let long = format!("level:error -> x title=\"{}\"", "ü".repeat(300));
    assert_eq!(title(&long).unwrap().chars().count(), 256);
}

#[test]
fn the_event_tells_what_happened_and_can_be_grouped_again() {
    let mut sent = event();
    sent["fingerprint"] = json!(["mine", "{{ default }}"]);
    let rules = "level:error -> {{ default }} ours title=\"T\"";
    let (grouped, first) = group(rules, sent.clone());
    assert_eq!(grouped.fingerprint, ["{{ default }}", "ours"]);
    assert_eq!(first.fingerprint.client_values, ["mine", "{{ default }}"]);
    let info = &grouped.other["_fingerprint_info"];
    assert_eq!(info["client_fingerprint"], json!(["mine", "{{ default }}"]));
    assert_eq!(
        info["matched_rule"]["text"],
        "level:error -> {{ default }}, ours title=\"T\""
    );
    assert_eq!(info["matched_rule"]["matchers"], json!([["level", "error"]]));
    assert_eq!(info["matched_rule"]["attributes"], json!({"title": "T"}));
    // The same again, from storage,
    let mut stored = Event::from_stored(&grouped.to_json()).unwrap();
    assert_eq!(config(rules).group(&mut stored, NOW), first);
    assert_eq!(stored, grouped);
    // and as if there had never been a rule.
    let without = config("").group(&mut stored, NOW);
    assert_eq!(without, group("", sent).1);
    assert_eq!(stored.fingerprint, ["mine", "{{ default }}"]);
    // Without a fingerprint and a rule there is nothing to tell.
    assert!(!group("", event()).0.other.contains_key("_fingerprint_info"));
}

#[test]
fn errors_say_where_and_what_to_do() {
    let check = |text: &str, line: usize, column: usize, part: &str| {
        let errors = FingerprintRules::parse(text).expect_err(text);
        let error = &errors[0];
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.field, RulesField::FingerprintRules);
    };
    check("type:x", 1, 7, "the fingerprint is missing");
    check("type:x ->", 1, 10, "the fingerprint is empty");
    check("type:x -> title=\"t\"", 1, 20, "the fingerprint is empty");
    check("\n -> x", 2, 4, "begins with what it is about");
    check("nonsense:x -> y", 1, 1, "`nonsense` cannot be matched on");
    check("!\"nonsense\":x -> y", 1, 2, "tags.…");
    check("tags.:x -> y", 1, 1, "`tags.` cannot be matched on");
    check("type -> y", 1, 5, "lacks its pattern");
    check("type: x -> y", 1, 6, "the pattern is missing");
    check("type:\"x -> y", 1, 6, "not closed");
    check("= -> y", 1, 1, "here should be a matcher");
    check("type:x -> {{ y", 1, 11, "variables are written");
    check("type:x -> {y}", 1, 11, "variables are written");
    check("type:x -> {{ a b }}", 1, 11, "variables are written");
    check("type:x -> {{}}", 1, 11, "variables are written");
    check("type:x -> y other=\"z\"", 1, 13, "`other` cannot be set");
    check("type:x -> y title=\"a\" title=\"b\"", 1, 23, "given twice");
    check("type:x -> y title=\"a", 1, 19, "not closed");
    check("type:x -> y # why", 1, 13, "lines of their own");
    check(&format!("type:{} -> y", "x".repeat(2000)), 1, 6, "shorten it");
    let errors = FingerprintRules::parse("a\ntype:x -> y\nb").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn every_production_is_read_and_written_again() {
    let check = |text: &str, expected: &str| {
        let read = |text: &str| {
            FingerprintRules::parse(text)
                .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
                .0
        };
        let written = read(text)[0].to_string();
        assert_eq!(written, expected);
        assert_eq!(read(&written), read(text));
    };
    check(
        "error.type:DatabaseUnavailable -> db-down title=\"DB down\"",
        "error.type:DatabaseUnavailable -> db-down title=\"DB down\"",
    );
    check(
        "logger:my.pkg.* level:error -> err, {{ logger }}, {{ default }}",
        "logger:my.pkg.* level:error -> err, {{ logger }}, {{ default }}",
    );
    check(
        "  !\"tags.a b\":\"c \\\"d\\\"\"->e f,,g",
        "!\"tags.a b\":\"c \\\"d\\\"\" -> e, f, g",
    );
    check(
        "message:\"a\\nb\\\\c\" -> \"x y\" \"\" \"a,b\"",
        "message:\"a\\nb\\\\c\" -> \"x y\", \"\", \"a,b\"",
    );
    check(
        "type:x -> title=\"a \\\"b\\\"\" c",
        "error.type:x -> c title=\"a \\\"b\\\"\"",
    );
    check(
        "type:x -> a=b {{ default }}{{ x }}",
        "error.type:x -> \"a=b\", \"{{ default }}{{ x }}\"",
    );
    check("type:x -> \"{{ y }}\" ->", "error.type:x -> {{ y }}, ->");
    check("type:x -> c# {{y}}-z", "error.type:x -> \"c#\", \"{{y}}-z\"");
}

proptest::proptest! {
    #[test]
    fn every_rule_is_written_so_that_it_reads_the_same(text in crate::arbitrary::fingerprint_rule()) {
        let read = FingerprintRules::parse(&text);
        let read = read.map_err(|errors| proptest::prelude::TestCaseError::fail(format!("{text}: {errors:?}")))?;
        let written = read.0[0].to_string();
        let again = FingerprintRules::parse(&written);
        proptest::prop_assert_eq!(again.map(|again| again.0).ok(), Some(read.0), "{} as {}", text, written);
    }
}
