//! `…/environments/`: which environments there are, and which of them lists leave out.

use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess,
    scopes::{OrgRead, ProjectRead, ProjectWrite},
};
use serde::Serialize;
use services::{
    App,
    projects::{self, Visibility},
};
use store::projects::Environment;

use crate::{body::Fields, parameters::Parameters};

/// An environment of an organization; its name is what tells it apart.
#[derive(Debug, Serialize)]
pub(crate) struct EnvironmentView {
    id: String,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectEnvironmentView {
    id: String,
    name: String,
    is_hidden: bool,
}

impl ProjectEnvironmentView {
    fn of(environment: Environment) -> Self {
        Self {
            id: environment.name.clone(),
            name: environment.name,
            is_hidden: environment.is_hidden,
        }
    }
}

fn visibility(parameters: &Parameters) -> Result<Visibility, ApiError> {
    let name = parameters.filled("visibility").unwrap_or("visible");
    Visibility::from_name(name)
        .ok_or_else(|| ApiError::bad_request("Invalid value for 'visibility', valid values are: all, hidden, visible"))
}

/// `GET /api/0/organizations/{organization}/environments/`
pub(crate) async fn list_of_organization(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<EnvironmentView>>, ApiError> {
    let visibility = visibility(&parameters)?;
    let names = services::organizations::environments(&app, &access.scope, visibility).await?;
    let views = names.into_iter().map(|name| EnvironmentView { id: name.clone(), name });
    Ok(Json(views.collect()))
}

/// `GET /api/0/projects/{organization}/{project}/environments/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<ProjectEnvironmentView>>, ApiError> {
    let visibility = visibility(&parameters)?;
    let mut all = projects::environments_of_project(&app, &access.scope).await?;
    all.retain(|environment| visibility.shows(environment));
    Ok(Json(all.into_iter().map(ProjectEnvironmentView::of).collect()))
}

/// `PUT /api/0/projects/{organization}/{project}/environments/`: hides several, or shows them again.
pub(crate) async fn update_many(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<Vec<ProjectEnvironmentView>>, ApiError> {
    let names = match fields.texts("environmentNames") {
        Some(names) => names,
        None => {
            fields.refuse("environmentNames", "This field is required.");
            Vec::new()
        }
    };
    let is_hidden = required_flag(&mut fields);
    fields.finish()?;
    let changed = projects::set_hidden(&app, &access.scope, &names, is_hidden).await?;
    Ok(Json(changed.into_iter().map(ProjectEnvironmentView::of).collect()))
}

fn required_flag(fields: &mut Fields) -> bool {
    match fields.flag("isHidden") {
        Some(is_hidden) => is_hidden,
        None => {
            if !fields.is_given("isHidden") {
                fields.refuse("isHidden", "This field is required.");
            }
            false
        }
    }
}

/// `GET /api/0/projects/{organization}/{project}/environments/{environment}/`
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<ProjectEnvironmentView>, ApiError> {
    let name = name(&path)?;
    let all = projects::environments_of_project(&app, &access.scope).await?;
    let found = all.into_iter().find(|environment| environment.name == name);
    Ok(Json(ProjectEnvironmentView::of(found.ok_or_else(ApiError::not_found)?)))
}

/// `PUT /api/0/projects/{organization}/{project}/environments/{environment}/`
pub(crate) async fn update(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<ProjectEnvironmentView>, ApiError> {
    let name = name(&path)?.to_owned();
    let is_hidden = required_flag(&mut fields);
    fields.finish()?;
    let changed = projects::set_hidden(&app, &access.scope, std::slice::from_ref(&name), is_hidden).await?;
    let changed = changed.into_iter().next().ok_or_else(ApiError::not_found)?;
    Ok(Json(ProjectEnvironmentView::of(changed)))
}

/// An environment without a name is called `none` in paths.
fn name(path: &PathParams) -> Result<&str, ApiError> {
    let name = path.get("environment")?;
    Ok(if name == "none" { "" } else { name })
}
