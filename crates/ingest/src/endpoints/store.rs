use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::header;
use model::EventId;

use super::{envelope, event_answer};
use crate::{
    IngestState, RecordKind,
    body::{BodyError, Received},
    encoding::ContentEncoding,
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
    store_body,
};

/// A transparent image of one pixel: an old client loads it to send an event.
const PIXEL: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// `POST /api/{project_id}/store/`: one event, of the clients before envelopes.
pub(crate) async fn post(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    accept(state, Some(&project), request).await
}

/// `POST /api/store/`: of clients from before there were numbers of projects in paths. The key tells the project.
pub(crate) async fn post_legacy(State(state): State<IngestState>, request: Request) -> Result<Response, Refused> {
    accept(state, None, request).await
}

/// `GET /api/{project_id}/store/?sentry_data=…`.
pub(crate) async fn get(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    accept_query(state, Some(&project), request).await
}

pub(crate) async fn get_legacy(State(state): State<IngestState>, request: Request) -> Result<Response, Refused> {
    accept_query(state, None, request).await
}

async fn accept(state: IngestState, project: Option<&str>, request: Request) -> Result<Response, Refused> {
    let (mut incoming, body) = Incoming::begin(state, RecordKind::Store, project, None, request).await?;
    let (kind, owner) = (incoming.kind, incoming.owner);
    if incoming.content_type() == "application/x-sentry-envelope" {
        incoming.kind = RecordKind::Envelope;
        return envelope::accept(incoming, body).await;
    }
    if owner.is_none() {
        return Err(RequestError::Auth(protocol::auth::AuthError::Missing).of(kind, None));
    }
    let result = async {
        let body = incoming.receive(body).await?;
        let encoding = incoming.encoding();
        keep(&incoming, encoding, body).await
    };
    let event_id = result.await.map_err(|error| error.of(kind, owner))?;
    Ok(event_answer(Some(event_id)))
}

async fn accept_query(state: IngestState, project: Option<&str>, request: Request) -> Result<Response, Refused> {
    let (incoming, _) = Incoming::begin_authenticated(state, RecordKind::Store, project, None, request).await?;
    let result = async {
        let data = incoming
            .query
            .as_deref()
            .and_then(protocol::store::sentry_data)
            .ok_or(RequestError::EmptyBody)?;
        let share = incoming.state.budget.take(data.len()).ok_or(BodyError::Overloaded)?;
        keep(
            &incoming,
            ContentEncoding::Identity,
            Received {
                bytes: Bytes::from(data),
                share,
            },
        )
        .await
    };
    result.await.map_err(|error| error.of(incoming.kind, incoming.owner))?;
    Ok((
        [(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store")],
        PIXEL,
    )
        .into_response())
}

async fn keep(incoming: &Incoming, encoding: ContentEncoding, body: Received) -> Result<EventId, RequestError> {
    if body.bytes.is_empty() {
        return Err(RequestError::EmptyBody);
    }
    let check = move |_, bytes: &[u8]| Ok(store_body::check(encoding, bytes)?);
    let named = incoming.check(&body.bytes, check).await?;
    let event_id = named.unwrap_or_else(EventId::random);
    let owner = incoming.owner.ok_or(protocol::auth::AuthError::Missing)?;
    let addition = Addition {
        event_id: Some(event_id),
        ..Addition::default()
    };
    incoming.keep_for(owner, encoding, body, addition).await?;
    Ok(event_id)
}
