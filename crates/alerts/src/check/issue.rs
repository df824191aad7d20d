//! What is asked of an issue: its age, its assignee, its releases, its kind.

use std::time::Duration;

use model::{Assignee, Priority, TeamId, UserId};
use serde_json::{Map, Value, json};

use crate::{
    names::names,
    reader::{Field, Input, Reader, number},
    rule::Names,
};

names! {
    pub enum Older {
        Older = "older" "older",
        Newer = "newer" "newer",
    }

    pub enum Unit {
        Minute = "minute" "minute(s)",
        Hour = "hour" "hour(s)",
        Day = "day" "day(s)",
        Week = "week" "week(s)",
    }

    pub enum ReleaseAge {
        Oldest = "oldest" "oldest",
        Newest = "newest" "newest",
    }

    enum AssigneeKind {
        Unassigned = "Unassigned" "no one",
        Team = "Team" "the team",
        Member = "Member" "the member",
    }

    enum PriorityName {
        High = "75" "high",
        Medium = "50" "medium",
        Low = "25" "low",
    }

    pub enum Category {
        Error = "1" "error",
        Performance = "2" "performance",
        Profile = "3" "profile",
        Cron = "4" "cron",
        Replay = "5" "replay",
        Feedback = "6" "feedback",
        Uptime = "7" "uptime",
        Outage = "10" "outage",
        Metric = "11" "metric",
        Query = "12" "database query",
        Http = "13" "HTTP client",
        Frontend = "14" "front end",
        Mobile = "15" "mobile",
    }
}

/// The issue is older, or newer, than so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    pub than: Older,
    pub value: u32,
    pub unit: Unit,
}

/// A release of the issue is older, or newer, than the latest one that users have taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedRelease {
    /// Which of the issue's releases.
    pub of_issue: ReleaseAge,
    pub than_adopted: Older,
    pub environment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignedTo {
    Nobody,
    Somebody(Assignee),
}

pub(super) const AGE_FIELDS: &[Field] = &[
    Field::choice::<Older>("comparison_type", "older"),
    Field::whole("value", 0, 1_000_000),
    Field::choice::<Unit>("time", "minute"),
];
pub(super) const OCCURRENCES_FIELDS: &[Field] = &[Field::whole("value", 1, 1_000_000_000)];
pub(super) const ASSIGNED_FIELDS: &[Field] = &[
    Field::choice::<AssigneeKind>("targetType", "Unassigned"),
    Field::of("targetIdentifier", Input::Target),
];
pub(super) const ADOPTED_FIELDS: &[Field] = &[
    Field::choice::<ReleaseAge>("oldest_or_newest", "oldest"),
    Field::choice::<Older>("older_or_newer", "newer"),
    Field::text("environment", 64),
];
pub(super) const CATEGORY_FIELDS: &[Field] = &[Field::choice::<Category>("value", "")];
pub(super) const SEVERITY_FIELDS: &[Field] = &[Field::decimal("value", 0.0, 1.0)];
pub(super) const PRIORITY_FIELDS: &[Field] = &[Field::choice::<PriorityName>("value", "75")];

impl Age {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let than = reader.choice("comparison_type");
        let value = reader.whole("value");
        let unit = reader.choice("time");
        Some(Self {
            than: than?,
            value: u32::try_from(value?).ok()?,
            unit: unit?,
        })
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("comparison_type".to_owned(), json!(self.than.name()));
        wire.insert("value".to_owned(), json!(self.value));
        wire.insert("time".to_owned(), json!(self.unit.name()));
    }

    pub(crate) fn duration(&self) -> Duration {
        let minutes = match self.unit {
            Unit::Minute => 1,
            Unit::Hour => 60,
            Unit::Day => 24 * 60,
            Unit::Week => 7 * 24 * 60,
        };
        Duration::from_secs(u64::from(self.value) * minutes * 60)
    }

    pub(super) fn text(&self) -> String {
        format!(
            "the issue is {} than {} {}",
            self.than.text(),
            self.value,
            self.unit.text()
        )
    }
}

impl AdoptedRelease {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let of_issue = reader.choice("oldest_or_newest");
        let than_adopted = reader.choice("older_or_newer");
        let environment = reader.text("environment");
        Some(Self {
            of_issue: of_issue?,
            than_adopted: than_adopted?,
            environment: environment?,
        })
    }

    /// Whether it is about the oldest release of the issue, not its newest.
    pub fn is_of_oldest(&self) -> bool {
        matches!(self.of_issue, ReleaseAge::Oldest)
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        wire.insert("oldest_or_newest".to_owned(), json!(self.of_issue.name()));
        wire.insert("older_or_newer".to_owned(), json!(self.than_adopted.name()));
        wire.insert("environment".to_owned(), json!(self.environment));
    }

    pub(super) fn text(&self) -> String {
        let (of_issue, than) = (self.of_issue.text(), self.than_adopted.text());
        let environment = &self.environment;
        format!("the {of_issue} release of the issue is {than} than the latest adopted release in {environment}")
    }
}

impl AssignedTo {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = reader.choice("targetType")?;
        if kind == AssigneeKind::Unassigned {
            return Some(Self::Nobody);
        }
        let id = reader.scalar("targetIdentifier").and_then(|id| id.parse().ok());
        let Some(id) = id else {
            reader.problem("targetIdentifier", "this field is required");
            return None;
        };
        Some(Self::Somebody(match kind {
            AssigneeKind::Team => Assignee::Team(TeamId(id)),
            _ => Assignee::User(UserId(id)),
        }))
    }

    fn parts(&self) -> (AssigneeKind, String) {
        match self {
            Self::Nobody => (AssigneeKind::Unassigned, String::new()),
            Self::Somebody(Assignee::Team(team)) => (AssigneeKind::Team, team.to_string()),
            Self::Somebody(Assignee::User(user)) => (AssigneeKind::Member, user.to_string()),
        }
    }

    pub(super) fn write(&self, wire: &mut Map<String, Value>) {
        let (kind, id) = self.parts();
        wire.insert("targetType".to_owned(), json!(kind.name()));
        wire.insert("targetIdentifier".to_owned(), json!(id));
    }

    pub(super) fn text(&self, names: &Names) -> String {
        let whom = match self {
            Self::Nobody => "no one".to_owned(),
            Self::Somebody(assignee) => names.of_assignee(*assignee),
        };
        format!("the issue is assigned to {whom}")
    }
}

impl Category {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.choice("value")
    }

    /// As [`crate::Issue::category`].
    pub fn number(self) -> i64 {
        self.name().parse().expect("the names are numbers")
    }
}

pub(super) fn read_priority(reader: &mut Reader<'_>) -> Option<Priority> {
    Some(match reader.choice::<PriorityName>("value")? {
        PriorityName::High => Priority::High,
        PriorityName::Medium => Priority::Medium,
        PriorityName::Low => Priority::Low,
    })
}

pub(super) fn write_value(wire: &mut Map<String, Value>, value: f64) {
    wire.insert("value".to_owned(), number(value));
}
