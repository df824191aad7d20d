//! The hashes of an issue: what events are this one issue by, and how to take some of them apart again.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, IssueAccess,
    scopes::{EventRead, EventWrite},
};
use model::Timestamp;
use serde::Deserialize;
use services::issues::{People, UnmergeError};

use super::{page::IssueHead, row::natural, samples};
use crate::{
    gallery::Sample,
    icon::Icon,
    notice::{Done, PendingNotice},
    number::Count,
    page::Page,
    shell::{Part, Shell},
    urls::Links,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "issues/merged.html")]
pub(crate) struct MergedPage {
    pub(crate) shell: Shell,
    pub(crate) issue: IssueHead,
    pub(crate) hashes: Vec<HashRow>,
    /// There are more than are listed.
    pub(crate) is_cut: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct HashRow {
    pub(crate) hash: String,
    pub(crate) events: u64,
    pub(crate) first_seen: Option<Timestamp>,
    pub(crate) last_seen: Option<Timestamp>,
}

/// An issue of more hashes is one that a rule made of all errors there are.
const MOST_ROWS: usize = 400;

/// `GET /organizations/{organization}/issues/{issue}/merged/`
pub(crate) async fn show(visit: Visit, access: IssueAccess<EventRead>) -> Result<Page<MergedPage>, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    let mut seen = services::issues::seen_hashes(app, issue).await?;
    let is_cut = seen.len() > MOST_ROWS;
    seen.truncate(MOST_ROWS);
    let people = People::of(app, &access.scope).await?;
    let head = IssueHead::new(issue, &people, access.scope.actor.viewer(), app.now());
    let title = format!("Merged hashes of {}", head.short_id);
    let shell = visit.shell_of(&access.scope.organization, Part::Issues, &title).await?;
    let hashes = seen.into_iter().map(|seen| HashRow {
        hash: seen.hash,
        events: natural(seen.times_seen),
        first_seen: seen.first_seen.into(),
        last_seen: seen.last_seen.into(),
    });
    Ok(Page(MergedPage {
        shell,
        issue: head,
        hashes: hashes.collect(),
        is_cut,
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UnmergeForm {
    hash: Vec<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/unmerge/`: leads to the new issue, or back where there is none.
pub(crate) async fn unmerge(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<UnmergeForm>,
) -> Result<Response, ApiError> {
    let (app, issue) = (&visit.app, &access.issue);
    services::issues::settle(app, &[issue.id]).await?;
    let links = Links::new(&access.scope.organization.slug, String::new());
    let back = links.issue_merged(issue.id.0);
    let (done, page) = match services::issues::unmerge(app, &access.scope, issue, &form.hash).await {
        Ok(made) => (Done::Unmerged, links.issue(made.id.0)),
        Err(UnmergeError::NoHash) => (Done::NoHashSelected, back),
        Err(UnmergeError::NothingLeft) => (Done::HashMustStay, back),
        Err(UnmergeError::Busy) => (Done::StillMoving, back),
        Err(error) => return Err(error.into()),
    };
    Ok((PendingNotice::of(done), Redirect::to(&page)).into_response())
}

impl MergedPage {
    pub(crate) fn samples() -> Vec<Sample> {
        samples::merged()
    }
}
