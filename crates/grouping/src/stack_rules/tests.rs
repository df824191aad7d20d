//! The table of `ingest.md` §13.2, the grammar and its errors.

use protocol::event::{Event, Frame};
use serde_json::{Value, json};

use super::*;
use crate::{Config, Settings, StrategyId};

/// The five frames a b c d e with one of them replaced, and what the exception is.
fn event(frames: &Value) -> Event {
    let event = json!({"platform": "python", "exception": [{"type": "Foo", "value": "bad thing",
        "mechanism": {"type": "chained"}, "stacktrace": {"frames": frames}}]});
    Event::from_json(event).unwrap()
}

fn letters() -> Value {
    let frames = ["a", "b", "c", "d", "e"].map(|name| json!({"function": name, "in_app": true}));
    Value::Array(frames.into())
}

fn config(rules: &str) -> Config {
    let settings = Settings {
        stack_trace_rules: rules.to_owned(),
        ..Settings::default()
    };
    Config::new(&settings).unwrap_or_else(|errors| panic!("{rules}: {errors:?}"))
}

fn frames_after(rules: &str, frames: &Value) -> Vec<Frame> {
    let mut event = event(frames);
    config(rules).group(&mut event, model::Timestamp(0));
    event.exception.values.remove(0).stacktrace.unwrap().frames
}

/// The functions of the frames that are not in app after the rules.
#[track_caller]
fn out_of_app(rules: &str, expected: &str) {
    let frames = frames_after(rules, &letters());
    let out: Vec<&str> = frames
        .iter()
        .filter(|frame| frame.in_app == Some(false))
        .filter_map(|frame| frame.function.as_deref())
        .collect();
    assert_eq!(out.join(" "), expected, "{rules}");
}

/// The functions of the frames that count after the rules, in the view of all frames.
#[track_caller]
fn counting(rules: &str, expected: &str) {
    let mut event = event(&letters());
    let grouping = config(rules).group(&mut event, model::Timestamp(0));
    let system = grouping
        .variants
        .iter()
        .find(|variant| variant.name == "system")
        .unwrap();
    let mut leaves = system
        .component
        .as_ref()
        .unwrap()
        .find("exception")
        .map_or(Vec::new(), |e| e.leaves());
    leaves.retain(|leaf| *leaf != "Foo" && *leaf != "bad thing");
    if !system.contributes {
        let app = grouping.variants.iter().find(|variant| variant.name == "app").unwrap();
        leaves = app.component.as_ref().unwrap().leaves();
        leaves.retain(|leaf| *leaf != "Foo" && *leaf != "bad thing");
    }
    assert_eq!(leaves.join(" "), expected, "{rules}");
}

/// Whether the rule takes the frame out of app.
#[track_caller]
fn matches(rule: &str, frame: Value, expected: bool) {
    let mut frame = frame;
    frame["in_app"] = json!(true);
    let frames = frames_after(rule, &json!([frame]));
    assert_eq!(frames[0].in_app == Some(false), expected, "{rule} on {frame}");
}

#[test]
fn in_app_table() {
    out_of_app("function:c -app", "c");
    out_of_app("function:c ^-app", "d e");
    out_of_app("function:c v-app", "a b");
    out_of_app("function:c ^-app -app", "c d e");
    out_of_app("[ function:b ] | function:c -app", "c");
    out_of_app("function:c | [ function:d ] -app", "c");
    out_of_app("[ !function:z ] | function:a -app", "");
    out_of_app("function:e | [ !function:z ] -app", "");
    out_of_app("!function:c !function:d -app", "a b e");
    out_of_app("!module:x -app", "a b c d e");
    out_of_app("function:c category=foo\ncategory:foo -app", "c");
    out_of_app("category:foo -app\nfunction:c category=foo", "");
}

#[test]
fn more_of_in_app() {
    out_of_app("[ function:b ] | function:c | [ function:d ] -app", "c");
    out_of_app("[ function:a ] | function:c -app", "");
    out_of_app("[ function:b ]|function:c |[ function:d ] -app", "c");
    out_of_app("function:c -app\nfunction:c +app", "");
    out_of_app("function:c -app\napp:no ^-app", "c d e");
    out_of_app("app:yes -app", "a b c d e");
    out_of_app("!app:yes -app", "");
    out_of_app("app:perhaps -app", "");
    // All frames are found before any is changed.
    out_of_app("[ app:yes ] | app:yes -app", "b c d e");
    // A later rule sees what an earlier one did to the neighbour.
    out_of_app("function:b category=x\n[ category:x ] | function:c -app", "c");
    out_of_app("[ !category:x ] | function:c -app", "c");
    out_of_app("family:native -app", "");
    out_of_app("family:other -app", "a b c d e");
    out_of_app("!family:other -app", "");
    out_of_app("family:nonsense -app", "");
    out_of_app("function:[c -app", "");
    out_of_app("!function:[c -app", "a b c d e");
}

