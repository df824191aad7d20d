//! Envelopes: chunks make no difference, and what was read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::envelope::{Envelope, Limits, Scanner};

fuzz_target!(|input: &[u8]| {
    // The first byte says how long the chunks are.
    let Some((&size, bytes)) = input.split_first() else {
        return;
    };
    let whole = Envelope::parse(bytes);
    let (mut parts, mut scanner) = (Envelope::default(), Scanner::new(Limits::default()));
    let mut result = Ok(());
    for chunk in bytes.chunks(usize::from(size).max(1)) {
        result = scanner.push(chunk, &mut parts);
        if result.is_err() {
            break;
        }
    }
    let result = result.and_then(|()| scanner.finish(&mut parts));
    match (whole, result) {
        (Ok(whole), Ok(_)) => {
            assert_eq!(whole, parts);
            let mut again = Envelope::parse(&whole.to_bytes()).expect("what was written can be read");
            for (again, item) in again.items.iter_mut().zip(&whole.items) {
                again.headers.length = item.headers.length;
            }
            assert_eq!(again, whole);
        }
        (Err(whole), Err(parts)) => assert_eq!(whole.to_string(), parts.to_string()),
        (whole, parts) => panic!("whole: {whole:?}, in parts: {parts:?}"),
    }
});
