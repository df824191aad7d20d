//! What of events, spans and logs goes into the event index.
//!
//! Lives here: how each field of the index is filled, with the meaning that it has in Sentry's Discover. Everything is
//! made of what was normalized, scrubbed and trimmed, so nothing can be found that may not be seen. Pure, and bounded: a
//! field holds at most [`MAX_FIELD_CHARS`], a tag [`MAX_TAG_CHARS`]; what is longer is whole in the payload, and its
//! words in the text that is searched.
//!
//! A document is made with `sequence` 0; who writes it numbers it.

mod builder; // a document within its bounds,
mod search_text; // and what free text finds

mod event; // errors, messages, reports, feedback,
mod exceptions;
mod transaction; // and transactions, with their spans

mod attributes; // what spans and logs say of themselves
mod log;
mod span;

use model::{EventId, ProjectId, Timestamp};
use protocol::event::EventType;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::events::Document;

use super::ProcessedEvent;

pub use builder::{MAX_FIELD_CHARS, MAX_TAG_CHARS};
pub(crate) use exceptions::frames;

/// The document of an event; behind that of a transaction those of its spans.
pub fn of_event(processed: &ProcessedEvent) -> Vec<Document> {
    let mut documents = vec![event::document(processed)];
    if processed.event.kind == EventType::Transaction {
        documents.extend(transaction::spans(processed));
    }
    documents
}

/// Where a span or log was found that was sent alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    pub project: ProjectId,
    pub received_at: Timestamp,
    /// The place of its record in the spool,
    pub position: u64,
    /// of its item in the record,
    pub item: u32,
    /// and its own in the item.
    pub member: u32,
}

impl Source {
    /// The same whenever the record is read, and of no other place.
    fn id(&self) -> EventId {
        let hash = Sha256::new()
            .chain_update(self.project.0.to_be_bytes())
            .chain_update(self.received_at.0.to_be_bytes())
            .chain_update(self.position.to_be_bytes())
            .chain_update(self.item.to_be_bytes())
            .chain_update(self.member.to_be_bytes())
            .finalize();
        EventId(std::array::from_fn(|place| hash[place]))
    }
}

/// Of a span that was sent alone, in the form of today (`ingest.md` §7.3).
pub fn of_span(source: &Source, span: &Value) -> Document {
    span::document(source, span)
}

/// Of a log in its form as JSON (`ingest.md` §11).
pub fn of_log(source: &Source, log: &Value) -> Document {
    log::document(source, log)
}
