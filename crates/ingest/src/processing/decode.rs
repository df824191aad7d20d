//! A batch of records becomes a list of items, each behind the pure steps. Runs on the blocking pool.

use std::sync::Arc;

use model::{DataCategory, Outcome, Timestamp};
use protocol::envelope::{Disposition, EnvelopeHeaders, ItemHeaders, ItemType, Refused, Visitor};
use spool::{
    Entry,
    quarantine::{QuarantineEntry, QuarantineId},
};

use super::{
    event,
    item::{Origin, Processed, RawItem},
};
use crate::{RecordKind, RecordMeta, envelope_scan, store_body};

/// How many bytes of payloads are taken apart at once, but for a single record that holds more. What compresses well is
/// small in the spool and large here.
const PAYLOAD_BYTES: usize = 8 << 20;

/// Decodes the first of `entries`: as many as fit, and at least one. Returns how many that were.
pub(super) fn first(entries: &[Entry]) -> (Vec<Processed>, usize) {
    let mut items = Vec::with_capacity(entries.len());
    let mut payload_bytes = 0;
    for (number, entry) in entries.iter().enumerate() {
        let before = items.len();
        record(entry, &mut items);
        payload_bytes += items[before..].iter().map(Processed::payload_bytes).sum::<usize>();
        if payload_bytes >= PAYLOAD_BYTES {
            return (items, number + 1);
        }
    }
    (items, entries.len())
}

fn record(entry: &Entry, items: &mut Vec<Processed>) {
    let meta: Arc<RecordMeta> = match serde_json::from_slice(&entry.meta) {
        Ok(meta) => Arc::new(meta),
        Err(error) => return items.push(unreadable(entry, &error.to_string())),
    };
    match meta.kind {
        RecordKind::Envelope => envelope(entry, &meta, items),
        RecordKind::Store => store(entry, &meta, items),
        _ => items.push(Processed::Counted {
            origin: Origin::of(&meta),
            outcome: Outcome::ACCEPTED,
            quantities: quantities(meta.kind, entry.body.len()),
        }),
    }
}

fn unreadable(entry: &Entry, error: &str) -> Processed {
    let entry_of_quarantine = QuarantineEntry {
        id: QuarantineId {
            position: entry.position,
            item: 0,
        },
        received_at: None,
        quarantined_at: Timestamp::default(),
        project_id: None,
        kind: "record".to_owned(),
        error: error.to_owned(),
        meta: entry.meta.to_vec(),
    };
    Processed::Unreadable {
        entry: Box::new(entry_of_quarantine),
        body: entry.body.to_vec(),
    }
}

/// What a request to one of the endpoints beside envelope and store counts as.
fn quantities(kind: RecordKind, bytes: usize) -> Vec<(DataCategory, u64)> {
    match kind {
        RecordKind::Envelope | RecordKind::Store => Vec::new(),
        RecordKind::Security | RecordKind::Nel => vec![(DataCategory::Security, 1)],
        RecordKind::Minidump | RecordKind::Unreal => vec![(DataCategory::Error, 1)],
        RecordKind::Attachments => {
            vec![
                (DataCategory::Attachment, (bytes as u64).max(1)),
                (DataCategory::AttachmentItem, 1),
            ]
        }
        RecordKind::CheckIn => vec![(DataCategory::Monitor, 1)],
        RecordKind::OtlpTraces => vec![(DataCategory::Span, 1)],
        RecordKind::OtlpLogs => vec![(DataCategory::LogItem, 1)],
    }
}

fn store(entry: &Entry, meta: &Arc<RecordMeta>, items: &mut Vec<Processed>) {
    match store_body::json(meta.encoding, &entry.body) {
        Ok(payload) => items.push(event::process(RawItem {
            id: QuarantineId {
                position: entry.position,
                item: 0,
            },
            meta: Arc::clone(meta),
            envelope: Arc::new(EnvelopeHeaders::default()),
            headers: ItemHeaders::new(ItemType::Event),
            payload,
        })),
        Err(error) => {
            tracing::warn!(project.id = %meta.project, error = %error, "a store body cannot be decoded");
            items.push(invalid(meta, "payload"));
        }
    }
}

fn invalid(meta: &RecordMeta, reason: &'static str) -> Processed {
    Processed::Counted {
        origin: Origin::of(meta),
        outcome: Outcome::invalid(reason),
        quantities: vec![(DataCategory::Error, 1)],
    }
}

fn envelope(entry: &Entry, meta: &Arc<RecordMeta>, items: &mut Vec<Processed>) {
    let mut splitter = Splitter {
        entry,
        meta: Arc::clone(meta),
        headers: Arc::default(),
        has_event: false,
        number: 0,
        items: Vec::new(),
    };
    match envelope_scan::scan(meta.encoding, &entry.body, &mut splitter) {
        Ok(()) if splitter.items.is_empty() => items.push(invalid(meta, "empty_envelope")),
        Ok(()) => items.extend(splitter.items),
        // It was checked when it was accepted, so this is our mistake and worth keeping.
        Err(error) => items.push(unreadable(entry, &error.to_string())),
    }
}

/// Takes the items of an envelope apart.
struct Splitter<'a> {
    entry: &'a Entry,
    meta: Arc<RecordMeta>,
    headers: Arc<EnvelopeHeaders>,
    /// An envelope holds one event; a second is refused.
    has_event: bool,
    number: u32,
    items: Vec<Processed>,
}

impl Visitor for Splitter<'_> {
    fn headers(&mut self, headers: EnvelopeHeaders) -> Result<(), Refused> {
        self.headers = Arc::new(headers);
        Ok(())
    }

    fn item(&mut self, headers: &ItemHeaders) -> Disposition {
        match headers.item_type {
            ItemType::Event if !self.has_event => Disposition::Keep,
            _ => Disposition::Skip,
        }
    }

    fn payload(&mut self, headers: ItemHeaders, payload: Vec<u8>) {
        self.has_event = true;
        let raw = RawItem {
            id: QuarantineId {
                position: self.entry.position,
                item: self.number,
            },
            meta: Arc::clone(&self.meta),
            envelope: Arc::clone(&self.headers),
            headers,
            payload,
        };
        self.number += 1;
        self.items.push(event::process(raw));
    }

    fn skipped(&mut self, headers: ItemHeaders, length: u64) {
        self.number += 1;
        let outcome = match &headers.item_type {
            ItemType::Unknown(_) => Outcome::invalid("unknown_item"),
            _ if headers.creates_event() && self.has_event => Outcome::invalid("duplicate_item"),
            _ => Outcome::ACCEPTED,
        };
        self.has_event |= headers.creates_event();
        let mut quantities = headers.quantities(length);
        if let ItemType::Unknown(name) = &headers.item_type {
            tracing::debug!(item.name = %name.chars().take(64).collect::<String>(), "an item of an unknown type");
            quantities = vec![(DataCategory::Unknown, 1)];
        }
        self.items.push(Processed::Counted {
            origin: Origin::of(&self.meta),
            outcome,
            quantities,
        });
    }
}
