//! The stored inputs of the fuzz target for events, so that every test run normalizes them.

use std::{fs, path::Path};

use model::{EventId, Timestamp};
use normalize::Context;
use protocol::event::Event;

/// The summary, or why there is none.
fn process(event: &mut Event, cx: &Context<'_>) -> Result<normalize::Summary, normalize::Invalid> {
    normalize::event(event, cx)?;
    normalize::trim(event);
    Ok(normalize::summary(event))
}

#[test]
fn events_are_normalized_once_and_for_all() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/event");
    let cx = Context {
        sent_at: Some(Timestamp(1_794_000_000_000_000)),
        client_ip: Some([192, 0, 2, 7].into()),
        sdk_client: Some("test/1"),
        ..Context::new(Timestamp(1_795_000_000_000_000), EventId([7; 16]))
    };
    let mut read = 0;
    for entry in fs::read_dir(folder).expect("stored inputs") {
        let path = entry.expect("an input").path();
        let mut event = Event::from_slice(&fs::read(&path).expect("an input")).unwrap();
        let normalized = process(&mut event, &cx);
        let mut again = Event::from_stored(&event.to_json()).unwrap();
        assert_eq!(process(&mut again, &cx), normalized, "{}", path.display());
        assert_eq!(again, event, "{}", path.display());
        read += 1;
    }
    assert!(read >= 10, "{read} inputs");
}
