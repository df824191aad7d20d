use std::sync::Arc;

use bytes::Bytes;
use model::{DataCategory, EventId, OrganizationId, Outcome, ProjectId, ProjectKeyId, Timestamp};
use protocol::envelope::{Envelope, EnvelopeHeaders, Item, ItemHeaders};
use services::{
    attachments::NewAttachment,
    events::{NewEvent, TraceOrigin},
    project_config::ProjectConfig,
    stored_items::{NewStoredItem, PreparedPayload},
    user_reports::NewUserReport,
};
use spool::quarantine::{QuarantineEntry, QuarantineId};
use store::{blobs::Prepared, events::Document};

use crate::{RecordKind, RecordMeta, encoding::ContentEncoding};

/// What an item counts as, by category.
pub(crate) type Quantities = Vec<(DataCategory, u64)>;

/// Whose item it is and when it came: what every outcome says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) key: ProjectKeyId,
    pub(crate) received_at: Timestamp,
    /// Of the event that the item is, or belongs to.
    pub(crate) event_id: Option<EventId>,
}

impl Origin {
    pub(crate) fn of(meta: &RecordMeta) -> Self {
        Self {
            organization: meta.organization,
            project: meta.project,
            key: meta.key,
            received_at: meta.received_at,
            event_id: meta.event_id,
        }
    }
}

/// An item behind the pure steps, ready for the transaction.
#[derive(Debug)]
pub(crate) enum Processed {
    /// What is to be written; then the item is accepted.
    Save {
        what: Save,
        quantities: Quantities,
        item: SpooledItem,
    },
    /// An item, or a part of one, of which only the outcome is kept.
    Counted {
        origin: Origin,
        outcome: Outcome,
        quantities: Quantities,
    },
    /// An item that broke a step.
    Failed { item: SpooledItem, error: String },
    /// A record that cannot be read at all, as it was in the spool.
    Unreadable { entry: Box<QuarantineEntry>, body: Vec<u8> },
}

/// What an accepted item becomes.
#[derive(Debug)]
pub(crate) enum Save {
    Event(Box<NewEvent>),
    Attachment(Box<NewAttachment>, Content<Prepared>),
    /// A file that was uploaded before, by the id of the upload.
    Upload(Box<NewAttachment>, EventId),
    StoredItem(Box<NewStoredItem>, Content<PreparedPayload>),
    UserReport(Box<NewUserReport>),
    /// Spans or logs of one item: rows of the event index.
    Documents(Vec<Document>),
}

impl Save {
    /// The rows of the event index.
    pub(crate) fn documents(&self) -> &[Document] {
        match self {
            Self::Event(event) => &event.documents,
            Self::Documents(documents) => documents,
            Self::Attachment(..) | Self::Upload(..) | Self::StoredItem(..) | Self::UserReport(_) => &[],
        }
    }

    /// Gives them away.
    pub(crate) fn into_documents(self) -> Vec<Document> {
        match self {
            Self::Event(event) => event.documents,
            Self::Documents(documents) => documents,
            Self::Attachment(..) | Self::Upload(..) | Self::StoredItem(..) | Self::UserReport(_) => Vec::new(),
        }
    }
}

/// Bytes that are to be kept beside the database: they are made safe before the transaction that names them.
#[derive(Debug)]
pub(crate) enum Content<P> {
    Bytes(Bytes),
    Prepared(P),
}

impl Processed {
    /// The item is counted and nothing of it is kept.
    pub(crate) fn counted(raw: &RawItem, outcome: Outcome) -> Self {
        Self::Counted {
            origin: raw.origin(),
            outcome,
            quantities: raw.quantities(),
        }
    }

    /// How much of what was received became this, and is about what it takes in memory.
    pub(crate) fn payload_bytes(&self) -> usize {
        match self {
            Self::Save { item, .. } => item.payload_bytes,
            Self::Failed { .. } => 0,
            Self::Unreadable { body, .. } => body.len(),
            Self::Counted { .. } => 0,
        }
    }
}

/// Which item of the spool something was made of. What was received is not kept beside what it became: many items wait
/// for the database at once, and the spool has it until they are in the index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpooledItem {
    pub(crate) id: QuarantineId,
    pub(crate) origin: Origin,
    /// Whether it shares the fate of the event that came with it.
    pub(crate) follows_event: bool,
    payload_bytes: usize,
}

/// An item as it was received, with all it takes to process it once more.
#[derive(Debug)]
pub(crate) struct RawItem {
    pub(crate) id: QuarantineId,
    pub(crate) meta: Arc<RecordMeta>,
    pub(crate) envelope: Arc<EnvelopeHeaders>,
    pub(crate) headers: ItemHeaders,
    pub(crate) payload: Bytes,
    /// The project in which the trace of the envelope began, if that is another one.
    pub(crate) trace_root: Option<Arc<ProjectConfig>>,
}

impl RawItem {
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            event_id: self.event_id(),
            ..Origin::of(&self.meta)
        }
    }

    pub(crate) fn spooled(&self) -> SpooledItem {
        SpooledItem {
            id: self.id,
            origin: self.origin(),
            follows_event: self.headers.follows_event(),
            payload_bytes: self.payload.len(),
        }
    }

    /// What the request was answered with, else what the envelope says.
    pub(crate) fn event_id(&self) -> Option<EventId> {
        self.meta.event_id.or(self.envelope.event_id)
    }

    /// The outcome of an item that was over a limit when its request came: the answer said so (`ingest.md` §1.6).
    pub(crate) fn limited(&self) -> Option<Outcome> {
        let limit = self.meta.limited.iter().find(|limit| limit.item == self.id.item)?;
        Some(Outcome::rate_limited(limit.reason.clone()))
    }

    /// What the envelope says about the trace that the item is part of.
    pub(crate) fn trace(&self) -> TraceOrigin<'_> {
        TraceOrigin {
            header: self.envelope.trace.as_ref(),
            root: self.trace_root.as_deref(),
        }
    }

    /// What an outcome of the whole item counts.
    pub(crate) fn quantities(&self) -> Quantities {
        self.headers.quantities(self.payload.len() as u64)
    }

    /// What goes into the quarantine: a record with an envelope of this item alone, which can be replayed by itself.
    pub(crate) fn to_record(
        &self,
        quarantined_at: Timestamp,
        error: &str,
    ) -> Result<(QuarantineEntry, Vec<u8>), serde_json::Error> {
        let mut headers = EnvelopeHeaders::clone(&self.envelope);
        headers.event_id = self.event_id();
        let item = Item {
            headers: self.headers.clone(),
            payload: self.payload.to_vec(),
        };
        let body = Envelope {
            headers,
            items: vec![item],
        }
        .to_bytes();
        let meta = RecordMeta {
            kind: RecordKind::Envelope,
            encoding: ContentEncoding::Identity,
            // The limits name items by their place among those that came with this one, which was under none.
            limited: Vec::new(),
            ..RecordMeta::clone(&self.meta)
        };
        let entry = QuarantineEntry {
            id: self.id,
            received_at: Some(self.meta.received_at),
            quarantined_at,
            project_id: Some(self.meta.project),
            kind: self.headers.item_type.name().to_owned(),
            error: error.to_owned(),
            meta: serde_json::to_vec(&meta)?,
        };
        Ok((entry, body))
    }
}
