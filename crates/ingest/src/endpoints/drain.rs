use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::check_bytes;
use crate::{
    IngestState, RecordKind,
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// Largest batch, decompressed, in bytes: as a container of logs (`ingest.md` §1.5).
const MAX_BATCH_BYTES: u64 = 12 << 20;

/// `POST /api/{project_id}/integration/vercel/logs`: objects in a list, or one a line.
pub(crate) async fn post_vercel(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    const CONTENT_TYPES: &[&str] = &["application/json", "application/x-ndjson"];
    accept(state, RecordKind::VercelLogs, &project, CONTENT_TYPES, request).await
}

/// `POST /api/{project_id}/integration/heroku/logs`: lines of syslog, each with its length before it.
pub(crate) async fn post_heroku(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    const CONTENT_TYPES: &[&str] = &["application/logplex-1"];
    accept(state, RecordKind::HerokuLogs, &project, CONTENT_TYPES, request).await
}

async fn accept(
    state: IngestState,
    kind: RecordKind,
    project: &str,
    content_types: &[&str],
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) = Incoming::begin_authenticated(state, kind, Some(project), None, request).await?;
    let owner = incoming.owner;
    if !content_types.contains(&incoming.content_type().as_str()) {
        return Err(RequestError::UnsupportedMediaType.of(kind, owner));
    }
    let result = async {
        let body = incoming.receive(body).await?;
        let check = |encoding, bytes: &[u8]| check_bytes(encoding, bytes, MAX_BATCH_BYTES);
        incoming.check(&body.bytes, check).await?;
        incoming.keep(body, Addition::default()).await
    };
    result.await.map_err(|error| error.of(kind, owner))?;
    Ok(StatusCode::ACCEPTED.into_response())
}
