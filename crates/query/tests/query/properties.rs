//! What holds for every text and every search.

use proptest::prelude::*;
use query::{
    Column, ParseError,
    search::{
        complete::{Mode, complete},
        events::{self, EventContext},
        issues,
    },
};

use crate::{errors, issues_now, spans};

/// Pieces that mean something, so that random texts come far.
const PIECES: &[&str] = &[
    " ",
    " ",
    " ",
    "(",
    ")",
    "!",
    "\"",
    "\\",
    "*",
    ":",
    "[",
    "]",
    ",",
    ">",
    "<=",
    "=",
    "!=",
    "-",
    "+",
    "/",
    "|",
    "é",
    "OR",
    "and",
    "is:",
    "has:",
    "has:tags[",
    "has:[",
    "release:",
    "level:",
    "message:",
    "user:",
    "timestamp:",
    "transaction.duration:",
    "error.handled:",
    "count():",
    "p95(transaction.duration):",
    "count_if(",
    "equation|",
    "count()",
    "tags[",
    "a,number]:",
    "flags[\"x\"]:",
    "unresolved",
    "error",
    "1.0",
    "5",
    "10k",
    "2s",
    "5%",
    "-24h",
    "2026-01-31",
    "T10:00",
    "true",
    "foo",
    "x.y",
    "assigned:",
    "me",
    "#team",
    "first_seen:",
    "times_seen:",
    "issue:",
    "project:",
    "release.version:",
    "user.display:",
    "id:",
    "0123456789abcdef0123456789abcdef",
    "measurements.lcp:",
    "avg(",
    "user",
    "\n",
    "\u{0}",
];

fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..30).prop_map(|pieces| pieces.concat());
    prop_oneof![3 => pieces, 1 => ".{0,60}"]
}

/// Searches that are right, in any nesting.
fn searches() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[a-z0-9*.]{1,6}",
        "[a-z \\\\*()\\[\\],<>=!:]{0,8}".prop_map(|text| format!("\"{}\"", text.replace('\\', "\\\\"))),
        prop::collection::vec("[a-z*]{1,4}", 1..4).prop_map(|values| format!("[{}]", values.join(", "))),
    ];
    let key = prop::sample::select(vec![
        "release",
        "title",
        "message",
        "user",
        "my.tag",
        "tags[a b]",
        "\"k y\"",
        "http.url",
    ]);
    let number = prop_oneof!["[<>]=?[0-9]{1,4}(ms|s)?", "-?[0-9]{1,3}\\.[0-9]{1,3}"];
    let leaf = prop_oneof![
        "[a-z(]{1,8}( [a-z:.]{2,5}){0,2}",
        "[a-z ]{1,8}".prop_map(|text| format!("\"x{text}\"")),
        (key, value).prop_map(|(key, value)| format!("{key}:{value}")),
        number.prop_map(|number| format!("transaction.duration:{number}")),
        "[0-9]{1,4}".prop_map(|number| format!("some.number:{number}")),
        Just("timestamp:-3h".to_owned()),
        Just("!has:dist".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.join(" ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|terms| format!("({})", terms.join(" OR "))),
            inner.prop_map(|term| format!("!({term})")),
        ]
    })
}

fn lies_within(error: &ParseError, text: &str) -> bool {
    let inside = error.position + error.length <= text.chars().count();
    inside && !error.message.is_empty() && !error.caret(text).is_empty()
}

fn same_again(text: &str, cx: &EventContext) -> Result<(), TestCaseError> {
    match events::parse(text, cx) {
        Ok(query) => {
            let printed = query.to_string();
            prop_assert_eq!(events::parse(&printed, cx), Ok(query), "{} as {}", text, printed);
        }
        Err(error) => prop_assert!(lies_within(&error, text), "{text}: {error:?}"),
    }
    Ok(())
}

/// What would take long if anything were read again and again.
#[test]
fn the_longest_texts_are_read_at_once() {
    let nasty = [
        "(",
        "!(",
        "((a) ",
        "a(",
        "a( ",
        "f(\"",
        "tags[",
        "tags[a ",
        "count(",
        "count( ",
        "\"",
        "\"a\" ",
        "\\",
        "\\\"",
        "a:[b,",
        "a:[ ",
        "a:\"",
        "*",
        "a:*",
        "a:**b",
        "a OR ",
        "! ",
        "a b:c ",
        "has:[tags[",
        "1+",
        "-",
        "é",
        "a,",
        "x:1 ",
    ];
    for piece in nasty {
        let text = piece.repeat(8_192 / piece.chars().count());
        for mode in [Mode::Issues, Mode::Events(spans().datasets)] {
            complete(&text, 8_192, &mode);
        }
        let error = events::parse(&text, &spans()).err();
        assert!(error.is_none_or(|error| lies_within(&error, &text)), "{piece}");
        for text in [
            text.clone(),
            format!("equation|{}", &piece.repeat(100)),
            format!("count({}", &piece.repeat(100)),
        ] {
            let error = Column::parse(&text, &spans()).err();
            assert!(error.is_none_or(|error| lies_within(&error, &text)), "{piece}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_a_search_that_can_be_written_down_or_an_error_within_it(text in texts()) {
        same_again(&text, &errors())?;
        same_again(&text, &spans())?;
        match issues::parse(&text, &issues_now()) {
            Ok(query) => {
                let printed = query.to_string();
                prop_assert_eq!(issues::parse(&printed, &issues_now()), Ok(query.clone()), "{} as {}", text, printed);
                issues::plan(query);
            }
            Err(error) => prop_assert!(lies_within(&error, &text), "{text}: {error:?}"),
        }
        match Column::parse(&text, &spans()) {
            Ok(column) => {
                let printed = column.to_string();
                prop_assert_eq!(Column::parse(&printed, &spans()), Ok(column), "{} as {}", text, printed);
            }
            Err(error) => prop_assert!(lies_within(&error, &text), "{text}: {error:?}"),
        }
    }

    #[test]
    fn a_completion_lies_within_the_text_and_holds_the_cursor(text in texts(), cursor in 0..40_usize) {
        let length = text.chars().count();
        for mode in [Mode::Issues, Mode::Events(spans().datasets)] {
            let range = complete(&text, cursor, &mode).range;
            let cursor = cursor.min(length);
            prop_assert!(range.start <= cursor && cursor <= range.end && range.end <= length, "{text} {cursor} {range:?}");
        }
    }

    #[test]
    fn searches_are_the_same_when_read_again(text in searches()) {
        same_again(&text, &errors())?;
        same_again(&text, &spans())?;
    }
}
