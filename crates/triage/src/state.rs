//! What an issue is, as far as people and events change it.

use std::time::Duration;

use model::{ActivityKind, InboxReason, IssueStatus, Priority, Substatus, Timestamp, UserId};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub status: IssueStatus,
    /// Of what is resolved it says nothing, and is [`Substatus::Ongoing`].
    pub substatus: Substatus,
    /// Since when status and substatus are as they are.
    pub since: Timestamp,
    pub priority: Priority,
    pub initial_priority: Priority,
    /// Set when a person has decided on the priority.
    pub priority_locked_at: Option<Timestamp>,
    /// Of resolved issues only.
    pub resolution: Option<Resolution>,
    /// Of archived issues only.
    pub snooze: Option<Snooze>,
    /// Why somebody should look at it.
    pub review: Option<Review>,
}

impl State {
    pub fn of_new_issue(priority: Priority, now: Timestamp) -> Self {
        Self {
            status: IssueStatus::Unresolved,
            substatus: Substatus::New,
            since: now,
            priority,
            initial_priority: priority,
            priority_locked_at: None,
            resolution: None,
            snooze: None,
            review: Some(Review {
                reason: InboxReason::New,
                since: now,
            }),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub at: Timestamp,
    /// `None`: Tocsin itself.
    pub by: Option<UserId>,
    pub kind: ResolutionKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolutionKind {
    Now,
    /// Nothing came for as long as the project waits.
    ByAge,
    InRelease(Release),
    /// In the one that comes after this.
    InNextRelease {
        after: Release,
    },
    InCommit {
        repository: String,
        commit: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    /// When it was released, else when it came to be known.
    pub date: Timestamp,
}

/// Until when an issue is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snooze {
    Forever,
    /// Until far more events come than did.
    UntilEscalating,
    /// Until one of these holds; at least one is there.
    UntilCondition {
        events: Option<Target>,
        users: Option<Target>,
        until: Option<Timestamp>,
    },
}

/// So many events or users more than there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub more: i64,
    /// Within a time as long as this: a rate.
    pub window: Option<Duration>,
    /// How many there were when the issue was archived.
    pub base: i64,
}

impl Snooze {
    /// That of an issue which is archived so.
    pub fn substatus(&self) -> Substatus {
        match self {
            Self::Forever => Substatus::ArchivedForever,
            Self::UntilEscalating => Substatus::ArchivedUntilEscalating,
            Self::UntilCondition { .. } => Substatus::ArchivedUntilConditionMet,
        }
    }
}

impl Target {
    /// In minutes, as clients and the store have it.
    pub fn window_minutes(self) -> Option<i64> {
        self.window.and_then(|window| i64::try_from(window.as_secs() / 60).ok())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    pub reason: InboxReason,
    pub since: Timestamp,
}

/// What somebody does to an issue.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Resolve(ResolutionKind),
    Archive(Snooze),
    /// Makes it unresolved and ongoing.
    Reopen,
    /// Makes it unresolved, and new, ongoing, regressed or escalating, as the caller says.
    SetSubstatus(Substatus),
    SetPriority(Priority),
    /// Somebody has looked at it.
    MarkReviewed,
    /// Somebody should look at it.
    AskForReview,
}

/// What an activity says beside its kind.
pub type Data = Map<String, Value>;

/// Something that happened to an issue and is to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub kind: ActivityKind,
    pub data: Data,
}

/// A change of an issue: how it is afterwards, and what is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub state: State,
    /// Most have one. A change of the review alone may have none.
    pub activities: Vec<Activity>,
}
