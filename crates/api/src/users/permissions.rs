//! `/api/0/users/{user}/permissions/`: what a user may do with the installation.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, InstanceAccess, PathParams,
    instance_permissions::{Superuser, UsersAdmin},
};
use model::{UserId, UserPermission};
use serde::Serialize;
use services::{App, users};
use store::users::User;

/// Sorted.
#[derive(Debug, Serialize)]
pub(crate) struct PermissionsView {
    permissions: Vec<&'static str>,
}

async fn user(app: &App, path: &PathParams) -> Result<User, ApiError> {
    let id = path
        .get("user")?
        .parse()
        .map(UserId)
        .map_err(|_| ApiError::not_found())?;
    let found = users::get_for_administrator(app, id).await?;
    found.map(|found| found.user).ok_or_else(ApiError::not_found)
}

fn permission(path: &PathParams) -> Result<UserPermission, ApiError> {
    UserPermission::from_name(path.get("permission")?).ok_or_else(ApiError::not_found)
}

/// `GET /api/0/users/{user}/permissions/`
pub(crate) async fn list_permissions(
    _: InstanceAccess<Superuser>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<PermissionsView>, ApiError> {
    let user = user(&app, &path).await?;
    let permissions = users::permissions(&app, user.id).await?;
    Ok(Json(PermissionsView {
        permissions: permissions.into_iter().map(UserPermission::name).collect(),
    }))
}

/// `POST /api/0/users/{user}/permissions/{permission}/`: 201, or 200 where the user had it.
pub(crate) async fn add_permission(
    access: InstanceAccess<UsersAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let (user, permission) = (user(&app, &path).await?, permission(&path)?);
    let added = users::add_permission(&app, &access.actor, &user.email, permission).await?;
    Ok(if added { StatusCode::CREATED } else { StatusCode::OK })
}

/// `DELETE /api/0/users/{user}/permissions/{permission}/`
pub(crate) async fn remove_permission(
    access: InstanceAccess<UsersAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let (user, permission) = (user(&app, &path).await?, permission(&path)?);
    if users::remove_permission(&app, &access.actor, &user.email, permission).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}
