//! Which pages of other sites may ask the API. They need a token: a browser's session is never taken from them.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use services::{
    App, oauth,
    options::{self, Reader},
};

/// What such pages may send, and read of the answer.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, accept");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE");
const EXPOSED: HeaderValue = HeaderValue::from_static("link, x-hits, x-max-hits, retry-after");
const AN_HOUR: HeaderValue = HeaderValue::from_static("3600");

/// A layer. The routes for the pages of everybody say for themselves who may ask.
pub(crate) async fn from_allowed_origins(State(app): State<App>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let of_api = request.uri().path().starts_with("/api/0/");
    let Some(origin) = origin.filter(|_| of_api) else {
        return next.run(request).await;
    };
    let is_allowed = is_allowed(&app, &origin).await;
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from(header::ORIGIN));
    if is_allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if asks_first {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, AN_HOUR);
        }
    }
    response
}

/// Those that the installation names, and those that an application names for its tokens; whether it is this
/// application's token is seen when it comes. Nobody is, while it cannot be read.
async fn is_allowed(app: &App, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    is_named(app, origin).await || oauth::is_origin_listed(app, origin).await.unwrap_or_default()
}

async fn is_named(app: &App, origin: &str) -> bool {
    let allowed = options::get(app, &options::ALLOWED_ORIGINS, Reader::default()).await;
    let allowed = allowed.unwrap_or_default();
    let mut allowed = allowed.as_array().into_iter().flatten();
    allowed.any(|one| one.as_str() == Some(origin))
}
