//! Whatever rules and events hold: no panic, the same result every time, rules that can be written again.

use grouping::{Config, Settings, grouping_info};
use proptest::prelude::*;
use protocol::event::Event;
use serde_json::{Value, json};

use crate::NOW;

/// Texts that come close to being rules.
fn rule_text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "stack.function:",
        "function:",
        "path:",
        "package:",
        "module:",
        "category:x",
        "app:yes",
        "family:native",
        "error.type:",
        "value:",
        "message:",
        "logger:",
        "tags.a:",
        "release:",
        "sdk:all",
        "!",
        "[",
        "]",
        "|",
        "->",
        "+app",
        "-app",
        "^-group",
        "v+group",
        "max-frames=",
        "min-frames=1",
        "category=x",
        "title=\"a {{ b }}\"",
        "{{",
        "}}",
        "{{ default }}",
        "*",
        "**",
        "**/a/**",
        "{a,b}",
        "[a-c]",
        "[!",
        "\\",
        "\"",
        "a",
        "ü",
        "9",
        ",",
        "#",
        " ",
        " ",
        " ",
        "\n",
        "\t",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

/// Rules that are well formed.
fn stack_rule() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "function", "module", "path", "package", "category", "type", "value",
    ]);
    let pattern = prop::sample::select(vec![
        "a", "*", "a*", "\"a b\"", "**/x/**", "{a,b}", "[ab]", "a\\\\b", "\"\"", "ü", "a#b",
    ]);
    let action = prop::sample::select(vec![
        "+app",
        "-app",
        "^-app",
        "v-app",
        "-group",
        "+group",
        "^-group",
        "v-group",
        "max-frames=2",
        "min-frames=2",
        "category=x",
        "invert-stacktrace=1",
    ]);
    let matcher = (any::<bool>(), key, pattern)
        .prop_map(|(negated, key, pattern)| format!("{}{key}:{pattern}", if negated { "!" } else { "" }));
    let beside = prop::option::weighted(0.2, matcher.clone());
    let actions = prop::collection::vec(action, 1..3);
    (beside.clone(), prop::collection::vec(matcher, 1..3), beside, actions).prop_map(
        |(caller, matchers, callee, actions)| {
            let caller = caller.map_or(String::new(), |matcher| format!("[ {matcher} ] | "));
            let callee = callee.map_or(String::new(), |matcher| format!(" | [ {matcher} ]"));
            format!("{caller}{}{callee} {}", matchers.join(" "), actions.join(" "))
        },
    )
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "a",
        "b",
        "x y",
        "ü",
        "int f(int) const",
        "<A as B>::c",
        "operator<",
        "((<>",
        "a.b.c",
        "{lambda(",
        "$_0",
        "class@anonymous::x",
        "block in x",
        "a$$EnhancerByX$$ab",
        "/usr/lib/a.so",
        "C:\\a\\b",
        "https://a.example/x.js",
        "<anonymous>",
        "user 5 at 10.0.0.1",
        "2026-01-02T03:04:05Z 8Kx2mPq91LsVn4",
        "{{ default }}",
        "{{ message }}",
    ])
    .prop_map(str::to_owned)
}

fn event() -> impl Strategy<Value = Value> {
    let platform = prop::sample::select(vec![
        "python",
        "native",
        "javascript",
        "java",
        "csharp",
        "ruby",
        "php",
        "other",
    ]);
    let frame = (text(), text(), text(), text(), prop::option::of(any::<bool>())).prop_map(
        |(function, module, path, line, in_app)| {
            json!({"function": function, "module": module, "abs_path": path, "package": path, "context_line": line, "in_app": in_app})
        },
    );
    let exception = (
        text(),
        text(),
        prop::collection::vec(frame, 0..6),
        0..4_u64,
        0..4_u64,
        any::<bool>(),
    )
        .prop_map(|(kind, value, frames, id, parent, is_group)| {
            json!({"type": kind, "value": value, "stacktrace": {"frames": frames}, "mechanism":
                {"type": "generic", "exception_id": id, "parent_id": parent, "is_exception_group": is_group}})
        });
    (platform, prop::collection::vec(exception, 0..4), text(), prop::collection::vec(text(), 0..3)).prop_map(
        |(platform, exceptions, message, fingerprint)| {
            json!({"platform": platform, "exception": exceptions, "logentry": {"formatted": message}, "fingerprint": fingerprint})
        },
    )
}

fn rules(fingerprint_rules: String, stack_trace_rules: String) -> Settings {
    Settings {
        fingerprint_rules,
        stack_trace_rules,
        ..Settings::default()
    }
}

proptest! {
    #[test]
    fn any_text_is_rules_or_an_error_that_points_into_it(text in rule_text()) {
        if let Err(errors) = Config::new(&rules(text.clone(), text.clone())) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                let line = text.lines().nth(error.line - 1).expect("the line exists");
                prop_assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
                prop_assert!(!error.message.is_empty());
            }
        }
    }

    #[test]
    fn arbitrary_texts_do_not_panic(text in any::<String>()) {
        let errors = Config::new(&rules(text.clone(), text)).err();
        prop_assert!(errors.is_none_or(|errors| !errors.is_empty()));
    }

    #[test]
    fn grouping_is_deterministic_and_can_be_repeated(
        value in event(),
        stack_rules in prop::collection::vec(stack_rule(), 0..6),
    ) {
        let stack_rules = stack_rules.join("\n");
        let config = Config::new(&rules("type:a -> x {{ default }}".to_owned(), stack_rules.clone()));
        let config = config.map_err(|errors| TestCaseError::fail(format!("{stack_rules}: {errors:?}")))?;
        let mut first = Event::from_json(value.clone()).unwrap();
        let grouping = config.group(&mut first, NOW);
        prop_assert!(!grouping.hashes.is_empty());
        let mut second = Event::from_json(value).unwrap();
        prop_assert_eq!(&config.group(&mut second, NOW), &grouping);
        let mut stored = Event::from_stored(&first.to_json()).unwrap();
        prop_assert_eq!(&config.group(&mut stored, NOW), &grouping);
        prop_assert_eq!(stored, first);
        prop_assert!(grouping_info(&grouping, &[]).is_object());
    }
}
