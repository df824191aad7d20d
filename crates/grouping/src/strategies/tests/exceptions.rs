//! Chains and groups of exceptions (`ingest.md` §6.3).

use protocol::event::Event;
use serde_json::{Value, json};

use super::{exception_group, hashes, leaves, leaves_by};
use crate::{Config, StrategyId};

/// An exception in a group: name, id, parent, whether it is a group itself.
fn member(name: &str, id: u64, parent: Option<u64>, is_group: bool) -> Value {
    json!({"type": name, "mechanism":
        {"type": "chained", "exception_id": id, "parent_id": parent, "is_exception_group": is_group}})
}

#[track_caller]
fn check(exceptions: Value, expected: &[&str], main: Option<u64>) {
    let event = json!({"platform": "python", "exception": exceptions});
    assert_eq!(leaves(&event, "app"), expected, "{event}");
    let mut event = Event::from_json(event).unwrap();
    Config::default().group(&mut event, model::Timestamp(0));
    assert_eq!(event.main_exception_id, main);
}

#[test]
fn trees() {
    // Different children: each, by type from the end of the alphabet, then the root.
    check(
        json!([
            member("B", 2, Some(0), false),
            member("A", 1, Some(0), false),
            member("G", 0, None, true)
        ]),
        &["B", "A", "G"],
        None,
    );
    // Alike children: one of them, which names the event.
    check(
        json!([
            member("A", 2, Some(0), false),
            member("A", 1, Some(0), false),
            member("G", 0, None, true)
        ]),
        &["A"],
        Some(1),
    );
    // One child: it and the first line of its causes.
    check(
        json!([
            member("D", 3, Some(1), false),
            member("C", 2, Some(1), false),
            member("A", 1, Some(0), false),
            member("G", 0, None, true)
        ]),
        &["A", "C"],
        Some(1),
    );
    // Groups within groups are looked through, to the first that are none.
    check(
        json!([
            member("X", 4, Some(3), false),
            member("B", 3, Some(1), false),
            member("A", 2, Some(1), false),
            member("H", 1, Some(0), true),
            member("G", 0, None, true)
        ]),
        &["B", "A", "G"],
        None,
    );
    // An ordinary chain with ids begins at the root.
    check(
        json!([member("Cause", 1, Some(0), false), member("Top", 0, None, false)]),
        &["Top", "Cause"],
        Some(0),
    );
}

#[test]
fn what_is_no_tree_is_a_plain_chain() {
    let plain: &[&str] = &["A", "B"];
    // An id is missing, given twice, or the exception is its own parent.
    check(json!([member("A", 1, Some(0), false), {"type": "B"}]), plain, None);
    check(
        json!([member("A", 1, Some(0), false), {"type": "B", "mechanism": {"type": "generic"}}]),
        plain,
        None,
    );
    check(
        json!([member("A", 0, None, false), member("B", 0, None, true)]),
        plain,
        None,
    );
    check(
        json!([member("A", 1, Some(0), false), member("B", 0, Some(0), true)]),
        plain,
        None,
    );
    // There is no root, or nothing but groups, or a circle.
    check(
        json!([member("A", 2, Some(1), false), member("B", 1, None, true)]),
        plain,
        None,
    );
    check(
        json!([member("A", 1, Some(0), true), member("B", 0, None, true)]),
        plain,
        None,
    );
    check(
        json!([member("A", 1, Some(0), true), member("B", 0, Some(1), true)]),
        plain,
        None,
    );
    check(
        json!([member("A", 1, Some(0), false), member("B", 0, Some(1), false)]),
        plain,
        None,
    );
}

#[test]
fn an_exception_without_a_stack_is_in_the_app_view_only() {
    let frames = json!({"frames": [{"function": "f", "in_app": true}, {"function": "g", "in_app": false}]});
    let event = json!({"platform": "other", "exception": [
        {"type": "Cause", "value": "why 5"}, {"type": "E", "value": "v", "stacktrace": frames}]});
    assert_eq!(leaves(&event, "app"), ["Cause", "why <int>", "E", "f"]);
    assert_eq!(leaves(&event, "system"), ["E", "f", "g"]);
    assert_eq!(
        leaves_by(&event, "app", StrategyId::V2023),
        ["Cause", "why <int>", "f", "E"]
    );
}

#[test]
fn synthetic_types_say_nothing() {
    let event =
        json!({"exception": [{"type": "Error", "value": "v", "mechanism": {"type": "generic", "synthetic": true}}]});
    assert_eq!(leaves(&event, "app"), ["v"]);
}

#[test]
fn errors_of_apple_are_grouped_by_domain_and_code() {
    let exception = json!({"type": "E", "value": "v 1", "mechanism":
        {"type": "NSError", "meta": {"ns_error": {"domain": "D", "code": -34018}}}});
    let event = json!({"platform": "cocoa", "exception": [exception]});
    assert_eq!(leaves(&event, "app"), ["E", "D", "-34018"]);
    let mut with_stack = event.clone();
    with_stack["exception"][0]["stacktrace"] = json!({"frames": [{"function": "f", "in_app": true}]});
    assert_eq!(leaves(&with_stack, "app"), ["E", "D", "-34018", "f"]);
    assert_eq!(
        leaves_by(&with_stack, "app", StrategyId::V2023),
        ["f", "E", "D", "-34018"]
    );
}

#[test]
fn wrappers_do_not_name_the_event() {
    let main = |exceptions: Value| {
        let mut event = Event::from_json(json!({"exception": exceptions})).unwrap();
        let before = hashes(&json!({"exception": exceptions}));
        let grouping = Config::default().group(&mut event, model::Timestamp(0));
        assert_eq!(grouping.hashes[0].to_string(), before[0]);
        event.main_exception_id
    };
    let wrapper = json!({"type": "UndeliverableException", "module": "io.reactivex.rxjava3.exceptions",
        "mechanism": {"type": "UncaughtExceptionHandler", "exception_id": 0}});
    let cause = json!({"type": "IOException", "mechanism": {"type": "chained", "exception_id": 1, "parent_id": 0}});
    assert_eq!(main(json!([cause, wrapper])), Some(1));
    let react = json!({"type": "Error", "value":
        "There was an error while hydrating but React was able to recover by instead client rendering from the nearest Suspense boundary."});
    let cause = json!({"type": "TypeError", "mechanism": {"type": "chained", "exception_id": 1, "source": "cause"}});
    assert_eq!(main(json!([react, cause])), Some(1));
    let other = json!({"type": "Error", "value": "x"});
    assert_eq!(main(json!([other, cause])), None);
}

#[test]
fn a_group_of_alike_children_with_stacks_has_two_hashes() {
    let mut event = exception_group([("E", "a"), ("E", "b")]);
    for child in 0..2 {
        event["exception"][child]["stacktrace"] =
            json!({"frames": [{"function": "lib", "in_app": false}, {"function": "f", "in_app": true}]});
    }
    assert_eq!(leaves(&event, "app"), ["E", "f"]);
    assert_eq!(leaves(&event, "system"), ["E", "lib", "f"]);
}
