//! Rules of both kinds: compiled and applied, or errors that point into the text.
#![no_main]

use grouping::{Config, Settings};
use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use protocol::event::Event;

/// Something of everything that rules look at.
const EVENT: &str = r#"{"platform": "native", "level": "error", "logger": "a.b", "release": "a@1", "transaction": "/a",
    "tags": {"a": "b"}, "sdk": {"name": "sentry.native"}, "logentry": {"formatted": "a 5"}, "exception": [{"type": "A",
    "value": "a b", "mechanism": {"type": "x"}, "stacktrace": {"frames": [
    {"function": "a", "module": "a.b", "abs_path": "/a/b.c", "package": "/usr/lib/a.so", "in_app": true},
    {"function": "void ns::b<int>(int)", "filename": "b.c", "package": "C:\\b.dll"}, {"function": "abort"}]}}]}"#;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    check(
        Settings {
            fingerprint_rules: text.to_owned(),
            ..Settings::default()
        },
        text,
    );
    check(
        Settings {
            stack_trace_rules: text.to_owned(),
            ..Settings::default()
        },
        text,
    );
});

fn check(settings: Settings, text: &str) {
    let config = match Config::new(&settings) {
        Ok(config) => config,
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                let line = text.lines().nth(error.line - 1).expect("the line exists");
                assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
            }
            return;
        }
    };
    let now = Timestamp(0);
    let mut event = Event::from_slice(EVENT.as_bytes()).expect("the event is a constant");
    let grouping = config.group(&mut event, now);
    assert!(!grouping.hashes.is_empty());
    let mut stored = Event::from_stored(&event.to_json()).expect("what was stored can be read");
    assert_eq!(config.group(&mut stored, now), grouping);
    assert_eq!(stored, event);
}
