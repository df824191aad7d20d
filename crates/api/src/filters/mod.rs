//! `/api/0/projects/{organization}/{project}/filters/`: the inbound filters that have a switch. The lists of patterns
//! are options of the project.

use axum::{Json, extract::State};
use filter::{ChangeError, FilterChange, FilterView, SettingsError};
use http::StatusCode;
use httpkit::{
    ApiError, PathParams, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use services::{
    App,
    settings::{self, Problem},
};

use crate::body::Fields;

/// `GET …/filters/`
pub(crate) async fn list(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<Vec<FilterView>>, ApiError> {
    let settings = settings::of_project(&app, &access.scope).await?;
    Ok(Json(settings.filters.filters()))
}

/// `PUT …/filters/{filter}/`: `active`, or for browsers the `subfilters` that are on.
pub(crate) async fn update(
    access: ProjectAccess<ProjectWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let change = FilterChange {
        active: fields.flag("active"),
        subfilters: fields.texts("subfilters"),
    };
    fields.finish()?;
    let mut filters = settings::of_project(&app, &access.scope).await?.filters;
    match filters.set_filter(path.get("filter")?, &change) {
        Err(ChangeError::Unknown) => return Err(ApiError::not_found()),
        Err(ChangeError::Invalid(errors)) => {
            let field = if change.active.is_none() && change.subfilters.is_some() {
                "subfilters"
            } else {
                "active"
            };
            let mut error = ApiError::bad_request("The filter cannot be set so.");
            error.fields.insert(field.to_owned(), texts(errors));
            return Err(error);
        }
        Ok(()) => {}
    }
    settings::set_of_project(&app, &access.scope, &filters).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is wrong, without the name of the filter: the answer names the field.
pub(crate) fn texts(errors: Vec<SettingsError>) -> Vec<String> {
    errors
        .into_iter()
        .map(|error| Problem::from(error).to_string())
        .collect()
}
