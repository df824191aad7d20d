//! `/api/0/organizations/{organization}/org-auth-tokens/`

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ReachedBy,
    scopes::{TokenRead, TokenWrite},
};
use model::OrganizationTokenId;
use services::{App, tokens};

use super::{
    expiry,
    view::{NewOrganizationTokenView, OrganizationTokenView},
};
use crate::{
    body::Fields,
    page::{Page, PageRequest},
};

fn id(path: &PathParams) -> Result<OrganizationTokenId, ApiError> {
    path.get("token")?
        .parse()
        .map(OrganizationTokenId)
        .map_err(|_| ApiError::not_found())
}

pub(crate) async fn list_of_organization(
    access: OrganizationAccess<TokenRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<OrganizationTokenView>, ApiError> {
    let tokens = tokens::list_of_organization(&app, &access.scope).await?;
    Ok(page.of_whole(&app.url, tokens).map(OrganizationTokenView::of))
}

/// The only answer that holds the token.
pub(crate) async fn create_for_organization(
    access: OrganizationAccess<TokenWrite>,
    State(app): State<App>,
    ReachedBy(url): ReachedBy,
    mut fields: Fields,
) -> Result<(StatusCode, Json<NewOrganizationTokenView>), ApiError> {
    let name = fields.text("name").unwrap_or_default();
    let expires_at = expiry(&mut fields);
    fields.finish()?;
    let new = tokens::create_for_organization(&app, &access.scope, &name, expires_at, &url).await?;
    Ok((StatusCode::CREATED, Json(NewOrganizationTokenView::of(new))))
}

pub(crate) async fn show_of_organization(
    access: OrganizationAccess<TokenRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<OrganizationTokenView>, ApiError> {
    let token = tokens::get_of_organization(&app, &access.scope, id(&path)?).await?;
    Ok(Json(OrganizationTokenView::of(token)))
}

pub(crate) async fn rename_of_organization(
    access: OrganizationAccess<TokenWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let name = fields.text("name").unwrap_or_default();
    fields.finish()?;
    tokens::rename_of_organization(&app, &access.scope, id(&path)?, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token is refused from now on, and stays in the list.
pub(crate) async fn deactivate_of_organization(
    access: OrganizationAccess<TokenWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    tokens::deactivate_of_organization(&app, &access.scope, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
