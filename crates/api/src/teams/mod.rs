//! `/api/0/teams/` and the teams of organizations.

mod view;

pub(crate) use view::TeamView;
use view::{TeamDetails, TeamInList};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{TeamAdmin, TeamRead, TeamWrite},
};
use model::TeamId;
use services::{Actor, App, access::OrganizationScope, teams::TeamError};
use store::teams::Team;

use crate::{
    body::Fields,
    organizations::OrganizationView,
    page::{Page, PageRequest},
    parameters::Parameters,
    projects::Rendering,
};

/// A team as the actor sees it; `own` are the teams that the actor is in.
pub(crate) fn view(team: &Team, actor: &Actor, own: &[TeamId]) -> TeamView {
    TeamView::of(team, actor, own.contains(&team.id))
}

/// All teams of an organization.
pub(crate) async fn views(app: &App, scope: &OrganizationScope) -> Result<Vec<TeamView>, ApiError> {
    let own = services::teams::own(app, scope).await?;
    let teams = services::teams::list(app, scope).await?;
    Ok(teams.iter().map(|team| view(team, &scope.actor, &own)).collect())
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
    let own = services::teams::own(&app, &access.scope).await?;
    let with_projects = if parameters.get("detailed") == Some("0") {
        None
    } else {
        let projects = services::projects::list(&app, &access.scope).await?;
        Some((Rendering::load(&app, &access.scope).await?, projects))
    };
    Ok(page.of_whole(&app.url, teams).map(|team| TeamInList {
        team: view(&team, &access.scope.actor, &own),
        projects: with_projects.as_ref().map(|(rendering, projects)| {
            let of_team = projects
                .iter()
                .filter(|project| rendering.is_of_team(project.id, team.id));
            of_team.map(|project| rendering.summary(project)).collect()
        }),
    }))
}

/// `POST /api/0/organizations/{organization}/teams/`: the actor is in it.
pub(crate) async fn create(
    access: OrganizationAccess<TeamWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let name = fields.text("name").filter(|name| !name.is_empty());
    let slug = fields.text("slug").filter(|slug| !slug.is_empty());
    fields.finish()?;
    let team = services::teams::create(&app, &access.scope, name.as_deref(), slug.as_deref()).await?;
    Ok((
        StatusCode::CREATED,
        Json(TeamView::of(&team, &access.scope.actor, true)),
    ))
}

/// `GET /api/0/teams/{organization}/{team}/`
pub(crate) async fn show(
    access: OrganizationAccess<TeamRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<TeamDetails>, ApiError> {
    let team = services::teams::get(&app, &access.scope, path.get("team")?).await?;
    details(&app, &access.scope, &team).await
}

/// `PUT /api/0/teams/{organization}/{team}/`: name and slug.
pub(crate) async fn update(
    access: OrganizationAccess<TeamWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<TeamDetails>, ApiError> {
    let team = services::teams::get(&app, &access.scope, path.get("team")?).await?;
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
    let changed = services::teams::update(&app, &access.scope, &team, name.as_deref(), slug.as_deref()).await;
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
    let own = services::teams::own(app, scope).await?;
    Ok(Json(TeamDetails {
        team: view(team, &scope.actor, &own),
        organization: OrganizationView::of(&scope.organization, &app.url),
    }))
}

/// `DELETE /api/0/teams/{organization}/{team}/`
pub(crate) async fn delete(
    access: OrganizationAccess<TeamAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let team = services::teams::get(&app, &access.scope, path.get("team")?).await?;
    services::teams::delete(&app, &access.scope, &team).await?;
    Ok(StatusCode::NO_CONTENT)
}
