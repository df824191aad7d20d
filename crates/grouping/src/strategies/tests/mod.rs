//! The vectors of `ingest.md` §13.1, for each strategy, and what decides where several could.

use protocol::event::Event;
use serde_json::{Value, json};

use crate::{Grouping, StrategyId, VariantKind, group};

mod exceptions;
mod frames;

pub(super) fn grouping(event: &Value, strategy: StrategyId) -> Grouping {
    group(&Event::from_json(event.clone()).unwrap(), strategy)
}

fn hashes_by(event: &Value, strategy: StrategyId) -> Vec<String> {
    let grouping = grouping(event, strategy);
    grouping.hashes.iter().map(ToString::to_string).collect()
}

pub(super) fn hashes(event: &Value) -> Vec<String> {
    hashes_by(event, StrategyId::V2026)
}

/// The texts that a variant hashes.
#[track_caller]
pub(super) fn leaves(event: &Value, variant: &str) -> Vec<String> {
    leaves_by(event, variant, StrategyId::V2026)
}

pub(super) fn leaves_by(event: &Value, variant: &str, strategy: StrategyId) -> Vec<String> {
    let grouping = grouping(event, strategy);
    let variant = grouping.variants.iter().find(|found| found.name == variant);
    let component = variant
        .filter(|variant| variant.contributes)
        .and_then(|variant| variant.component.as_ref());
    component.map_or(Vec::new(), |component| {
        component.leaves().into_iter().map(str::to_owned).collect()
    })
}

pub(super) fn payment_error(stack: bool) -> Value {
    let frame = |module: &str, function: &str, line: &str, in_app: bool| {
        let filename = format!("{}.py", module.replace('.', "/"));
        json!({"module": module, "function": function, "context_line": line, "in_app": in_app, "filename": filename})
    };
    let mut exception = json!({"type": "PaymentError", "value": "card 42 declined"});
    if stack {
        exception["stacktrace"] = json!({"frames": [
            frame("shop.cart", "checkout", "    total = price(cart)", true),
            frame("requests.api", "post", "    return request(verb, url)", false),
            frame("shop.pay", "charge", "    raise PaymentError(code)", true),
        ]});
    }
    json!({"platform": "python", "exception": {"values": [exception]}})
}

pub(super) fn exception_group(children: [(&str, &str); 2]) -> Value {
    let child = |id: u64, (kind, value): (&str, &str)| json!({"type": kind, "value": value, "mechanism": {"type": "chained", "exception_id": id, "parent_id": 0}});
    let root = json!({"type": "ExceptionGroup", "value": "2 failed",
        "mechanism": {"type": "generic", "exception_id": 0, "is_exception_group": true}});
    json!({"platform": "python", "exception": [child(2, children[1]), child(1, children[0]), root]})
}

/// Every row of the table, by the strategy of 2026.
#[test]
fn vectors_of_2026() {
    let check = |event: Value, expected: &[&str]| assert_eq!(hashes(&event), expected, "{event}");
    check(
        payment_error(true),
        &["8fe4ffb72b5fc07c7809e33ae0e5eab7", "ea095c6926edf656b6976b732cedeb16"],
    );
    check(payment_error(false), &["f900cd7279819adea6fdfd18e541f471"]);
    let mut chain = payment_error(false);
    let cause = json!({"type": "KeyError", "value": "'id'"});
    chain["exception"]["values"].as_array_mut().unwrap().insert(0, cause);
    check(chain, &["1a285ac541c3ce6dfa25af3a846cf624"]);
    check(
        exception_group([("KeyError", "'id'"), ("TimeoutError", "slow 5")]),
        &["4befc00bab66db1184aa9691923e8217"],
    );
    check(
        exception_group([("TimeoutError", "slow 5"), ("TimeoutError", "slow 6")]),
        &["2989e7853ac838cf261fdc5567f5daed"],
    );
    let message = |fingerprint: Value| json!({"logentry": {"formatted": "user 42 failed"}, "fingerprint": fingerprint});
    for default in [json!(null), json!([]), json!(["{{ default }}"]), json!(["{{default}}"])] {
        check(message(default), &["f6867f6cc5c8118a88ae2c39c3a889f8"]);
    }
    check(
        message(json!(["tenant-7", "{{ default }}"])),
        &["6d0d30833110d8d000373b35b99ff64d"],
    );
    check(message(json!(["rpc", "/foo"])), &["06b113e694ddfdc04d56323819ddbbf2"]);
    let csp = json!({"effective_directive": "img-src", "blocked_uri": "https://evil.example/a.png"});
    check(json!({"csp": csp}), &["1def5f7a9ee416e64cfd3bd66c98d6c9"]);
    let chunk = json!({"type": "ChunkLoadError", "value": "Loading chunk 3 failed"});
    for fingerprint in [json!(null), json!(["a"]), json!(["a", "{{ default }}"])] {
        check(
            json!({"platform": "javascript", "exception": [chunk], "fingerprint": fingerprint}),
            &["5d731dcf8ecc4f042eeacf528d8d8da9"],
        );
    }
    check(json!({"checksum": "not-hex"}), &["64da3e678252b431a2b42f1412b83e48"]);
    check(
        json!({"checksum": "06B113E694DDFDC04D56323819DDBBF2"}),
        &["06b113e694ddfdc04d56323819ddbbf2"],
    );
    check(json!({"level": "error"}), &["d41d8cd98f00b204e9800998ecf8427e"]);
}

