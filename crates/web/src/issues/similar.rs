//! Issues that look like one, by stack and message, to merge with it.

use askama::Template;
use httpkit::{ApiError, IssueAccess, scopes::EventRead};
use model::Timestamp;
use services::issues::{People, ShortId};

use super::{page::IssueHead, row, samples};
use crate::{
    gallery::Sample,
    icon::Icon,
    number::Count,
    page::Page,
    shell::{Part, Shell},
    text,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "issues/similar.html")]
pub(crate) struct SimilarPage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) similar: Vec<SimilarRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct SimilarRow {
    pub(crate) id: i64,
    pub(crate) short_id: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) culprit: String,
    pub(crate) events: u64,
    pub(crate) last_seen: Timestamp,
    /// In percent; `None`: there is nothing to compare.
    pub(crate) stack: Option<u8>,
    pub(crate) message: Option<u8>,
}

/// `GET /organizations/{organization}/issues/{issue}/similar/`
pub(crate) async fn show(visit: Visit, access: IssueAccess<EventRead>) -> Result<Page<SimilarPage>, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    let found = services::issues::similar(app, &access.scope, issue).await?;
    let people = People::of(app, &access.scope).await?;
    let head = IssueHead::new(issue, &people, access.scope.actor.viewer(), app.now());
    let title = format!("Issues similar to {}", head.short_id);
    let shell = visit.shell_of(&access.scope.organization, Part::Issues, &title).await?;
    let similar = found.into_iter().map(|found| {
        let (kind, value) = row::title(&found.issue);
        SimilarRow {
            id: found.issue.id.0,
            short_id: ShortId::of(&found.issue).to_string(),
            kind: text::line(&kind, 120),
            value: text::line(&value, 240),
            culprit: text::line(&found.issue.culprit, 240),
            events: row::natural(found.issue.times_seen),
            last_seen: found.issue.last_seen,
            stack: found.stack.map(percent),
            message: found.message.map(percent),
        }
    });
    Ok(Page(SimilarPage {
        shell,
        issue: head,
        similar: similar.collect(),
    }))
}

/// The cast saturates, and what is no number is 0.
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

impl SimilarPage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::similar()
    }
}
