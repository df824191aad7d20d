//! MessagePack: a value, a sequence, a map.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{crash::attached_event, event::Object, msgpack};

fuzz_target!(|input: &[u8]| {
    if let Ok(value) = msgpack::to_json(input) {
        assert_eq!(msgpack::sequence(input, 10), [value]);
    }
    let _ = msgpack::map(input);
    let _ = attached_event::event(input);
    attached_event::add_breadcrumbs(&mut Object::new(), &[input, input]);
});
