use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use model::EventId;
use protocol::{
    envelope::Limits,
    form::multipart::{self, MultipartError},
    items::Invalid,
};

use super::decoded;
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
        let content_type = incoming.whole_content_type().to_owned();
        let check = move |encoding, bytes: &[u8]| {
            let form = decoded(encoding, bytes, limit)?;
            let parts =
                multipart::boundary(&content_type).and_then(|boundary| Ok(multipart::parts(&boundary, &form)?.len()));
            parts.map(drop).map_err(|error| invalid_form(&error))
        };
        incoming.check(&body.bytes, check).await?;
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

fn invalid_form(error: &MultipartError) -> RequestError {
    RequestError::Invalid(Invalid {
        reason: "invalid_multipart",
        detail: error.to_string(),
    })
}
