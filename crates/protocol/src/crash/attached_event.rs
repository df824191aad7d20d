//! Events that a crash handler left in files, because it could not send anything itself: the event and two files of
//! breadcrumbs, all in MessagePack.

use serde_json::Value;

use crate::{
    event::Object,
    items::{Invalid, field},
    msgpack,
};

/// The names of the files in a form.
pub const EVENT_FIELD: &str = "__sentry-event";
pub const BREADCRUMB_FIELDS: [&str; 2] = ["__sentry-breadcrumb1", "__sentry-breadcrumb2"];

/// As events may be long (`ingest.md` §1.5).
const MAX_BYTES: usize = 1 << 20;
const MAX_BREADCRUMBS: usize = 1000;

/// Reads the event.
pub fn event(bytes: &[u8]) -> Result<Object, Invalid> {
    if bytes.len() > MAX_BYTES {
        return Err(Invalid::new("too_large:event", format!("{} bytes", bytes.len())));
    }
    let invalid = |detail: String| Invalid::new("invalid_msgpack", detail);
    match msgpack::to_json(bytes) {
        Ok(Value::Object(event)) => Ok(event),
        Ok(_) => Err(invalid("expected a map".to_owned())),
        Err(error) => Err(invalid(error.to_string())),
    }
}

/// Adds the breadcrumbs of the files. One is written until it is full, then the other is begun anew: as many as the
/// longer one holds are kept, the latest of both.
pub fn add_breadcrumbs(event: &mut Object, files: &[&[u8]]) {
    let read = |file: &&[u8]| msgpack::sequence(&file[..file.len().min(MAX_BYTES)], MAX_BREADCRUMBS);
    let mut files: Vec<Vec<Value>> = files.iter().map(read).collect();
    let kept = files.iter().map(Vec::len).max().unwrap_or(0);
    if kept == 0 {
        return;
    }
    files.sort_by_key(|breadcrumbs| {
        let last = breadcrumbs.last().and_then(|breadcrumb| breadcrumb.get("timestamp"));
        last.and_then(field::timestamp)
    });
    let mut all: Vec<Value> = files.into_iter().flatten().collect();
    all.drain(..all.len() - kept);
    event.insert("breadcrumbs".to_owned(), serde_json::json!({ "values": all }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breadcrumb(message: &str, second: u8) -> Vec<u8> {
        let time = format!("2026-11-21T00:00:{second:02}Z");
        let mut bytes = b"\x82\xa7message".to_vec();
        bytes.push(0xa0 | u8::try_from(message.len()).unwrap());
        bytes.extend_from_slice(message.as_bytes());
        bytes.extend_from_slice(b"\xa9timestamp");
        bytes.push(0xa0 | u8::try_from(time.len()).unwrap());
        bytes.extend_from_slice(time.as_bytes());
        bytes
    }

    #[test]
    fn events_and_what_is_none() {
        assert_eq!(event(b"\x81\xa5level\xa5fatal").unwrap()["level"], "fatal");
        assert_eq!(event(b"\x90").unwrap_err().reason, "invalid_msgpack");
        assert_eq!(event(b"").unwrap_err().reason, "invalid_msgpack");
        assert_eq!(event(&[0xc0; MAX_BYTES + 1]).unwrap_err().reason, "too_large:event");
    }

    #[test]
    fn the_latest_breadcrumbs_of_both_files_are_kept() {
        let newer = [breadcrumb("d", 4)].concat();
        let older = [breadcrumb("a", 1), breadcrumb("b", 2), breadcrumb("c", 3)].concat();
        for files in [[&newer[..], &older], [&older, &newer]] {
            let mut event = Object::new();
            add_breadcrumbs(&mut event, &files);
            let values = event["breadcrumbs"]["values"].as_array().unwrap();
            let messages: Vec<_> = values.iter().map(|value| value["message"].as_str().unwrap()).collect();
            assert_eq!(messages, ["b", "c", "d"]);
        }
        let mut event = Object::new();
        add_breadcrumbs(&mut event, &[b"", b"\xc1"]);
        assert!(event.is_empty());
    }
}
