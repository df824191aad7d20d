//! The recording of a segment: a line of headers, and behind it a JSON list of what happened on the page, plain or packed
//! with zlib or gzip.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use serde_json::Value;

use super::elements::{Elements, ElementsError};
use crate::{
    event::json,
    items::{Invalid, field},
    unpack::{Packing, UnpackError},
};

const INVALID: &str = "invalid_replay_recording";

/// The largest recording, unpacked (`ingest.md` §1.5).
pub const MAX_UNPACKED_BYTES: usize = 100 << 20;
/// One thing that happened: the largest is a whole page.
const MAX_ELEMENT_BYTES: usize = 16 << 20;
const MAX_HEADER_BYTES: usize = 4 << 10;

/// A recording whose header was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recording<'a> {
    pub segment_id: u32,
    body: &'a [u8],
    packing: Option<Packing>,
}

/// What a recording was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    pub events: usize,
    /// Bytes of JSON.
    pub bytes: usize,
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error(transparent)]
    Elements(#[from] ElementsError),
    #[error("{0}")]
    Element(String),
}

impl From<Broken> for Invalid {
    fn from(error: Broken) -> Self {
        Self::new(INVALID, error.to_string())
    }
}

impl<'a> Recording<'a> {
    pub fn parse(payload: &'a [u8]) -> Result<Self, Invalid> {
        if payload.is_empty() {
            return Err(Invalid::new("invalid_replay_no_payload", "the payload is empty"));
        }
        let end = memchr::memchr(b'\n', payload).filter(|end| *end <= MAX_HEADER_BYTES);
        let (line, body) = payload.split_at(end.ok_or_else(|| Invalid::new(INVALID, "no line of headers"))?);
        let body = body.get(1..).unwrap_or_default();
        let mut headers = field::object(line).map_err(|error| Invalid::new(INVALID, error.detail))?;
        let segment_id = field::take(&mut headers, "segment_id")
            .as_ref()
            .and_then(field::unsigned);
        let segment_id = segment_id.and_then(|segment| u32::try_from(segment).ok());
        let segment_id = segment_id.ok_or_else(|| Invalid::new(INVALID, "`segment_id` is missing"))?;
        if body.is_empty() {
            return Err(Invalid::new("invalid_replay_no_payload", "nothing behind the headers"));
        }
        Ok(Self {
            segment_id,
            body,
            packing: Packing::of_recording(body).filter(|packing| matches!(packing, Packing::Zlib | Packing::Gzip)),
        })
    }

    /// As it was sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = serde_json::json!({"segment_id": self.segment_id}).to_string();
        [header.as_bytes(), b"\n", self.body].concat()
    }

    /// Reads all of it, element by element.
    pub fn check(&self) -> Result<Contents, Invalid> {
        let mut events = 0;
        let bytes = self.each(&mut |element| {
            check_event(&parse(element)?)?;
            events += 1;
            Ok(())
        })?;
        Ok(Contents { events, bytes })
    }

    /// Reads all of it and lets `change` touch each event; gives the recording in the form that is stored: its line of
    /// headers, and behind it the list packed with zlib.
    pub fn rewrite(&self, mut change: impl FnMut(&mut Value)) -> Result<(Vec<u8>, Contents), Invalid> {
        let header = serde_json::json!({"segment_id": self.segment_id}).to_string();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let mut events = 0;
        let bytes = self.each(&mut |element| {
            let mut event = parse(element)?;
            check_event(&event)?;
            change(&mut event);
            let separator = if events == 0 { b"[" } else { b"," };
            events += 1;
            encoder
                .write_all(separator)
                .and_then(|()| Ok(serde_json::to_writer(&mut encoder, &event)?))
                .map_err(|error| Broken::Element(error.to_string()))
        })?;
        let end: &[u8] = if events == 0 { b"[]" } else { b"]" };
        encoder.write_all(end).expect("a vector takes all bytes");
        let packed = encoder.finish().expect("a vector takes all bytes");
        Ok(([header.as_bytes(), b"\n", &packed].concat(), Contents { events, bytes }))
    }

    /// Returns how many bytes of JSON there were.
    fn each(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), Broken>) -> Result<usize, Broken> {
        let mut elements = Elements::new(MAX_ELEMENT_BYTES);
        let mut bytes = 0;
        let mut push = |piece: &[u8]| {
            bytes += piece.len();
            elements.push(piece, &mut |element: &[u8]| take(element))
        };
        match self.packing {
            None if self.body.len() > MAX_UNPACKED_BYTES => {
                return Err(UnpackError::TooLarge(MAX_UNPACKED_BYTES).into());
            }
            None => push(self.body)?,
            Some(packing) => {
                let mut result = Ok(());
                packing.pieces(self.body, MAX_UNPACKED_BYTES, &mut |piece| {
                    result = push(piece);
                    result.is_ok()
                })?;
                result?;
            }
        }
        elements.finish()?;
        Ok(bytes)
    }
}

