//! `/api/0/users/{user}/emails/`: the mail addresses of the user who asks.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiActor, ApiError, PathParams};
use serde::Serialize;
use services::{App, access::Actor, users};
use store::{user_emails::UserEmail, users::User};

use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressView {
    email: String,
    is_primary: bool,
    is_verified: bool,
}

impl AddressView {
    fn of(email: UserEmail, user: &User) -> Self {
        Self {
            is_primary: email.email == user.email,
            is_verified: email.verified_at.is_some(),
            email: email.email,
        }
    }
}

/// Nobody sees the addresses of others here.
fn own<'a>(actor: &'a Actor, path: &PathParams) -> Result<&'a User, ApiError> {
    let named = path.get("user")?;
    let user = actor
        .user()
        .filter(|user| named == "me" || named == user.id.to_string());
    user.ok_or_else(ApiError::not_found)
}

/// `GET /api/0/users/{user}/emails/`
pub(crate) async fn list_emails(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<Vec<AddressView>>, ApiError> {
    let user = own(&actor, &path)?;
    let found = users::list_emails(&app, user.id).await?;
    Ok(Json(
        found.into_iter().map(|email| AddressView::of(email, user)).collect(),
    ))
}

/// `POST /api/0/users/{user}/emails/`: adds `email`, and sends the link that confirms it.
pub(crate) async fn add_email(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let user = own(&actor, &path)?;
    let email = fields.required_text("email").unwrap_or_default();
    fields.finish()?;
    users::add_email(&app, user, &email).await?;
    Ok(StatusCode::CREATED)
}

/// `POST /api/0/users/{user}/emails/confirm/`: sends the link that confirms `email` once more.
pub(crate) async fn confirm_email(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let user = own(&actor, &path)?;
    let email = fields.required_text("email").unwrap_or_default();
    fields.finish()?;
    let emails = users::list_emails(&app, user.id).await?;
    let email = emails.iter().find(|one| one.email.eq_ignore_ascii_case(email.trim()));
    let email = email.ok_or_else(ApiError::not_found)?;
    users::send_confirmation(&app, user, email.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