#[test]
fn group_table() {
    counting("function:c ^-group", "a b c");
    counting("function:c -group\nfunction:c +group", "a b c d e");
    counting("function:c max-frames=2", "d e");
    counting("function:b max-frames=3\nfunction:c max-frames=1", "e");
    counting("function:a max-frames=2\nfunction:d -group", "c e");
    counting("function:a min-frames=6", "");
    counting("function:a min-frames=5", "a b c d e");
    counting("function:c v-group -group", "d e");
    counting("function:c max-frames=0", "a b c d e");
    counting("function:z max-frames=1", "a b c d e");
    counting("error.type:Foo max-frames=1", "e");
    counting("error.type:Bar max-frames=1", "a b c d e");
    counting("function:c category=x\ncategory:x -group", "a b d e");
    counting("function:c invert-stacktrace=1", "a b c d e");
}

#[test]
fn frames_of_others_are_not_brought_back_into_the_app_view() {
    let mut event = event(&letters());
    let grouping = config("function:c -app +group").group(&mut event, model::Timestamp(0));
    let app = grouping.variants.iter().find(|variant| variant.name == "app").unwrap();
    assert_eq!(app.component.as_ref().unwrap().leaves(), ["Foo", "a", "b", "d", "e"]);
}

#[test]
fn too_few_frames_leave_the_value() {
    let mut event = event(&letters());
    let grouping = config("function:a min-frames=6").group(&mut event, model::Timestamp(0));
    assert_eq!(grouping.hashes, [crate::Hash::of(["Foo", "bad thing"])]);
}

#[test]
fn pattern_table() {
    let path = |pattern: &str, path: &str, expected| {
        matches(&format!("path:{pattern} -app"), json!({"abs_path": path}), expected);
        matches(&format!("path:{pattern} -app"), json!({"filename": path}), expected);
        matches(&format!("package:{pattern} -app"), json!({"package": path}), expected);
    };
    path("**/own_modules/**", "/a/own_modules/b.js", true);
    path("**/own_modules/**", "own_modules/b.js", true);
    path("/opt/*", "/opt/x", true);
    path("/opt/*", "/opt/x/y", false);
    path("/opt/**", "/opt/x/y", true);
    path("/opt/**", "opt/x/y", true);
    path("*.js", "/a/b.js", false);
    path("b.js", "/a/b.js", false);
    path("C:\\Own\\**", "c:/own/b.cs", true);
    path("c:/own/**", "C:\\OWN\\b.cs", true);
    path("**/É/*", "/é/b", true);
    let function = |pattern: &str, expected| {
        matches(
            &format!("function:{pattern} -app"),
            json!({"function": "foo"}),
            expected,
        );
        matches(&format!("module:{pattern} -app"), json!({"module": "foo"}), expected);
    };
    for pattern in ["foo", "f*", "{foo,bar}", "[fb]oo", "f?o", "\"foo\"", "*"] {
        function(pattern, true);
    }
    for pattern in ["Foo", "F*", "fo", "foo?", "\"\""] {
        function(pattern, false);
    }
    matches("function:\"a b\" -app", json!({"function": "a b"}), true);
    matches("function:\"a\\\\b\" -app", json!({"function": "ab"}), true);
    matches("!function:x -app", json!({"function": null}), true);
    matches("function:* -app", json!({"function": null}), false);
    let family = |list: &str, platform: &str, expected| {
        let frame = json!({"platform": platform, "function": "zz"});
        matches(&format!("family:{list} -app"), frame, expected);
    };
    family("javascript,native", "native", true);
    family("javascript,native", "node", true);
    family("javascript,native", "python", false);
    family("all", "native", true);
    family("other", "java", true);
    for platform in ["objc", "cocoa", "swift", "native", "c"] {
        family("native", platform, true);
    }
}

#[test]
fn exceptions_are_matched() {
    let check = |rule: &str, expected| matches(rule, json!({"function": "f"}), expected);
    check("error.type:Foo -app", true);
    check("type:F* -app", true);
    check("!type:Foo -app", false);
    check("error.value:\"bad *\" -app", true);
    check("value:Bad* -app", false);
    check("error.mechanism:chained -app", true);
    check("mechanism:generic -app", false);
    check("error.type:Foo function:g -app", false);
    // A thread has no exception.
    let event = json!({"threads": [{"stacktrace": {"frames": [{"function": "f", "in_app": true}]}}]});
    let mut event = Event::from_json(event).unwrap();
    config("error.type:<unknown> error.value:* -app").group(&mut event, model::Timestamp(0));
    let frame = &event.threads[0].stacktrace.as_ref().unwrap().frames[0];
    assert_eq!(frame.in_app, Some(false));
}

#[test]
fn what_nobody_said_is_not_in_app() {
    let frames = frames_after("", &json!([{"function": "f"}, {"function": "g", "in_app": true}]));
    assert_eq!([frames[0].in_app, frames[1].in_app], [Some(false), Some(true)]);
    assert_eq!(frames[0].data["orig_in_app"], json!(-1));
    assert_eq!(frames[1].data["orig_in_app"], json!(1));
    let frames = frames_after("app:no +app", &json!([{"function": "f"}]));
    assert_eq!(frames[0].in_app, Some(true));
}

