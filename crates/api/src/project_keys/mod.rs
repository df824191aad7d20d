//! `/api/0/projects/{organization}/{project}/keys/`: the keys that DSNs hold. A key's id is its public key.

mod change;
mod view;

use change::ChangedKey;
use view::KeyView;

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{OrgRead, ProjectAdmin, ProjectRead, ProjectWrite},
};
use model::KeyStatus;
use services::{App, project_keys};
use store::project_keys::ProjectKey;

use crate::{
    body::Fields,
    page::{Page, PageRequest},
    parameters::Parameters,
    projects::Rendering,
};

/// `GET …/keys/`; `status` is `active` or `inactive`.
pub(crate) async fn list(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<KeyView>, ApiError> {
    let keys = project_keys::list(&app, &access.scope).await?;
    Ok(page
        .of_whole(&app.url, with_status(keys, &parameters)?)
        .map(|key| KeyView::of(&key, &app.url)))
}

/// `GET /api/0/organizations/{organization}/project-keys/`: those of all projects, or of the ones of a `team`.
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<KeyView>, ApiError> {
    let mut keys = project_keys::list_of_organization(&app, &access.scope).await?;
    if let Some(team) = parameters.filled("team") {
        let team = services::teams::get(&app, &access.scope, team).await?;
        let rendering = Rendering::load(&app, &access.scope).await?;
        keys.retain(|key| rendering.is_of_team(key.project, team.id));
    }
    Ok(page
        .of_whole(&app.url, with_status(keys, &parameters)?)
        .map(|key| KeyView::of(&key, &app.url)))
}

fn with_status(mut keys: Vec<ProjectKey>, parameters: &Parameters) -> Result<Vec<ProjectKey>, ApiError> {
    match parameters.filled("status") {
        None => {}
        Some("active") => keys.retain(|key| key.status == KeyStatus::Active),
        Some("inactive") => keys.retain(|key| key.status != KeyStatus::Active),
        Some(_) => return Err(ApiError::field("status", "Expected active or inactive.")),
    }
    Ok(keys)
}

/// `POST …/keys/`
pub(crate) async fn create(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<KeyView>), ApiError> {
    let new = ChangedKey::read(&mut fields, None);
    fields.finish()?;
    project_keys::check(&new.change())?;
    let mut key = project_keys::create(&app, &access.scope, new.name()).await?;
    if new.has_settings() {
        key = project_keys::update(&app, &access.scope, &key, &new.change()).await?;
    }
    Ok((StatusCode::CREATED, Json(KeyView::of(&key, &app.url))))
}

/// `GET …/keys/{key}/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<KeyView>, ApiError> {
    let key = project_keys::get(&app, &access.scope, path.get("key")?).await?;
    Ok(Json(KeyView::of(&key, &app.url)))
}

/// `PUT …/keys/{key}/`: name, whether it takes events, its rate limit, and what the loader script loads.
pub(crate) async fn update(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<KeyView>, ApiError> {
    let key = project_keys::get(&app, &access.scope, path.get("key")?).await?;
    let changed = ChangedKey::read(&mut fields, Some(&key));
    fields.finish()?;
    let key = project_keys::update(&app, &access.scope, &key, &changed.change()).await?;
    Ok(Json(KeyView::of(&key, &app.url)))
}

/// `DELETE …/keys/{key}/`: for good; SDKs that still have it are told so.
pub(crate) async fn delete(
    access: ProjectAccess<ProjectAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let key = project_keys::get(&app, &access.scope, path.get("key")?).await?;
    project_keys::revoke(&app, &access.scope, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
