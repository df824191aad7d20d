//! Paths and methods that the API does not have.

use axum::extract::OriginalUri;
use http::Method;
use httpkit::{ApiError, ErrorKind};

pub(crate) async fn not_found(OriginalUri(uri): OriginalUri) -> ApiError {
    if uri.path().ends_with('/') {
        ApiError::not_found()
    } else {
        // Sentry answers so as well; a redirect would turn a POST into a GET.
        ApiError::new(
            ErrorKind::NotFound,
            "The requested resource does not exist: did you forget the slash at the end?",
        )
    }
}

pub(crate) async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::new(
        ErrorKind::MethodNotAllowed,
        format_args!("Method \"{method}\" not allowed."),
    )
}
