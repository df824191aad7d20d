use std::sync::Arc;

use model::{DataCategory, OrganizationId, Outcome, ProjectId, ProjectKeyId, Timestamp};
use protocol::envelope::{Envelope, EnvelopeHeaders, Item, ItemHeaders};
use services::events::ProcessedEvent;
use spool::quarantine::{QuarantineEntry, QuarantineId};

use crate::{RecordKind, RecordMeta, encoding::ContentEncoding};

/// Whose item it is and when it came: what every outcome says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) key: ProjectKeyId,
    pub(crate) received_at: Timestamp,
}

impl Origin {
    pub(crate) fn of(meta: &RecordMeta) -> Self {
        Self {
            organization: meta.organization,
            project: meta.project,
            key: meta.key,
            received_at: meta.received_at,
        }
    }
}

/// An item behind the pure steps, ready for the transaction.
#[derive(Debug)]
pub(crate) enum Processed {
    Event {
        event: Box<ProcessedEvent>,
        raw: Box<RawItem>,
    },
    /// An item of which only the outcome is kept.
    Counted {
        origin: Origin,
        outcome: Outcome,
        quantities: Vec<(DataCategory, u64)>,
    },
    /// An item that broke a step.
    Failed { raw: Box<RawItem>, error: String },
    /// A record that cannot be read at all, as it was in the spool.
    Unreadable { entry: Box<QuarantineEntry>, body: Vec<u8> },
}

impl Processed {
    /// The bytes that were received and are held in memory.
    pub(crate) fn payload_bytes(&self) -> usize {
        match self {
            Self::Event { raw, .. } | Self::Failed { raw, .. } => raw.payload.len(),
            Self::Unreadable { body, .. } => body.len(),
            Self::Counted { .. } => 0,
        }
    }
}

/// An item as it was received, with all it takes to process it once more.
#[derive(Debug)]
pub(crate) struct RawItem {
    pub(crate) id: QuarantineId,
    pub(crate) meta: Arc<RecordMeta>,
    pub(crate) envelope: Arc<EnvelopeHeaders>,
    pub(crate) headers: ItemHeaders,
    pub(crate) payload: Vec<u8>,
}

impl RawItem {
    pub(crate) fn origin(&self) -> Origin {
        Origin::of(&self.meta)
    }

    /// What goes into the quarantine: a record with an envelope of this item alone, which can be replayed by itself.
    pub(crate) fn to_record(
        &self,
        quarantined_at: Timestamp,
        error: &str,
    ) -> Result<(QuarantineEntry, Vec<u8>), serde_json::Error> {
        let mut headers = EnvelopeHeaders::clone(&self.envelope);
        headers.event_id = self.meta.event_id.or(headers.event_id);
        let item = Item {
            headers: self.headers.clone(),
            payload: self.payload.clone(),
        };
        let body = Envelope {
            headers,
            items: vec![item],
        }
        .to_bytes();
        let meta = RecordMeta {
            kind: RecordKind::Envelope,
            encoding: ContentEncoding::Identity,
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
