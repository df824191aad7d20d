use axum::{
    Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use model::EventId;
use serde::Deserialize;
use serde_json::json;

use crate::{
    IngestState, RecordKind,
    encoding::{self, Bounded, ContentEncoding},
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// Largest check-in, in bytes (`ingest.md` §1.5).
const MAX_CHECK_IN_BYTES: usize = 100 << 10;

/// `GET` or `POST /api/{project_id}/cron/{monitor}/`: a check-in in the query, or as JSON.
pub(crate) async fn check_in(
    State(state): State<IngestState>,
    Path((project, monitor)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    accept(state, &project, monitor, None, request).await
}

/// The same with the key in the path: `/api/{project_id}/cron/{monitor}/{key}/`.
pub(crate) async fn check_in_with_key(
    State(state): State<IngestState>,
    Path((project, monitor, key)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    accept(state, &project, monitor, Some(&key), request).await
}

async fn accept(
    state: IngestState,
    project: &str,
    monitor: String,
    key: Option<&str>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::CheckIn, Some(project), key, request).await?;
    let (kind, owner) = (incoming.kind, incoming.owner);
    let result = async {
        let body = incoming.receive(body).await?;
        let id = if incoming.content_type().starts_with("application/json") {
            incoming.check(&body.bytes, id_of_json).await?
        } else {
            id_of_query(incoming.query.as_deref().unwrap_or_default())?
        };
        incoming
            .keep(
                body,
                Addition {
                    monitor: Some(monitor),
                    ..Addition::default()
                },
            )
            .await?;
        Ok(id)
    };
    let id: EventId = result.await.map_err(|error: RequestError| error.of(kind, owner))?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))).into_response())
}

/// The id of a check-in that names none: it stands for the latest one in progress.
const LATEST: EventId = EventId([0; 16]);

#[derive(Deserialize)]
struct CheckIn {
    check_in_id: Option<String>,
    status: Option<String>,
}

fn id_of_json(encoding: ContentEncoding, body: &[u8]) -> Result<EventId, RequestError> {
    let decoded = encoding::decode(encoding, body, Bounded::new(MAX_CHECK_IN_BYTES)).map_err(|error| {
        if encoding::is_too_large(&error) {
            RequestError::Bomb(MAX_CHECK_IN_BYTES as u64)
        } else {
            RequestError::Compression(error)
        }
    })?;
    let check_in: CheckIn = serde_json::from_slice(&decoded.bytes)
        .map_err(|_| RequestError::Malformed("the check-in is not valid JSON"))?;
    id_of(check_in)
}

fn id_of_query(query: &str) -> Result<EventId, RequestError> {
    let mut check_in = CheckIn {
        check_in_id: None,
        status: None,
    };
    for (name, value) in protocol::query_pairs(query) {
        match name.as_str() {
            "check_in_id" => check_in.check_in_id = Some(value),
            "status" => check_in.status = Some(value),
            _ => {}
        }
    }
    id_of(check_in)
}

fn id_of(check_in: CheckIn) -> Result<EventId, RequestError> {
    if check_in.status.is_none_or(|status| status.is_empty()) {
        return Err(RequestError::Malformed("a check-in needs a status"));
    }
    match check_in.check_in_id.as_deref() {
        None | Some("") => Ok(LATEST),
        Some(id) => id
            .parse()
            .map_err(|_| RequestError::Malformed("the id of the check-in")),
    }
}
