//! What projects write to say which events they want: conditions, patterns, networks, and the settings made of them. What
//! is read says of an event yes or no; what is not says where it is wrong.
#![no_main]

use filter::{Client, Filters, Settings};
use libfuzzer_sys::fuzz_target;
use protocol::{
    condition::{Condition, Glob, Network},
    event::Event,
};

/// Something of everything that conditions and filters look at.
const EVENT: &str = r#"{"platform": "javascript", "level": "error", "release": "a@1", "environment": "b", "transaction": "/a",
    "tags": {"a": "b"}, "user": {"id": "7", "ip_address": "192.0.2.7"}, "logentry": {"formatted": "a b"},
    "request": {"url": "https://a.example/b", "headers": {"User-Agent": "Mozilla/5.0"}},
    "exception": [{"type": "A", "value": "a b"}, {"type": "ChunkLoadError", "value": "Loading chunk 7 failed"}]}"#;

fuzz_target!(|input: &[u8]| {
    // The first byte says what it is.
    let Some((&kind, bytes)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let event = Event::from_slice(EVENT.as_bytes()).expect("the event is a constant");
    match kind {
        b'a' => {
            let Ok(value) = serde_json::from_str(text) else { return };
            match Condition::parse(&value) {
                Ok(condition) => {
                    let again = Condition::parse(&condition.to_json()).expect("what was written can be read");
                    assert_eq!(condition.matches(&event), again.matches(&event));
                }
                Err(error) => assert!(!error.message.is_empty()),
            }
        }
        b'b' => {
            let (pattern, subject) = text.split_once('\n').unwrap_or((text, text));
            match (Glob::new(pattern), Glob::case_insensitive(pattern)) {
                // `[!a]` takes an A only where case counts.
                (Ok(glob), Ok(folded)) => {
                    assert!(pattern.contains('[') || !glob.is_match(subject) || folded.is_match(subject));
                }
                (Err(error), Err(_)) => assert!((1..=pattern.chars().count() + 1).contains(&error.column), "{error:?}"),
                (exact, folded) => panic!("{exact:?}, {folded:?}"),
            }
        }
        b'c' => {
            if let Ok(network) = text.parse::<Network>() {
                assert_eq!(network.to_string().parse(), Ok(network));
            }
        }
        _ => {
            let Ok(settings) = serde_json::from_str::<Settings>(text) else {
                return;
            };
            let (filters, errors) = Filters::valid_part(&settings);
            assert_eq!(Filters::new(&settings).is_ok(), errors.is_empty());
            assert!(errors.iter().all(|error| !error.to_string().is_empty()));
            let _ = filters.event(&event, &Client::default());
        }
    }
});
