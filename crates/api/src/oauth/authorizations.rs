//! `/api/0/api-authorizations/`: what a user has allowed.

use axum::extract::State;
use http::StatusCode;
use httpkit::{ApiActor, ApiError};
use model::AuthorizationId;
use services::{App, oauth};

use super::view::AuthorizationView;
use crate::{
    body::Fields,
    page::{Page, PageRequest},
    tokens::signed_in,
};

pub(crate) async fn list_authorizations(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<AuthorizationView>, ApiError> {
    let user = signed_in(&actor)?;
    let allowed = oauth::list_authorizations(&app, user.id).await?;
    Ok(page.of_whole(&app.url, allowed).map(AuthorizationView::of))
}

/// The body names it: `authorization`.
pub(crate) async fn revoke_authorization(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let user = signed_in(&actor)?;
    let id = fields.required_text("authorization");
    fields.finish()?;
    let id = id.unwrap_or_default().parse().map(AuthorizationId);
    let id = id.map_err(|_| ApiError::not_found())?;
    if oauth::revoke(&app, &actor, user.id, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}
