//! Why a request was refused, and the answer that says so: the one place that knows the status codes of these endpoints.

use std::{error::Error as _, io};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use model::{Outcome, Timestamp};
use protocol::{auth::AuthError, envelope::EnvelopeError, items::Invalid};
use quota::RateLimits;
use services::project_keys::KeyOwner;
use spool::AppendError;

use crate::{body::BodyError, record::RecordKind, store_body::StoreBodyError};

/// How long a client should wait when all is busy, and when it will take longer.
const SOON_SECONDS: u64 = 5;
const LATER_SECONDS: u64 = 60;

/// Longest text of an error in a header.
const MAX_HEADER_CHARS: usize = 300;

const X_SENTRY_RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");
pub(crate) const X_SENTRY_ERROR: HeaderName = HeaderName::from_static("x-sentry-error");

/// Why a key may not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the project key is unknown")]
    UnknownKey,
    #[error("the project key is disabled")]
    DisabledKey,
    #[error("the project key is revoked")]
    RevokedKey,
    #[error("the project key belongs to another project")]
    OtherProject,
    #[error("the page's domain is not among the allowed domains of the project")]
    Origin,
}

impl Rejection {
    fn reason(self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::DisabledKey => "disabled_key",
            Self::RevokedKey => "revoked_key",
            Self::OtherProject => "project_id",
            Self::Origin => "cors",
        }
    }

    /// As Sentry says it (`ingest.md` §1.2).
    fn kind(self) -> &'static str {
        match self {
            Self::Origin => "Cors",
            _ => "ProjectId",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("bad project path parameter")]
    BadProject,
    #[error(transparent)]
    Auth(#[from] AuthError),
    // The words up to the colon are Sentry's (`ingest.md` §1.2).
    #[error("event submission rejected with_reason: {}: {_0}", _0.kind())]
    Rejected(Rejection, Option<KeyOwner>),
    #[error("{0} header mismatch between envelope and request")]
    Mismatch(&'static str),
    #[error("failed to read request body")]
    Body(#[from] BodyError),
    #[error("failed to decompress request body")]
    Compression(#[source] io::Error),
    #[error("the decompressed body is larger than {0} bytes")]
    Bomb(u64),
    #[error("invalid event envelope")]
    Envelope(#[source] EnvelopeError),
    #[error(transparent)]
    EnvelopeTooLarge(EnvelopeError),
    #[error("invalid event")]
    Store(#[from] StoreBodyError),
    #[error("empty request body")]
    EmptyBody,
    #[error("bad request: {0}")]
    Malformed(&'static str),
    #[error("bad request: {}", .0.detail)]
    Invalid(Invalid),
    #[error("unsupported media type")]
    UnsupportedMediaType,
    #[error("unsupported version of the upload protocol, expected 1.0.0")]
    UploadVersion,
    #[error("method not allowed")]
    MethodNotAllowed,
    #[error("over a rate limit, come back in {retry_after} seconds")]
    Limited {
        /// In seconds.
        retry_after: u64,
        /// For `X-Sentry-Rate-Limits`.
        header: String,
    },
    #[error("the event could not be kept, please send it again")]
    Spool(#[from] AppendError),
    #[error("the project key could not be looked up, please send it again")]
    Lookup(#[source] services::StoreError),
    #[error("the request could not be handled")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RequestError {
    pub(crate) fn limited(limits: &RateLimits, now: Timestamp) -> Self {
        Self::Limited {
            retry_after: limits.retry_after(now).unwrap_or(1),
            header: limits.header(now).unwrap_or_default(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Auth(AuthError::Missing | AuthError::Multiple | AuthError::Malformed(_)) => StatusCode::UNAUTHORIZED,
            Self::Rejected(..) => StatusCode::FORBIDDEN,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Bomb(_)
            | Self::EnvelopeTooLarge(_)
            | Self::Body(BodyError::TooLarge(_))
            | Self::Store(StoreBodyError::TooLarge)
            | Self::Spool(AppendError::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(error) if error.reason.starts_with("too_large") => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(BodyError::Slow) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BodyError::Overloaded) | Self::Spool(_) | Self::Lookup(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UploadVersion => StatusCode::PRECONDITION_FAILED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadProject
            | Self::Auth(AuthError::UnsupportedVersion(_) | AuthError::BadKey)
            | Self::Mismatch(_)
            | Self::Body(BodyError::Broken(_))
            | Self::Compression(_)
            | Self::Envelope(_)
            | Self::Store(_)
            | Self::EmptyBody
            | Self::Malformed(_)
            | Self::Invalid(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The label of the metric.
    fn reason(&self) -> &'static str {
        match self {
            Self::BadProject | Self::Mismatch(_) => "project_id",
            Self::Auth(_) => "auth",
            Self::Limited { .. } => "rate_limited",
            Self::Rejected(rejection, _) => rejection.reason(),
            Self::Bomb(_)
            | Self::EnvelopeTooLarge(_)
            | Self::Body(BodyError::TooLarge(_))
            | Self::Store(StoreBodyError::TooLarge)
            | Self::Spool(AppendError::TooLarge(_)) => "too_large",
            Self::Body(BodyError::Slow) => "slow",
            Self::Body(BodyError::Broken(_)) => "broken",
            Self::Body(BodyError::Overloaded) | Self::Spool(AppendError::Busy) => "overloaded",
            Self::Spool(AppendError::Full) => "spool_full",
            Self::Compression(_) | Self::Store(StoreBodyError::Compression(_)) => "invalid_compression",
            Self::Envelope(_) => "invalid_envelope",
            Self::Store(StoreBodyError::InvalidJson(_)) => "invalid_json",
            Self::Store(StoreBodyError::InvalidMsgpack(_)) => "invalid_msgpack",
            Self::Invalid(error) => error.reason,
            Self::Store(StoreBodyError::Unknown) | Self::Malformed(_) => "payload",
            Self::EmptyBody => "no_data",
            Self::UnsupportedMediaType | Self::UploadVersion => "content_type",
            Self::MethodNotAllowed => "method",
            Self::Spool(_) | Self::Lookup(_) | Self::Internal(_) => "internal",
        }
    }

    /// What the project's outcomes say; `None` where the client is expected to send again, or has gone.
    fn outcome(&self) -> Option<Outcome> {
        let reason = match self {
            Self::Body(BodyError::Slow | BodyError::Broken(_) | BodyError::Overloaded)
            | Self::Spool(AppendError::Busy | AppendError::Full | AppendError::Disk(_) | AppendError::Closed)
            | Self::Lookup(_)
            | Self::MethodNotAllowed
            | Self::Internal(_) => return None,
            // What was over the limit is counted item by item.
            Self::Limited { .. } => return None,
            // The name of an unknown type is the client's, and there are many.
            Self::EnvelopeTooLarge(error) if !error.reason().contains("too_large:") => "too_large".into(),
            Self::EnvelopeTooLarge(error) => error.reason(),
            Self::Body(BodyError::TooLarge(_)) | Self::Bomb(_) => "too_large:envelope".into(),
            Self::Store(StoreBodyError::TooLarge) => "too_large:event".into(),
            other => other.reason().into(),
        };
        Some(Outcome::invalid(reason))
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Body(BodyError::Overloaded)
            | Self::Spool(AppendError::Busy | AppendError::Closed)
            | Self::Lookup(_) => Some(SOON_SECONDS),
            Self::Spool(AppendError::Full | AppendError::Disk(_)) => Some(LATER_SECONDS),
            Self::Limited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Says whose request it was, as far as that is known.
    pub(crate) fn of(self, kind: RecordKind, owner: Option<KeyOwner>) -> Refused {
        let owner = match &self {
            Self::Rejected(_, owner) => *owner,
            _ => owner,
        };
        Refused {
            error: self,
            kind,
            owner,
        }
    }
}

/// A refused request.
#[derive(Debug)]
pub(crate) struct Refused {
    error: RequestError,
    kind: RecordKind,
    owner: Option<KeyOwner>,
}

/// What is counted of a refused request; travels in the extensions of its answer.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) reason: &'static str,
    pub(crate) kind: RecordKind,
    pub(crate) owner: Option<KeyOwner>,
    pub(crate) outcome: Option<Outcome>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { error, kind, owner } = self;
        let detail = error.to_string();
        let mut causes = Vec::new();
        let mut source = error.source();
        // The causes of what is our own fault are for the log only.
        let internal = matches!(error, RequestError::Internal(_) | RequestError::Lookup(_));
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        let project = owner.map(|owner| owner.project.0);
        let reason = error.reason();
        if internal {
            tracing::error!(error = %detail, error.causes = ?causes, project.id = project, "a request failed");
            causes.clear();
        } else {
            tracing::debug!(reason, error = %detail, error.causes = ?causes, project.id = project, "a request was refused");
        }
        let body = serde_json::json!({ "detail": detail, "causes": causes });
        let mut response = (error.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        if let Ok(value) = HeaderValue::from_str(&header_text(&detail)) {
            headers.insert(X_SENTRY_ERROR, value);
        }
        if let RequestError::Limited { header, .. } = &error
            && let Ok(value) = HeaderValue::from_str(header)
        {
            headers.insert(X_SENTRY_RATE_LIMITS, value);
        }
        if let Some(seconds) = error.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Refusal {
            reason,
            kind,
            owner,
            outcome: error.outcome(),
        });
        response
    }
}

/// Visible ASCII only, and not too long: the text may quote what the client sent.
fn header_text(detail: &str) -> String {
    let visible = |character: char| if matches!(character, ' '..='~') { character } else { '?' };
    detail.chars().take(MAX_HEADER_CHARS).map(visible).collect()
}
