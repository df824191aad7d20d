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
    let sink = Sink {
        scanner: Some(Scanner::new(Limits::default())),
        visitor: Check {
            expected,
            found: Found::default(),
            mismatch: None,
        },
    };
    let Sink { scanner, mut visitor } = encoding::decode(encoding, body, sink).map_err(of_decoder)?;
    let Some(scanner) = scanner else {
        return Err(of_scanner(EnvelopeError::UnexpectedEnd));
    };
    match scanner.finish(&mut visitor) {
        Ok(_) => Ok(visitor.found),
        Err(error) => Err(visitor
            .mismatch
            .map_or_else(|| of_scanner(error), RequestError::Mismatch)),
    }
}

/// What stopped the scanner, on its way out through the decoder.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Scanner(EnvelopeError),
    #[error("{0}")]
    Mismatch(&'static str),
}

fn of_decoder(error: io::Error) -> RequestError {
    match error.downcast::<Stop>() {
        Ok(Stop::Scanner(error)) => of_scanner(error),
        Ok(Stop::Mismatch(field)) => RequestError::Mismatch(field),
        Err(error) => RequestError::Compression(error),
    }
}

fn of_scanner(error: EnvelopeError) -> RequestError {
    if error.is_too_large() {
        RequestError::EnvelopeTooLarge(error)
    } else {
        RequestError::Envelope(error)
    }
}

/// Feeds what is decompressed to the scanner.
struct Sink {
    /// `None` after an error: decoders write on when they are dropped.
    scanner: Option<Scanner>,
    visitor: Check,
}

impl Write for Sink {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let Some(mut scanner) = self.scanner.take() else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        match scanner.push(chunk, &mut self.visitor) {
            Ok(()) => {
                self.scanner = Some(scanner);
                Ok(chunk.len())
            }
            Err(error) => Err(io::Error::other(
                self.visitor.mismatch.map_or(Stop::Scanner(error), Stop::Mismatch),
            )),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Check {
    expected: Expected,
    found: Found,
    mismatch: Option<&'static str>,
}

impl Check {
    fn mismatch(&self, headers: &EnvelopeHeaders) -> Option<&'static str> {
        let Expected { project, key, origin } = &self.expected;
        if let Some(dsn) = &headers.dsn {
            if project.is_some_and(|project| project != dsn.project_id) {
                return Some("project id");
            }
            if key.is_some_and(|key| key != dsn.public_key) {
                return Some("public key");
            }
        }
        let origins = headers.origin.as_ref().zip(origin.as_ref());
        origins
            .is_some_and(|(envelope, request)| envelope != request)
            .then_some("origin")
    }
}

impl Visitor for Check {
    fn headers(&mut self, headers: EnvelopeHeaders) -> Result<(), Refused> {
        self.mismatch = self.mismatch(&headers);
        if self.mismatch.is_some() {
            return Err(Refused);
        }
        self.found.event_id = headers.event_id;
        self.found.dsn = headers.dsn;
        self.found.client = headers.sdk.map(|sdk| format!("{}/{}", sdk.name, sdk.version));
        Ok(())
    }

    fn item(&mut self, headers: &ItemHeaders) -> Disposition {
        self.found.needs_event |= headers.needs_event() || headers.creates_event();
        Disposition::Skip
    }

    fn payload(&mut self, _headers: ItemHeaders, _payload: Vec<u8>) {}
}
