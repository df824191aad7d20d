//! Events as they are read back.

use model::{EventId, IssueId, ProjectId, Timestamp};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub project: ProjectId,
    pub id: EventId,
    /// `None` for what belongs to no issue, as transactions.
    pub issue: Option<IssueId>,
    /// `error`, `transaction`, …
    pub event_type: String,
    /// Of the hashes, the one that names the event; empty without an issue.
    pub hash: String,
    /// The grouping strategy that made the hash; empty without an issue.
    pub grouping_strategy: String,
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    /// Empty when the event names none.
    pub environment: String,
    /// `id:…`, `username:…`, `email:…` or `ip:…`; empty for an event without a user.
    pub user_tag: String,
    /// The normalized event as JSON.
    pub payload: String,
}

/// Where an event stands among those of its issue: oldest first, the id decides between equal times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    pub timestamp: Timestamp,
    pub id: EventId,
}

impl StoredEvent {
    pub fn place(&self) -> EventPlace {
        EventPlace {
            timestamp: self.timestamp,
            id: self.id,
        }
    }
}

/// Which events to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsOf {
    /// Those that belong to an issue.
    Project(ProjectId),
    Issue(ProjectId, IssueId),
}

impl EventsOf {
    pub fn project(self) -> ProjectId {
        match self {
            Self::Project(project) | Self::Issue(project, _) => project,
        }
    }
}

/// A page of a list, newest first: at most `limit` events that stand before (older) or after (newer) `place`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPage {
    pub start: PageStart,
    pub limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    Newest,
    OlderThan(EventPlace),
    NewerThan(EventPlace),
}

impl PageStart {
    /// The last page: newer than the beginning of time.
    pub const OLDEST: Self = Self::NewerThan(EventPlace {
        timestamp: Timestamp(i64::MIN),
        id: EventId([0; 16]),
    });
}
