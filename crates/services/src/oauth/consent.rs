//! An application asks to be let in, and the user decides.

use model::{AuthorizationId, GrantId};
use serde::Serialize;
use store::{
    oauth::{applications::Application, authorizations::Authorization, grants::Grant},
    users::User,
};

use super::{
    applications::entry,
    exchange::GRANT_LIFETIME,
    proof::{Challenge, ChallengeError},
    scope::GrantScope,
};
use crate::{
    Actor, App,
    audit::{self, Action, Change},
    secret,
};

/// Most characters of what an application wants back as it was.
const MAX_STATE: usize = 2_000;

/// What an application asks for; what is empty counts as not sent (RFC 6749 §3.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub response_type: String,
    pub redirect_uri: String,
    pub scope: String,
    pub state: String,
    pub code_challenge: String,
    pub code_challenge_method: String,
}

/// A request that makes sense, to be shown to the user.
#[derive(Debug, Clone)]
pub struct Consent {
    pub application: Application,
    pub scopes: Vec<GrantScope>,
    /// One of those that the application has registered.
    pub redirect_uri: String,
    pub request: AuthorizationRequest,
    challenge: Option<Challenge>,
}

/// What the application is told, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub redirect_uri: String,
    pub fields: Vec<(&'static str, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    #[error("there is no such application")]
    UnknownApplication,
    #[error("the application is switched off")]
    Inactive,
    /// Who asks may be anybody: nobody is sent there.
    #[error("the application has not registered the address to which it wants the answer")]
    UnregisteredUri,
    #[error("the application has to say which of its addresses the answer goes to")]
    NoUri,
    #[error("the application sends more along than it can be sent back")]
    StateTooLong,
    /// The application itself is told.
    #[error("the application asks in a way that does not work")]
    Returned(Returned),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The name of an error, and what the developers of the application read.
type Objection = (&'static str, String);

/// What the application wants, or why that does not work (RFC 6749 §4.1.2.1).
fn objection(request: &AuthorizationRequest) -> Result<(Vec<GrantScope>, Option<Challenge>), Objection> {
    match request.response_type.as_str() {
        "code" => {}
        "" => return Err(("invalid_request", "response_type is missing".to_owned())),
        _ => return Err(("unsupported_response_type", "response_type must be code".to_owned())),
    }
    let challenge = Challenge::read(&request.code_challenge, &request.code_challenge_method)
        .map_err(|error: ChallengeError| ("invalid_request", error.to_string()))?;
    let scopes = GrantScope::read_list(&request.scope)
        .map_err(|_| ("invalid_scope", "scope names one that there is not".to_owned()))?;
    if scopes.is_empty() {
        return Err(("invalid_scope", "scope names none".to_owned()));
    }
    Ok((scopes, challenge))
}

fn returned(redirect_uri: &str, state: &str, mut fields: Vec<(&'static str, String)>) -> Returned {
    if !state.is_empty() {
        fields.push(("state", state.to_owned()));
    }
    Returned {
        redirect_uri: redirect_uri.to_owned(),
        fields,
    }
}

/// Where the answer goes: an address that was registered, to the letter.
fn redirect_uri(application: &Application, asked: &str) -> Result<String, ConsentError> {
    match (asked, application.redirect_uris.as_slice()) {
        ("", [only]) => Ok(only.clone()),
        ("", _) => Err(ConsentError::NoUri),
        (asked, registered) if registered.iter().any(|uri| uri == asked) => Ok(asked.to_owned()),
        _ => Err(ConsentError::UnregisteredUri),
    }
}

/// Looks at what an application asks for, before anybody is asked whether to allow it.
pub async fn check(app: &App, request: AuthorizationRequest) -> Result<Consent, ConsentError> {
    let mut db = app.store.read().await?;
    let application = store::oauth::applications::find_by_client(&mut db, &request.client_id).await?;
    drop(db);
    let application = application.ok_or(ConsentError::UnknownApplication)?;
    if !application.is_active {
        return Err(ConsentError::Inactive);
    }
    let redirect_uri = redirect_uri(&application, &request.redirect_uri)?;
    if request.state.chars().count() > MAX_STATE {
        return Err(ConsentError::StateTooLong);
    }
    match objection(&request) {
        Ok((scopes, challenge)) => Ok(Consent {
            application,
            scopes,
            redirect_uri,
            request,
            challenge,
        }),
        Err((error, description)) => {
            let fields = vec![("error", error.to_owned()), ("error_description", description)];
            Err(ConsentError::Returned(returned(&redirect_uri, &request.state, fields)))
        }
    }
}

/// The user does not want it.
pub fn deny(consent: &Consent) -> Returned {
    let fields = vec![("error", "access_denied".to_owned())];
    returned(&consent.redirect_uri, &consent.request.state, fields)
}

/// What the entries of deeds tell of what a user has allowed.
#[derive(Debug, Serialize)]
struct AuthorizationFields<'a> {
    scopes: &'a [String],
}

/// The user lets the application in: it gets a code, with which it fetches tokens.
pub async fn allow(app: &App, by: &Actor, user: &User, consent: Consent) -> Result<Returned, store::Error> {
    let code = secret::random_hex::<32>();
    let now = app.now();
    let scopes: Vec<String> = consent.scopes.iter().map(|scope| scope.name().to_owned()).collect();
    let grant = Grant {
        id: GrantId(app.ids.next()),
        application: consent.application.id,
        user: user.id,
        scopes: scopes.clone(),
        redirect_uri: consent.request.redirect_uri,
        challenge: consent.challenge.map(Challenge::into_parts),
        created_at: now,
        expires_at: now + GRANT_LIFETIME,
        used_at: None,
    };
    let mut tx = app.store.begin().await?;
    let known = store::oauth::authorizations::find_for(&mut tx, user.id, consent.application.id).await?;
    let mut allowed = known.map(|known| known.scopes).unwrap_or_default();
    let is_new = |scope: &&String| !allowed.contains(scope);
    let new: Vec<String> = scopes.iter().filter(is_new).cloned().collect();
    allowed.extend(new);
    let authorization = Authorization {
        id: AuthorizationId(app.ids.next()),
        user: user.id,
        application: consent.application.id,
        scopes: allowed,
        created_at: now,
    };
    store::oauth::authorizations::set(&mut tx, &authorization).await?;
    store::oauth::grants::create(&mut tx, &grant, &secret::hash(&code)).await?;
    let change = Change::created(&AuthorizationFields { scopes: &scopes });
    let entry = entry(Action::APPLICATION_ALLOWED, &consent.application, change);
    audit::record(app, &mut tx, by, entry).await?;
    tx.commit().await?;
    let fields = vec![("code", code)];
    Ok(returned(&consent.redirect_uri, &consent.request.state, fields))
}
