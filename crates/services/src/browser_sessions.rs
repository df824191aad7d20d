//! Browser sessions: two weeks from the sign-in on.

use std::time::Duration;

use model::SessionId;
use store::{browser_sessions::BrowserSession, users::User};

use crate::{Actor, App, Scopes, secret};

/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

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

pub(crate) async fn begin(app: &App, user: User) -> Result<NewSession, store::Error> {
    let token = secret::random_hex::<32>();
    let now = app.now();
    let session = BrowserSession {
        id: SessionId(app.ids.next()),
        user: user.id,
        csrf_token: secret::random_hex::<32>(),
        expires_at: now + LIFETIME,
    };
    let mut tx = app.store.begin().await?;
    store::browser_sessions::create(&mut tx, &session, &secret::hash(&token), now).await?;
    store::users::set_last_login(&mut tx, user.id, now).await?;
    tx.commit().await?;
    Ok(NewSession { user, session, token })
}

/// Who a cookie's secret belongs to; `None` when it is unknown, has expired, or the user is switched off.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<SignedIn>, store::Error> {
    let mut db = app.store.read().await?;
    let session = store::browser_sessions::find_by_token(&mut db, &secret::hash(token), app.now()).await?;
    let Some(session) = session else { return Ok(None) };
    let user = store::users::find(&mut db, session.user)
        .await?
        .filter(|user| user.is_active);
    Ok(user.map(|user| SignedIn {
        actor: Actor {
            user,
            scopes: Scopes::all(),
        },
        session,
    }))
}

pub async fn end(app: &App, session: &BrowserSession) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    store::browser_sessions::delete(&mut tx, session.user, session.id).await?;
    tx.commit().await
}

/// Compares in constant time.
pub fn csrf_matches(session: &BrowserSession, token: &str) -> bool {
    use subtle::ConstantTimeEq as _;
    session.csrf_token.as_bytes().ct_eq(token.as_bytes()).into()
}
