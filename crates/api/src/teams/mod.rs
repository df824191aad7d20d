//! `/api/0/teams/` and the teams of organizations.

mod view;

pub(crate) use view::TeamView;
use view::{TeamDetails, TeamInList};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, TeamAccess,
    scopes::{OrgRead, TeamAdmin, TeamCreate, TeamRead, TeamWrite},
};
use model::TeamId;
use services::{App, access::OrganizationScope, teams::TeamError};
use store::teams::Team;

use crate::{
    body::Fields,
    organizations::OrganizationView,
    page::{Page, PageRequest},
    parameters::Parameters,
    projects::Rendering,
};

/// The teams that the actor is in, or asks to be let into.
#[derive(Debug)]
pub(crate) struct OwnTeams {
    member_of: Vec<TeamId>,
    asked_for: Vec<TeamId>,
}

impl OwnTeams {
    pub(crate) async fn load(app: &App, scope: &OrganizationScope) -> Result<Self, ApiError> {
        Ok(Self {
            member_of: scope.own_teams(),
            asked_for: services::teams::own_requests(app, scope).await?,
        })
    }
}

/// A team as the actor sees it.
pub(crate) fn view(team: &Team, scope: &OrganizationScope, own: &OwnTeams) -> TeamView {
    TeamView::of(team, scope, own)
}

/// All teams of an organization.
pub(crate) async fn views(app: &App, scope: &OrganizationScope) -> Result<Vec<TeamView>, ApiError> {
    let own = OwnTeams::load(app, scope).await?;
    let teams = services::teams::list(app, scope).await?;
    Ok(teams.iter().map(|team| view(team, scope, &own)).collect())
}

/// `GET /api/0/organizations/{organization}/teams/`, with their projects unless `detailed=0`.
pub(crate) async fn list(
    access: OrganizationAccess<TeamRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<TeamInList>, ApiError> {
    let wanted = parameters.get("query").unwrap_or_default().trim().to_lowercase();
    let mut teams = services::teams::list(&app, &access.scope).await?;
    teams.retain(|team| team.slug.contains(&wanted) || team.name.to_lowercase().contains(&wanted));
    let own = OwnTeams::load(&app, &access.scope).await?;
    let with_projects = if parameters.get("detailed") == Some("0") {
        None
    } else {
        let projects = services::projects::list(&app, &access.scope).await?;
        Some((Rendering::load(&app, &access.scope).await?, projects))
    };
    Ok(page.of_whole(&app.url, teams).map(|team| TeamInList {
        team: view(&team, &access.scope, &own),
        projects: with_projects.as_ref().map(|(rendering, projects)| {
            let of_team = projects
                .iter()
                .filter(|project| rendering.is_of_team(project.id, team.id));
            of_team.map(|project| rendering.summary(project)).collect()
        }),
    }))
}

/// `GET /api/0/organizations/{organization}/user-teams/`: those that the actor is in, with their projects.
pub(crate) async fn list_own(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<Vec<TeamInList>>, ApiError> {
    let own = OwnTeams::load(&app, &access.scope).await?;
    let projects = services::projects::list(&app, &access.scope).await?;
    let rendering = Rendering::load(&app, &access.scope).await?;
    let teams = services::teams::list(&app, &access.scope).await?.into_iter();
    let views = teams
        .filter(|team| own.member_of.contains(&team.id))
        .map(|team| TeamInList {
            team: view(&team, &access.scope, &own),
            projects: Some(
                projects
                    .iter()
                    .filter(|project| rendering.is_of_team(project.id, team.id))
                    .map(|project| rendering.summary(project))
                    .collect(),
            ),
        });
    Ok(Json(views.collect()))
}

/// `POST /api/0/organizations/{organization}/teams/`: the actor is in it.
pub(crate) async fn create(
    access: OrganizationAccess<TeamCreate>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let name = fields.text("name").filter(|name| !name.is_empty());
    let slug = fields.text("slug").filter(|slug| !slug.is_empty());
    fields.finish()?;
    let team = services::teams::create(&app, &access.scope, name.as_deref(), slug.as_deref()).await?;
    let own = OwnTeams {
        member_of: vec![team.id],
        asked_for: Vec::new(),
    };
    Ok((StatusCode::CREATED, Json(view(&team, &access.scope, &own))))
}

/// `GET /api/0/teams/{organization}/{team}/`
pub(crate) async fn show(access: TeamAccess<TeamRead>, State(app): State<App>) -> Result<Json<TeamDetails>, ApiError> {
    details(&app, &access.scope, &access.team).await
}

/// `PUT /api/0/teams/{organization}/{team}/`: name and slug.
pub(crate) async fn update(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<TeamDetails>, ApiError> {
    let team = &access.team;
    let name = if fields.value("name").is_some() {
        fields.required_text("name")
    } else {
        None
    };
    let slug = if fields.value("slug").is_some() {
        fields.required_text("slug")
    } else {
        None
    };
    fields.finish()?;
    let changed = services::teams::update(&app, &access.scope, team, name.as_deref(), slug.as_deref()).await;
    let team = match changed {
        Err(TeamError::Exists(slug)) => {
            return Err(ApiError::field(
                "slug",
                format_args!("Another team uses the slug {slug}."),
            ));
        }
        other => other?,
    };
    details(&app, &access.scope, &team).await
}

async fn details(app: &App, scope: &OrganizationScope, team: &Team) -> Result<Json<TeamDetails>, ApiError> {
    let own = OwnTeams::load(app, scope).await?;
    Ok(Json(TeamDetails {
        team: view(team, scope, &own),
        organization: OrganizationView::of(&scope.organization, &scope.membership, &app.url),
    }))
}

/// `DELETE /api/0/teams/{organization}/{team}/`
pub(crate) async fn delete(access: TeamAccess<TeamAdmin>, State(app): State<App>) -> Result<StatusCode, ApiError> {
    services::teams::delete(&app, &access.scope, &access.team).await?;
    Ok(StatusCode::NO_CONTENT)
}
