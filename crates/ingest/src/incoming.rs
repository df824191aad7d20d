//! A request on its way into the spool: the steps that all endpoints share.

use axum::{body::Body, extract::Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use model::{EventId, ProjectId, Timestamp};
use protocol::envelope::ItemHeaders;
use quota::RateLimits;
use services::project_keys::KeyOwner;

use crate::{
    IngestState, RecordKind, RecordMeta,
    authenticate::{self, Claim},
    body::{self, Received},
    client::Client,
    encoding::ContentEncoding,
    error::{Refused, RequestError},
    rate_limits,
};

/// A body without a coding that is at most this large is checked at once; others on the blocking pool.
const CHECKED_AT_ONCE_BYTES: usize = 64 << 10;

/// A request whose sender is known, as far as its headers tell, and whose body is still to come.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) state: IngestState,
    pub(crate) kind: RecordKind,
    /// Of the path.
    pub(crate) project: Option<ProjectId>,
    pub(crate) claim: Option<Claim>,
    /// Of the claimed key; `None` only where there is no claim.
    pub(crate) owner: Option<KeyOwner>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Option<String>,
    encoding: ContentEncoding,
    client: Client,
    received_at: Timestamp,
}

/// What goes into the spool with a body, beside what the request says itself.
#[derive(Debug, Default)]
pub(crate) struct Addition {
    pub(crate) event_id: Option<EventId>,
    pub(crate) sdk_client: Option<String>,
    pub(crate) monitor: Option<String>,
    pub(crate) trace_root: Option<ProjectId>,
    /// The items of an envelope with the lengths of their payloads; what is no envelope counts by its kind.
    pub(crate) items: Vec<(ItemHeaders, u64)>,
}

