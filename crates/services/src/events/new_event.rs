use model::{EventId, Level, ProjectId, Timestamp};
use normalize::Summary;
use protocol::event::{Event, EventType};
use store::{events::Document, issues::Sighting};

use super::{ProcessedEvent, RuleOwners};

/// What is written of a processed event. A batch of them waits for the database, so it holds nothing else: the event
/// itself takes several times as much.
#[derive(Debug)]
pub struct NewEvent {
    pub project: ProjectId,
    pub id: EventId,
    pub received_at: Timestamp,
    pub seen: Sighting,
    /// Empty when the event names none.
    pub environment: String,
    /// `id:…`, `username:…`, `email:…` or `ip:…`; empty for an event without a user.
    pub user: String,
    /// The primary hash first; none for what belongs to no issue, as transactions.
    pub hashes: Vec<String>,
    /// Of the strategy that the project moves away from.
    pub previous_hashes: Vec<String>,
    pub owners: Option<RuleOwners>,
    /// What the alert rules of the project find in the event; empty where there is none, and for what belongs to no issue.
    pub alerts: Vec<alerts::Facts>,
    /// What rules for the names of transactions are learned from.
    pub transaction_name: Option<String>,
    /// For the event index: that of the event, and behind it those of its spans.
    pub documents: Vec<Document>,
}

impl From<ProcessedEvent> for NewEvent {
    fn from(processed: ProcessedEvent) -> Self {
        let seen = sighting(&processed.event, &processed.summary, processed.received_at);
        let (mut hashes, mut previous_hashes) = (Vec::new(), Vec::new());
        if let Some(grouping) = &processed.grouping {
            hashes.extend(grouping.hashes.iter().map(ToString::to_string));
            previous_hashes.extend(grouping.previous_hashes.iter().map(ToString::to_string));
        }
        let event = processed.event;
        let transaction_name = match processed.grouping {
            None => normalize::transaction::sample_name(&event).map(str::to_owned),
            Some(_) => None,
        };
        Self {
            project: processed.project,
            id: processed.id,
            received_at: processed.received_at,
            seen,
            hashes,
            previous_hashes,
            owners: processed.owners,
            alerts: processed.alerts,
            transaction_name,
            environment: event.environment.unwrap_or_default(),
            user: event.user.and_then(|user| user.sentry_user).unwrap_or_default(),
            documents: processed.documents,
        }
    }
}

/// What an event that went through all pure steps tells about its issue.
pub(crate) fn sighting(event: &Event, summary: &Summary, received_at: Timestamp) -> Sighting {
    let metadata = &summary.metadata;
    let unhandled = event.exception.iter().any(|exception| {
        exception
            .mechanism
            .as_ref()
            .is_some_and(|mechanism| mechanism.handled == Some(false))
    });
    Sighting {
        at: event.timestamp.unwrap_or(received_at),
        event_type: event.kind.name().to_owned(),
        title: metadata.title.clone(),
        culprit: metadata.culprit.clone(),
        metadata: metadata.metadata.clone(),
        search_text: metadata.search_text.clone(),
        level: event.level.unwrap_or(if event.kind == EventType::Transaction {
            Level::Info
        } else {
            Level::Error
        }),
        platform: event.platform.clone().unwrap_or_else(|| "other".to_owned()),
        logger: event.logger.clone().unwrap_or_default(),
        unhandled,
        release: event.release.clone(),
    }
}
