use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{OrgRead, ProjectRead},
};
use model::ProjectId;
use services::{
    App,
    access::{OrganizationScope, ProjectScope},
    discover::{self, About, ValuesRequest},
    tags::{TagSummary, TagValue, ValuePage, field_of},
};

use super::{
    cut, plain, value_page,
    view::{EventUserView, ProjectTagView, TagCountView, TagValueView},
};
use crate::{
    discover::{NamedDataset, about},
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// `GET /api/0/organizations/{organization}/tags/`: the keys of all tags, with how many events have them.
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<TagCountView>>, ApiError> {
    let about = events(&app, &access.scope, &parameters, None).await?;
    let keys = services::tags::keys(&app, &access.scope, &about).await?;
    Ok(Json(keys.into_iter().map(TagCountView::of).collect()))
}

/// `GET /api/0/organizations/{organization}/tags/{tag}/values/`; `query` is a part of the values.
pub(crate) async fn list_values_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<TagValueView>, ApiError> {
    let about = events(&app, &access.scope, &parameters, None).await?;
    list_values(&app, &access.scope, about, path.get("tag")?, &page, &parameters).await
}

/// `GET /api/0/projects/{organization}/{project}/tags/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<ProjectTagView>>, ApiError> {
    let scope = access.scope.whole();
    let about = events(&app, scope, &parameters, Some(access.scope.project.id)).await?;
    let facets = discover::facets(&app, scope, &about, 1, None).await?;
    let mut tags: Vec<TagSummary> = facets.into_iter().map(TagSummary::from).collect();
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Json(tags.iter().map(ProjectTagView::of).collect()))
}

/// `GET /api/0/projects/{organization}/{project}/tags/{tag}/values/`
pub(crate) async fn list_values_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<TagValueView>, ApiError> {
    let scope = access.scope.whole();
    let about = events(&app, scope, &parameters, Some(access.scope.project.id)).await?;
    list_values(&app, scope, about, path.get("tag")?, &page, &parameters).await
}

/// The events that a request names, of one project where the path does. What `query` holds is no search of events here.
async fn events(
    app: &App,
    scope: &OrganizationScope,
    parameters: &Parameters,
    project: Option<ProjectId>,
) -> Result<About, ApiError> {
    let dataset = NamedDataset::read(parameters)?;
    let mut about = about(app, scope, &parameters.without("query"), dataset).await?;
    if let Some(project) = project {
        about.projects = vec![project];
    }
    Ok(about)
}

/// The users whom the events of a project name, as the values of the tag `user` tell them.
pub(crate) async fn list_users(
    app: &App,
    scope: &ProjectScope,
    page: &PageRequest,
    parameters: &Parameters,
) -> Result<Page<EventUserView>, ApiError> {
    let about = events(app, scope.whole(), parameters, Some(scope.project.id)).await?;
    let found = values(app, scope.whole(), about, "user", page, parameters).await?;
    Ok(cut(app, page, found).map(|value| EventUserView::of(&value)))
}

async fn list_values(
    app: &App,
    scope: &OrganizationScope,
    about: About,
    key: &str,
    page: &PageRequest,
    parameters: &Parameters,
) -> Result<Page<TagValueView>, ApiError> {
    let key = plain(key);
    let found = values(app, scope, about, key, page, parameters).await?;
    Ok(cut(app, page, found).map(|value| TagValueView::of(key, &value)))
}

/// One more than the page holds.
async fn values(
    app: &App,
    scope: &OrganizationScope,
    about: About,
    key: &str,
    page: &PageRequest,
    parameters: &Parameters,
) -> Result<Vec<TagValue>, ApiError> {
    let ValuePage {
        contains,
        order,
        offset,
        limit,
    } = value_page(page, parameters, parameters.get("query").unwrap_or_default());
    let request = ValuesRequest {
        about,
        field: field_of(key),
        contains,
        order,
        limit,
        offset,
    };
    let found = discover::values(app, scope, &request).await?;
    Ok(found.values.into_iter().map(TagValue::from).collect())
}
