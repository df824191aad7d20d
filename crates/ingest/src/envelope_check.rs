//! A look at an envelope before it is accepted: that it is whole and within its limits, and what its headers say. No
//! payload is kept, so a body of any size passes through a few kilobytes of memory.

use std::io::{self, Write};

use model::{EventId, ProjectId};
use protocol::{
    dsn::{Dsn, PublicKey},
    envelope::{Disposition, EnvelopeError, EnvelopeHeaders, ItemHeaders, Limits, Refused, Scanner, Visitor},
};

use crate::{
    encoding::{self, ContentEncoding},
    error::RequestError,
};

/// What the request said, for the envelope's headers to agree with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    pub(crate) project: Option<ProjectId>,
    pub(crate) key: Option<PublicKey>,
    pub(crate) origin: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) event_id: Option<EventId>,
    pub(crate) dsn: Option<Dsn>,
    /// `name/version` of the SDK.
    pub(crate) client: Option<String>,
    /// Whether an item belongs to an event, so that there must be an id.
    pub(crate) needs_event: bool,
}

pub(crate) fn check(encoding: ContentEncoding, body: &[u8], expected: Expected) -> Result<Found, RequestError> {
    let scanner = Scanner::new(Limits::default());
    let sink = Sink { scanner, visitor: Check { expected, found: Found::default(), mismatch: None }, error: None };
    let mut decoder = encoding::Decoder::new(encoding, sink).map_err(RequestError::Compression)?;
    for chunk in body.chunks(encoding::BUFFER) {
        if let Err(error) = decoder.push(chunk) {
            return Err(why(decoder.into_sink(), error));
        }
    }
    let Sink { scanner, mut visitor, .. } = decoder.finish().map_err(RequestError::Compression)?;
    match scanner.finish(&mut visitor) {
        Ok(_) => Ok(visitor.found),
        Err(error) => Err(visitor.explain(error)),
    }
}
