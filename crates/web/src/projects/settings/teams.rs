//! Which teams have a part in a project.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use serde::Deserialize;
use services::{access::ProjectScope, projects, teams};
use store::teams::Team;

use super::Frame;
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::Shell,
    urls::{Links, OrganizationSection, Section},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/teams.html")]
pub(crate) struct ProjectTeamsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) teams: Vec<TeamRow>,
    /// Slugs of those that have no part.
    pub(crate) others: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct TeamRow {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) members: i64,
}

/// `GET /organizations/{organization}/projects/{project}/settings/teams/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<ProjectTeamsPage>, ApiError> {
    let scope = access.scope;
    let (shell, frame) = Frame::new(&visit, &scope, Section::Teams).await?;
    let pairs = projects::teams(&visit.app, scope.whole()).await?;
    let of_this = |team: &Team| {
        pairs
            .iter()
            .any(|(project, of)| *project == scope.project.id && of.id == team.id)
    };
    let all = teams::list(&visit.app, scope.whole()).await?;
    let (teams, others): (Vec<Team>, Vec<Team>) = all.into_iter().partition(of_this);
    let row = |team: Team| TeamRow {
        slug: team.slug,
        name: team.name,
        members: team.member_count,
    };
    Ok(Page(ProjectTeamsPage {
        shell,
        frame,
        teams: teams.into_iter().map(row).collect(),
        others: others.into_iter().map(|team| team.slug).collect(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct TeamForm {
    /// Slug.
    team: String,
}

/// `POST /organizations/{organization}/projects/{project}/settings/teams/add/`
pub(crate) async fn add(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<TeamForm>,
) -> Result<Response, ApiError> {
    let team = teams::get(&visit.app, access.scope.whole(), &form.team).await?;
    projects::add_team(&visit.app, &access.scope, &team).await?;
    Ok(done(&access.scope))
}

/// `POST /organizations/{organization}/projects/{project}/settings/teams/remove/`
pub(crate) async fn remove(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<TeamForm>,
) -> Result<Response, ApiError> {
    let team = teams::get(&visit.app, access.scope.whole(), &form.team).await?;
    projects::remove_team(&visit.app, &access.scope, &team).await?;
    Ok(done(&access.scope))
}

fn done(scope: &ProjectScope) -> Response {
    let links = Links::new(&scope.organization.slug, String::new());
    let page = links.project_section(&scope.project.slug, Section::Teams);
    (PendingNotice::of(Done::MemberSaved), Redirect::to(&page)).into_response()
}

impl ProjectTeamsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |teams, others: &[&str], may_write| {
            let (shell, frame) = Frame::sample(Section::Teams);
            Self {
                shell,
                frame: Frame { may_write, ..frame },
                teams,
                others: others.iter().map(|slug| (*slug).to_owned()).collect(),
            }
        };
        let row = |name: &str| TeamRow {
            slug: "backend".to_owned(),
            name: name.to_owned(),
            members: 7,
        };
        vec![
            Sample::new("project-teams-empty", &page(Vec::new(), &["backend"], true)),
            Sample::new("project-teams-typical", &page(vec![row("Backend")], &["mobile"], true)),
            Sample::new("project-teams-member", &page(vec![row("Backend")], &["mobile"], false)),
            Sample::new(
                "project-teams-hostile",
                &page(vec![row(gallery::HOSTILE)], &[gallery::HOSTILE], true),
            ),
        ]
    }
}
