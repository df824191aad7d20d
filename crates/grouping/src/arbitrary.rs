//! Rules in every form, with parts that are hard to write again, for property tests.

use proptest::prelude::*;

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(from)
}

const PATTERNS: &[&str] = &[
    "a",
    "*",
    "a*",
    "\"a b\"",
    "**/x/**",
    "{a,b}",
    "[ab]",
    "a\\\\b",
    "a\\b",
    "\"a\\\\ b\"",
    "\"\"",
    "ü",
    "a#b",
    "a\"b",
    "\\\\\\\\",
    "->",
    "|",
    "]",
];

fn matcher(keys: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    (pick(&["", "!"]), pick(keys), pick(PATTERNS)).prop_map(|(not, key, pattern)| format!("{not}{key}:{pattern}"))
}

/// A stack trace rule.
pub(crate) fn stack_rule() -> impl Strategy<Value = String> {
    let matcher = matcher(&[
        "function",
        "stack.module",
        "path",
        "package",
        "category",
        "app",
        "family",
        "type",
        "error.value",
        "mechanism",
    ]);
    let actions = pick(&[
        "+app",
        "^-app",
        "v-group",
        "+group # why",
        "max-frames=2",
        "min-frames=03",
        "category=a-b",
        "category=",
        "invert-stacktrace=no",
    ]);
    let beside = prop::option::of(matcher.clone());
    let matchers = prop::collection::vec(matcher, 1..3);
    (beside.clone(), matchers, beside, pick(&["+app", "-group"]), actions).prop_map(
        |(caller, matchers, callee, first, last)| {
            let caller = caller.map_or(String::new(), |matcher| format!("[ {matcher} ] | "));
            let callee = callee.map_or(String::new(), |matcher| format!(" | [ {matcher} ]"));
            format!("{caller}{}{callee} {first} {last}", matchers.join(" "))
        },
    )
}

/// A fingerprint rule.
pub(crate) fn fingerprint_rule() -> impl Strategy<Value = String> {
    let matcher = matcher(&[
        "type",
        "error.value",
        "message",
        "logger",
        "level",
        "module",
        "path",
        "package",
        "function",
        "family",
        "app",
        "sdk",
        "release",
        "tags.a",
        "\"tags.a b\"",
        "\"tags.a \\\"b\\\"\"",
    ]);
    let value = pick(&[
        "a",
        "a,",
        "\"a b\"",
        "\"a\\\\b\"",
        "\"a\\\"b\\n\\t\"",
        "\"\"",
        "{{ default }}",
        "{{x}}-y",
        "\"{{ x }}\"",
        "\" {{ x }}\"",
        "ü",
        "a\\b",
        "a=b",
        "->",
        "\"#\"",
        "\"title=\"",
        "a\"b",
        "\"a{b\"",
    ]);
    let title = pick(&["", " title=\"a \\\"{{ b }}\\\"\"", " title=\"\""]);
    let parts = (
        prop::collection::vec(matcher, 1..3),
        prop::collection::vec(value, 1..4),
        title,
    );
    parts.prop_map(|(matchers, values, title)| format!("{} -> {}{title}", matchers.join(" "), values.join(" ")))
}
