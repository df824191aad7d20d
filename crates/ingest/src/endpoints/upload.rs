use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, header};
use model::EventId;
use protocol::{auth::AuthError, envelope::Limits};
use services::{attachments::UploadError, project_keys::KeyOwner};

use super::decoded;
use crate::{
    IngestState, RecordKind,
    error::{Refused, RequestError},
    incoming::Incoming,
};

const VERSION: &str = "1.0.0";
const CONTENT_TYPE: &str = "application/offset+octet-stream";

/// `POST /api/{project_id}/upload/`: a file that an envelope will name later, whole and in one request, as the extension
/// "creation with upload" of TUS has it.
pub(crate) async fn post(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Upload, Some(&project), None, request).await?;
    let (kind, owner) = (incoming.kind, incoming.owner);
    let (id, length) = accept(&incoming, body).await.map_err(|error| error.of(kind, owner))?;
    let headers = [
        ("location", format!("/api/{project}/upload/{id}/")),
        ("upload-offset", length.to_string()),
        ("tus-resumable", VERSION.to_owned()),
    ];
    Ok((StatusCode::CREATED, headers).into_response())
}

async fn accept(incoming: &Incoming, body: Body) -> Result<(EventId, u64), RequestError> {
    let owner: KeyOwner = incoming.owner.ok_or(AuthError::Missing)?;
    let header = |name: &str| incoming.headers.get(name).and_then(|value| value.to_str().ok());
    if header("tus-resumable") != Some(VERSION) {
        return Err(RequestError::UploadVersion);
    }
    if header(header::CONTENT_TYPE.as_str()) != Some(CONTENT_TYPE) {
        return Err(RequestError::UnsupportedMediaType);
    }
    let length: Option<u64> = header("upload-length").and_then(|length| length.parse().ok());
    let length = length.ok_or(RequestError::Malformed("`Upload-Length` is missing"))?;
    let limit = Limits::default().max_envelope_bytes;
    if length > limit {
        return Err(RequestError::Bomb(limit));
    }
    incoming.admit(&owner, length).await?;
    let received = incoming.receive(body).await?;
    let whole = received.bytes.clone();
    let content = incoming
        .check(&received.bytes, move |encoding, bytes| {
            let content = decoded(encoding, bytes, limit)?;
            if u64::try_from(content.len()).ok() != Some(length) {
                return Err(RequestError::Malformed(
                    "the body is not as long as `Upload-Length` says",
                ));
            }
            Ok(match content {
                std::borrow::Cow::Borrowed(_) => whole,
                std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
            })
        })
        .await?;
    let id = services::attachments::upload(&incoming.state.app, owner.organization, owner.project, content)
        .await
        .map_err(|error| match error {
            UploadError::Store(error) => RequestError::Lookup(error),
            error => RequestError::Internal(error.into()),
        })?;
    // Until here the bytes counted as held.
    drop(received);
    Ok((id, length))
}
