use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::header;
use model::EventId;
use protocol::{
    crash::{form::CrashForm, minidump},
    envelope::Limits,
    items::attachment::AttachmentType,
};

use super::{check_bytes, decoded, hyphenated};
use crate::{
    IngestState, RecordKind,
    encoding::ContentEncoding,
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// `POST /api/{project_id}/minidump/`: a dump as it is, or in a form with other files.
pub(crate) async fn post_minidump(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Minidump, Some(&project), None, request).await?;
    match incoming.content_type().as_str() {
        "application/octet-stream" | "application/x-dmp" | "multipart/form-data" => accept_form(incoming, body).await,
        _ => Err(RequestError::UnsupportedMediaType.of(incoming.kind, incoming.owner)),
    }
}

/// `POST /api/{project_id}/playstation/`: the same of a PlayStation, always a form.
pub(crate) async fn post_playstation(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Playstation, Some(&project), None, request).await?;
    match incoming.content_type().as_str() {
        "multipart/form-data" => accept_form(incoming, body).await,
        _ => Err(RequestError::UnsupportedMediaType.of(incoming.kind, incoming.owner)),
    }
}

async fn accept_form(incoming: Incoming, body: Body) -> Result<Response, Refused> {
    let content_type = incoming.whole_content_type().to_owned();
    let check = move |encoding, body: &[u8]| check_form(&content_type, encoding, body);
    accept(incoming, body, check).await
}

/// `POST /api/{project_id}/unreal/{key}/`: a crash of the Unreal Engine, compressed in a format of its own.
pub(crate) async fn post_unreal(
    State(state): State<IngestState>,
    Path((project, key)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Unreal, Some(&project), Some(&key), request).await?;
    accept(incoming, body, check_archive).await
}

/// `check` gives the id that the event names.
async fn accept(
    incoming: Incoming,
    body: Body,
    check: impl FnOnce(ContentEncoding, &[u8]) -> Result<Option<EventId>, RequestError> + Send + 'static,
) -> Result<Response, Refused> {
    let (kind, owner) = (incoming.kind, incoming.owner);
    let result = async {
        let body = incoming.receive(body).await?;
        let event_id = incoming
            .check(&body.bytes, check)
            .await?
            .unwrap_or_else(EventId::random);
        let addition = Addition {
            event_id: Some(event_id),
            ..Addition::default()
        };
        incoming.keep(body, addition).await?;
        Ok(event_id)
    };
    let event_id = result.await.map_err(|error: RequestError| error.of(kind, owner))?;
    Ok(([(header::CONTENT_TYPE, "text/plain")], hyphenated(event_id)).into_response())
}

fn check_archive(encoding: ContentEncoding, body: &[u8]) -> Result<Option<EventId>, RequestError> {
    match check_bytes(encoding, body, Limits::default().max_envelope_bytes)? {
        0 => Err(RequestError::EmptyBody),
        _ => Ok(None),
    }
}

fn check_form(content_type: &str, encoding: ContentEncoding, body: &[u8]) -> Result<Option<EventId>, RequestError> {
    let body = decoded(encoding, body, Limits::default().max_envelope_bytes)?;
    if body.is_empty() {
        return Err(RequestError::EmptyBody);
    }
    let form = CrashForm::parse(content_type, &body).map_err(RequestError::Invalid)?;
    if form.dump.kind == AttachmentType::Minidump {
        minidump::check(form.dump.bytes).map_err(RequestError::Invalid)?;
    }
    Ok(form.event_id())
}