#[test]
fn vector_of_2023() {
    let hashes = hashes_by(&payment_error(true), StrategyId::V2023);
    assert_eq!(hashes[0], "26378843f437a0e9c7b2cfd73af16a20");
    assert_eq!(
        leaves_by(&payment_error(false), "app", StrategyId::V2023),
        ["PaymentError", "card <int> declined"]
    );
}

#[test]
fn what_the_payment_error_is_not_grouped_by_is_told() {
    let mut event = payment_error(true);
    event["logentry"] = json!({"formatted": "card 42 declined"});
    let grouping = grouping(&event, StrategyId::V2026);
    let names: Vec<&str> = grouping.variants.iter().map(|variant| variant.name).collect();
    assert_eq!(names, ["app", "default", "system"]);
    assert!(!grouping.variants[1].contributes);
    assert_eq!(grouping.hashes.len(), 2);
    let text = serde_json::to_string(&grouping).unwrap();
    assert!(text.contains("the exception takes precedence"), "{text}");
    assert!(text.contains("the stack trace takes precedence"), "{text}");
    assert!(text.contains("the module takes precedence"), "{text}");
}

#[test]
fn strategies_take_precedence_in_their_order() {
    let stack = |name: &str| json!({"frames": [{"function": name, "in_app": true}]});
    let mut event = json!({
        "platform": "python",
        "exception": [{"type": "E"}],
        "threads": [{"stacktrace": stack("thread")}],
        "stacktrace": stack("bare"),
        "template": {"filename": "a.html", "context_line": "{{ x }}"},
        "csp": {"effective_directive": "img-src", "blocked_uri": "data:"},
        "hpkp": {"hostname": "pinned.example"},
        "expectstaple": {"hostname": "staple.example"},
        "expectct": {"hostname": "ct.example"},
        "logentry": {"formatted": "hello"},
    });
    let expected: [(&str, &[&str]); 9] = [
        ("exception", &["E"]),
        ("threads", &["thread"]),
        ("stacktrace", &["bare"]),
        ("template", &["a.html", "{{ x }}"]),
        ("csp", &["img-src", "data"]),
        ("hpkp", &["hpkp", "pinned.example"]),
        ("expectstaple", &["expect-staple", "staple.example"]),
        ("expectct", &["expect-ct", "ct.example"]),
        ("logentry", &["hello"]),
    ];
    for (key, leaves) in expected {
        assert_eq!(
            hashes(&event),
            [crate::Hash::of(leaves.iter().copied()).to_string()],
            "{key}"
        );
        event.as_object_mut().unwrap().remove(key);
    }
    let grouping = grouping(&event, StrategyId::V2026);
    assert_eq!(grouping.variants.last().unwrap().kind, VariantKind::Fallback);
}

#[test]
fn app_and_system() {
    let event = |in_app: [bool; 2]| {
        let frames: Vec<Value> = ["f", "g"]
            .iter()
            .zip(in_app)
            .map(|(function, in_app)| json!({"function": function, "in_app": in_app}))
            .collect();
        json!({"platform": "other", "exception": [{"type": "E", "stacktrace": {"frames": frames}}]})
    };
    // The same frames in both views are one hash.
    assert_eq!(leaves(&event([true, true]), "app"), ["E", "f", "g"]);
    assert_eq!(hashes(&event([true, true])).len(), 1);
    assert_eq!(leaves(&event([true, false]), "app"), ["E", "f"]);
    assert_eq!(leaves(&event([true, false]), "system"), ["E", "f", "g"]);
    // Without a frame of the program itself only the whole stack counts.
    assert!(leaves(&event([false, false]), "app").is_empty());
    assert_eq!(leaves(&event([false, false]), "system"), ["E", "f", "g"]);
    assert_eq!(hashes(&event([false, false])).len(), 1);
}

