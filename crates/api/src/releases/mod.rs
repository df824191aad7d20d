//! `/api/0/organizations/{organization}/releases/`, and the same within a project.

mod commits;
mod deploys;
mod request;
mod view;

pub(crate) use commits::{list_commits, list_commits_of_project};
pub(crate) use deploys::{create_deploy, list_deploys};
use request::ReleaseRequest;
pub(crate) use view::{NamedRelease, ReleaseView};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use httpkit::{
    ApiError, Direction, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{ReleaseDelete, ReleaseRead, ReleaseWrite},
};
use model::{ProjectId, ReleaseId, Timestamp};
use services::{
    App,
    access::OrganizationScope,
    releases::{self, ReleaseDetails, ReleasePage},
};
use store::{
    projects::Project,
    releases::{ReleaseFilter, ReleaseStart, ReleaseStatus},
};

use crate::{
    body::Fields,
    issues::named_projects,
    page::{Page, PageRequest},
    parameters::{Parameters, environments},
};

/// `GET /api/0/organizations/{organization}/releases/`
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<ReleaseRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<ReleaseView>, ApiError> {
    let projects = named_projects(&app, &access.scope, &parameters).await?;
    list(&app, &access.scope, projects, &page, &parameters).await
}

/// `GET /api/0/projects/{organization}/{project}/releases/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<ReleaseRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<ReleaseView>, ApiError> {
    let projects = vec![access.scope.project.id];
    list(&app, access.scope.whole(), projects, &page, &parameters).await
}

async fn list(
    app: &App,
    scope: &OrganizationScope,
    projects: Vec<ProjectId>,
    page: &PageRequest,
    parameters: &Parameters,
) -> Result<Page<ReleaseView>, ApiError> {
    let status = match parameters.filled("status") {
        None => Some(ReleaseStatus::Open),
        Some("all") => None,
        Some(name) => {
            Some(ReleaseStatus::parse(name).ok_or_else(|| ApiError::bad_request("Invalid value for status."))?)
        }
    };
    let filter = ReleaseFilter {
        projects,
        environments: environments(app, scope, parameters).await?,
        text: parameters.get("query").unwrap_or_default().trim().to_owned(),
        status,
    };
    match parameters.filled("sort") {
        None | Some("date") => by_date(app, scope, &filter, page).await,
        Some("semver") => by_version(app, scope, &filter, page).await,
        Some(_) => Err(ApiError::bad_request("Releases can be sorted by date and by semver.")),
    }
}

async fn by_date(
    app: &App,
    scope: &OrganizationScope,
    filter: &ReleaseFilter,
    page: &PageRequest,
) -> Result<Page<ReleaseView>, ApiError> {
    let start = match page.cursor {
        None => ReleaseStart::Newest,
        Some(cursor) => {
            let id = i64::try_from(cursor.offset).unwrap_or(i64::MAX);
            let place = (Timestamp(cursor.value), ReleaseId(id));
            match cursor.direction {
                Direction::Next => ReleaseStart::OlderThan(place),
                Direction::Previous => ReleaseStart::NewerThan(place),
            }
        }
    };
    let limit = page.fetch();
    let found = releases::list(app, scope, filter, ReleasePage::ByDate { start, limit }).await?;
    let place = |found: &ReleaseDetails| {
        let id = u128::try_from(found.release.id.0).unwrap_or(0);
        (found.release.ordered_at().0, id)
    };
    let views = view::Owners::load(app, scope, &found).await?;
    Ok(page.of_fetched(&app.url, found, place).map(|found| views.view(found)))
}

async fn by_version(
    app: &App,
    scope: &OrganizationScope,
    filter: &ReleaseFilter,
    page: &PageRequest,
) -> Result<Page<ReleaseView>, ApiError> {
    let offset = i64::try_from(page.start()).unwrap_or(i64::MAX);
    let limit = page.fetch();
    let mut found = releases::list(app, scope, filter, ReleasePage::ByVersion { offset, limit }).await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    let views = view::Owners::load(app, scope, &found).await?;
    Ok(page.of_part(&app.url, found, more).map(|found| views.view(found)))
}

/// `POST /api/0/organizations/{organization}/releases/`
pub(crate) async fn create_in_organization(
    access: OrganizationAccess<ReleaseWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let request = ReleaseRequest::read_new(fields)?;
    let known = services::projects::list(&app, &access.scope).await?;
    let projects = projects_named(&known, &request.projects)?;
    create(&app, &access.scope, &projects, request).await
}

/// `POST /api/0/projects/{organization}/{project}/releases/`
pub(crate) async fn create_in_project(
    access: ProjectAccess<ReleaseWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let request = ReleaseRequest::read_new_of_project(fields)?;
    let projects = [access.scope.project.id];
    create(&app, access.scope.whole(), &projects, request).await
}

