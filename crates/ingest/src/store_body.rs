//! The body of the store endpoint: one event as JSON, or as base64 of JSON, or of zlib of JSON.

use std::io;

use protocol::store;

use crate::encoding::{Bounded, ContentEncoding, decode};

/// The largest event, decoded (`ingest.md` §1.5).
pub const MAX_EVENT_BYTES: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum StoreBodyError {
    #[error("the body could not be decompressed: {0}")]
    Compression(io::Error),
    #[error("the event is larger than {MAX_EVENT_BYTES} bytes")]
    TooLarge,
    #[error("the body is neither JSON nor base64 of it")]
    Unknown,
}

impl From<io::Error> for StoreBodyError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge { Self::TooLarge } else { Self::Compression(error) }
    }
}

/// Gives the JSON text of the event; whether it is JSON is not checked.
pub fn json(encoding: ContentEncoding, body: &[u8]) -> Result<Vec<u8>, StoreBodyError> {
    // Base64 takes a third more than what it holds.
    let body = decode(encoding, body, Bounded::new(MAX_EVENT_BYTES * 2))?.bytes;
    let json = match store::sniff(&body).ok_or(StoreBodyError::Unknown)? {
        store::Form::Json => body,
        store::Form::Base64 => {
            let decoded = store::decode_base64(&body).ok_or(StoreBodyError::Unknown)?;
            if store::is_zlib(&decoded) {
                decode(ContentEncoding::Deflate, &decoded, Bounded::new(MAX_EVENT_BYTES))?.bytes
            } else {
                decoded
            }
        }
    };
    if json.len() > MAX_EVENT_BYTES { Err(StoreBodyError::TooLarge) } else { Ok(json) }
}
