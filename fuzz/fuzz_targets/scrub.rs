//! Scrubbing: the first line is advanced rules, the rest an event, an attachment, a minidump and a frame of a replay.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::event::Event;
use scrub::{Scrubber, Settings};

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (rules, content) = input.split_at(at);
    let content = content.get(1..).unwrap_or_default();
    let settings = Settings {
        scrub_ip_addresses: true,
        sensitive_fields: vec!["pin".to_owned()],
        relay_pii_config: String::from_utf8_lossy(rules).into_owned(),
        ..Settings::default()
    };
    let (scrubber, errors) = Scrubber::valid_part(&Settings::for_organization(), &settings);
    assert!(errors.iter().all(|error| !error.to_string().is_empty()));

    if let Ok(mut event) = Event::from_slice(content) {
        scrubber.event(&mut event);
        // A removed value of an unknown key is null, and is gone when it is read back.
        let read = Event::from_stored(&event.to_json()).expect("what was stored can be read");
        assert_eq!(Event::from_stored(&read.to_json()).expect("and again"), read);
        for suggestion in scrub::selector_suggestions(&event) {
            assert!(scrub::Selector::parse(&suggestion.path).is_ok(), "{}", suggestion.path);
        }
    }
    if let Ok(mut value) = serde_json::from_slice(content) {
        scrubber.json(scrub::JsonKind::Log, &mut value);
        scrubber.replay_recording(&mut value);
    }
    let mut bytes = content.to_vec();
    scrubber.attachment("file.txt", &mut bytes);
    scrubber.minidump("file.dmp", &mut bytes);
    assert_eq!(bytes.len(), content.len());
});
