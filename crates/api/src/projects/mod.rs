//! `/api/0/projects/` and the project lists of organizations and teams.

mod change;
mod rendering;
mod settings;
mod view;

pub(crate) use rendering::Rendering;
use settings::ChangedSettings;
use view::{ProjectDetails, ProjectInList};
pub(crate) use view::{ProjectReference, ProjectSummary};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiActor, ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{OrgRead, ProjectAdmin, ProjectRead, ProjectWrite},
};
use services::{
    App, Scope,
    access::{AccessError, OrganizationScope, ProjectScope},
    projects::ProjectError,
};
use store::{projects::Project, teams::Team};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    teams::{self, TeamView},
};

/// `GET /api/0/projects/`: those of all organizations of the actor.
pub(crate) async fn list_all(
    actor: ApiActor,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<ProjectDetails>, ApiError> {
    actor.require(Scope::ProjectRead)?;
    let (mut renderings, mut rows) = (Vec::new(), Vec::new());
    for organization in services::organizations::list(&app, &actor.0).await? {
        let scope = OrganizationScope {
            actor: actor.0.clone(),
            organization,
        };
        let projects = services::projects::list(&app, &scope).await?;
        rows.extend(projects.into_iter().map(|project| (renderings.len(), project)));
        renderings.push((Rendering::load(&app, &scope).await?, scope));
    }
    let (rows, page) = page.of_whole(&app.url, rows).take();
    let mut views = Vec::with_capacity(rows.len());
    for (organization, project) in rows {
        let (rendering, scope) = &renderings[organization];
        let scope = project_scope(scope, project);
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
    access: OrganizationAccess<ProjectWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let own = services::teams::own(&app, &access.scope).await?;
    let teams = services::teams::list(&app, &access.scope).await?;
    let team = teams.into_iter().find(|team| own.contains(&team.id));
    create(&app, &access.scope, team, fields).await
}

/// `POST /api/0/teams/{organization}/{team}/projects/`
pub(crate) async fn create_for_team(
    access: OrganizationAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let team = services::teams::get(&app, &access.scope, path.get("team")?).await?;
    create(&app, &access.scope, Some(team), fields).await
}

async fn create(
    app: &App,
    scope: &OrganizationScope,
    team: Option<Team>,
    fields: Fields,
) -> Result<(StatusCode, Json<ProjectInList>), ApiError> {
    let new = change::NewProject::read(fields)?;
    let team = match team {
        Some(team) => team,
        None => services::teams::create(app, scope, Some(&scope.organization.name), None).await?,
    };
    let (project, _) = services::projects::create(app, scope, Some(&team), &new.change()).await?;
    let rendering = Rendering::load(app, scope).await?;
    Ok((StatusCode::CREATED, Json(rendering.in_list(&project))))
}

/// `GET /api/0/teams/{organization}/{team}/projects/`
pub(crate) async fn list_of_team(
    access: OrganizationAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
) -> Result<Page<ProjectInList>, ApiError> {
    let team = services::teams::get(&app, &access.scope, path.get("team")?).await?;
    let rendering = Rendering::load(&app, &access.scope).await?;
    let mut projects = services::projects::list(&app, &access.scope).await?;
    projects.retain(|project| rendering.is_of_team(project.id, team.id));
    Ok(page
        .of_whole(&app.url, projects)
        .map(|project| rendering.in_list(&project)))
}

/// `GET /api/0/projects/{organization}/{project}/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<ProjectDetails>, ApiError> {
    let rendering = Rendering::load(&app, &organization(&access.scope)).await?;
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
    let rendering = Rendering::load(&app, &organization(&access.scope)).await?;
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
    let scope = organization(&access.scope);
    let own = services::teams::own(&app, &scope).await?;
    let of_projects = services::projects::teams(&app, &scope).await?;
    let of_this = of_projects
        .into_iter()
        .filter(|(project, _)| *project == access.scope.project.id);
    let teams: Vec<Team> = of_this.map(|(_, team)| team).collect();
    Ok(page
        .of_whole(&app.url, teams)
        .map(|team| teams::view(&team, &scope.actor, &own)))
}

/// The organization of a project, for operations that work on all of it.
pub(crate) fn organization(scope: &ProjectScope) -> OrganizationScope {
    OrganizationScope {
        actor: scope.actor.clone(),
        organization: scope.organization.clone(),
    }
}

/// A project that was read with its organization.
pub(crate) fn project_scope(scope: &OrganizationScope, project: Project) -> ProjectScope {
    ProjectScope {
        actor: scope.actor.clone(),
        organization: scope.organization.clone(),
        project,
    }
}

/// A project of the organization by its id.
pub(crate) async fn by_id(app: &App, scope: &OrganizationScope, id: model::ProjectId) -> Result<Project, ApiError> {
    let projects = services::projects::list(app, scope).await?;
    Ok(projects
        .into_iter()
        .find(|project| project.id == id)
        .ok_or(AccessError::NotFound)?)
}
