//! Which environments events named, and which of them are offered in lists.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use serde::Deserialize;
use services::projects;
use store::projects::Environment;

use super::Frame;
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{Links, Section},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/environments.html")]
pub(crate) struct EnvironmentsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// By name, with whether it is hidden.
    pub(crate) environments: Vec<(String, bool)>,
}

/// `GET /organizations/{organization}/projects/{project}/settings/environments/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<EnvironmentsPage>, ApiError> {
    let (shell, frame) = Frame::new(&visit, &access.scope, Section::Environments).await?;
    let environments = projects::environments_of_project(&visit.app, &access.scope).await?;
    let pair = |environment: Environment| (environment.name, environment.is_hidden);
    Ok(Page(EnvironmentsPage {
        shell,
        frame,
        environments: environments.into_iter().map(pair).collect(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct EnvironmentForm {
    /// Empty for events that name none.
    environment: String,
    hide: String,
}

/// `POST /organizations/{organization}/projects/{project}/settings/environments/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<EnvironmentForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    projects::set_hidden(&visit.app, &scope, &[form.environment], form.hide == "1").await?;
    let links = Links::new(&scope.organization.slug, String::new());
    let page = links.project_section(&scope.project.slug, Section::Environments);
    Ok((PendingNotice::of(Done::NameSaved), Redirect::to(&page)).into_response())
}

impl EnvironmentsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |environments: &[(&str, bool)], may_write| {
            let (shell, frame) = Frame::sample(Section::Environments);
            let pair = |(name, is_hidden): &(&str, bool)| ((*name).to_owned(), *is_hidden);
            Self {
                shell,
                frame: Frame { may_write, ..frame },
                environments: environments.iter().map(pair).collect(),
            }
        };
        let typical = [("", false), ("production", false), ("preview-817", true)];
        vec![
            Sample::new("environments-empty", &page(&[], true)),
            Sample::new("environments-typical", &page(&typical, true)),
            Sample::new("environments-member", &page(&typical, false)),
            Sample::new("environments-hostile", &page(&[(gallery::HOSTILE, false)], true)),
        ]
    }
}
