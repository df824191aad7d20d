use std::fmt;

use askama::filters::HtmlSafe;
use model::{IssueStatus, Level, Priority, Substatus, Timestamp, UserId};
use services::issues::ShortId;
use store::{issues::Issue, users::User};

use crate::{chart::Sparkline, shell, text, visit};

/// One row of the issue list.
#[derive(Debug, Clone)]
pub(crate) struct IssueRow {
    pub(crate) id: i64,
    pub(crate) short_id: String,
    pub(crate) level: Level,
    /// The exception's type, or the whole title of what is no exception.
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) culprit: String,
    pub(crate) badges: Vec<Badge>,
    pub(crate) trend: Sparkline,
    pub(crate) events: u64,
    pub(crate) users: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) priority: Option<Priority>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) is_resolved: bool,
}

/// A row shows the start of what may be long: it has one line for it.
const MAX_KIND: usize = 120;
const MAX_VALUE: usize = 240;

impl IssueRow {
    /// `trend`: events an hour of the last day.
    pub(crate) fn new(issue: &Issue, trend: &[i64], members: &[User], viewer: UserId, now: Timestamp) -> Self {
        let (kind, value) = title(issue);
        Self {
            id: issue.id.0,
            short_id: ShortId::of(issue).to_string(),
            level: issue.level,
            kind: text::line(&kind, MAX_KIND),
            value: text::line(&value, MAX_VALUE),
            culprit: text::line(&issue.culprit, MAX_VALUE),
            badges: Badge::of(issue, now),
            trend: Sparkline {
                counts: trend.iter().map(|count| natural(*count)).collect(),
                over: "24 hours",
            },
            events: natural(issue.times_seen),
            users: natural(issue.users_seen),
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            priority: Some(issue.priority),
            assignee: Assignee::of(issue, members, viewer),
            is_resolved: issue.status == IssueStatus::Resolved,
        }
    }
}

/// A count of the store, which never is negative.
pub(crate) fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The type and the message of an exception; of all else the title alone.
pub(crate) fn title(issue: &Issue) -> (String, String) {
    let text = |key: &str| {
        issue
            .metadata
            .get(key)
            .and_then(serde_json::Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (text("type"), text("value")) {
        (Some(kind), value) => (kind.to_owned(), value.unwrap_or_default().to_owned()),
        (None, _) => (issue.title.clone(), String::new()),
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Assignee {
    pub(crate) name: String,
    pub(crate) is_viewer: bool,
}

impl Assignee {
    pub(crate) fn of(issue: &Issue, members: &[User], viewer: UserId) -> Option<Self> {
        let id = issue.assignee?;
        let user = members.iter().find(|user| user.id == id);
        let name = user.map_or_else(|| "a former member".to_owned(), visit::display_name);
        Some(Self {
            name,
            is_viewer: id == viewer,
        })
    }

    pub(crate) fn initials(&self) -> String {
        shell::initials(&self.name)
    }
}

/// A word about an issue that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Badge {
    New,
    Regressed,
    Unhandled,
    Resolved,
    Archived,
}

const DAY: u64 = 86_400;

impl Badge {
    pub(crate) fn of(issue: &Issue, now: Timestamp) -> Vec<Self> {
        let is_new = now.since(issue.first_seen).as_secs() < DAY && issue.substatus != Substatus::Regressed;
        let status = match issue.status {
            IssueStatus::Resolved => Some(Self::Resolved),
            IssueStatus::Ignored => Some(Self::Archived),
            IssueStatus::Unresolved if issue.substatus == Substatus::Regressed => Some(Self::Regressed),
            IssueStatus::Unresolved => is_new.then_some(Self::New),
        };
        let unhandled = issue.unhandled.then_some(Self::Unhandled);
        status.into_iter().chain(unhandled).collect()
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, word, hint) = match self {
            Self::New => ("accent", "New", "First seen within the last day"),
            Self::Regressed => ("warning", "Regressed", "Came back after it was resolved"),
            Self::Unhandled => ("error", "Unhandled", "Nothing in the program caught it"),
            Self::Resolved => ("success", "Resolved", "Reopens if it happens again"),
            Self::Archived => ("muted", "Archived", "Stays out of the way"),
        };
        write!(f, r#"<span class="badge badge-{class}" title="{hint}">{word}</span>"#)
    }
}

impl HtmlSafe for Badge {}

/// The mark of a priority: bars and a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PriorityMark(pub(crate) Priority);

impl fmt::Display for PriorityMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, word, bars) = match self.0 {
            Priority::High => ("high", "High", 3),
            Priority::Medium => ("medium", "Med", 2),
            Priority::Low => ("low", "Low", 1),
        };
        write!(
            f,
            r#"<span class="priority priority-{name}" title="Priority: {name}"><svg viewBox="0 0 12 12" aria-hidden="true">"#
        )?;
        for bar in 0..3 {
            let class = if bar < bars { "on" } else { "off" };
            let (x, y, height) = (bar * 4, 8 - bar * 3, 4 + bar * 3);
            write!(
                f,
                r#"<rect class="{class}" x="{x}" y="{y}" width="3" height="{height}"/>"#
            )?;
        }
        write!(f, "</svg>{word}</span>")
    }
}

impl HtmlSafe for PriorityMark {}
