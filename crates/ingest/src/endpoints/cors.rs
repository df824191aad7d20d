//! Browsers send from any page, so every answer may be read by any page (`ingest.md` §1.3). Which pages a project takes
//! events from is decided on the event, not here.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};

const ALLOWED_HEADERS: &str = "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, \
    content-type, authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage, traceparent";
const EXPOSED_HEADERS: &str = "x-sentry-error, x-sentry-rate-limits, retry-after";
const MAX_AGE_SECONDS: &str = "3600";

/// The answer to a preflight, which goes through [`allow`] as well.
pub(crate) async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS),
    ];
    headers.into_response()
}

pub(crate) async fn allow(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED_HEADERS),
    );
    // Without it a page that isolates itself cannot read the answer.
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}
