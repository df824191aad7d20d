//! What crash handlers send: forms, dumps, archives of the Unreal Engine, reports of Apple's systems.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{
    crash::{
        apple,
        assemble::{self, Parts},
        form::CrashForm,
        minidump::{self, Minidump},
        unreal::{Description, UnrealCrash},
    },
    event::Object,
};

// The first byte says what it is.
fuzz_target!(|input: &[u8]| {
    let Some((&kind, bytes)) = input.split_first() else {
        return;
    };
    match kind {
        b'a' => {
            if let Ok(form) = CrashForm::parse("multipart/form-data; boundary=b", bytes) {
                let _ = form.event_id();
                let _ = form.event();
            }
        }
        b'b' => {
            let checked = minidump::check(bytes);
            if Minidump::unpack(bytes, Some("a.gz")).is_ok() {
                assert_eq!(checked, Ok(()));
            }
        }
        b'c' => {
            if let Ok(crash) = UnrealCrash::parse_unpacked(bytes.to_vec()) {
                let parts = Parts {
                    unreal: Some(&crash),
                    ..Parts::default()
                };
                assert!(assemble::assemble(parts).is_ok());
            }
        }
        b'd' => drop(Description::read(bytes)),
        b'e' => apple::describe(&mut Object::new(), bytes),
        _ => drop(assemble::form_data(bytes)),
    }
});
