use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, Method, header, request::Parts};
use model::UserId;
use services::{Actor, App, browser_sessions::SignedIn};

use crate::{ApiError, Argument, ErrorKind, Guard, SESSION_COOKIE, Surface, client_address, cookie, csrf};

/// A signed-in browser: for pages. Nobody signed in is an error, which pages turn into the way to the sign-in.
#[derive(Debug, Clone)]
pub struct Browser(pub SignedIn);

/// A browser that is signed in or not.
#[derive(Debug, Clone)]
pub struct MaybeBrowser(pub Option<SignedIn>);

/// Who calls the API: by bearer token, or by the browser session of a page of ours.
#[derive(Debug, Clone)]
pub struct ApiActor(pub Actor);

/// The token that comes along, whatever it is good for.
#[derive(Debug, Clone)]
pub struct BearerToken(pub String);

impl Argument for BearerToken {}

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)?.ok_or_else(ApiError::unauthenticated)?;
        Ok(Self(token.to_owned()))
    }
}

impl Argument for ApiActor {
    const GUARD: Option<Guard> = Some(Guard::SIGNED_IN);
}

impl Argument for Browser {
    const GUARD: Option<Guard> = Some(Guard::SIGNED_IN);
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
        if let Some(actor) = of_token(parts, &app).await? {
            return Ok(Self(actor));
        }
        let signed_in = signed_in(parts, &app).await?.ok_or_else(ApiError::unauthenticated)?;
        let reading = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        // A cookie goes along with requests that other sites made the browser send; the header cannot. Pages check the
        // form itself, see `Routes::form`.
        let is_form = parts.extensions.get() == Some(&Surface::Pages);
        if !reading && !is_form && !csrf::header_matches(&parts.headers, &signed_in.session) {
            return Err(ApiError::new(
                ErrorKind::StaleForm,
                "CSRF Failed: CSRF token missing or incorrect.",
            ));
        }
        Ok(Self(signed_in.actor))
    }
}

/// The user who asks, by token or browser; none for nobody, and for the token of an organization.
pub(crate) async fn user_of(parts: &mut Parts, app: &App) -> Option<UserId> {
    match of_token(parts, app).await {
        Ok(Some(actor)) => actor.user_id(),
        Ok(None) => signed_in(parts, app).await.ok().flatten()?.actor.user_id(),
        Err(_) => None,
    }
}

/// Whose token comes along. Found once a request, however many extractors ask.
async fn of_token(parts: &mut Parts, app: &App) -> Result<Option<Actor>, ApiError> {
    if let Some(ApiActor(known)) = parts.extensions.get() {
        return Ok(Some(known.clone()));
    }
    let Some(token) = bearer(&parts.headers)? else {
        return Ok(None);
    };
    // Only browsers say it, of pages; what cannot be read is listed nowhere.
    let origin = parts.headers.get(header::ORIGIN);
    let origin = origin.map(|origin| origin.to_str().unwrap_or_default());
    let mut actor = services::tokens::authenticate_from(app, token, origin).await?;
    actor.origin.ip = client_address(parts);
    parts.extensions.insert(ApiActor(actor.clone()));
    Ok(Some(actor))
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
    let found = found.map(|mut signed_in| {
        signed_in.actor.origin.ip = client_address(parts);
        signed_in
    });
    parts.extensions.insert(MaybeBrowser(found.clone()));
    Ok(found)
}

/// The token of the request; none where it names no scheme of ours.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let refused = |detail: &str| ApiError::new(ErrorKind::Unauthenticated, detail);
    let value = value
        .to_str()
        .map_err(|_| refused("Invalid token header. Token string should not contain invalid characters."))?;
    let mut words = value.split_ascii_whitespace();
    if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")) {
        return Err(ApiError::unauthenticated());
    }
    match (words.next(), words.next()) {
        (None, _) => Err(refused("Invalid token header. No credentials provided.")),
        (Some(_), Some(_)) => Err(refused("Invalid token header. Token string should not contain spaces.")),
        (Some(token), None) => Ok(Some(token)),
    }
}
