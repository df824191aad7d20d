use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use http::header;
use model::{EventId, ProjectId};
use protocol::{auth::AuthError, dsn::PublicKey};
use services::project_keys::{self, KeyOwner};

use super::event_answer;
use crate::{
    IngestState, RecordKind,
    authenticate::{self, Claim},
    envelope_check::{self, Expected, Found},
    error::{Refused, RequestError},
    incoming::{Addition, Incoming},
};

/// `POST /api/{project_id}/envelope/`. A tunnel forwards envelopes without any authentication but the `dsn` in their
/// header line.
pub(crate) async fn post(
    State(state): State<IngestState>,
    Path(project): Path<String>,
    request: Request,
) -> Result<Response, Refused> {
    let (incoming, body) = Incoming::begin(state, RecordKind::Envelope, Some(&project), None, request).await?;
    accept(incoming, body).await
}

pub(super) async fn accept(incoming: Incoming, body: Body) -> Result<Response, Refused> {
    let (kind, mut owner) = (incoming.kind, incoming.owner);
    let result = accept_for(&incoming, body, &mut owner).await;
    result.map(event_answer).map_err(|error| error.of(kind, owner))
}

async fn accept_for(
    incoming: &Incoming,
    body: Body,
    owner: &mut Option<KeyOwner>,
) -> Result<Option<EventId>, RequestError> {
    let body = incoming.receive(body).await?;
    let expected = Expected {
        project: incoming.project.or(owner.map(|owner| owner.project)),
        key: incoming.claim.as_ref().map(|claim| claim.auth.public_key),
        origin: incoming
            .headers
            .get(header::ORIGIN)
            .and_then(|value| Some(value.to_str().ok()?.to_owned())),
    };
    let check = move |encoding, bytes: &[u8]| envelope_check::check(encoding, bytes, expected);
    let Found {
        event_id,
        dsn,
        client,
        needs_event,
        trace_key,
        items,
    } = incoming.check(&body.bytes, check).await?;
    let owner = match *owner {
        Some(owner) => owner,
        None => {
            let claim = Claim::of_dsn(&dsn.ok_or(AuthError::Missing)?, None);
            *owner.insert(authenticate::owner(&incoming.state.app, &claim, incoming.project).await?)
        }
    };
    let event_id = event_id.or_else(|| needs_event.then(EventId::random));
    let trace_root = match trace_key {
        Some(key) => trace_root(incoming, &key, &owner).await?,
        None => None,
    };
    let addition = Addition {
        trace_root,
        event_id,
        sdk_client: client,
        items,
        ..Addition::default()
    };
    incoming.keep_for(owner, incoming.encoding(), body, addition).await?;
    Ok(event_id)
}

/// The project in which a trace began, if it is another one of the same organization: its rules decide on the whole
/// trace, so that a trace is kept or dropped as one.
async fn trace_root(incoming: &Incoming, key: &str, owner: &KeyOwner) -> Result<Option<ProjectId>, RequestError> {
    if key.parse::<PublicKey>().is_err() {
        return Ok(None);
    }
    let root = project_keys::find_owner(&incoming.state.app, key)
        .await
        .map_err(RequestError::Lookup)?;
    Ok(root
        .filter(|root| root.organization == owner.organization && root.project != owner.project)
        .map(|root| root.project))
}
