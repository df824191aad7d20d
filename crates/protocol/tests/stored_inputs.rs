//! The stored inputs of the fuzz targets, so that every test run reads them.

use std::{fs, path::Path};

use protocol::{
    Dsn,
    auth::Auth,
    envelope::{Envelope, Limits, Scanner},
    event::Event,
};

fn each(target: &str, check: impl Fn(&str, &[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut read = 0;
    for entry in fs::read_dir(&folder).expect("stored inputs") {
        let path = entry.expect("an input").path();
        check(&path.display().to_string(), &fs::read(&path).expect("an input"));
        read += 1;
    }
    assert!(read >= 5, "{read} inputs in {}", folder.display());
}

#[test]
fn envelopes_are_the_same_in_chunks() {
    each("envelope", |name, input| {
        let (size, bytes) = input.split_first().unwrap();
        let whole = Envelope::parse(bytes);
        let (mut parts, mut scanner) = (Envelope::default(), Scanner::new(Limits::default()));
        let pushed = bytes
            .chunks(usize::from(*size))
            .try_for_each(|chunk| scanner.push(chunk, &mut parts));
        let scanned = pushed.and_then(|()| scanner.finish(&mut parts));
        assert_eq!(
            whole.map_err(|error| error.to_string()),
            scanned.map(|_| parts).map_err(|error| error.to_string()),
            "{name}"
        );
    });
}

#[test]
fn events_are_read_back() {
    each("event", |name, input| {
        let event = Event::from_slice(input).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Event::from_stored(&event.to_json()).unwrap(), event, "{name}");
    });
}

#[test]
fn dsns_and_keys_are_told_from_nonsense() {
    each("auth_dsn", |_, input| {
        let text = std::str::from_utf8(input).unwrap();
        if let Ok(dsn) = text.parse::<Dsn>() {
            assert_eq!(dsn.to_string().parse(), Ok(dsn));
        }
    });
    each("auth_dsn", |name, input| {
        let mut lines = std::str::from_utf8(input)
            .unwrap()
            .lines()
            .map(|line| Some(line).filter(|line| !line.is_empty()));
        let mut line = || lines.next().flatten();
        let auth = Auth::from_request(line(), line(), line());
        let expected = ["header", "basic", "query"]
            .iter()
            .any(|valid| name.ends_with(&format!("/{valid}")));
        assert_eq!(auth.is_ok(), expected, "{name}: {auth:?}");
    });
}
