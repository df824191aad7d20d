use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::check_bytes;
use crate::{
    IngestState, RecordKind,
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// Largest batch, decompressed, in bytes: as a container of spans or logs (`ingest.md` §1.5).
const MAX_BATCH_BYTES: u64 = 12 << 20;

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// `POST /api/{project_id}/integration/otlp/v1/traces`.
pub(crate) async fn post_traces(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    accept(state, RecordKind::OtlpTraces, &project, request).await
}

/// `POST /api/{project_id}/integration/otlp/v1/logs`.
pub(crate) async fn post_logs(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    accept(state, RecordKind::OtlpLogs, &project, request).await
}

async fn accept(state: IngestState, kind: RecordKind, project: &str, request: Request) -> Result<Response, Refused> {
    let (incoming, body) = Incoming::begin_authenticated(state, kind, Some(project), None, request).await?;
    let owner = incoming.owner;
    // An empty answer in the form of the request says that all was taken (OTLP 1.x, "Full Success").
    let (content_type, answer) = match incoming.content_type().as_str() {
        JSON => (JSON, "{}"),
        PROTOBUF => (PROTOBUF, ""),
        _ => return Err(RequestError::UnsupportedMediaType.of(kind, owner)),
    };
    let result = async {
        let body = incoming.receive(body).await?;
        incoming
            .check(&body.bytes, |encoding, bytes| {
                check_bytes(encoding, bytes, MAX_BATCH_BYTES)
            })
            .await?;
        incoming.keep(body, Addition::default()).await
    };
    result.await.map_err(|error| error.of(kind, owner))?;
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_TYPE, content_type)], answer).into_response())
}
