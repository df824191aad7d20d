use std::fmt;

use askama::filters::HtmlSafe;
use model::{Level, Priority, Timestamp};

use crate::{chart::Sparkline, shell};

/// One row of the issue list.
#[derive(Debug, Clone)]
pub(crate) struct IssueRow {
    pub(crate) id: i64,
    pub(crate) short_id: String,
    pub(crate) project: String,
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

#[derive(Debug, Clone)]
pub(crate) struct Assignee {
    pub(crate) name: String,
    pub(crate) is_viewer: bool,
}

impl Assignee {
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
        write!(f, r#"<span class="priority priority-{name}" title="Priority: {name}"><svg viewBox="0 0 12 12" aria-hidden="true">"#)?;
        for bar in 0..3 {
            let class = if bar < bars { "on" } else { "off" };
            let (x, y, height) = (bar * 4, 8 - bar * 3, 4 + bar * 3);
            write!(f, r#"<rect class="{class}" x="{x}" y="{y}" width="3" height="{height}"/>"#)?;
        }
        write!(f, "</svg>{word}</span>")
    }
}

impl HtmlSafe for PriorityMark {}
