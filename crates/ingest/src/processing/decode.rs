//! A batch of records becomes a list of items, each behind the pure steps. Runs in a thread of its own.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use bytes::Bytes;
use model::{DataCategory, Outcome, ProjectId, Timestamp};
use protocol::envelope::{Disposition, EnvelopeHeaders, ItemHeaders, ItemType, Refused, Visitor};
use services::project_config::ProjectConfig;
use spool::{
    Entry,
    quarantine::{QuarantineEntry, QuarantineId},
};

use super::{
    crashes, envelope,
    item::{Origin, Processed, RawItem},
    requests,
};
use crate::{RecordKind, RecordMeta, encoding::ContentEncoding, envelope_scan, store_body};

/// How many bytes of payloads are taken apart at once, but for a single record that holds more. What compresses well is
/// small in the spool and large here.
const PAYLOAD_BYTES: usize = 8 << 20;

/// The settings of the projects whose records are decoded; those that are gone are absent.
pub(super) type Configs = HashMap<ProjectId, Arc<ProjectConfig>>;

/// What a record says of itself, or why that cannot be read.
pub(super) type Meta = Result<Arc<RecordMeta>, String>;

pub(super) fn meta(entry: &Entry) -> Meta {
    serde_json::from_slice(&entry.meta)
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

/// Decodes the first of `records`: as many as fit, and at least one. Returns how many that were.
pub(super) fn first<'a>(
    records: impl Iterator<Item = (&'a Entry, &'a Meta)>,
    configs: &Configs,
) -> (Vec<Processed>, usize) {
    let mut items = Vec::new();
    let (mut payload_bytes, mut decoded) = (0, 0);
    for (entry, meta) in records {
        let before = items.len();
        match meta {
            Ok(meta) => record(entry, meta, configs, &mut items),
            Err(error) => items.push(unreadable(entry, error)),
        }
        decoded += 1;
        payload_bytes += items[before..].iter().map(Processed::payload_bytes).sum::<usize>();
        if payload_bytes >= PAYLOAD_BYTES {
            break;
        }
    }
    (items, decoded)
}

fn record(entry: &Entry, meta: &Arc<RecordMeta>, configs: &Configs, done: &mut Vec<Processed>) {
    let config = configs.get(&meta.project).map(Arc::as_ref);
    let root = meta.trace_root.and_then(|root| configs.get(&root));
    for split in split(entry, meta, root) {
        match (split, config) {
            (Ok(items), Some(config)) => envelope::process(items, config, done),
            (Ok(items), None) => done.extend(
                items
                    .iter()
                    .map(|item| Processed::counted(item, Outcome::invalid("project_id"))),
            ),
            (Err(result), _) => done.push(*result),
        }
    }
}

/// Each part of a record that stands for itself, as an envelope does.
fn split(entry: &Entry, meta: &Arc<RecordMeta>, trace_root: Option<&Arc<ProjectConfig>>) -> Vec<Split> {
    let refused = |outcome| {
        Box::new(Processed::Counted {
            origin: Origin::of(meta),
            outcome,
            quantities: quantities(meta.kind, entry.body.len()),
        })
    };
    match meta.kind {
        RecordKind::Envelope => vec![envelope(entry, meta, trace_root)],
        RecordKind::Store => vec![store(entry, meta)],
        _ => requests::items(entry, meta)
            .into_iter()
            .map(|items| items.map_err(refused))
            .collect(),
    }
}

