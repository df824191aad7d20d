use askama::Template;
use model::{IssueStatus, Level, Priority, Timestamp};

use super::{Assignee, Badge, row::PriorityMark, samples};
use crate::{
    chart::TimeChart,
    events::{
        EventView,
        breadcrumbs::OPEN_BREADCRUMBS,
        tags::TagDistribution,
        trace::{Run, TraceOptions},
    },
    gallery::Sample,
    icon::{Icon, LevelMark},
    number::Count,
    shell::Shell,
    text::{self, Cut},
    time::{Absolute, Ago},
};

/// The page of one issue, with one of its events.
#[derive(Debug, Template)]
#[template(path = "issues/page.html")]
pub(crate) struct IssuePage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) chart: TimeChart,
    pub(crate) distributions: Vec<TagDistribution>,
    /// Absent when no event is kept any more.
    pub(crate) event: Option<EventView>,
    pub(crate) neighbours: Neighbours,
    /// What the URL calls the event: an id, `latest` or `oldest`.
    pub(crate) event_name: String,
}

/// What is known of an issue beside its events.
#[derive(Debug, Clone)]
pub(crate) struct IssueHead {
    pub(crate) id: i64,
    pub(crate) short_id: String,
    pub(crate) project: String,
    pub(crate) project_id: i64,
    pub(crate) platform: String,
    pub(crate) level: Level,
    pub(crate) kind: String,
    pub(crate) value: Cut,
    pub(crate) culprit: String,
    pub(crate) status: IssueStatus,
    pub(crate) badges: Vec<Badge>,
    pub(crate) is_handled: Option<bool>,
    pub(crate) priority: Option<Priority>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) events: u64,
    pub(crate) users: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) first_release: Option<String>,
    pub(crate) last_release: Option<String>,
}

/// The events beside the one that is shown, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbours {
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl IssueHead {
    pub(crate) fn value_line(&self) -> String {
        text::line(&self.value.shown, 300)
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        self.status == IssueStatus::Unresolved
    }

    pub(crate) fn is_resolved(&self) -> bool {
        self.status == IssueStatus::Resolved
    }

    pub(crate) fn is_archived(&self) -> bool {
        self.status == IssueStatus::Ignored
    }

    pub(crate) fn is_mine(&self) -> bool {
        self.assignee.as_ref().is_some_and(|assignee| assignee.is_viewer)
    }

    fn status_in_words(&self) -> &'static str {
        match self.status {
            IssueStatus::Unresolved => "Unresolved",
            IssueStatus::Resolved => "Resolved",
            IssueStatus::Ignored => "Archived",
        }
    }

    fn status_class(&self) -> &'static str {
        match self.status {
            IssueStatus::Unresolved => "badge-accent",
            IssueStatus::Resolved => "badge-success",
            IssueStatus::Ignored => "badge-muted",
        }
    }
}

impl IssuePage {
    /// The same event with the stack trace shown in another way.
    fn trace_link(&self, change: impl FnOnce(&mut TraceOptions)) -> String {
        let mut options = self.event.as_ref().map(|event| event.trace_options).unwrap_or_default();
        change(&mut options);
        let url = self.shell.links.event_with(self.issue.id, &self.event_name, &options.pairs());
        format!("{url}#stacktrace")
    }

    fn in_app_link(&self) -> String {
        self.trace_link(|options| (options.all_frames, options.raw) = (false, false))
    }

    fn all_frames_link(&self) -> String {
        self.trace_link(|options| (options.all_frames, options.raw) = (true, false))
    }

    fn raw_link(&self) -> String {
        self.trace_link(|options| options.raw = true)
    }

    fn order_link(&self) -> String {
        self.trace_link(|options| options.oldest_first = !options.oldest_first)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::issue_pages()
    }
}
