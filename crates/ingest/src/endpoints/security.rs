use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use serde::de::IgnoredAny;

use super::check_bytes;
use crate::{
    IngestState, RecordKind,
    encoding::{self, Bounded, ContentEncoding},
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// Largest report, decompressed, in bytes (`ingest.md` §1.5).
const MAX_REPORT_BYTES: usize = 1 << 20;

/// What browsers send reports as.
const CONTENT_TYPES: [&str; 6] = [
    "application/json",
    "application/csp-report",
    "application/expect-ct-report",
    "application/expect-ct-report+json",
    "application/expect-staple-report",
    "application/reports+json",
];

/// `POST /api/{project_id}/security/`, `/csp-report/`: a browser's report about a violated policy.
pub(crate) async fn post(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Security, Some(&project), None, request).await?;
    if !CONTENT_TYPES.contains(&incoming.content_type().as_str()) {
        return Err(RequestError::UnsupportedMediaType.of(incoming.kind, incoming.owner));
    }
    accept(incoming, body).await
}

/// `POST /api/{project_id}/nel/`: a browser's reports about failed requests.
pub(crate) async fn post_nel(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) = Incoming::begin_authenticated(state, RecordKind::Nel, Some(&project), None, request).await?;
    accept(incoming, body).await
}

async fn accept(incoming: Incoming, body: Body) -> Result<Response, Refused> {
    let (kind, owner) = (incoming.kind, incoming.owner);
    let result = async {
        let body = incoming.receive(body).await?;
        incoming.check(&body.bytes, check).await?;
        incoming.keep(body, Addition::default()).await
    };
    result.await.map_err(|error| error.of(kind, owner))?;
    Ok(().into_response())
}

fn check(encoding: ContentEncoding, body: &[u8]) -> Result<(), RequestError> {
    if check_bytes(encoding, body, MAX_REPORT_BYTES as u64)? == 0 {
        return Err(RequestError::EmptyBody);
    }
    let report = encoding::decode(encoding, body, Bounded::new(MAX_REPORT_BYTES)).map_err(RequestError::Compression)?;
    serde_json::from_slice::<IgnoredAny>(&report.bytes)
        .map(|_| ())
        .map_err(|_| RequestError::Malformed("the report is not valid JSON"))
}
