//! When users and teams want to be told of something beside alert rules: our own addition to Sentry's API.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, ProjectAccess, TeamAccess,
    scopes::{ProjectRead, TeamRead, TeamWrite},
};
use serde_json::Value;
use services::{
    App,
    notifications::rules::{
        personal::{self, PersonalRule},
        team::{self, TeamRule},
    },
};

use crate::body::Fields;

/// What a body holds, as the type that is stored; what it leaves out has its default.
fn read<T: serde::de::DeserializeOwned>(fields: &Fields) -> Result<T, ApiError> {
    let object: serde_json::Map<String, Value> = fields
        .all()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::from_value(Value::Object(object))
        .map_err(|error| ApiError::field("non_field_errors", format_args!("This is no rule: {error}.")))
}

/// `GET /api/0/projects/{organization}/{project}/users/me/notification-rule/`
pub(crate) async fn show_own(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<PersonalRule>, ApiError> {
    let user = access.scope.actor.user_id().ok_or_else(ApiError::not_found)?;
    let own = personal::list(&app, user).await?;
    let rule = own.into_iter().find(|(project, _)| *project == access.scope.project.id);
    rule.map(|(_, rule)| Json(rule)).ok_or_else(ApiError::not_found)
}

/// `PUT /api/0/projects/{organization}/{project}/users/me/notification-rule/`
pub(crate) async fn set_own(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<PersonalRule>, ApiError> {
    let rule: PersonalRule = read(&fields)?;
    personal::set(&app, &access.scope, &rule).await?;
    Ok(Json(rule))
}

/// `DELETE /api/0/projects/{organization}/{project}/users/me/notification-rule/`
pub(crate) async fn remove_own(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    let user = access.scope.actor.user_id().ok_or_else(ApiError::not_found)?;
    personal::remove(&app, user, access.scope.project.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/0/teams/{organization}/{team}/notification-rule/`
pub(crate) async fn show_of_team(
    access: TeamAccess<TeamRead>,
    State(app): State<App>,
) -> Result<Json<TeamRule>, ApiError> {
    let rule = team::get(&app, &access.team).await?;
    rule.map(Json).ok_or_else(ApiError::not_found)
}

/// `PUT /api/0/teams/{organization}/{team}/notification-rule/`
pub(crate) async fn set_of_team(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Json<TeamRule>, ApiError> {
    let rule: TeamRule = read(&fields)?;
    team::set(&app, &access.scope, &access.team, &rule).await?;
    Ok(Json(rule))
}

/// `DELETE /api/0/teams/{organization}/{team}/notification-rule/`
pub(crate) async fn remove_of_team(
    access: TeamAccess<TeamWrite>,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    team::remove(&app, &access.scope, &access.team).await?;
    Ok(StatusCode::NO_CONTENT)
}
