//! Which teams have a part in a project, who sends it events, and projects that were deleted and may come back.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{ProjectAdmin, ProjectRead, ProjectWrite},
};
use serde::Serialize;
use services::{App, access::ProjectScope, projects};
use store::{projects::Project, teams::Team};

use super::{Rendering, view::ProjectWithTeams};
use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
    tags,
};

async fn team(app: &App, scope: &ProjectScope, path: &PathParams) -> Result<Team, ApiError> {
    Ok(services::teams::get(app, scope.whole(), path.get("team")?).await?)
}

async fn view(app: &App, scope: &ProjectScope) -> Result<ProjectWithTeams, ApiError> {
    let rendering = Rendering::load(app, scope.whole()).await?;
    Ok(rendering.with_teams(&scope.project))
}

/// `POST /api/0/projects/{organization}/{project}/teams/{team}/`
pub(crate) async fn add_team(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<(StatusCode, Json<ProjectWithTeams>), ApiError> {
    let team = team(&app, &access.scope, &path).await?;
    projects::add_team(&app, &access.scope, &team).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &access.scope).await?)))
}

/// `DELETE /api/0/projects/{organization}/{project}/teams/{team}/`
pub(crate) async fn remove_team(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<ProjectWithTeams>, ApiError> {
    let team = team(&app, &access.scope, &path).await?;
    projects::remove_team(&app, &access.scope, &team).await?;
    Ok(Json(view(&app, &access.scope).await?))
}

/// `GET /api/0/projects/{organization}/{project}/users/`: the users whom its events name.
pub(crate) async fn list_users(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<tags::EventUserView>, ApiError> {
    tags::list_users(&app, &access.scope, &page, &parameters).await
}

/// A project that was deleted and may come back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeletedProjectView {
    id: String,
    slug: String,
    name: String,
    status: &'static str,
    delete_at: Option<model::Timestamp>,
}

impl DeletedProjectView {
    fn of(project: &Project) -> Self {
        Self {
            id: project.id.to_string(),
            slug: project.slug.clone(),
            name: project.name.clone(),
            status: if project.delete_at.is_some() {
                "pending_deletion"
            } else {
                "active"
            },
            delete_at: project.delete_at,
        }
    }
}

/// `GET /api/0/organizations/{organization}/projects/deleted/`
pub(crate) async fn list_deleted(
    access: OrganizationAccess<ProjectAdmin>,
    State(app): State<App>,
) -> Result<Json<Vec<DeletedProjectView>>, ApiError> {
    let hidden = projects::hidden(&app, &access.scope).await?;
    Ok(Json(hidden.iter().map(DeletedProjectView::of).collect()))
}

/// `POST /api/0/organizations/{organization}/projects/deleted/{id}/restore/`
pub(crate) async fn restore(
    access: OrganizationAccess<ProjectAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<DeletedProjectView>, ApiError> {
    let id = path.get("id")?.parse().map_err(|_| ApiError::not_found())?;
    let project = projects::restore(&app, &access.scope, id).await?;
    Ok(Json(DeletedProjectView::of(&project)))
}
