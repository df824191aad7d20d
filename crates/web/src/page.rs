//! A template as an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use httpkit::ApiError;

use crate::urls;

/// A template that is rendered when it is answered with.
#[derive(Debug)]
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

/// Where a form leads: to `next` when that is a page of ours, else to `otherwise`.
pub(crate) fn redirect(next: Option<&str>, otherwise: &str) -> Redirect {
    Redirect::to(next.filter(|next| urls::is_local(next)).unwrap_or(otherwise))
}
