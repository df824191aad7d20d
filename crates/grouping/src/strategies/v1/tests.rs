//! The vectors of `ingest.md` §13.1.

use protocol::event::Event;
use serde_json::{Value, json};

use crate::{StrategyId, group};

fn hashes(event: Value) -> Vec<String> {
    let event = Event::from_json(event).unwrap();
    group(&event, StrategyId::V1)
        .hashes
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn payment_error(stack: bool) -> Value {
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

#[test]
fn an_exception_with_a_stack_has_two_hashes_app_first() {
    assert_eq!(
        hashes(payment_error(true)),
        ["8fe4ffb72b5fc07c7809e33ae0e5eab7", "ea095c6926edf656b6976b732cedeb16"]
    );
}

#[test]
fn exceptions_without_stacks_are_grouped_by_type_and_value() {
    assert_eq!(hashes(payment_error(false)), ["f900cd7279819adea6fdfd18e541f471"]);
    let mut chain = payment_error(false);
    chain["exception"]["values"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"type": "KeyError", "value": "'id'"}));
    assert_eq!(hashes(chain), ["1a285ac541c3ce6dfa25af3a846cf624"]);
}

fn exception_group(children: [(&str, &str); 2]) -> Value {
    let child = |id: u64, (kind, value): (&str, &str)| json!({"type": kind, "value": value, "mechanism": {"type": "chained", "exception_id": id, "parent_id": 0}});
    let root = json!({"type": "ExceptionGroup", "value": "2 failed",
        "mechanism": {"type": "generic", "exception_id": 0, "is_exception_group": true}});
    json!({"platform": "python", "exception": [child(2, children[1]), child(1, children[0]), root]})
}

#[test]
fn exception_groups_count_alike_children_once() {
    assert_eq!(
        hashes(exception_group([("KeyError", "'id'"), ("TimeoutError", "slow 5")])),
        ["4befc00bab66db1184aa9691923e8217"]
    );
    assert_eq!(
        hashes(exception_group([
            ("TimeoutError", "slow 5"),
            ("TimeoutError", "slow 6")
        ])),
        ["2989e7853ac838cf261fdc5567f5daed"]
    );
}

#[test]
fn messages_and_fingerprints() {
    let check = |event: Value, expected: &str| assert_eq!(hashes(event.clone()), [expected], "{event}");
    let message = |fingerprint: Value| json!({"logentry": {"formatted": "user 42 failed"}, "fingerprint": fingerprint});
    check(message(json!(null)), "f6867f6cc5c8118a88ae2c39c3a889f8");
    check(message(json!(["{{ default }}"])), "f6867f6cc5c8118a88ae2c39c3a889f8");
    check(message(json!(["{{default}}"])), "f6867f6cc5c8118a88ae2c39c3a889f8");
    check(
        message(json!(["tenant-7", "{{ default }}"])),
        "6d0d30833110d8d000373b35b99ff64d",
    );
    check(message(json!(["rpc", "/foo"])), "06b113e694ddfdc04d56323819ddbbf2");
    check(json!({"checksum": "not-hex"}), "64da3e678252b431a2b42f1412b83e48");
    check(
        json!({"checksum": "06B113E694DDFDC04D56323819DDBBF2"}),
        "06b113e694ddfdc04d56323819ddbbf2",
    );
    check(json!({"level": "error"}), "d41d8cd98f00b204e9800998ecf8427e");
}

#[test]
fn variables_of_fingerprints_are_resolved() {
    let check = |entry: &str, expected: &str| {
        let mut event = payment_error(true);
        event["fingerprint"] = json!([entry]);
        event["tags"] = json!({"tenant": "seven"});
        let plain = json!({"fingerprint": [expected]});
        assert_eq!(hashes(event), hashes(plain), "{entry}");
    };
    check("{{ error.type }}", "PaymentError");
    check("{{ function }}", "charge");
    check("{{ stack.module }}", "shop.pay");
    check("{{ tags.tenant }}", "seven");
    check("{{ tags.other }}", "<no-value-for-tag-other>");
    check("{{ transaction }}", "<no-transaction>");
    check("{{ nonsense }}", "<unrecognized-variable-nonsense>");
}

#[test]
fn a_circle_of_exceptions_ends() {
    let exception = |id: u64, parent: u64| json!({"type": "E", "mechanism": {"type": "x", "exception_id": id, "parent_id": parent, "is_exception_group": true}});
    assert_eq!(
        hashes(json!({"exception": [exception(0, 1), exception(1, 0)]})).len(),
        1
    );
}
