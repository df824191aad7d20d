//! The body of `/store/`: one event, as JSON or wrapped as old clients wrap it (`ingest.md` §1.1, §1.4). What is
//! compressed is unpacked by the caller.

use model::EventId;
use serde::Deserialize;

use crate::{base64, event::json, query_string};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    /// A map of MessagePack: [`crate::msgpack::to_json`] reads it.
    Msgpack,
    /// Base64 of JSON, or of zlib of JSON: [`is_zlib`] of what [`decode_base64`] gives tells which.
    Base64,
}

/// Which form a body has, whatever its headers claim; `None` for what cannot hold an event.
pub fn sniff(body: &[u8]) -> Option<Form> {
    let body = json::skip_byte_order_mark(body);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    match first {
        b'{' => Some(Form::Json),
        0x80..=0x8f | 0xde | 0xdf => Some(Form::Msgpack),
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'-' | b'_' => Some(Form::Base64),
        _ => None,
    }
}

/// Whether these bytes begin as a zlib stream does (RFC 1950: deflate, and a checksum over the first two bytes).
pub fn is_zlib(bytes: &[u8]) -> bool {
    match bytes {
        &[method, flags, ..] => {
            method & 0x0f == 8 && method >> 4 <= 7 && (u16::from(method) << 8 | u16::from(flags)) % 31 == 0
        }
        _ => false,
    }
}

pub fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    base64::decode(text)
}

/// The event in the query of `GET /store/`, itself of any [`Form`].
pub fn sentry_data(query: &str) -> Option<Vec<u8>> {
    let (_, data) = query_string::pairs(query).find(|(name, _)| name == "sentry_data")?;
    match sniff(data.as_bytes()) {
        // A `+` of base64 that the client did not escape has become a space.
        Some(Form::Base64) => Some(data.replace(' ', "+").into_bytes()),
        _ => Some(data.into_bytes()),
    }
}

/// The id that a payload names, without reading the rest; `None` when there is none or it is not valid.
pub fn event_id(payload: &[u8]) -> Option<EventId> {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow)]
        event_id: Option<std::borrow::Cow<'a, str>>,
    }
    let payload: Payload<'_> = serde_json::from_slice(json::skip_byte_order_mark(payload)).ok()?;
    payload.event_id?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_forms_apart() {
        let check = |body: &[u8], expected: Option<Form>| assert_eq!(sniff(body), expected, "{body:?}");
        check(b" \n{\"a\":1}", Some(Form::Json));
        check(b"\xef\xbb\xbf{}", Some(Form::Json));
        check(b"eJyrVkosLcmIz0xRslJQKqksSFWqBQAxcAWM", Some(Form::Base64));
        assert!(is_zlib(b"x\x9c\xabV") && is_zlib(b"x\x01") && !is_zlib(b"{\"") && !is_zlib(b"x"));
        check(b"", None);
        check(b"  ", None);
        check(b"[1]", None);
        check(b"\x00", None);
    }

    #[test]
    fn decodes_lenient_base64() {
        let check = |text: &str, expected: Option<&[u8]>| {
            assert_eq!(decode_base64(text.as_bytes()).as_deref(), expected, "{text}");
        };
        check("aGVsbG8=", Some(b"hello"));
        check("aGVs\r\nbG8", Some(b"hello"));
        check("_-8", Some(b"\xff\xef"));
        check("/+8=", Some(b"\xff\xef"));
        check("a", None);
        check("é", None);
    }

    #[test]
    fn finds_the_event_in_a_query() {
        let data = |query: &str| sentry_data(query).map(|data| String::from_utf8(data).unwrap());
        assert_eq!(
            data("a=b&sentry_data=%7b%22a%22%3a+1%7d").as_deref(),
            Some("{\"a\": 1}")
        );
        assert_eq!(data("sentry_data=ey+A=").as_deref(), Some("ey+A="));
        assert_eq!(data("sentry_key=x"), None);
    }

    #[test]
    fn finds_the_id_of_a_payload() {
        let id = |payload: &str| event_id(payload.as_bytes()).map(|id| id.to_string());
        assert_eq!(
            id(r#"{"message":"x","event_id":"FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0","extra":{"event_id":"no"}}"#)
                .as_deref(),
            Some("fc6d8c0c43fc4630ad850ee518f1b9d0")
        );
        assert_eq!(id(r#"{"event_id":null}"#), None);
        assert_eq!(id(r#"{"event_id":"x"}"#), None);
        assert_eq!(id("nonsense"), None);
    }
}
