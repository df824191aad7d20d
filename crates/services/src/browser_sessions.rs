//! Browser sessions: two weeks from the sign-in on, as long as nothing ends them. For a while a session counts as having
//! given its password (sudo), and that of an administrator may act as the owner of every organization (superuser mode).

use std::{net::IpAddr, time::Duration};

use model::{SessionId, Timestamp, UserId, UserPermission};
use store::{browser_sessions::BrowserSession, users::User};

use crate::{
    Actor, App, Scopes,
    access::{Channel, Identity, Origin},
    audit::{self, Action, Change, Entry},
    passwords::PasswordError,
    secret,
    users::{self, attempts::TooManyAttempts},
};

/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long a password counts as given.
const SUDO: Duration = Duration::from_secs(3 * 3600);

/// How long superuser mode lasts, and how long without being used.
const SUPERUSER: Duration = Duration::from_secs(4 * 3600);
const SUPERUSER_IDLE: Duration = Duration::from_secs(15 * 60);

/// How exact the time of the last use is.
const SEEN_STEP: Duration = Duration::from_secs(60);

/// Longest description of a browser that is kept, in characters.
const MAX_USER_AGENT: usize = 300;

/// Who sends a form to sign in, as far as the request tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    pub ip: Option<IpAddr>,
    pub user_agent: String,
}

/// A session that has just begun, with the secret that goes into the cookie.
#[derive(Debug)]
pub struct NewSession {
    pub user: User,
    pub session: BrowserSession,
    pub token: String,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub actor: Actor,
    pub session: BrowserSession,
}

impl SignedIn {
    pub fn user(&self) -> &User {
        self.actor.user().expect("a browser session belongs to a user")
    }
}

pub(crate) async fn begin(app: &App, user: User, sender: &Sender) -> Result<NewSession, store::Error> {
    let token = secret::random_hex::<32>();
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let nonce = store::users::session_nonce(&mut tx, user.id).await?;
    let session = BrowserSession {
        id: SessionId(app.ids.next()),
        user: user.id,
        csrf_token: secret::random_hex::<32>(),
        nonce: nonce.unwrap_or_default(),
        ip: sender.ip.map_or_else(String::new, |ip| ip.to_string()),
        user_agent: sender.user_agent.chars().take(MAX_USER_AGENT).collect(),
        created_at: now,
        last_seen_at: Some(now),
        expires_at: now + LIFETIME,
        sudo_until: Some(now + SUDO),
        superuser_until: None,
        superuser_seen_at: None,
    };
    store::browser_sessions::create(&mut tx, &session, &secret::hash(&token)).await?;
    store::users::set_last_login(&mut tx, user.id, now).await?;
    tx.commit().await?;
    Ok(NewSession { user, session, token })
}

/// Who a cookie's secret belongs to; `None` when it is unknown, has expired or was ended, or the user is switched off.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<SignedIn>, store::Error> {
    let mut db = app.store.read().await?;
    let session = store::browser_sessions::find_by_token(&mut db, &secret::hash(token), app.now()).await?;
    let Some(session) = session else { return Ok(None) };
    let user = store::users::find(&mut db, session.user)
        .await?
        .filter(|user| user.is_active);
    let Some(user) = user else { return Ok(None) };
    let nonce = store::users::session_nonce(&mut db, user.id).await?;
    drop(db);
    if nonce.as_ref() != Some(&session.nonce) {
        tracing::info!(user.id = %user.id, session.id = %session.id, "a session was used that had been ended");
        return Ok(None);
    }
    note_use(app, &session).await?;
    let origin = Origin {
        session: Some(session.id),
        sudo_until: session.sudo_until,
        // Who lost the permission leaves the mode at once.
        superuser_until: superuser_until(&session, app.now()).filter(|_| user.is_admin),
        ..Origin::of(Channel::Web)
    };
    Ok(Some(SignedIn {
        actor: Actor {
            identity: Identity::User(user),
            scopes: Scopes::all(),
            origin,
        },
        session,
    }))
}

/// Until when superuser mode lasts if it is not used any more; `None` when it is over.
fn superuser_until(session: &BrowserSession, now: Timestamp) -> Option<Timestamp> {
    let (until, seen) = (session.superuser_until?, session.superuser_seen_at?);
    Some(until.min(seen + SUPERUSER_IDLE)).filter(|until| now < *until)
}

async fn note_use(app: &App, session: &BrowserSession) -> Result<(), store::Error> {
    let now = app.now();
    if session.last_seen_at.is_some_and(|seen| now.since(seen) < SEEN_STEP) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    store::browser_sessions::set_last_seen(&mut tx, session.user, session.id, now).await?;
    store::users::set_last_active(&mut tx, session.user, now).await?;
    if superuser_until(session, now).is_some() {
        let until_and_seen = session.superuser_until.map(|until| (until, now));
        store::browser_sessions::set_superuser(&mut tx, session.user, session.id, until_and_seen).await?;
    }
    tx.commit().await
}

