//! What is known beside the event, and what has to be asked for.

use std::cmp::Ordering;

use model::{Assignee, IssueStatus, Priority, Timestamp};

use crate::check::{AdoptedRelease, Frequency, Measure};

/// What is known when an event is decided on.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// When the event was received: what windows and intervals go by.
    pub received_at: Timestamp,
    /// That of the event.
    pub release: Option<&'a str>,
    pub issue: Issue,
    pub change: Change,
    /// When the event was received for which the rule last fired for this issue.
    pub last_fired: Option<Timestamp>,
    pub silence: Option<Silence>,
}

/// The issue as the event left it.
#[derive(Debug, Clone, Copy)]
pub struct Issue {
    pub first_seen: Timestamp,
    /// With this event.
    pub times_seen: u64,
    pub assignee: Option<Assignee>,
    pub priority: Priority,
    /// The number of its category: 1 for errors.
    pub category: i64,
    /// From 0 to 1, if anything said so.
    pub severity: Option<f64>,
    pub status: IssueStatus,
}

/// What the event did to the issue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    pub is_new: bool,
    /// It is the first of the issue in its own environment.
    pub is_new_in_environment: bool,
    pub is_regression: bool,
    /// The issue was archived.
    pub is_reappeared: bool,
    /// The issue was there, and was less urgent.
    pub became_high_priority: bool,
}

/// Why a rule is not to fire, whatever happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    Disabled,
    /// For everybody. `None`: until somebody ends it.
    Snoozed(Option<Timestamp>),
    Maintenance(Timestamp),
}

/// Where in a rule a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub(crate) u16);

/// What a rule has to know that costs a look-up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need<'r> {
    /// The events or users in [`Frequency::windows`], this event among them.
    Frequency(&'r Frequency),
    /// The project's latest release, in the environment if there is one.
    LatestRelease {
        environment: Option<&'r str>,
    },
    AdoptedRelease(&'r AdoptedRelease),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Frequency {
        now: Measure,
        /// Of the second window, where there is one.
        before: Option<Measure>,
    },
    LatestRelease(Option<String>),
    AdoptedRelease {
        of_issue: Option<String>,
        adopted: Option<String>,
        /// How the issue's compares to the adopted one; `None` if there are not both.
        order: Option<Ordering>,
    },
}

/// What was answered so far.
#[derive(Debug, Clone, Default)]
pub struct Answers(Vec<(Place, Answer)>);

impl Answers {
    pub fn add(&mut self, place: Place, answer: Answer) {
        self.0.push((place, answer));
    }

    pub(crate) fn find(&self, place: Place) -> Option<&Answer> {
        self.0.iter().find(|(of, _)| *of == place).map(|(_, answer)| answer)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.0.iter().map(|(_, answer)| answer)
    }
}
