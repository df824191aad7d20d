//! Recordings of replays, and whatever else is packed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{items::replay::recording::Recording, unpack::Packing};

fuzz_target!(|input: &[u8]| {
    if let Some(packing) = Packing::of_recording(input) {
        let _ = packing.unpack(input, 1 << 20);
    }
    let Ok(recording) = Recording::parse(input) else {
        return;
    };
    let Ok(contents) = recording.check() else { return };
    let (stored, rewritten) = recording.rewrite(|_| {}).expect("it was checked");
    assert_eq!(rewritten, contents);
    let again = Recording::parse(&stored)
        .expect("it was written")
        .check()
        .expect("it was written");
    assert_eq!(again.events, contents.events);
});
