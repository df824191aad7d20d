//! Searches for issues: a search or an error that points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(error) = query::issues::parse(text) {
        assert!(error.position <= text.chars().count(), "{error:?}");
        assert!(!error.message.is_empty());
    }
});
