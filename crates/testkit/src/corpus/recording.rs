use std::{fs, io, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::http;

/// A request that a real client sent, and what is known of it.
#[derive(Debug, Clone)]
pub struct Recording {
    /// `sentry-python-2.75.0/scope-data-01`.
    pub name: String,
    pub meta: Meta,
    /// As it came over the wire, but for the chunks.
    pub body: Vec<u8>,
}

/// What stands in a `.meta.json`, as far as tests use it.
#[derive(Debug, Clone, Deserialize)]
pub struct Meta {
    pub client: String,
    pub client_version: String,
    pub scenario: String,
    /// The place of the request in its scenario, from 1.
    pub order: u32,
    pub method: String,
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// In their order and case.
    pub headers: Vec<(String, String)>,
    body_bytes: usize,
    /// Present when the body came chunked.
    pub chunk_sizes: Option<Vec<usize>>,
    pub response: Answer,
    pub expected: Expected,
}

/// What the recording server answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What is in the body, by a decoder that is not ours.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    /// `envelope`, `store`, `security`, `minidump`, `api`…
    pub kind: String,
    pub item_types: Vec<String>,
    /// Also the ones that the client wrote in another way, with dashes.
    pub event_ids: Vec<String>,
    /// One object an item: its `type`, and of an event its `event_id`, `level`, `platform`, `exceptions`, `message`…
    pub items: Vec<Value>,
    /// What the client told the program that drove it, before anything was sent.
    pub driver_says: Vec<Value>,
}

impl Recording {
    /// Reads `NAME.meta.json` and `NAME.body`.
    pub(super) fn read(folder: &Path, name: &str) -> io::Result<Self> {
        let meta = fs::read_to_string(folder.join(format!("{name}.meta.json")))?;
        let meta: Meta = serde_json::from_str(&replace_lone_surrogates(&meta))?;
        let body = fs::read(folder.join(format!("{name}.body")))?;
        if body.len() != meta.body_bytes {
            let message = format!(
                "{name}.body has {} bytes, {} were recorded",
                body.len(),
                meta.body_bytes
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(Self {
            name: name.to_owned(),
            meta,
            body,
        })
    }

    /// The request as it was sent, to the byte (the chunks' sizes too; not the case of their digits).
    pub fn request(&self) -> http::Request {
        let Meta {
            method,
            path,
            query,
            headers,
            chunk_sizes,
            ..
        } = &self.meta;
        let target = if query.is_empty() {
            path.clone()
        } else {
            format!("{path}?{query}")
        };
        http::Request {
            method: method.clone(),
            target,
            headers: headers.clone(),
            body: self.body.clone(),
            chunk_sizes: chunk_sizes.clone(),
        }
    }

    /// The header's value, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.meta
            .headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it brings items, to one of the endpoints that take a DSN's key or to a tunnel, and is neither a preflight
    /// nor a call of the API.
    pub fn is_ingestion(&self) -> bool {
        let Meta { method, path, .. } = &self.meta;
        method != "OPTIONS" && (path == TUNNEL || path.starts_with(&format!("/api/{}/", super::PROJECT_ID)))
    }

    /// Whether it went to an application's own address, which forwards the envelope as it is; its key is in the header of
    /// the envelope.
    pub fn is_tunneled(&self) -> bool {
        self.meta.path == TUNNEL
    }

    /// The expected items of a type; none for a preflight, which has no body.
    pub fn items<'item>(&'item self, item_type: &'item str) -> impl Iterator<Item = &'item Value> {
        let items = if self.meta.method == "OPTIONS" {
            &[][..]
        } else {
            &self.meta.expected.items[..]
        };
        items.iter().filter(move |item| item["type"] == item_type)
    }
}

/// Some clients sent half a surrogate pair as an escape, and so it was recorded. No Rust string can hold it: U+FFFD stands
/// for it.
fn replace_lone_surrogates(json: &str) -> String {
    let mut replaced = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        replaced.push_str(before);
        let (kept, length) = match (code_unit(escape), escape.get(6..).and_then(code_unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (&escape[..12], 12),
            (Some(0xd800..0xe000), _) => ("\\ufffd", 6),
            _ => (&escape[..2], 2), // as valid JSON has it: whatever is escaped, it is one ASCII character
        };
        replaced.push_str(kept);
        rest = &escape[length..];
    }
    replaced + rest
}

/// The value of a `\uXXXX` at the start.
fn code_unit(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

const TUNNEL: &str = "/tunnel";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(
            serde_json::from_str::<String>(&replace_lone_surrogates(json)).unwrap(),
            expected
        );
    }

    #[test]
    fn only_halves_of_surrogate_pairs_are_replaced() {
        check(r#""half \ud800 and \udc00.""#, "half \u{fffd} and \u{fffd}.");
        check(r#""two halves \ud83d\ud83d\ude00""#, "two halves \u{fffd}\u{1f600}");
        check(
            r#""a pair \ud83d\udD14 and others \u00e9\n\"""#,
            "a pair \u{1f514} and others é\n\"",
        );
        check(r#""a backslash \\ud800""#, "a backslash \\ud800");
        check(r#""\ud800""#, "\u{fffd}");
    }
}
