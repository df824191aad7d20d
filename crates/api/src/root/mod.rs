//! `/api/0/` and `/api/0/auth/`: is this the API, and who is asking?

use axum::{
    Json,
    extract::{FromRequestParts as _, State},
};
use http::{header, request::Parts};
use httpkit::{ApiActor, ApiError, MaybeBrowser};
use serde::Serialize;
use services::App;

use crate::{users::UserView, view};

/// What clients look at to see whether their token is good.
#[derive(Debug, Serialize)]
pub(crate) struct RootView {
    version: &'static str,
    /// `null` for a browser session, which has no scopes of its own.
    auth: Option<AuthView>,
    user: Option<UserView>,
}

#[derive(Debug, Serialize)]
struct AuthView {
    scopes: Vec<&'static str>,
}

/// Open to everybody; but a token that is sent must be good.
pub(crate) async fn show(State(app): State<App>, mut parts: Parts) -> Result<Json<RootView>, ApiError> {
    let (auth, user) = if parts.headers.contains_key(header::AUTHORIZATION) {
        let ApiActor(actor) = ApiActor::from_request_parts(&mut parts, &app).await?;
        (
            Some(AuthView {
                scopes: view::scopes(actor.scopes),
            }),
            actor.user().cloned(),
        )
    } else {
        let MaybeBrowser(signed_in) = MaybeBrowser::from_request_parts(&mut parts, &app).await?;
        (None, signed_in.and_then(|signed_in| signed_in.actor.user().cloned()))
    };
    Ok(Json(RootView {
        version: "0",
        auth,
        user: user.as_ref().map(UserView::of),
    }))
}