#[test]
fn errors_say_where_and_what_to_do() {
    let check = |text: &str, line: usize, column: usize, part: &str| {
        let errors = StackRules::parse(text).expect_err(text);
        let error = &errors[0];
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.field, RulesField::StackTraceRules);
    };
    check("function:x", 1, 11, "does nothing");
    check("function:x # no action", 1, 12, "does nothing");
    check("\n  +app", 2, 3, "begins with what it is about");
    check("nonsense:x +app", 1, 1, "`nonsense` cannot be matched on");
    check("!nonsense:x +app", 1, 2, "stack.function");
    check("function:x +foo", 1, 13, "no flag `foo`");
    check("function:x max-frames=many", 1, 23, "needs a number");
    check("function:x max-frames=-1", 1, 23, "needs a number");
    check("function:x min-frames=", 1, 23, "`min-frames=5`");
    check("function:x other-frames=1", 1, 12, "cannot be set");
    check("function:x invert-stacktrace=2", 1, 30, "`1` or `0`");
    check("function:x ^max-frames=3", 1, 13, "a flag with its sign");
    check("function:x app", 1, 12, "here should be an action");
    check("function:x +app,-group", 1, 16, "here should be an action");
    check("function:x category=\"a b\"", 1, 21, "here should be an action");
    check("function: x +app", 1, 10, "the pattern is missing");
    check("function:\"x +app", 1, 10, "not closed");
    check("! function:x +app", 1, 2, "what to match");
    check("[ function:x +app", 1, 14, "brackets hold one matcher");
    check(
        "[function:x] | function:y +app",
        1,
        14,
        "a space before the closing one",
    );
    check("[ function:x ] function:y +app", 1, 16, "set off by a bar");
    check(
        "[ function:x function:z ] | function:y +app",
        1,
        14,
        "brackets hold one matcher",
    );
    check("[ function:x ] | +app", 1, 18, "begins with what it is about");
    check("function:x | function:y +app", 1, 14, "the callee stands in brackets");
    check("function:ö ö", 1, 12, "here should be an action");
    check(&format!("function:{} +app", "x".repeat(2000)), 1, 10, "shorten it");
    check(&"function:x +app\n".repeat(1001), 1001, 1, "more than 1000 rules");
    check(&" ".repeat(70_000), 1, 1, "at most 65536");
    let errors = StackRules::parse("function:a +app\nfunction:b\nfunction:c -group\nd").unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(
        errors[0].to_string(),
        "stack_trace_rules, line 2, column 11: the rule does nothing: end it with an action such as `-app`, `+group` or `max-frames=5`"
    );
}

#[test]
fn every_production_is_read_and_written_again() {
    let check = |text: &str, expected: &str| {
        let read = |text: &str| StackRules::parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        let written = read(text).rules[0].to_string();
        assert_eq!(written, expected);
        assert_eq!(read(&written).rules, read(text).rules);
    };
    check("function:x +app", "stack.function:x +app");
    check("  module:x  -group # comment", "stack.module:x -group");
    check("path:x#y ^+app v-app#comment", "stack.abs_path:x#y ^+app v-app");
    check("package:\"a b\" +app -group", "stack.package:\"a b\" +app -group");
    check(
        "family:native,other category:x -app",
        "family:native,other category:x -app",
    );
    check("!app:yes type:\"a\\\\b\" +app", "!app:yes error.type:a\\\\b +app");
    check(
        "type:a\\\\b path:c:\\d +app",
        "error.type:a\\\\b stack.abs_path:c:\\\\d +app",
    );
    check("value:\"a \\\\b\" +app", "error.value:\"a \\\\b\" +app");
    check("mechanism:\"\" +app", "error.mechanism:\"\" +app");
    check(
        "[ function:a ]|!function:b | [ !function:c ] max-frames=2 min-frames=1 category=x-y invert-stacktrace=yes",
        "[ stack.function:a ] | !stack.function:b | [ !stack.function:c ] max-frames=2 min-frames=1 category=x-y invert-stacktrace=1",
    );
    assert_eq!(StackRules::parse("\n# nothing\n   \n").unwrap().len(), 0);
}

#[test]
fn built_in_rules_are_many_and_differ_by_strategy() {
    assert!(builtin(StrategyId::V2026).len() > 400);
    assert_eq!(builtin(StrategyId::V2023).len(), builtin(StrategyId::V2026).len() + 2);
    for (number, rule) in builtin(StrategyId::V2023).rules.iter().enumerate() {
        assert!(rule.is_well_formed(), "rule {number} has a malformed pattern: {rule}");
    }
}

proptest::proptest! {
    #[test]
    fn every_rule_is_written_so_that_it_reads_the_same(text in crate::arbitrary::stack_rule()) {
        let read = StackRules::parse(&text);
        let read = read.map_err(|errors| proptest::prelude::TestCaseError::fail(format!("{text}: {errors:?}")))?;
        let written = read.rules[0].to_string();
        let again = StackRules::parse(&written);
        proptest::prop_assert_eq!(again.map(|again| again.rules).ok(), Some(read.rules), "{} as {}", text, written);
    }
}
