use model::{Timestamp, TokenId, UserId};
use serde::Serialize;
use store::{tokens::Token, users::User};

use super::{AuthenticateError, LAST_USED_STEP, MAX_NAME, actor, hash, last_characters};
use crate::{
    Actor, App, Scope,
    access::Identity,
    audit::{self, Action, Change, Entry, Target, TargetKind},
    mails::{self, NewMail, Reason},
    secret,
};

/// What tokens begin with, as Sentry's do, so that scanners for leaked secrets know them.
const PREFIX: &str = "sntryu_";

/// Most tokens of one user.
const MOST: usize = 500;

/// A token that has just been made, with the secret, which is shown once.
#[derive(Debug)]
pub struct NewToken {
    pub token: Token,
    pub secret: String,
}

/// A token that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    pub name: &'a str,
    pub scopes: &'a [Scope],
    /// From when on it is refused; `None` for never.
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    #[error("choose at least one scope")]
    NoScope,
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
    #[error("the token would be over before it begins")]
    InThePast,
    #[error("there may be at most {MOST} tokens")]
    TooMany,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What the entries of deeds tell of a token.
#[derive(Debug, Serialize)]
struct TokenFields<'a> {
    name: &'a str,
    scopes: &'a [String],
    expires_at: Option<Timestamp>,
}

fn entry<'a>(action: Action, token: &'a Token, change: Change) -> Entry<'a> {
    Entry {
        organization: None,
        action,
        target: Target {
            kind: TargetKind::Token,
            id: token.id.0,
            label: &token.name,
        },
        change,
    }
}

fn fields(token: &Token) -> TokenFields<'_> {
    TokenFields {
        name: &token.name,
        scopes: &token.scopes,
        expires_at: token.expires_at,
    }
}

/// Makes a token of the user who acts, and tells them so by mail.
pub async fn create(
    app: &App,
    by: &Actor,
    user: &User,
    request: TokenRequest<'_>,
) -> Result<NewToken, CreateTokenError> {
    if request.scopes.is_empty() {
        return Err(CreateTokenError::NoScope);
    }
    if request.name.chars().count() > MAX_NAME {
        return Err(CreateTokenError::NameTooLong);
    }
    if request.expires_at.is_some_and(|at| at <= app.now()) {
        return Err(CreateTokenError::InThePast);
    }
    let mut tx = app.store.begin().await?;
    if store::tokens::list(&mut tx, user.id).await?.len() >= MOST {
        return Err(CreateTokenError::TooMany);
    }
    let new = insert(app, &mut tx, user, request).await?;
    let change = Change::created(&fields(&new.token));
    audit::record(app, &mut tx, by, entry(Action::TOKEN_ADDED, &new.token, change)).await?;
    let text = format!(
        "An API token called \"{}\" was made for your account. If it was not you, revoke it and choose a new password:\n{}\n",
        new.token.name,
        app.url.join("/settings/account/api/auth-tokens/")
    );
    let mail = NewMail {
        to: &user.email,
        subject: "An API token was made for your account",
        text: &text,
        reason: Reason::TokenCreated,
    };
    mails::write(app, &mut tx, mail).await?;
    tx.commit().await?;
    Ok(new)
}

pub(crate) fn new_secret() -> String {
    format!("{PREFIX}{}", secret::random_hex::<32>())
}

pub(crate) async fn insert(
    app: &App,
    tx: &mut store::Tx,
    user: &User,
    request: TokenRequest<'_>,
) -> Result<NewToken, store::Error> {
    let secret = new_secret();
    let token = Token {
        id: TokenId(app.ids.next()),
        user: user.id,
        application: None,
        name: request.name.trim().to_owned(),
        last_characters: last_characters(&secret),
        scopes: request.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        created_at: app.now(),
        expires_at: request.expires_at,
        last_used_at: None,
    };
    store::tokens::create(tx, &token, &hash(&secret)).await?;
    Ok(NewToken { token, secret })
}

/// The tokens that a user made for themselves, newest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<Token>, store::Error> {
    store::tokens::list(&mut *app.store.read().await?, user).await
}

pub async fn get(app: &App, user: UserId, token: TokenId) -> Result<Option<Token>, store::Error> {
    store::tokens::find(&mut *app.store.read().await?, user, token).await
}

