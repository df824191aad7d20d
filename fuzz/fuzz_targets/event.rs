//! Events: read, normalized twice, grouped, stored and read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{EventId, Timestamp};
use normalize::Context;
use protocol::event::Event;

fuzz_target!(|input: &[u8]| {
    let Ok(mut event) = Event::from_slice(input) else {
        return;
    };
    let cx = Context {
        sent_at: Some(Timestamp(1_794_000_000_000_000)),
        client_ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("fuzz"),
        sdk_client: Some("fuzz/1"),
        ..Context::new(Timestamp(1_795_000_000_000_000), EventId([7; 16]))
    };
    if normalize::event(&mut event, &cx).is_err() {
        return;
    }
    normalize::trim(&mut event);
    let summary = normalize::summary(&event);
    let stored = event.to_json();
    // An escaped backslash before `u0000` is no escape.
    assert!(!stored.replace("\\\\", "").contains("\\u0000"));
    let mut again = Event::from_stored(&stored).expect("what was stored can be read");
    assert_eq!(again, event);
    normalize::event(&mut again, &cx).expect("what was valid stays valid");
    normalize::trim(&mut again);
    assert_eq!(normalize::summary(&again), summary);
    assert_eq!(again.to_json(), stored);
    let grouping = grouping::group(&event, grouping::StrategyId::NEWEST);
    assert!(!grouping.hashes.is_empty());
    assert_eq!(
        grouping::group(&again, grouping::StrategyId::NEWEST).hashes,
        grouping.hashes
    );
});