/// The sessions in which the user is signed in, newest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<BrowserSession>, store::Error> {
    store::browser_sessions::list(&mut *app.store.read().await?, user, app.now()).await
}

/// Ends a session. Returns `false` if the user has no such session.
pub async fn end(app: &App, user: UserId, session: SessionId) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let ended = store::browser_sessions::delete(&mut tx, user, session).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Signs the user out in every browser but this one.
pub async fn end_others(app: &App, signed_in: &SignedIn) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    end_all_but(&mut tx, signed_in.user().id, Some(signed_in.session.id)).await?;
    tx.commit().await
}

/// Changes the nonce: whatever was begun under the old one is over, but for the session that is kept.
pub(crate) async fn end_all_but(tx: &mut store::Tx, user: UserId, kept: Option<SessionId>) -> Result<(), store::Error> {
    let nonce = new_nonce();
    store::users::set_session_nonce(tx, user, &nonce).await?;
    keep(tx, user, kept, &nonce).await
}

/// A nonce for [`store::users::set_password`], after which [`keep`] is called.
pub(crate) fn new_nonce() -> String {
    secret::random_hex::<16>()
}

/// Lets one session go on under the new nonce of its user.
pub(crate) async fn keep(
    tx: &mut store::Tx,
    user: UserId,
    kept: Option<SessionId>,
    nonce: &str,
) -> Result<(), store::Error> {
    store::browser_sessions::delete_others(tx, user, kept).await?;
    if let Some(session) = kept {
        store::browser_sessions::set_nonce(tx, user, session, nonce).await?;
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum SudoError {
    #[error("the password is wrong")]
    WrongPassword,
    /// Said to whoever may not be a superuser.
    #[error("only administrators of the installation have superuser mode")]
    NotAllowed,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Takes the password again: for three hours the session may do what asks for that.
pub async fn give_password(app: &App, signed_in: &SignedIn, password: &str) -> Result<(), SudoError> {
    prove(app, signed_in, password).await?;
    let mut tx = app.store.begin().await?;
    let session = &signed_in.session;
    store::browser_sessions::set_sudo(&mut tx, session.user, session.id, app.now() + SUDO).await?;
    Ok(tx.commit().await?)
}

/// Takes the password and lets the session act as the owner of every organization.
pub async fn enter_superuser(app: &App, signed_in: &SignedIn, password: &str) -> Result<(), SudoError> {
    let user = signed_in.user();
    let permissions = users::permissions(app, user.id).await?;
    if !permissions.contains(&UserPermission::Superuser) {
        return Err(SudoError::NotAllowed);
    }
    prove(app, signed_in, password).await?;
    let now = app.now();
    let session = &signed_in.session;
    let mut tx = app.store.begin().await?;
    store::browser_sessions::set_sudo(&mut tx, user.id, session.id, now + SUDO).await?;
    store::browser_sessions::set_superuser(&mut tx, user.id, session.id, Some((now + SUPERUSER, now))).await?;
    audit::record(
        app,
        &mut tx,
        &signed_in.actor,
        Entry::of_user(Action::SUPERUSER_ENTERED, user, Change::none()),
    )
    .await?;
    Ok(tx.commit().await?)
}

pub async fn leave_superuser(app: &App, signed_in: &SignedIn) -> Result<(), store::Error> {
    let user = signed_in.user();
    let mut tx = app.store.begin().await?;
    store::browser_sessions::set_superuser(&mut tx, user.id, signed_in.session.id, None).await?;
    audit::record(
        app,
        &mut tx,
        &signed_in.actor,
        Entry::of_user(Action::SUPERUSER_LEFT, user, Change::none()),
    )
    .await?;
    tx.commit().await
}

impl From<users::PasswordCheckError> for SudoError {
    fn from(error: users::PasswordCheckError) -> Self {
        match error {
            users::PasswordCheckError::TooMany(error) => error.into(),
            users::PasswordCheckError::Password(error) => error.into(),
            users::PasswordCheckError::Store(error) => error.into(),
        }
    }
}

async fn prove(app: &App, signed_in: &SignedIn, password: &str) -> Result<(), SudoError> {
    if users::is_password(app, signed_in.user(), password).await? {
        Ok(())
    } else {
        Err(SudoError::WrongPassword)
    }
}

/// Compares in constant time.
pub fn csrf_matches(session: &BrowserSession, token: &str) -> bool {
    use subtle::ConstantTimeEq as _;
    session.csrf_token.as_bytes().ct_eq(token.as_bytes()).into()
}
