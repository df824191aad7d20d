//! What is read of a request before anything is known of its sender.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{Dsn, auth::Auth, store};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(dsn) = text.parse::<Dsn>() {
        assert_eq!(dsn.to_string().parse(), Ok(dsn));
    }
    let mut lines = text.lines();
    let (header, authorization, query) = (lines.next(), lines.next(), lines.next());
    if let Ok(auth) = Auth::from_request(header, authorization, query) {
        assert!(auth.version <= 7);
    }
    let _ = Auth::from_query(text);
    if let Some(data) = store::sentry_data(text) {
        let _ = store::sniff(&data).and_then(|_| store::decode_base64(&data));
    }
    let _ = store::event_id(input);
});
