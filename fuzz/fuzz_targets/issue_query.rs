//! Searches for issues: a search that reads the same when it is written down, or an error that points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use query::search::issues::{IssueContext, parse, plan};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let cx = IssueContext {
        now: model::Timestamp(1_800_000_000_000_000),
    };
    match parse(text, &cx) {
        Ok(query) => {
            assert_eq!(parse(&query.to_string(), &cx).as_ref(), Ok(&query));
            plan(query);
        }
        Err(error) => {
            assert!(error.position + error.length <= text.chars().count(), "{error:?}");
            assert!(!error.message.is_empty() && !error.caret(text).is_empty());
        }
    }
});