/// 201 when that made the release or gave it to a project, 208 when all of it was so.
async fn create(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    request: ReleaseRequest,
) -> Result<Response, ApiError> {
    let change = request.change(app, scope).await?;
    let is_new = releases::create(app, scope, &request.version, projects, change).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::ALREADY_REPORTED
    };
    let view = shown(app, scope, &request.version).await?;
    Ok((status, Json(view)).into_response())
}

/// Those of these slugs or ids.
fn projects_named(known: &[Project], names: &[String]) -> Result<Vec<ProjectId>, ApiError> {
    let find = |name: &String| {
        known
            .iter()
            .find(|project| project.slug == *name || project.id.to_string() == *name)
            .map(|project| project.id)
    };
    let found: Option<Vec<ProjectId>> = names.iter().map(find).collect();
    found.ok_or_else(|| ApiError::field("projects", "Invalid project ids or slugs."))
}

async fn shown(app: &App, scope: &OrganizationScope, version: &str) -> Result<ReleaseView, ApiError> {
    let found = releases::get(app, scope, version).await?;
    let views = view::Owners::load(app, scope, std::slice::from_ref(&found)).await?;
    Ok(views.view(found))
}

/// The releases that events name by these versions.
pub(crate) async fn named(
    app: &App,
    scope: &OrganizationScope,
    versions: &[&str],
) -> Result<Vec<NamedRelease>, ApiError> {
    let found = releases::find_all(app, scope, versions).await?;
    let views = view::Owners::load(app, scope, &found).await?;
    let mut known: Vec<ReleaseView> = found.into_iter().map(|found| views.view(found)).collect();
    let named = versions.iter().map(|version| {
        let place = known.iter().position(|known| known.version() == *version);
        match place {
            Some(place) => NamedRelease::Known(Box::new(known.swap_remove(place))),
            None => NamedRelease::Unknown {
                version: (*version).to_owned(),
            },
        }
    });
    Ok(named.collect())
}

/// `GET /api/0/organizations/{organization}/releases/{version}/`
pub(crate) async fn show(
    access: OrganizationAccess<ReleaseRead>,
    path: PathParams,
    State(app): State<App>,
) -> Result<Json<ReleaseView>, ApiError> {
    Ok(Json(shown(&app, &access.scope, path.get("version")?).await?))
}

/// `GET /api/0/projects/{organization}/{project}/releases/{version}/`
pub(crate) async fn show_of_project(
    access: ProjectAccess<ReleaseRead>,
    path: PathParams,
    State(app): State<App>,
) -> Result<Json<ReleaseView>, ApiError> {
    let (scope, version) = (access.scope.whole(), path.get("version")?);
    let found = of_project(&app, &access, version).await?;
    let views = view::Owners::load(&app, scope, std::slice::from_ref(&found)).await?;
    Ok(Json(views.view(found)))
}

async fn of_project<N>(app: &App, access: &ProjectAccess<N>, version: &str) -> Result<ReleaseDetails, ApiError> {
    let found = releases::get(app, access.scope.whole(), version).await?;
    let project = access.scope.project.id;
    if found.projects.iter().all(|of| of.project.id != project) {
        return Err(ApiError::not_found());
    }
    Ok(found)
}

/// `PUT /api/0/organizations/{organization}/releases/{version}/`
pub(crate) async fn update(
    access: OrganizationAccess<ReleaseWrite>,
    path: PathParams,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<ReleaseView>, ApiError> {
    let (scope, version) = (&access.scope, path.get("version")?);
    let found = releases::get(&app, scope, version).await?;
    change(&app, scope, &found, fields).await.map(Json)
}

/// `PUT /api/0/projects/{organization}/{project}/releases/{version}/`
pub(crate) async fn update_of_project(
    access: ProjectAccess<ReleaseWrite>,
    path: PathParams,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<ReleaseView>, ApiError> {
    let found = of_project(&app, &access, path.get("version")?).await?;
    change(&app, access.scope.whole(), &found, fields).await.map(Json)
}

async fn change(
    app: &App,
    scope: &OrganizationScope,
    found: &ReleaseDetails,
    fields: Fields,
) -> Result<ReleaseView, ApiError> {
    let change = ReleaseRequest::read_change(fields)?.change(app, scope).await?;
    releases::update(app, scope, &found.release, change).await?;
    shown(app, scope, &found.release.version).await
}

/// `DELETE /api/0/organizations/{organization}/releases/{version}/`
pub(crate) async fn delete(
    access: OrganizationAccess<ReleaseDelete>,
    path: PathParams,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    let found = releases::get(&app, &access.scope, path.get("version")?).await?;
    releases::delete(&app, &access.scope, &found.release).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/0/projects/{organization}/{project}/releases/{version}/`
pub(crate) async fn delete_of_project(
    access: ProjectAccess<ReleaseDelete>,
    path: PathParams,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    let found = of_project(&app, &access, path.get("version")?).await?;
    releases::delete(&app, access.scope.whole(), &found.release).await?;
    Ok(StatusCode::NO_CONTENT)
}
