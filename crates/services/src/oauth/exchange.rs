//! An application fetches tokens: with a code, or in place of those that it has.

use std::{net::IpAddr, time::Duration};

use model::{TokenId, UserId};
use store::{
    Tx,
    oauth::{applications::Application, grants::Grant},
    tokens::{HashPair, Token},
    users::User,
};
use subtle::ConstantTimeEq as _;

use super::proof;
use crate::{
    App, secret, tokens,
    users::{TooManyAttempts, attempts::Attempt},
};

/// How long a code is good.
pub const GRANT_LIFETIME: Duration = Duration::from_secs(600);

/// How long a token of an application is good.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Most tokens that an application has for one user: those of further sign-ins take the place of the oldest.
const MOST: i64 = 20;

/// How an application proves who it is.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    pub client_id: &'a str,
    pub client_secret: &'a str,
    pub ip: Option<IpAddr>,
}

/// What an application has that it wants tokens for.
#[derive(Debug, Clone, Copy)]
pub enum Offer<'a> {
    Code {
        code: &'a str,
        /// As it was in the request, if it was.
        redirect_uri: Option<&'a str>,
        /// The secret that the request told of, if it did.
        verifier: Option<&'a str>,
    },
    Refresh(&'a str),
}

/// A pair of tokens, which is shown once.
#[derive(Debug)]
pub struct FetchedTokens {
    pub token: Token,
    pub user: User,
    pub access: String,
    /// Good for one more pair.
    pub refresh: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Said alike for an unknown application, a switched-off one and a wrong secret.
    #[error("the application is not known by this id and secret")]
    InvalidClient,
    /// Said alike for what never was, was used, is over, or is another's.
    #[error("the code or refresh token is not, or no longer, good for this application, address and verifier")]
    InvalidGrant,
    #[error(transparent)]
    TooMany(#[from] TooManyAttempts),
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn fetch(app: &App, credentials: &Credentials<'_>, offer: &Offer<'_>) -> Result<FetchedTokens, TokenError> {
    let application = authenticate(app, credentials).await?;
    match *offer {
        Offer::Code {
            code,
            redirect_uri,
            verifier,
        } => exchange(app, &application, code, redirect_uri, verifier).await,
        Offer::Refresh(refresh) => renew(app, &application, refresh).await,
    }
}

/// Wrong secrets are counted by address alone: ids are known to many, who could else lock an application out.
async fn authenticate(app: &App, credentials: &Credentials<'_>) -> Result<Application, TokenError> {
    let attempt = Attempt::by_address(credentials.ip);
    app.attempts.begin(&attempt, app.now())?;
    let mut db = app.store.read().await?;
    let application = store::oauth::applications::find_by_client(&mut db, credentials.client_id).await?;
    let application = application.filter(|application| application.is_active);
    let application = application.ok_or(TokenError::InvalidClient)?;
    let hash = store::oauth::applications::secret_hash(&mut db, application.id).await?;
    let given = secret::hash(credentials.client_secret);
    let is_right = hash.is_some_and(|hash| hash.as_bytes().ct_eq(given.as_bytes()).into());
    if !is_right {
        return Err(TokenError::InvalidClient);
    }
    app.attempts.succeeded(&attempt);
    Ok(application)
}

async fn exchange(
    app: &App,
    application: &Application,
    code: &str,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> Result<FetchedTokens, TokenError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let grant = store::oauth::grants::find(&mut tx, application.id, &secret::hash(code)).await?;
    let grant = grant.ok_or(TokenError::InvalidGrant)?;
    if grant.used_at.is_some() {
        return Err(revoke(tx, &grant).await?);
    }
    let is_same_uri = redirect_uri.unwrap_or_default() == grant.redirect_uri;
    if grant.expires_at <= now || !is_same_uri || !proof::is_met(grant.challenge.as_ref(), verifier) {
        return Err(TokenError::InvalidGrant);
    }
    if !store::oauth::grants::set_used(&mut tx, application.id, grant.id, now).await? {
        return Err(revoke(tx, &grant).await?);
    }
    let user = active_user(&mut tx, grant.user).await?;
    let pair = Pair::new();
    let token = Token {
        id: TokenId(app.ids.next()),
        user: user.id,
        application: Some(application.id),
        name: String::new(),
        last_characters: tokens::last_characters(&pair.access),
        scopes: grant.scopes,
        created_at: now,
        expires_at: Some(now + ACCESS_LIFETIME),
        last_used_at: None,
    };
    let (access_hash, refresh_hash) = pair.hashes();
    store::tokens::create_for_application(&mut tx, &token, grant.id, &access_hash, &refresh_hash).await?;
    store::tokens::keep_newest(&mut tx, user.id, application.id, MOST).await?;
    tx.commit().await?;
    Ok(pair.fetched(token, user))
}

/// A code that comes again was stolen, now or before: whoever has its tokens has them no longer (RFC 6749 §4.1.2).
async fn revoke(mut tx: Tx, grant: &Grant) -> Result<TokenError, store::Error> {
    let revoked = store::tokens::delete_of_grant(&mut tx, grant.application, grant.id).await?;
    tx.commit().await?;
    tracing::warn!(
        application.id = %grant.application,
        user.id = %grant.user,
        tokens.revoked = revoked,
        "a code of an application came a second time"
    );
    Ok(TokenError::InvalidGrant)
}

async fn renew(app: &App, application: &Application, refresh: &str) -> Result<FetchedTokens, TokenError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let old_hash = secret::hash(refresh);
    let token = store::tokens::find_by_refresh(&mut tx, application.id, &old_hash).await?;
    let token = token.ok_or(TokenError::InvalidGrant)?;
    let user = active_user(&mut tx, token.user).await?;
    let pair = Pair::new();
    let token = Token {
        last_characters: tokens::last_characters(&pair.access),
        created_at: now,
        expires_at: Some(now + ACCESS_LIFETIME),
        last_used_at: None,
        ..token
    };
    let (access_hash, refresh_hash) = pair.hashes();
    let new = HashPair {
        token: &access_hash,
        refresh: &refresh_hash,
    };
    if !store::tokens::replace(&mut tx, application.id, &token, &old_hash, new).await? {
        return Err(TokenError::InvalidGrant);
    }
    tx.commit().await?;
    Ok(pair.fetched(token, user))
}

async fn active_user(tx: &mut Tx, user: UserId) -> Result<User, TokenError> {
    let user = store::users::find(tx, user).await?;
    user.filter(|user| user.is_active).ok_or(TokenError::InvalidGrant)
}

/// Two new secrets.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    fn new() -> Self {
        Self {
            access: tokens::new_secret(),
            refresh: secret::random_hex::<32>(),
        }
    }

    fn hashes(&self) -> (String, String) {
        (secret::hash(&self.access), secret::hash(&self.refresh))
    }

    fn fetched(self, token: Token, user: User) -> FetchedTokens {
        FetchedTokens {
            token,
            user,
            access: self.access,
            refresh: self.refresh,
        }
    }
}
