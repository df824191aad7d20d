//! API tokens: `/api/0/api-tokens/` and those of organizations.

mod of_organization;
mod view;

pub(crate) use of_organization::{
    create_for_organization, deactivate_of_organization, list_of_organization, rename_of_organization,
    show_of_organization,
};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiActor, ApiError, PathParams};
use model::{Timestamp, TokenId};
use services::{
    Actor, App, Scope,
    tokens::{self, TokenRequest},
};
use store::{tokens::Token, users::User};

use crate::{
    body::Fields,
    page::{Page, PageRequest},
};
use view::{NewTokenView, TokenView};

/// Tokens, and applications that get some, are made and revoked by somebody who is signed in: who got hold of one shall
/// not make another.
pub(crate) fn signed_in(actor: &Actor) -> Result<&User, ApiError> {
    let user = actor.user().filter(|_| actor.origin.session.is_some());
    user.ok_or_else(|| ApiError::forbidden("This is managed by a signed-in user, not by a token."))
}

/// `GET /api/0/api-tokens/`
pub(crate) async fn list(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<TokenView>, ApiError> {
    let user = signed_in(&actor)?;
    let tokens = tokens::list(&app, user.id).await?;
    Ok(page.of_whole(&app.url, tokens).map(TokenView::of))
}

/// `POST /api/0/api-tokens/`: the only answer that holds the token.
pub(crate) async fn create(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<NewTokenView>), ApiError> {
    let user = signed_in(&actor)?;
    let name = fields.text("name").unwrap_or_default();
    let names = fields.texts("scopes").unwrap_or_default();
    let expires_at = expiry(&mut fields);
    let mut scopes: Vec<Scope> = Vec::new();
    for name in &names {
        match name.parse() {
            Ok(scope) => scopes.push(scope),
            Err(_) => fields.refuse("scopes", &format!("\"{name}\" is not a valid choice.")),
        }
    }
    fields.finish()?;
    let request = TokenRequest {
        name: &name,
        scopes: &scopes,
        expires_at,
    };
    let new = tokens::create(&app, &actor, user, request).await?;
    Ok((StatusCode::CREATED, Json(NewTokenView::of(new))))
}

/// When a token ends, as a point in time.
fn expiry(fields: &mut Fields) -> Option<Timestamp> {
    let text = fields.text("expiresAt").filter(|text| !text.is_empty())?;
    let at = text.parse().ok();
    if at.is_none() {
        fields.refuse("expiresAt", "Expected a point in time, as 2026-12-31T00:00:00Z.");
    }
    at
}

async fn get(app: &App, user: &User, path: &PathParams) -> Result<Token, ApiError> {
    let id = path
        .get("token")?
        .parse()
        .map(TokenId)
        .map_err(|_| ApiError::not_found())?;
    tokens::get(app, user.id, id).await?.ok_or_else(ApiError::not_found)
}

/// `GET /api/0/api-tokens/{token}/`
pub(crate) async fn show(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<TokenView>, ApiError> {
    let user = signed_in(&actor)?;
    Ok(Json(TokenView::of(get(&app, user, &path).await?)))
}

/// `PUT /api/0/api-tokens/{token}/`: another name.
pub(crate) async fn rename(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let user = signed_in(&actor)?;
    let token = get(&app, user, &path).await?;
    let name = fields.text("name").unwrap_or_default();
    fields.finish()?;
    tokens::rename(&app, &actor, user.id, token.id, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/0/api-tokens/{token}/`
pub(crate) async fn delete(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let user = signed_in(&actor)?;
    let token = get(&app, user, &path).await?;
    if tokens::delete(&app, &actor, user.id, token.id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found())
    }
}
