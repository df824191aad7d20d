//! A look at an envelope before it is accepted: that it is whole and within its limits, and what its headers say. No
//! payload is kept, so a body of any size passes through a few kilobytes of memory.

use std::borrow::Cow;

use model::{EventId, ProjectId};
use protocol::{
    dsn::{Dsn, PublicKey},
    envelope::{Disposition, EnvelopeHeaders, ItemHeaders, Refused, Visitor},
};

use crate::{
    encoding::ContentEncoding,
    envelope_scan::{self, ScanError},
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
    /// The key of the project in which the trace began.
    pub(crate) trace_key: Option<String>,
    /// With the lengths of their payloads.
    pub(crate) items: Vec<(ItemHeaders, u64)>,
}

pub(crate) fn check(encoding: ContentEncoding, body: &[u8], expected: Expected) -> Result<Found, RequestError> {
    let mut check = Check {
        expected,
        found: Found::default(),
        mismatch: None,
    };
    match envelope_scan::scan(encoding, body, &mut check) {
        Ok(()) => Ok(check.found),
        Err(ScanError::Compression(error)) => Err(RequestError::Compression(error)),
        Err(ScanError::Envelope(error)) => Err(match check.mismatch {
            Some(field) => RequestError::Mismatch(field),
            None if error.is_too_large() => RequestError::EnvelopeTooLarge(error),
            None => RequestError::Envelope(error),
        }),
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
        self.found.trace_key = headers
            .trace
            .as_ref()
            .and_then(|trace| Some(trace.get("public_key")?.as_str()?.to_owned()));
        self.found.client = headers.sdk.map(|sdk| format!("{}/{}", sdk.name, sdk.version));
        Ok(())
    }

    fn item(&mut self, headers: &ItemHeaders) -> Disposition {
        self.found.needs_event |= headers.needs_event() || headers.creates_event();
        Disposition::Skip
    }

    fn payload(&mut self, headers: ItemHeaders, payload: Cow<'_, [u8]>) {
        self.skipped(headers, payload.len() as u64);
    }

    fn skipped(&mut self, headers: ItemHeaders, length: u64) {
        self.found.items.push((headers, length));
    }
}
