use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use model::EventId;
use serde_json::json;

/// The one place that decides on a status code. JSON routes render it as JSON, pages as the error page: it travels in
/// the response's extensions for that.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub kind: ErrorKind,
    /// For people, in a full sentence.
    pub detail: String,
    /// What is wrong with which field of a form or body.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Which part of a search is wrong.
    pub place: Option<Box<TextPlace>>,
    /// What a program needs to go on.
    pub next: Option<NextStep>,
    /// Said to an application that asks for tokens, in a body of its own kind.
    pub oauth: Option<OauthCode>,
}

/// Why an application gets no tokens (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
}

impl OauthCode {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    fn kind(self) -> ErrorKind {
        match self {
            Self::InvalidClient => ErrorKind::Unauthenticated,
            Self::InvalidRequest | Self::InvalidGrant | Self::UnsupportedGrantType => ErrorKind::BadRequest,
        }
    }
}

/// What has to be done before the request can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Give the password again.
    Sudo {
        username: String,
    },
    /// Set up a second factor.
    TwoFactor,
    /// Enter superuser mode.
    Superuser,
    Wait {
        seconds: u64,
    },
    /// Ask at another address, with the query that was sent.
    Moved {
        slug: String,
        url: String,
    },
}

/// A part of a text that the client sent, in characters from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPlace {
    pub position: usize,
    pub length: usize,
    /// What was perhaps meant.
    pub suggestion: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    BadRequest,
    /// Nobody is signed in, or the token is unknown.
    Unauthenticated,
    Forbidden,
    /// A form without the token of the session, which another site may have sent.
    StaleForm,
    /// It is elsewhere: see [`NextStep::Moved`].
    Moved,
    /// Absent, or not to be seen: both look alike.
    NotFound,
    MethodNotAllowed,
    /// Sending it again will not help.
    NotAcceptable,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    RangeNotSatisfiable,
    TooManyRequests,
    /// The answer would take too long.
    Timeout,
    Internal,
}

impl ErrorKind {
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::Moved => StatusCode::FOUND,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl ApiError {
    pub fn new(kind: ErrorKind, detail: impl fmt::Display) -> Self {
        Self {
            kind,
            detail: detail.to_string(),
            fields: BTreeMap::new(),
            place: None,
            next: None,
            oauth: None,
        }
    }

    /// Why an application gets no tokens.
    pub fn oauth(code: OauthCode, description: impl fmt::Display) -> Self {
        Self {
            oauth: Some(code),
            ..Self::new(code.kind(), description)
        }
    }

    pub fn bad_request(detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::BadRequest, detail)
    }

    /// A value that cannot be taken, with the name of its field.
    pub fn field(field: &str, detail: impl fmt::Display) -> Self {
        let mut error = Self::bad_request(&detail);
        error.fields.insert(field.to_owned(), vec![detail.to_string()]);
        error
    }

    pub fn not_found() -> Self {
        Self::new(ErrorKind::NotFound, "The requested resource does not exist")
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            ErrorKind::Unauthenticated,
            "Authentication credentials were not provided.",
        )
    }

    pub fn forbidden(detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Forbidden, detail)
    }

    /// Something was done too often; after that time it may be done again.
    pub fn too_many(detail: impl fmt::Display, wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX);
        Self {
            next: Some(NextStep::Wait { seconds }),
            ..Self::new(ErrorKind::TooManyRequests, detail)
        }
    }

    pub fn conflict(field: &str, detail: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Conflict,
            ..Self::field(field, detail)
        }
    }

    /// Logs the error with its causes under an id, which is all that the client learns.
    pub fn internal(error: impl std::error::Error) -> Self {
        let id = EventId::random();
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(error.id = %id, error.chain = %chain, "a request failed");
        Self::new(
            ErrorKind::Internal,
            format_args!("Internal error {id}. The server's log says more under this id."),
        )
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Events(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        if self.kind == ErrorKind::Unauthenticated && self.next.is_none() {
            let challenge = HeaderValue::from_static(match self.oauth {
                Some(_) => "Basic realm=\"oauth\"",
                None => "Bearer realm=\"api\"",
            });
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.oauth.is_some() {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        match &self.next {
            Some(NextStep::Moved { url, .. }) => {
                headers.extend(HeaderValue::try_from(url).ok().map(|url| (header::LOCATION, url)));
            }
            Some(NextStep::Wait { seconds }) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl ApiError {
    fn body(&self) -> serde_json::Value {
        if let Some(code) = self.oauth {
            return json!({ "error": code.name(), "error_description": self.detail });
        }
        if let Some(step) = &self.next {
            return step.body(&self.detail);
        }
        if let Some(place) = &self.place {
            return json!({
                "detail": self.detail,
                "position": place.position,
                "length": place.length,
                "suggestion": place.suggestion,
            });
        }
        if self.fields.is_empty() {
            return json!({ "detail": self.detail });
        }
        let mut body = json!(self.fields);
        if self.kind == ErrorKind::Conflict {
            body["detail"] = json!(self.detail);
        }
        body
    }
}

impl NextStep {
    fn body(&self, detail: &str) -> serde_json::Value {
        let coded = |code: &str, extra: serde_json::Value| json!({ "detail": { "code": code, "message": detail, "extra": extra } });
        match self {
            Self::Sudo { username } => coded("sudo-required", json!({ "username": username })),
            Self::TwoFactor => coded("2fa-required", json!({})),
            Self::Superuser => coded("superuser-required", json!({})),
            Self::Wait { .. } => json!({ "detail": detail }),
            Self::Moved { slug, url } => {
                let mut body = coded("resource-moved", json!({ "url": url, "slug": slug }));
                body["slug"] = json!(slug);
                body
            }
        }
    }
}
