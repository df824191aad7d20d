//! Changing and deleting many issues at once: those that are named, or all that a search finds.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, ProjectAccess,
    scopes::{EventAdmin, EventWrite},
};
use services::{App, access::OrganizationScope, issues::IssuePage};
use store::issues::Issue;

use super::{change::ChangeRequest, details::require_discard, list::ids, merge::merge, selection::Selection};
use crate::{body::Fields, parameters::Parameters};

/// The most issues that one request changes or deletes.
const MOST: usize = 1_000;

/// `PUT /api/0/organizations/{organization}/issues/`
pub(crate) async fn update_of_organization(
    access: OrganizationAccess<EventWrite>,
    State(app): State<App>,
    parameters: Parameters,
    fields: Fields,
) -> Result<Response, ApiError> {
    let selection = Selection::of_organization(&app, &access.scope, &parameters, app.now()).await?;
    update(&app, &access.scope, &selection, &parameters, fields).await
}

/// `PUT /api/0/projects/{organization}/{project}/issues/`
pub(crate) async fn update_of_project(
    access: ProjectAccess<EventWrite>,
    State(app): State<App>,
    parameters: Parameters,
    fields: Fields,
) -> Result<Response, ApiError> {
    let scope = access.scope.whole();
    let selection = Selection::of_project(&app, &access.scope, &parameters, app.now()).await?;
    update(&app, scope, &selection, &parameters, fields).await
}

/// `DELETE /api/0/organizations/{organization}/issues/`
pub(crate) async fn delete_of_organization(
    access: OrganizationAccess<EventAdmin>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let selection = Selection::of_organization(&app, &access.scope, &parameters, app.now()).await?;
    delete(&app, &access.scope, &selection, &parameters).await
}

/// `DELETE /api/0/projects/{organization}/{project}/issues/`
pub(crate) async fn delete_of_project(
    access: ProjectAccess<EventAdmin>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<StatusCode, ApiError> {
    let scope = access.scope.whole();
    let selection = Selection::of_project(&app, &access.scope, &parameters, app.now()).await?;
    delete(&app, scope, &selection, &parameters).await
}

async fn update(
    app: &App,
    scope: &OrganizationScope,
    selection: &Selection,
    parameters: &Parameters,
    fields: Fields,
) -> Result<Response, ApiError> {
    let request = ChangeRequest::read(fields)?;
    // What cannot be taken back is not done to all that a search finds.
    if (request.discard() || request.merge()) && ids(parameters, "id")?.is_none() {
        return Err(ApiError::bad_request("Name the issues with the parameter id."));
    }
    if request.discard() {
        require_discard(scope)?;
        let issues = meant(app, scope, selection, parameters).await?;
        services::issues::discard(app, &issues).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if request.merge() {
        let issues = meant(app, scope, selection, parameters).await?;
        return Ok(Json(merge(app, scope, &issues).await?).into_response());
    }
    let change = request.resolve(app, scope).await?;
    let issues = meant(app, scope, selection, parameters).await?;
    if issues.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    services::issues::update(app, scope, &issues, change.change()).await?;
    Ok(Json(change.view()).into_response())
}

async fn delete(
    app: &App,
    scope: &OrganizationScope,
    selection: &Selection,
    parameters: &Parameters,
) -> Result<StatusCode, ApiError> {
    let issues = meant(app, scope, selection, parameters).await?;
    services::issues::delete(app, &issues).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ids of other projects are passed over.
async fn meant(
    app: &App,
    scope: &OrganizationScope,
    selection: &Selection,
    parameters: &Parameters,
) -> Result<Vec<Issue>, ApiError> {
    if let Some(ids) = ids(parameters, "id")? {
        let mut issues = services::issues::find_all(app, scope, &ids).await?;
        issues.retain(|issue| selection.holds(issue.project));
        return Ok(issues);
    }
    let page = IssuePage::first(MOST, app.now());
    let found = services::issues::search(app, scope, &selection.search, selection.order, page).await?;
    Ok(found.issues.into_iter().map(|found| found.issue).collect())
}
