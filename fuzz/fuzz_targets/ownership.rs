//! Rules that say whose issues are, and CODEOWNERS files: read, printed and read again, and asked about an event.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use protocol::event::Event;
use triage::ownership::{Codeowners, Rules, Settings, parse, unmapped_names};

/// Something of everything that rules look at.
const EVENT: &str = r#"{"platform": "java", "request": {"url": "https://a.example/b"}, "tags": {"a": "b"},
    "user": {"id": "7", "email": "a@b.c", "plan": "gold"}, "exception": [{"type": "A", "stacktrace": {"frames": [
    {"filename": "src/a/b.py", "abs_path": "C:\\src\\a\\b.py", "in_app": true}, {"filename": "./a.b", "in_app": false},
    {"module": "a.b.C", "filename": "C.java"}, {"filename": "/a//b/../c"}, {"module": "ünï"}]}}]}"#;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match parse(text) {
        Ok(rules) => {
            let printed: Vec<String> = rules.iter().map(ToString::to_string).collect();
            let printed = printed.join("\n");
            // Quotation marks and names of kinds may make it longer than what is taken.
            if printed.len() <= 100_000 {
                assert_eq!(parse(&printed).as_ref(), Ok(&rules));
            }
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = text.lines().count().max(1);
            assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        }
    }
    let file = Codeowners {
        raw: text.to_owned(),
        source_root: "src/".to_owned(),
        stack_root: "app/".to_owned(),
        names: BTreeMap::from([
            ("@a".to_owned(), "#a".to_owned()),
            ("@b".to_owned(), "A@B.c".to_owned()),
        ]),
    };
    assert!(!unmapped_names(&file).contains("@a"));
    let settings = Settings {
        raw: text.to_owned(),
        ..Settings::default()
    };
    let event = Event::from_slice(EVENT.as_bytes()).expect("the event is a constant");
    let tags = || {
        vec![
            ("a".to_owned(), "b".to_owned()),
            ("level".to_owned(), "error".to_owned()),
        ]
    };
    for settings in [settings, Settings::default()] {
        let Ok(rules) = Rules::new(&settings, std::slice::from_ref(&file)) else {
            continue;
        };
        let matched = rules.matched(&event, tags);
        assert!(matched.len() <= 10 && matched.iter().all(|rule| !rule.owners.is_empty()));
        // What is remembered of its frames says the same.
        assert_eq!(rules.matched(&event, tags), matched);
    }
});
