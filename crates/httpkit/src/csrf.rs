use axum::{
    extract::{FromRef, FromRequest, Request},
    response::IntoResponse as _,
};
use http::HeaderMap;
use serde::de::DeserializeOwned;
use services::App;
use store::browser_sessions::BrowserSession;

use crate::{ApiError, Browser, ErrorKind};

/// The hidden field of every form that changes something.
pub const CSRF_FIELD: &str = "csrf_token";

/// The header in which scripts of our pages send the same.
pub const CSRF_HEADER: &str = "x-csrftoken";

/// A posted form of a signed-in browser whose CSRF token is right.
#[derive(Debug)]
pub struct CsrfForm<T> {
    pub browser: Browser,
    pub form: T,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for CsrfForm<T>
where
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let browser = Browser::from_request_parts(&mut parts, state).await?;
        let by_header = header_matches(&parts.headers, &browser.0.session);
        let request = Request::from_parts(parts, body);
        let fields = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let axum::Form(fields) = fields.map_err(|error| {
            ApiError::new(
                kind_of(error.into_response().status().as_u16()),
                "The form could not be read.",
            )
        })?;
        let by_field = fields
            .iter()
            .any(|(key, value)| key == CSRF_FIELD && matches(value, &browser.0.session));
        if !by_header && !by_field {
            return Err(ApiError::new(
                ErrorKind::StaleForm,
                "The form has expired. Go back, reload the page and send it again.",
            ));
        }
        Ok(Self {
            browser,
            form: read(fields)?,
        })
    }
}

fn kind_of(status: u16) -> ErrorKind {
    if status == 413 {
        ErrorKind::TooLarge
    } else {
        ErrorKind::BadRequest
    }
}

/// Fields that occur several times become a list, all others a text.
fn read<T: DeserializeOwned>(fields: Vec<(String, String)>) -> Result<T, ApiError> {
    let mut object = serde_json::Map::new();
    for (key, value) in fields {
        // `name[]` is a list however many there are of it.
        match key.strip_suffix("[]") {
            Some(key) => match object.entry(key).or_insert_with(|| serde_json::json!([])) {
                serde_json::Value::Array(values) => values.push(value.into()),
                other => *other = value.into(),
            },
            None => {
                object.insert(key, value.into());
            }
        }
    }
    serde_json::from_value(object.into())
        .map_err(|error| ApiError::bad_request(format_args!("The form is incomplete: {error}.")))
}

pub(crate) fn header_matches(headers: &HeaderMap, session: &BrowserSession) -> bool {
    headers
        .get(CSRF_HEADER)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|token| matches(token, session))
}

fn matches(token: &str, session: &BrowserSession) -> bool {
    services::browser_sessions::csrf_matches(session, token)
}
