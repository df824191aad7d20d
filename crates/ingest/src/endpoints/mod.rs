//! One file per kind of endpoint: what it takes, and how it answers (`ingest.md` §1.1).

pub(crate) mod attachments;
pub(crate) mod cors;
pub(crate) mod crash;
pub(crate) mod cron;
pub(crate) mod drain;
pub(crate) mod envelope;
pub(crate) mod health;
pub(crate) mod otlp;
pub(crate) mod security;
pub(crate) mod store;
pub(crate) mod upload;

use std::borrow::Cow;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use model::EventId;
use serde_json::json;

use crate::{
    encoding::{self, Bounded, ContentEncoding, Counted},
    error::RequestError,
};

/// `{"id": …}`, or `{}` for what is no event.
fn event_answer(event_id: Option<EventId>) -> Response {
    match event_id {
        Some(id) => Json(json!({ "id": id })).into_response(),
        None => Json(json!({})).into_response(),
    }
}

/// A UUID with dashes, as crash reporters show it to people.
fn hyphenated(id: EventId) -> String {
    let id = id.to_string();
    format!(
        "{}-{}-{}-{}-{}",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    )
}

/// A body as it was before it was coded, at most `limit` bytes of it.
fn decoded(encoding: ContentEncoding, body: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, RequestError> {
    // First without keeping anything: what is too large costs no memory.
    let length = check_bytes(encoding, body, limit)?;
    if encoding == ContentEncoding::Identity {
        return Ok(Cow::Borrowed(body));
    }
    let sink = Bounded::new(usize::try_from(length).unwrap_or(usize::MAX));
    let decoded = encoding::decode(encoding, body, sink).map_err(RequestError::Compression)?;
    Ok(Cow::Owned(decoded.bytes))
}

/// Checks that a body of bytes can be decompressed within a limit.
fn check_bytes(encoding: ContentEncoding, body: &[u8], limit: u64) -> Result<u64, RequestError> {
    let decoded = encoding::decode(encoding, body, Counted::new(limit));
    decoded.map(|counted| counted.bytes).map_err(|error| {
        if encoding::is_too_large(&error) {
            RequestError::Bomb(limit)
        } else {
            RequestError::Compression(error)
        }
    })
}
