//! Requests that are no envelopes become the items that an envelope would have carried (`ingest.md` §1.1).

mod attachments;
mod check_in;
pub(super) mod crash;
pub(super) mod integration;
mod report;

use std::sync::Arc;

use bytes::Bytes;
use model::{EventId, Outcome};
use protocol::{
    envelope::{EnvelopeHeaders, ItemHeaders, Limits},
    items::Invalid,
};
use spool::{Entry, quarantine::QuarantineId};

use super::{item::RawItem, stored};
use crate::{
    RecordKind, RecordMeta,
    encoding::{self, Bounded, ContentEncoding},
};

/// The items of one envelope, or why a request holds none; a request may stand for several envelopes.
pub(super) type Items = Result<Vec<RawItem>, Outcome>;

/// Takes a request apart.
pub(super) fn items(entry: &Entry, meta: &Arc<RecordMeta>) -> Vec<Items> {
    let request = match Request::read(entry, meta) {
        Ok(request) => request,
        Err(error) => return vec![Err(stored::invalid(meta, &error))],
    };
    let items = match meta.kind {
        RecordKind::Security | RecordKind::Nel => return report::items(&request),
        RecordKind::Minidump | RecordKind::Playstation => crash::form(&request),
        RecordKind::Unreal => Ok(crash::unreal(&request)),
        RecordKind::Attachments => attachments::items(&request),
        RecordKind::CheckIn => check_in::items(&request),
        RecordKind::OtlpTraces | RecordKind::OtlpLogs | RecordKind::VercelLogs | RecordKind::HerokuLogs => {
            integration::items(&request)
        }
        RecordKind::Envelope | RecordKind::Store | RecordKind::Upload => Ok(Vec::new()),
    };
    vec![items.map_err(|error| stored::invalid(meta, &error))]
}

/// A request with its body as it was before it was coded for the way.
struct Request<'a> {
    entry: &'a Entry,
    meta: &'a Arc<RecordMeta>,
    body: Bytes,
}

impl<'a> Request<'a> {
    fn read(entry: &'a Entry, meta: &'a Arc<RecordMeta>) -> Result<Self, Invalid> {
        let body = if meta.encoding == ContentEncoding::Identity {
            entry.body.clone()
        } else {
            let limit = usize::try_from(Limits::default().max_envelope_bytes).unwrap_or(usize::MAX);
            let decoded = encoding::decode(meta.encoding, &entry.body, Bounded::new(limit));
            let decoded = decoded.map_err(|error| Invalid {
                reason: "invalid_compression",
                detail: error.to_string(),
            })?;
            decoded.bytes.into()
        };
        Ok(Self { entry, meta, body })
    }

    /// The whole header, with its parameters.
    fn content_type(&self) -> &str {
        let header = self.meta.headers.iter().find(|(name, _)| name == "content-type");
        header.map_or("", |(_, value)| value)
    }

    fn query(&self) -> &str {
        self.meta.query.as_deref().unwrap_or_default()
    }

    fn item(&self, number: usize, headers: ItemHeaders, payload: impl Into<Bytes>) -> RawItem {
        self.item_of(Arc::default(), number, headers, payload)
    }

    /// An item of an envelope of its own, with an event that only it has.
    fn item_of_event(&self, event_id: EventId, number: usize, headers: ItemHeaders, payload: String) -> RawItem {
        let envelope = EnvelopeHeaders {
            event_id: Some(event_id),
            ..EnvelopeHeaders::default()
        };
        self.item_of(Arc::new(envelope), number, headers, payload)
    }

    fn item_of(
        &self,
        envelope: Arc<EnvelopeHeaders>,
        number: usize,
        headers: ItemHeaders,
        payload: impl Into<Bytes>,
    ) -> RawItem {
        RawItem {
            id: QuarantineId {
                position: self.entry.position,
                item: u32::try_from(number).unwrap_or(u32::MAX),
            },
            meta: Arc::clone(self.meta),
            envelope,
            headers,
            payload: payload.into(),
            trace_root: None,
        }
    }
}
