//! How often the API may be asked: by endpoint, and by who asks.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, request::Parts};
use services::{
    App,
    limits::{self, Allowance, Asker, Group, Permit},
};

use crate::{ApiError, authentication, client_address, cors};

const LIMIT: HeaderName = HeaderName::from_static("x-sentry-rate-limit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-sentry-rate-limit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-sentry-rate-limit-reset");
const CONCURRENT_LIMIT: HeaderName = HeaderName::from_static("x-sentry-rate-limit-concurrentlimit");
const CONCURRENT_REMAINING: HeaderName = HeaderName::from_static("x-sentry-rate-limit-concurrentremaining");

/// The API with what stands around it: its limits, and which pages elsewhere may ask.
pub fn around_api(api: Router<App>, app: &App) -> Router<App> {
    api.layer(from_fn_with_state(app.clone(), limited))
        .layer(from_fn_with_state(app.clone(), cors::from_allowed_origins))
}

async fn limited(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(permit) = permit(&app, &mut parts).await else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let mut response = match permit.exceeded {
        Some(exceeded) => {
            let wait = permit.allowance.reset.since(app.now());
            ApiError::too_many(crate::operation::sentence(&exceeded), wait).into_response()
        }
        None => next.run(Request::from_parts(parts, body)).await,
    };
    tell(&permit.allowance, &mut response);
    response
}

/// None for what nobody from outside asks, and for paths that are no endpoint.
async fn permit(app: &App, parts: &mut Parts) -> Option<Permit> {
    let path = parts.extensions.get::<MatchedPath>()?.as_str();
    if !path.starts_with("/api/0/") || path.contains("{*") {
        return None;
    }
    let (endpoint, group) = (format!("{} {path}", parts.method), group(path));
    let asker = asker(app, parts).await?;
    limits::begin(app, endpoint, group, asker).await
}

fn group(path: &str) -> Group {
    if path.contains("/releases/") {
        Group::Cli
    } else {
        Group::Default
    }
}

async fn asker(app: &App, parts: &mut Parts) -> Option<Asker> {
    let user = authentication::user_of(parts, app).await;
    let address = client_address(parts).map(Asker::Address);
    user.map(Asker::User).or(address)
}

fn tell(allowance: &Allowance, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(LIMIT, allowance.limit.into());
    headers.insert(REMAINING, allowance.remaining.into());
    headers.insert(RESET, HeaderValue::from(allowance.reset.0.div_euclid(1_000_000)));
    headers.insert(CONCURRENT_LIMIT, allowance.concurrent_limit.into());
    headers.insert(CONCURRENT_REMAINING, allowance.concurrent_remaining.into());
}
