//! Reports of browsers: whatever is read of them becomes an event that is normalized once and for all.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{EventId, Timestamp};
use normalize::Context;
use protocol::{
    event::Event,
    security::{Origin, parse},
};

fuzz_target!(|input: &[u8]| {
    let Ok(reports) = parse(input) else { return };
    let now = Timestamp(1_795_000_000_000_000);
    let cx = Context {
        client_ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("Mozilla/5.0"),
        ..Context::new(now, EventId([7; 16]))
    };
    for report in reports.into_iter().take(4).flatten() {
        let mut event = normalize::security::event(report, &Origin::default(), now);
        normalize::event(&mut event, &cx).expect("a report is never an invalid event");
        let stored = event.to_json();
        let mut again = Event::from_stored(&stored).expect("what was written can be read");
        normalize::event(&mut again, &cx).expect("the same event");
        assert_eq!(again.to_json(), stored);
    }
});