#[test]
fn one_thread_is_chosen() {
    let thread = |name: &str, crashed: bool, current: bool| {
        json!({"crashed": crashed, "current": current,
            "stacktrace": {"frames": [{"function": name, "in_app": true}]}})
    };
    let check = |threads: Value, expected: &[&str]| {
        let event = json!({"platform": "other", "threads": threads, "logentry": {"formatted": "m"}});
        assert_eq!(leaves(&event, "app"), expected, "{threads}");
    };
    check(json!([thread("a", false, false)]), &["a"]);
    check(json!([thread("a", true, false), thread("b", false, true)]), &["a"]);
    check(json!([thread("a", false, false), thread("b", false, true)]), &["b"]);
    check(json!([thread("a", true, true), thread("b", true, false)]), &["a"]);
    check(json!([thread("a", true, false), thread("b", true, false)]), &[]);
    check(json!([thread("a", false, false), thread("b", false, false)]), &[]);
    check(json!([{"crashed": true}, thread("b", false, true)]), &[]);
}

#[test]
fn security_reports() {
    let check = |csp: Value, expected: &[&str]| assert_eq!(leaves(&json!({"csp": csp}), "default"), expected, "{csp}");
    let report = |directive: &str, blocked: &str| json!({"effective_directive": directive, "blocked_uri": blocked});
    check(
        report("img-src", "https://evil.example/a.png"),
        &["img-src", "evil.example"],
    );
    check(
        report("img-src", "http://user@evil.example:81?x"),
        &["img-src", "evil.example:81"],
    );
    check(report("img-src", "self"), &["img-src", "self"]);
    check(report("img-src", "'self'"), &["img-src", "self"]);
    check(report("img-src", ""), &["img-src", "self"]);
    check(report("img-src", "data"), &["img-src", "data"]);
    check(report("img-src", "blob:https://x"), &["img-src", "blob"]);
    let local = |directive: &str, violated: &str| json!({"effective_directive": directive, "violated_directive": violated, "blocked_uri": "self"});
    check(
        local("script-src", "script-src 'unsafe-inline'"),
        &["script-src", "'unsafe-inline'"],
    );
    check(
        local("script-src", "script-src 'unsafe-eval'"),
        &["script-src", "'unsafe-eval'"],
    );
    check(local("script-src", "script-src example.com"), &["script-src", "self"]);
    check(local("style-src", "style-src 'unsafe-inline'"), &["style-src", "self"]);
    check(
        json!({"violated_directive": "img-src https://a", "blocked_uri": "https://b/c"}),
        &["img-src", "b"],
    );
    let hash = |key: &str| hashes(&json!({key: {"hostname": "a.example"}})).remove(0);
    assert_ne!(hash("hpkp"), hash("expectct"));
    assert_ne!(hash("expectct"), hash("expectstaple"));
}

#[test]
fn messages_prefer_their_template() {
    let entry = |entry: Value| leaves(&json!({"logentry": entry}), "default");
    assert_eq!(
        entry(json!({"message": "user %s failed", "formatted": "user 5 failed"})),
        ["user %s failed"]
    );
    assert_eq!(entry(json!({"formatted": "user 5 failed"})), ["user <int> failed"]);
    let template = json!({"template": {"abs_path": "/a/b.html"}});
    assert_eq!(leaves(&template, "default"), ["/a/b.html"]);
}

#[test]
fn strategies_have_sentrys_names() {
    for strategy in StrategyId::ALL {
        assert_eq!(strategy.name().parse(), Ok(strategy));
        assert_eq!(serde_json::to_value(strategy).unwrap(), json!(strategy.name()));
        assert_eq!(
            serde_json::from_value::<StrategyId>(json!(strategy.name())).unwrap(),
            strategy
        );
    }
    let error = "newstyle:1999".parse::<StrategyId>().unwrap_err();
    assert!(error.to_string().contains("newstyle:2026-01-20"), "{error}");
}
