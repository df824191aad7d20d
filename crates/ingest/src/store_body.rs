//! The body of the store endpoint: one event as JSON or in MessagePack, or as base64 of JSON, or of zlib of JSON.

use std::io;

use model::EventId;
use protocol::{
    msgpack::{self, MsgpackError},
    store,
};
use serde::de::IgnoredAny;

use crate::encoding::{Bounded, ContentEncoding, decode, is_too_large};

/// The largest event, decoded (`ingest.md` §1.5).
pub const MAX_EVENT_BYTES: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum StoreBodyError {
    #[error("the body could not be decompressed: {0}")]
    Compression(io::Error),
    #[error("the event is larger than {MAX_EVENT_BYTES} bytes")]
    TooLarge,
    #[error("the body is neither JSON, nor MessagePack, nor base64 of JSON")]
    Unknown,
    #[error("the event is not valid MessagePack")]
    InvalidMsgpack(#[source] MsgpackError),
    #[error("the event is not valid JSON")]
    InvalidJson(#[source] serde_json::Error),
}

impl From<io::Error> for StoreBodyError {
    fn from(error: io::Error) -> Self {
        if is_too_large(&error) {
            Self::TooLarge
        } else {
            Self::Compression(error)
        }
    }
}

/// Gives the JSON text of the event; whether it is JSON is not checked.
pub fn json(encoding: ContentEncoding, body: &[u8]) -> Result<Vec<u8>, StoreBodyError> {
    // Base64 takes a third more than what it holds.
    let body = decode(encoding, body, Bounded::new(MAX_EVENT_BYTES * 2))?.bytes;
    let json = match store::sniff(&body).ok_or(StoreBodyError::Unknown)? {
        store::Form::Json => body,
        store::Form::Msgpack if body.len() > MAX_EVENT_BYTES => return Err(StoreBodyError::TooLarge),
        store::Form::Msgpack => {
            let event = msgpack::to_json(&body).map_err(StoreBodyError::InvalidMsgpack)?;
            event.to_string().into_bytes()
        }
        store::Form::Base64 => {
            let decoded = store::decode_base64(&body).ok_or(StoreBodyError::Unknown)?;
            if store::is_zlib(&decoded) {
                decode(ContentEncoding::Deflate, &decoded, Bounded::new(MAX_EVENT_BYTES))?.bytes
            } else {
                decoded
            }
        }
    };
    if json.len() > MAX_EVENT_BYTES {
        Err(StoreBodyError::TooLarge)
    } else {
        Ok(json)
    }
}

/// Checks that the body holds an event; gives the id that the event names.
pub fn check(encoding: ContentEncoding, body: &[u8]) -> Result<Option<EventId>, StoreBodyError> {
    let json = json(encoding, body)?;
    let text = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&json);
    // As lenient as the parser of events: it reads over what is wrong inside of strings and numbers.
    serde_json::from_slice::<IgnoredAny>(text).map_err(StoreBodyError::InvalidJson)?;
    Ok(store::event_id(&json))
}
