//! The teams of an organization: whose projects they have, and who is in them.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess,
    scopes::{TeamCreate, TeamRead},
};
use serde::Deserialize;
use services::{
    access::{OrganizationScope, permission::TEAM_CREATE},
    teams,
};

use super::Frame;
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{Links, OrganizationSection},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/teams.html")]
pub(crate) struct TeamsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) teams: Vec<TeamRow>,
    pub(crate) may_create: bool,
    /// Who wants to join joins at once.
    pub(crate) is_open: bool,
    pub(crate) form: TeamForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct TeamRow {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) members: i64,
    /// Slugs of those that the reader sees.
    pub(crate) projects: Vec<String>,
    pub(crate) is_member: bool,
    pub(crate) is_asked: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct TeamForm {
    name: String,
}

/// `GET /organizations/{organization}/settings/teams/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<TeamRead>) -> Result<Page<TeamsPage>, ApiError> {
    let form = TeamForm::default();
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: TeamForm,
    errors: FormErrors,
) -> Result<TeamsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Teams).await?;
    let (own, asked) = (scope.own_teams(), teams::own_requests(&visit.app, scope).await?);
    let projects = services::projects::list(&visit.app, scope).await?;
    let of_projects = services::projects::teams(&visit.app, scope).await?;
    let teams = teams::list(&visit.app, scope).await?.into_iter().map(|team| {
        let has = |id: model::ProjectId| {
            of_projects
                .iter()
                .any(|(project, of)| *project == id && of.id == team.id)
        };
        TeamRow {
            projects: projects
                .iter()
                .filter(|project| has(project.id))
                .map(|project| project.slug.clone())
                .collect(),
            is_member: own.contains(&team.id),
            is_asked: asked.contains(&team.id),
            members: team.member_count,
            slug: team.slug,
            name: team.name,
        }
    });
    Ok(TeamsPage {
        shell,
        frame,
        teams: teams.collect(),
        may_create: scope.rights.allow_any(TEAM_CREATE.any_of),
        is_open: scope.membership.open_membership,
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/settings/teams/`
pub(crate) async fn create(
    visit: Visit,
    access: OrganizationAccess<TeamCreate>,
    CsrfForm { form, .. }: CsrfForm<TeamForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let errors = match teams::create(&visit.app, &scope, Some(&form.name), None).await {
        Ok(team) => {
            let to = Links::new(&scope.organization.slug, String::new()).team(&team.slug);
            return Ok((PendingNotice::of(Done::TeamCreated), Redirect::to(&to)).into_response());
        }
        Err(error) => FormErrors::of_api(error.into())?,
    };
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl TeamsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |teams, may_create, is_open, name: &str| {
            let (shell, frame) = Frame::sample(OrganizationSection::Teams);
            Self {
                shell,
                frame,
                teams,
                may_create,
                is_open,
                form: TeamForm { name: name.to_owned() },
                errors: FormErrors::default(),
            }
        };
        let row = |name: &str, members: i64, is_member| TeamRow {
            slug: name.to_lowercase(),
            name: name.to_owned(),
            members,
            projects: vec!["shop".to_owned(), "web".to_owned()],
            is_member,
            is_asked: members == 0,
        };
        let typical = vec![row("Backend", 7, true), row("Mobile", 1, false), row("Data", 0, false)];
        vec![
            Sample::new("teams-empty", &page(Vec::new(), true, true, "")),
            Sample::new("teams-typical", &page(typical.clone(), true, true, "")),
            Sample::new("teams-closed", &page(typical, false, false, "")),
            Sample::new(
                "teams-hostile",
                &page(vec![row(gallery::HOSTILE, 1, false)], true, true, gallery::HOSTILE),
            ),
        ]
    }
}
