use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, Method, header, request::Parts};
use services::{Actor, App, Scope, access::AccessError, browser_sessions::SignedIn};

use crate::{ApiError, SESSION_COOKIE, cookie, csrf};

/// A signed-in browser: for pages. Nobody signed in is an error, which pages turn into the way to the sign-in.
#[derive(Debug, Clone)]
pub struct Browser(pub SignedIn);

/// A browser that is signed in or not.
#[derive(Debug, Clone)]
pub struct MaybeBrowser(pub Option<SignedIn>);

/// Who calls the API: by bearer token, or by the browser session of a page of ours.
#[derive(Debug, Clone)]
pub struct ApiActor(pub Actor);

impl ApiActor {
    /// For lists over all organizations, which no access extractor guards.
    pub fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.0.scopes.allow(scope) {
            Ok(())
        } else {
            Err(AccessError::MissingScope(scope).into())
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeBrowser
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(signed_in(parts, &App::from_ref(state)).await?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Browser
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let signed_in = signed_in(parts, &App::from_ref(state)).await?;
        signed_in.map(Self).ok_or_else(ApiError::unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ApiActor
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        if let Some(token) = bearer(&parts.headers)? {
            let known = services::tokens::authenticate(&app, token).await?;
            let (actor, _) = known.ok_or_else(|| ApiError::new(crate::ErrorKind::Unauthenticated, "Invalid token"))?;
            return Ok(Self(actor));
        }
        let signed_in = signed_in(parts, &app).await?.ok_or_else(ApiError::unauthenticated)?;
        let reading = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        // A cookie goes along with requests that other sites made the browser send; the header cannot.
        if !reading && !csrf::header_matches(&parts.headers, &signed_in.session) {
            return Err(ApiError::forbidden("CSRF Failed: CSRF token missing or incorrect."));
        }
        Ok(Self(signed_in.actor))
    }
}

/// Found once a request, however many extractors ask.
async fn signed_in(parts: &mut Parts, app: &App) -> Result<Option<SignedIn>, ApiError> {
    if let Some(MaybeBrowser(known)) = parts.extensions.get::<MaybeBrowser>() {
        return Ok(known.clone());
    }
    let found = match cookie(&parts.headers, SESSION_COOKIE).filter(|token| !token.is_empty()) {
        Some(token) => services::browser_sessions::authenticate(app, token).await?,
        None => None,
    };
    parts.extensions.insert(MaybeBrowser(found.clone()));
    Ok(found)
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().map_err(|_| ApiError::unauthenticated())?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(ApiError::unauthenticated()),
    }
}
