use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use model::EventId;
use protocol::envelope::Limits;

use super::check_bytes;
use crate::{
    IngestState, RecordKind,
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// `POST /api/{project_id}/events/{event_id}/attachments/`: files for an event that was or will be sent.
pub(crate) async fn post(
    State(state): State<IngestState>,
    Path((project, event)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) =
        Incoming::begin_authenticated(state, RecordKind::Attachments, Some(&project), None, request).await?;
    let (kind, owner) = (incoming.kind, incoming.owner);
    let result = async {
        let event_id: EventId = event
            .parse()
            .map_err(|_| RequestError::Malformed("the event id in the path"))?;
        if incoming.content_type() != "multipart/form-data" {
            return Err(RequestError::UnsupportedMediaType);
        }
        let body = incoming.receive(body).await?;
        let limit = Limits::default().max_envelope_bytes;
        incoming
            .check(&body.bytes, move |encoding, bytes| check_bytes(encoding, bytes, limit))
            .await?;
        incoming
            .keep(
                body,
                Addition {
                    event_id: Some(event_id),
                    ..Addition::default()
                },
            )
            .await
    };
    result.await.map_err(|error| error.of(kind, owner))?;
    Ok(StatusCode::CREATED.into_response())
}