/// An item as it was before the pure steps; `None` if the record has none of this number.
pub(super) fn item(entry: &Entry, number: u32) -> Option<RawItem> {
    let meta = meta(entry).ok()?;
    split(entry, &meta, None)
        .into_iter()
        .filter_map(Result::ok)
        .flat_map(|items| crashes::assemble(items, &mut Vec::new()))
        .find(|item| item.id.item == number)
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

/// What a request counts as of which no item could be made.
fn quantities(kind: RecordKind, bytes: usize) -> Vec<(DataCategory, u64)> {
    match kind {
        RecordKind::Attachments => {
            vec![
                (DataCategory::Attachment, (bytes as u64).max(1)),
                (DataCategory::AttachmentItem, 1),
            ]
        }
        kind => vec![(kind.category(), 1)],
    }
}

/// The items of a record, or what became of one that has none.
type Split = Result<Vec<RawItem>, Box<Processed>>;

fn store(entry: &Entry, meta: &Arc<RecordMeta>) -> Split {
    let payload = store_body::json(meta.encoding, &entry.body).map_err(|error| {
        tracing::warn!(project.id = %meta.project, error = %error, "a store body cannot be decoded");
        Box::new(invalid(meta, "payload"))
    })?;
    Ok(vec![RawItem {
        id: QuarantineId {
            position: entry.position,
            item: 0,
        },
        meta: Arc::clone(meta),
        envelope: Arc::default(),
        headers: ItemHeaders::new(ItemType::Event),
        payload: payload.into(),
        trace_root: None,
    }])
}

fn invalid(meta: &RecordMeta, reason: &'static str) -> Processed {
    Processed::Counted {
        origin: Origin::of(meta),
        outcome: Outcome::invalid(reason),
        quantities: vec![(DataCategory::Error, 1)],
    }
}

/// `trace_root` is the project in which the trace began, if that is another one.
fn envelope(entry: &Entry, meta: &Arc<RecordMeta>, trace_root: Option<&Arc<ProjectConfig>>) -> Split {
    let mut splitter = Splitter {
        entry,
        meta: Arc::clone(meta),
        headers: Arc::default(),
        trace_root: trace_root.cloned(),
        items: Vec::new(),
    };
    match envelope_scan::scan(meta.encoding, &entry.body, &mut splitter) {
        Ok(()) if splitter.items.is_empty() => Err(Box::new(invalid(meta, "empty_envelope"))),
        Ok(()) => Ok(splitter.items),
        // It was checked when it was accepted, so this is our mistake and worth keeping.
        Err(error) => Err(Box::new(unreadable(entry, &error.to_string()))),
    }
}

/// Takes an envelope apart into its items.
struct Splitter<'a> {
    entry: &'a Entry,
    meta: Arc<RecordMeta>,
    headers: Arc<EnvelopeHeaders>,
    trace_root: Option<Arc<ProjectConfig>>,
    items: Vec<RawItem>,
}

impl Splitter<'_> {
    fn push(&mut self, headers: ItemHeaders, payload: Bytes) {
        self.items.push(RawItem {
            id: QuarantineId {
                position: self.entry.position,
                item: u32::try_from(self.items.len()).unwrap_or(u32::MAX),
            },
            meta: Arc::clone(&self.meta),
            envelope: Arc::clone(&self.headers),
            headers,
            payload,
            trace_root: self.trace_root.clone(),
        });
    }
}

impl Visitor for Splitter<'_> {
    fn headers(&mut self, headers: EnvelopeHeaders) -> Result<(), Refused> {
        self.headers = Arc::new(headers);
        Ok(())
    }

    fn item(&mut self, headers: &ItemHeaders) -> Disposition {
        match headers.item_type {
            // What is unknown is counted, and never read.
            ItemType::Unknown(_) => Disposition::Skip,
            _ => Disposition::Keep,
        }
    }

    fn payload(&mut self, headers: ItemHeaders, payload: Cow<'_, [u8]>) {
        let payload = match payload {
            // What was not compressed is a part of the body, and need not be copied.
            Cow::Borrowed(part) if self.meta.encoding == ContentEncoding::Identity => self.entry.body.slice_ref(part),
            payload => payload.into_owned().into(),
        };
        self.push(headers, payload);
    }

    fn skipped(&mut self, headers: ItemHeaders, _length: u64) {
        self.push(headers, Bytes::new());
    }
}