#[derive(Debug, thiserror::Error)]
pub enum RenameTokenError {
    #[error("the token needs a name")]
    NoName,
    #[error("the name may have at most {MAX_NAME} characters")]
    NameTooLong,
    #[error("there is no such token")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn rename(app: &App, by: &Actor, user: UserId, token: TokenId, name: &str) -> Result<(), RenameTokenError> {
    let name = name.trim();
    match name.chars().count() {
        0 => return Err(RenameTokenError::NoName),
        count if count > MAX_NAME => return Err(RenameTokenError::NameTooLong),
        _ => {}
    }
    let mut tx = app.store.begin().await?;
    let before = store::tokens::find(&mut tx, user, token).await?;
    let before = before.ok_or(RenameTokenError::Gone)?;
    store::tokens::rename(&mut tx, user, token, name).await?;
    let after = Token {
        name: name.to_owned(),
        ..before.clone()
    };
    let change = Change::between(&fields(&before), &fields(&after));
    audit::record(app, &mut tx, by, entry(Action::TOKEN_EDITED, &after, change)).await?;
    Ok(tx.commit().await?)
}

/// Revokes a token at once. Returns `false` if the user has no such token.
pub async fn delete(app: &App, by: &Actor, user: UserId, token: TokenId) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let Some(token) = store::tokens::find(&mut tx, user, token).await? else {
        return Ok(false);
    };
    store::tokens::delete(&mut tx, user, token.id).await?;
    let change = Change::removed(&fields(&token));
    audit::record(app, &mut tx, by, entry(Action::TOKEN_REMOVED, &token, change)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Revokes all tokens of the user, those of applications as well. Returns how many there were.
pub async fn delete_all(app: &App, by: &Actor, user: &User) -> Result<u64, store::Error> {
    let mut tx = app.store.begin().await?;
    let revoked = store::tokens::delete_all(&mut tx, user.id).await?;
    store::oauth::grants::delete_of_user(&mut tx, user.id).await?;
    let entry = Entry::of_user(
        Action::TOKEN_REMOVED,
        user,
        Change::removed(&serde_json::json!({ "tokens": revoked })),
    );
    audit::record(app, &mut tx, by, entry).await?;
    tx.commit().await?;
    Ok(revoked)
}

/// A token that is good, and whose it is.
pub(crate) async fn find_known(app: &App, secret: &str) -> Result<(Token, User), AuthenticateError> {
    find_known_from(app, secret, None).await
}

async fn find_known_from(app: &App, secret: &str, origin: Option<&str>) -> Result<(Token, User), AuthenticateError> {
    let mut db = app.store.read().await?;
    let token = store::tokens::find_by_hash(&mut db, &hash(secret)).await?;
    let token = token.ok_or(AuthenticateError::Unknown)?;
    let user = store::users::find(&mut db, token.user)
        .await?
        .filter(|user| user.is_active)
        .ok_or(AuthenticateError::Inactive)?;
    if let Some(application) = token.application {
        let application = store::oauth::applications::find_by_id(&mut db, application).await?;
        let application = application
            .filter(|application| application.is_active)
            .ok_or(AuthenticateError::InactiveApplication)?;
        let is_listed = |origin: &str| application.allowed_origins.iter().any(|listed| listed == origin);
        if !origin.is_none_or(is_listed) {
            return Err(AuthenticateError::ForeignOrigin);
        }
    }
    if token.expires_at.is_some_and(|at| at <= app.now()) {
        return Err(AuthenticateError::Expired);
    }
    Ok((token, user))
}

pub(super) async fn authenticate(app: &App, secret: &str, origin: Option<&str>) -> Result<Actor, AuthenticateError> {
    let (token, user) = find_known_from(app, secret, origin).await?;
    let now = app.now();
    if token.last_used_at.is_none_or(|used| now.since(used) >= LAST_USED_STEP) {
        let mut tx = app.store.begin().await?;
        store::tokens::set_last_used(&mut tx, user.id, token.id, now).await?;
        store::users::set_last_active(&mut tx, user.id, now).await?;
        tx.commit().await?;
    }
    Ok(actor(Identity::User(user), &token.scopes))
}
