use askama::Template;
use model::Timestamp;

use super::{page::IssueHead, samples};
use crate::{gallery::Sample, icon::Icon, shell::Shell, time::Ago};

/// All events of an issue, newest first.
#[derive(Debug, Template)]
#[template(path = "issues/events.html")]
pub(crate) struct EventListPage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) events: Vec<EventRow>,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) title: String,
    pub(crate) release: String,
    pub(crate) environment: String,
    pub(crate) user: String,
}

impl EventListPage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::event_lists()
    }
}

impl EventRow {
    fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}