impl Incoming {
    /// Reads the head of a request and gives its body back. Who may not send is refused here, before the body.
    pub(crate) async fn begin(
        state: IngestState,
        kind: RecordKind,
        project: Option<&str>,
        path_key: Option<&str>,
        request: Request,
    ) -> Result<(Self, Body), Refused> {
        let (parts, body) = request.into_parts();
        let project = match project.map(parse_project) {
            Some(project) => Some(project.map_err(|error| error.of(kind, None))?),
            None => None,
        };
        let claim = Claim::of(&parts, path_key).map_err(|error| RequestError::Auth(error).of(kind, None))?;
        let owner = match &claim {
            Some(claim) => {
                let owner = authenticate::owner(&state.app, claim, project).await;
                Some(owner.map_err(|error| error.of(kind, None))?)
            }
            None => None,
        };
        let encoding = parts
            .headers
            .get(header::CONTENT_ENCODING)
            .and_then(|value| value.to_str().ok());
        let incoming = Self {
            kind,
            project,
            claim,
            owner,
            encoding: encoding.map(ContentEncoding::of_header).unwrap_or_default(),
            client: Client::of(&parts),
            received_at: state.app.now(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            state,
        };
        Ok((incoming, body))
    }

    /// The same, for endpoints where the request itself must say who sends.
    pub(crate) async fn begin_authenticated(
        state: IngestState,
        kind: RecordKind,
        project: Option<&str>,
        path_key: Option<&str>,
        request: Request,
    ) -> Result<(Self, Body), Refused> {
        let (incoming, body) = Self::begin(state, kind, project, path_key, request).await?;
        match incoming.owner {
            Some(_) => Ok((incoming, body)),
            None => Err(RequestError::Auth(protocol::auth::AuthError::Missing).of(kind, None)),
        }
    }

    /// The content type as it was sent, with its parameters.
    pub(crate) fn whole_content_type(&self) -> &str {
        let value = self.headers.get(header::CONTENT_TYPE);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The content type without its parameters, in lower case.
    pub(crate) fn content_type(&self) -> String {
        let value = self.whole_content_type();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Receives the body as it was sent.
    pub(crate) async fn receive(&self, body: Body) -> Result<Received, RequestError> {
        let announced = self
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(body::receive(body, announced, &self.state.config, &self.state.budget).await?)
    }

    /// Checks a body, which may take a while and a decoder's memory.
    pub(crate) async fn check<T: Send + 'static>(
        &self,
        bytes: &Bytes,
        check: impl FnOnce(ContentEncoding, &[u8]) -> Result<T, RequestError> + Send + 'static,
    ) -> Result<T, RequestError> {
        let encoding = self.encoding;
        if encoding == ContentEncoding::Identity && bytes.len() <= CHECKED_AT_ONCE_BYTES {
            return check(encoding, bytes);
        }
        let internal = |error: Box<dyn std::error::Error + Send + Sync>| RequestError::Internal(error);
        let turn = self
            .state
            .checks
            .acquire()
            .await
            .map_err(|error| internal(error.into()))?;
        let bytes = bytes.clone();
        let checked = tokio::task::spawn_blocking(move || check(encoding, &bytes)).await;
        drop(turn);
        checked.map_err(|error| internal(error.into()))?
    }

    /// Puts the body into the spool. When this returns, it is on disk.
    pub(crate) async fn keep(&self, body: Received, addition: Addition) -> Result<(), RequestError> {
        self.keep_for(
            self.owner.ok_or(protocol::auth::AuthError::Missing)?,
            self.encoding,
            body,
            addition,
        )
        .await
    }

    /// Asks whether so many bytes may be kept, for what goes not into the spool.
    pub(crate) async fn admit(&self, owner: &KeyOwner, bytes: u64) -> Result<(), RequestError> {
        let items = rate_limits::items_of(self.kind, bytes);
        let admission = self.state.admit(owner, self.client.origin(), &items).await?;
        self.answer(admission.limits)
    }

    pub(crate) async fn keep_for(
        &self,
        owner: KeyOwner,
        encoding: ContentEncoding,
        body: Received,
        addition: Addition,
    ) -> Result<(), RequestError> {
        let items = match self.kind {
            RecordKind::Envelope => addition.items,
            kind => rate_limits::items_of(kind, body.bytes.len() as u64),
        };
        let admission = self.state.admit(&owner, self.client.origin(), &items).await?;
        if admission.nothing_left {
            return self.answer(admission.limits);
        }
        let said_in_query = !matches!(self.kind, RecordKind::Envelope | RecordKind::Store);
        let claimed_client = self.claim.as_ref().and_then(|claim| claim.auth.client.clone());
        let meta = RecordMeta {
            kind: self.kind,
            organization: owner.organization,
            project: owner.project,
            key: owner.key,
            received_at: self.received_at,
            event_id: addition.event_id,
            encoding,
            client_ip: self.client.ip,
            user_agent: self.client.user_agent.clone(),
            sdk_client: claimed_client.or(addition.sdk_client),
            headers: self.client.headers.clone(),
            query: self.query.clone().filter(|_| said_in_query),
            trace_root: addition.trace_root,
            limited: admission.limited,
            monitor: addition.monitor,
        };
        let meta = serde_json::to_vec(&meta).map_err(|error| RequestError::Internal(error.into()))?;
        let Received { bytes, share } = body;
        self.state.spool.append(meta, bytes).await?;
        drop(share);
        self.state.metrics.request_accepted();
        self.answer(admission.limits)
    }

    /// When something was over a limit the answer says so, even if the rest was kept (`ingest.md` §1.6).
    fn answer(&self, limits: RateLimits) -> Result<(), RequestError> {
        if limits.is_empty() || self.kind.hides_limits() {
            Ok(())
        } else {
            Err(RequestError::limited(&limits, self.state.app.now()))
        }
    }

    pub(crate) fn encoding(&self) -> ContentEncoding {
        self.encoding
    }
}

fn parse_project(text: &str) -> Result<ProjectId, RequestError> {
    // `parse` takes a sign, a path does not.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .map(ProjectId)
        .ok_or(RequestError::BadProject)
}
