//! Searches of events, columns and what a search bar offers: all of them read the same when they are written down, or are
//! an error that points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use query::{
    Column, Dataset, ParseError,
    search::{
        complete::{Mode, complete},
        events::{EventContext, parse},
    },
};

fn check(error: &ParseError, text: &str) {
    assert!(error.position + error.length <= text.chars().count(), "{error:?}");
    assert!(!error.message.is_empty() && !error.caret(text).is_empty());
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for datasets in [vec![Dataset::Errors], vec![Dataset::Spans, Dataset::Logs]] {
        let cx = EventContext {
            datasets,
            now: model::Timestamp(1_800_000_000_000_000),
        };
        match parse(text, &cx) {
            Ok(query) => assert_eq!(parse(&query.to_string(), &cx), Ok(query)),
            Err(error) => check(&error, text),
        }
        match Column::parse(text, &cx) {
            Ok(column) => assert_eq!(Column::parse(&column.to_string(), &cx), Ok(column)),
            Err(error) => check(&error, text),
        }
        let middle = text.chars().count() / 2;
        let range = complete(text, middle, &Mode::Events(cx.datasets)).range;
        assert!(range.start <= middle && middle <= range.end, "{range:?}");
    }
});
