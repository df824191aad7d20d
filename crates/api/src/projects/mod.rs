//! `/api/0/projects/` and the project lists of organizations and teams.

mod change;
mod rendering;
mod settings;
mod teams_of_project;
mod transfer;
mod view;

pub(crate) use rendering::Rendering;
use settings::ChangedSettings;
pub(crate) use teams_of_project::{add_team, list_deleted, list_users, remove_team, restore};
pub(crate) use transfer::{accept_transfer, offer_transfer, show_transfer};
use view::ProjectDetails;
pub(crate) use view::{ProjectInList, ProjectReference, ProjectSummary};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, ProjectAccess, TeamAccess, UserAccess,
    scopes::{OrgRead, ProjectAdmin, ProjectCreate, ProjectRead, ProjectWrite},
};
use services::{
    App,
    access::{self, AccessError, OrganizationScope},
    projects::ProjectError,
};
use store::{projects::Project, teams::Team};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    teams::{self, OwnTeams, TeamView},
};

/// `GET /api/0/projects/`: those of all organizations of the actor.
pub(crate) async fn list_all(
    access: UserAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<ProjectDetails>, ApiError> {
    let (mut renderings, mut rows) = (Vec::new(), Vec::new());
    for scope in access::enter_all(&app, &access.actor).await? {
        let projects = services::projects::list(&app, &scope).await?;
        rows.extend(projects.into_iter().map(|project| (renderings.len(), project)));
        renderings.push((Rendering::load(&app, &scope).await?, scope));
    }
    let (rows, page) = page.of_whole(&app.url, rows).take();
    let mut views = Vec::with_capacity(rows.len());
    for (organization, project) in rows {
        let (rendering, scope) = &renderings[organization];
        let scope = scope.within(project, &[]);
        let settings = services::settings::of_project(&app, &scope).await?;
        views.push(rendering.details(&scope.project, &settings, &app.url));
    }
    Ok(page.put(views))
}

/// `GET /api/0/organizations/{organization}/projects/`; `query` looks into name and slug.
pub(crate) async fn list(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<ProjectInList>, ApiError> {
    let wanted = parameters.get("query").unwrap_or_default().trim().to_lowercase();
    let mut projects = services::projects::list(&app, &access.scope).await?;
    projects.retain(|project| project.slug.contains(&wanted) || project.name.to_lowercase().contains(&wanted));
    let rendering = Rendering::load(&app, &access.scope).await?;
    Ok(page
        .of_whole(&app.url, projects)
        .map(|project| rendering.in_list(&project)))
}

/// `POST /api/0/organizations/{organization}/projects/`: for the first team that the actor is in, else for a new one.
pub(crate) async fn create_with_own_team(
    access: OrganizationAccess<ProjectCreate>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let new = change::NewProject::read(fields)?;
    let (project, _) = services::projects::create_for_self(&app, &access.scope, &new.change()).await?;
    created(&app, &access.scope, &project).await
}

/// `POST /api/0/teams/{organization}/{team}/projects/`
pub(crate) async fn create_for_team(
    access: TeamAccess<ProjectWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let new = change::NewProject::read(fields)?;
    let (project, _) = services::projects::create(&app, &access.scope, Some(&access.team), &new.change()).await?;
    created(&app, &access.scope, &project).await
}

async fn created(
    app: &App,
    scope: &OrganizationScope,
    project: &Project,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let rendering = Rendering::load(app, scope).await?;
    Ok((StatusCode::CREATED, Json(rendering.in_list(project))))
}

/// `GET /api/0/teams/{organization}/{team}/projects/`
pub(crate) async fn list_of_team(
    access: TeamAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<ProjectInList>, ApiError> {
    let rendering = Rendering::load(&app, &access.scope).await?;
    let mut projects = services::projects::list(&app, &access.scope).await?;
    projects.retain(|project| rendering.is_of_team(project.id, access.team.id));
    Ok(page
        .of_whole(&app.url, projects)
        .map(|project| rendering.in_list(&project)))
}

/// `GET /api/0/projects/{organization}/{project}/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<ProjectDetails>, ApiError> {
    let rendering = Rendering::load(&app, access.scope.whole()).await?;
    let settings = services::settings::of_project(&app, &access.scope).await?;
    Ok(Json(rendering.details(&access.scope.project, &settings, &app.url)))
}

/// `PUT /api/0/projects/{organization}/{project}/`: name, slug, platform and settings. The answer tells how all is then.
/// Nothing is changed when something is wrong.
pub(crate) async fn update(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<ProjectDetails>, ApiError> {
    let settings = services::settings::of_project(&app, &access.scope).await?;
    let changed = change::ChangedProject::read(&mut fields);
    let changed_settings = ChangedSettings::read(&mut fields, &settings, app.now());
    fields.finish()?;
    let project = match services::projects::update(&app, &access.scope, &changed.change()).await {
        // Sentry calls it a conflict only when the project is new.
        Err(ProjectError::Exists(slug)) => {
            return Err(ApiError::field(
                "slug",
                format_args!("Another project uses the slug {slug}."),
            ));
        }
        other => other?,
    };
    changed_settings.save(&app, &access.scope).await?;
    let settings = services::settings::of_project(&app, &access.scope).await?;
    let rendering = Rendering::load(&app, access.scope.whole()).await?;
    Ok(Json(rendering.details(&project, &settings, &app.url)))
}

/// `DELETE /api/0/projects/{organization}/{project}/`
pub(crate) async fn delete(
    access: ProjectAccess<ProjectAdmin>,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    services::projects::delete(&app, &access.scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/0/projects/{organization}/{project}/teams/`
pub(crate) async fn list_teams(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<TeamView>, ApiError> {
    let scope = access.scope.whole();
    let own = OwnTeams::load(&app, scope).await?;
    let of_projects = services::projects::teams(&app, scope).await?;
    let of_this = of_projects
        .into_iter()
        .filter(|(project, _)| *project == access.scope.project.id);
    let teams: Vec<Team> = of_this.map(|(_, team)| team).collect();
    Ok(page
        .of_whole(&app.url, teams)
        .map(|team| teams::view(&team, scope, &own)))
}

/// A project of the organization by its id.
pub(crate) async fn by_id(app: &App, scope: &OrganizationScope, id: model::ProjectId) -> Result<Project, ApiError> {
    let projects = services::projects::list(app, scope).await?;
    Ok(projects
        .into_iter()
        .find(|project| project.id == id)
        .ok_or(AccessError::NotFound)?)
}