fn parse(element: &[u8]) -> Result<Value, Broken> {
    // The parser's own words may quote the page.
    json::parse(element).map_err(|_| Broken::Element("an event is no JSON".to_owned()))
}

/// An event of rrweb: its type, and what that brings.
fn check_event(event: &Value) -> Result<(), Broken> {
    match event.get("type").and_then(Value::as_u64) {
        Some(0..=6) => Ok(()),
        _ => Err(Broken::Element("an event has no type from 0 to 6".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn with(body: &[u8]) -> Vec<u8> {
        [b"{\"segment_id\":3}\n", body].concat()
    }

    const EVENTS: &[u8] =
        br#"[{"type":4,"data":{"href":"http://a"}},{"type":5,"data":{"tag":"options"}},{"type":3,"t":"\ud83d"}]"#;

    #[test]
    fn plain_or_packed() {
        for body in [EVENTS.to_vec(), zlib(EVENTS), gzip(EVENTS)] {
            let payload = with(&body);
            let recording = Recording::parse(&payload).unwrap();
            assert_eq!(recording.segment_id, 3);
            assert_eq!(
                recording.check().unwrap(),
                Contents {
                    events: 3,
                    bytes: EVENTS.len()
                }
            );
        }
    }

    #[test]
    fn what_is_changed_is_written() {
        let payload = with(EVENTS);
        let recording = Recording::parse(&payload).unwrap();
        assert_eq!(recording.to_bytes(), payload);
        let (stored, contents) = recording
            .rewrite(|event| event["data"]["href"] = "[Filtered]".into())
            .unwrap();
        assert_eq!(contents.events, 3);
        let again = Recording::parse(&stored).unwrap();
        assert_eq!((again.segment_id, again.packing), (3, Some(Packing::Zlib)));
        let mut hrefs = 0;
        again
            .rewrite(|event| hrefs += usize::from(event["data"]["href"] == "[Filtered]"))
            .unwrap();
        assert_eq!(hrefs, 3);
        let empty = with(b"[]");
        let (stored, contents) = Recording::parse(&empty).unwrap().rewrite(|_| {}).unwrap();
        assert_eq!(contents, Contents { events: 0, bytes: 2 });
        assert!(Recording::parse(&stored).unwrap().check().is_ok());
    }

    #[test]
    fn every_reason() {
        let reason = |payload: &[u8]| match Recording::parse(payload) {
            Ok(recording) => recording.check().unwrap_err().reason,
            Err(error) => error.reason,
        };
        assert_eq!(reason(b""), "invalid_replay_no_payload");
        assert_eq!(reason(&with(b"")), "invalid_replay_no_payload");
        let packed = zlib(EVENTS);
        for bad in [
            &b"{\"segment_id\":0}"[..],
            b"{}\n[]",
            b"[]\n[]",
            b"{\"segment_id\":-1}\n[]",
            &with(b"{}"),
            &with(b"[1"),
            &with(b"[7]"),
            &with(b"[{\"type\":7}]"),
            &with(b"[{\"type\":1]"),
            &with(&packed[..packed.len() / 2]),
            &with(b"\x78\x9cxxxx"),
        ] {
            assert_eq!(
                reason(bad),
                "invalid_replay_recording",
                "{}",
                String::from_utf8_lossy(bad)
            );
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(b"[").unwrap();
        let event = br#"{"type":3,"data":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},"#
            .repeat(1000);
        for _ in 0..MAX_UNPACKED_BYTES / event.len() + 1 {
            encoder.write_all(&event).unwrap();
        }
        encoder.write_all(b"{\"type\":3}]").unwrap();
        let payload = with(&encoder.finish().unwrap());
        let error = Recording::parse(&payload).unwrap().check().unwrap_err();
        assert_eq!(error.reason, "invalid_replay_recording");
        assert!(error.detail.contains("104857600"), "{error}");
    }
}
