//! The settings of a project, a page for each topic. Each page is one form that is answered with itself when something
//! in it is wrong, with all that was typed.

pub(crate) mod alert_rules;
pub(crate) mod codeowners;
pub(crate) mod environments;
pub(crate) mod filters;
pub(crate) mod general;
pub(crate) mod grouping;
pub(crate) mod highlights;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod loader;
pub(crate) mod mail;
pub(crate) mod notifications;
pub(crate) mod ownership;
mod preview;
pub(crate) mod rate_limits;
pub(crate) mod retention;
pub(crate) mod sampling;
pub(crate) mod scrubbing;
pub(crate) mod security;
pub(crate) mod teams;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, ErrorKind};
use services::{
    Scope,
    access::ProjectScope,
    settings::{Problem, SetError},
};

use crate::{
    gallery::Sample,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    urls::{Links, Section},
    visit::Visit,
};

/// What stands around each of these pages.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The slug.
    pub(crate) project: String,
    pub(crate) project_id: i64,
    pub(crate) section: Section,
    pub(crate) may_write: bool,
}

impl Frame {
    async fn new(visit: &Visit, scope: &ProjectScope, section: Section) -> Result<(Shell, Self), ApiError> {
        let title = format!("{} of {}", section.name(), scope.project.slug);
        let shell = visit.shell_of(&scope.organization, Part::Projects, &title).await?;
        let frame = Self {
            project: scope.project.slug.clone(),
            project_id: scope.project.id.0,
            section,
            may_write: scope.rights.allow(Scope::ProjectWrite),
        };
        Ok((shell, frame))
    }

    pub(crate) fn sample(section: Section) -> (Shell, Self) {
        let path = format!("/organizations/acme/projects/shop/settings/{}", section.path());
        let title = format!("{} of shop", section.name());
        let frame = Self {
            project: "shop".to_owned(),
            project_id: 1,
            section,
            may_write: true,
        };
        (crate::gallery::shell(Part::Projects, &title, &path), frame)
    }
}

/// What a form leads to that was saved: its page, which says so.
fn saved(visit: &Visit, scope: &ProjectScope, section: Section) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let page = links.project_section(&scope.project.slug, section);
    (PendingNotice::of(Done::Saved), Redirect::to(&page)).into_response()
}

/// The page again, with what is wrong.
pub(crate) fn refused<T: Template>(page: T) -> Response {
    (ErrorKind::BadRequest.status(), Page(page)).into_response()
}

/// What could not be taken; a failure that is no field's goes on as it is.
pub(crate) fn problems(set: Result<(), SetError>) -> Result<Vec<Problem>, ApiError> {
    match set {
        Ok(()) => Ok(Vec::new()),
        Err(SetError::Invalid(problems)) => Ok(problems),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    [
        general::GeneralPage::samples(),
        teams::ProjectTeamsPage::samples(),
        environments::EnvironmentsPage::samples(),
        keys::KeysPage::samples(),
        key::KeyPage::samples(),
        filters::FiltersPage::samples(),
        scrubbing::ScrubbingPage::samples(),
        grouping::GroupingPage::samples(),
        ownership::OwnershipPage::samples(),
        alert_rules::AlertRulesPage::samples(),
        highlights::HighlightsPage::samples(),
        notifications::ProjectNotificationsPage::samples(),
        rate_limits::RateLimitsPage::samples(),
        retention::RetentionPage::samples(),
        sampling::SamplingPage::samples(),
        security::SecurityPage::samples(),
        loader::LoaderPage::samples(),
        mail::MailPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
