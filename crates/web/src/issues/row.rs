use std::fmt;

use askama::filters::HtmlSafe;
use model::{IssueStatus, Level, Priority, Substatus, Timestamp, UserId};
use services::issues::{People, Seen, ShortId};
use store::issues::Issue;

use crate::{avatar::Picture, chart::Sparkline, text};

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
    pub(crate) status: IssueStatus,
}

/// A row shows the start of what may be long: it has one line for it.
const MAX_KIND: usize = 120;
const MAX_VALUE: usize = 240;

impl IssueRow {
    /// `trend`: events an hour of the last day.
    /// `seen`: within the time of the list; `None` for what was not.
    pub(crate) fn new(
        issue: &Issue,
        seen: Option<&Seen>,
        trend: &[i64],
        people: &People,
        viewer: UserId,
        now: Timestamp,
    ) -> Self {
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
            events: seen.map_or(0, |seen| natural(seen.events)),
            users: seen.map_or(0, |seen| natural(seen.users)),
            first_seen: issue.first_seen,
            last_seen: issue.last_seen,
            priority: Some(issue.priority),
            assignee: Assignee::of(issue, people, viewer),
            status: issue.status,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.status == IssueStatus::Unresolved
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
    pub(crate) picture: Picture,
    pub(crate) is_viewer: bool,
    pub(crate) is_team: bool,
}

impl Assignee {
    pub(crate) fn of(issue: &Issue, people: &People, viewer: UserId) -> Option<Self> {
        let who = issue.assignee?;
        let name = people.name(who).unwrap_or_else(|| "a former member".to_owned());
        let user = match who {
            model::Assignee::User(id) => people.users.get(&id),
            model::Assignee::Team(_) => None,
        };
        Some(Self {
            picture: user.map_or_else(|| Picture::of_name(&name), Picture::of_user),
            name,
            is_viewer: who == model::Assignee::User(viewer),
            is_team: matches!(who, model::Assignee::Team(_)),
        })
    }
}

/// A word about an issue that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Badge {
    New,
    Regressed,
    Escalating,
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
            IssueStatus::Unresolved if issue.substatus == Substatus::Escalating => Some(Self::Escalating),
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
            Self::Escalating => ("warning", "Escalating", "Happens far more often than before"),
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
