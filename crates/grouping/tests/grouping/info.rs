//! Why an event was grouped so, as the API tells it.

use grouping::{Config, Settings, grouping_info};
use serde_json::{Value, json};

use crate::{NOW, config, event};

fn info(value: &Value, config: &Config) -> Value {
    let grouping = config.group(&mut event(value), NOW);
    grouping_info(&grouping, &grouping.hashes)
}

fn error() -> Value {
    json!({"platform": "python", "logentry": {"formatted": "m"}, "exception": [{"type": "E", "value": "bad 5", "stacktrace": {"frames": [
        {"function": "f", "filename": "a.py", "in_app": true}, {"function": "g", "filename": "b.py", "in_app": false}]}}]})
}

#[test]
fn variants_with_their_trees() {
    let info = info(&error(), &Config::default());
    let app = &info["app"];
    assert_eq!(app["key"], "app");
    assert_eq!(app["type"], "component");
    assert_eq!(app["description"], "stack trace of the exception, in-app frames");
    assert_eq!(app["contributes"], true);
    assert_eq!(app["hashMismatch"], false);
    assert_eq!(app["config"], json!({"id": "newstyle:2026-01-20"}));
    assert_eq!(app["hash"].as_str().unwrap().len(), 32);
    let tree = &app["component"];
    assert_eq!((&tree["id"], &tree["name"]), (&json!("app"), &json!("in-app")));
    let exception = &tree["values"][0];
    assert_eq!(exception["id"], "exception");
    assert_eq!(
        exception["values"][0],
        json!({"id": "type", "name": "error type", "contributes": true, "hint": null, "values": ["E"]})
    );
    let value = &exception["values"][1];
    assert_eq!(
        (&value["contributes"], &value["values"]),
        (&json!(false), &json!(["bad <int>"]))
    );
    assert!(value["hint"].as_str().unwrap().contains("stack trace takes precedence"));
    let frames = &exception["values"][2]["values"];
    assert_eq!(frames[1]["contributes"], false);
    assert_eq!(frames[1]["hint"], "not in app");
    assert_eq!(
        info["system"]["description"],
        "stack trace of the exception, all frames"
    );
    let message = &info["default"];
    assert_eq!(
        (&message["contributes"], &message["hash"]),
        (&json!(false), &json!(null))
    );
    assert!(
        message["component"]["values"][0]["hint"]
            .as_str()
            .unwrap()
            .contains("exception takes precedence")
    );
}

#[test]
fn hashes_that_are_stored_no_more_are_marked() {
    let grouping = Config::default().group(&mut event(&error()), NOW);
    let info = grouping_info(&grouping, &grouping.hashes[..1]);
    assert_eq!(info["app"]["hashMismatch"], false);
    assert_eq!(info["system"]["hashMismatch"], true);
    assert_eq!(info["default"]["hashMismatch"], false);
}

#[test]
fn fingerprints() {
    let mut sent = error();
    sent["fingerprint"] = json!(["mine"]);
    let custom = info(&sent, &Config::default());
    let variant = &custom["custom_fingerprint"];
    assert_eq!(variant["type"], "custom-fingerprint");
    assert_eq!(variant["values"], json!(["mine"]));
    assert_eq!(variant["client_values"], json!(["mine"]));
    assert_eq!(custom["app"]["contributes"], false);
    assert!(
        custom["app"]["hint"]
            .as_str()
            .unwrap()
            .contains("fingerprint takes precedence")
    );
    let rules = config(&Settings {
        fingerprint_rules: "type:E -> {{ type }}, {{ default }}".to_owned(),
        ..Settings::default()
    });
    let salted = info(&sent, &rules);
    let variant = &salted["app"];
    assert_eq!(variant["type"], "salted-component");
    assert_eq!(
        variant["description"],
        "stack trace of the exception, in-app frames and custom fingerprint"
    );
    assert_eq!(variant["values"], json!(["E", "{{ default }}"]));
    assert_eq!(variant["matched_rule"], "error.type:E -> {{ type }}, {{ default }}");
    let chunk = json!({"platform": "javascript", "exception": [{"type": "ChunkLoadError"}]});
    let built_in = info(&chunk, &Config::default());
    assert_eq!(built_in["built_in_fingerprint"]["type"], "built-in-fingerprint");
    assert_eq!(
        built_in["built_in_fingerprint"]["matched_rule"],
        "family:javascript error.type:ChunkLoadError -> chunkloaderror"
    );
}

#[test]
fn checksums_and_nothing() {
    let checksum = info(&json!({"checksum": "abc"}), &Config::default());
    assert_eq!(checksum["hashed_checksum"]["raw_checksum"], "abc");
    let hash = "06b113e694ddfdc04d56323819ddbbf2";
    let checksum = info(&json!({"checksum": hash}), &Config::default());
    assert_eq!(checksum["checksum"]["checksum"], hash);
    let nothing = info(&json!({}), &Config::default());
    assert_eq!(nothing["fallback"]["type"], "fallback");
}

#[test]
fn every_subject_is_described() {
    let check = |event: Value, variant: &str, expected: &str| {
        assert_eq!(
            info(&event, &Config::default())[variant]["description"],
            expected,
            "{event}"
        );
    };
    let stack = json!({"frames": [{"function": "f", "in_app": true}]});
    check(json!({"exception": [{"type": "E"}]}), "app", "type of the exception");
    check(
        json!({"exception": [{"type": "E", "value": "v"}]}),
        "app",
        "type and message of the exception",
    );
    check(
        json!({"exception": [{"type": "E"}, {"type": "F"}]}),
        "app",
        "chained exceptions",
    );
    check(
        json!({"exception": [{"type": "E", "stacktrace": stack}, {"type": "F"}]}),
        "app",
        "stack traces of the chained exceptions, in-app frames",
    );
    let ns_error = json!({"type": "x", "meta": {"ns_error": {"domain": "D", "code": 1}}});
    check(
        json!({"exception": [{"type": "E", "mechanism": ns_error}]}),
        "app",
        "domain and code of the error",
    );
    check(
        json!({"threads": [{"stacktrace": stack}]}),
        "app",
        "stack trace of the thread, in-app frames",
    );
    check(
        json!({"stacktrace": stack}),
        "app",
        "stack trace of the event, in-app frames",
    );
    check(
        json!({"template": {"filename": "a"}}),
        "default",
        "file and line of the template",
    );
    check(
        json!({"csp": {"effective_directive": "a", "blocked_uri": "b"}}),
        "default",
        "directive and blocked source",
    );
    check(
        json!({"csp": {"effective_directive": "script-src", "violated_directive": "script-src 'unsafe-eval'", "blocked_uri": "self"}}),
        "default",
        "directive and what was inlined",
    );
    check(json!({"hpkp": {"hostname": "a"}}), "default", "host name");
    check(json!({"logentry": {"formatted": "a"}}), "default", "message");
    check(json!({"checksum": "x"}), "hashed_checksum", "hashed checksum");
    check(json!({}), "fallback", "fallback: nothing to group by");
}
