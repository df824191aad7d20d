//! API tokens of users.

use std::time::Duration;

use model::{TokenId, UserId};
use store::{tokens::Token, users::User};

use crate::{Actor, App, Scope, Scopes, secret};

/// What tokens begin with, as Sentry's do, so that scanners for leaked secrets know them.
const PREFIX: &str = "sntryu_";

/// How exact the time of the last use is.
const LAST_USED_STEP: Duration = Duration::from_secs(60);

/// A token that has just been made, with the secret, which is shown once.
#[derive(Debug)]
pub struct NewToken {
    pub token: Token,
    pub secret: String,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    #[error("choose at least one scope")]
    NoScope,
    #[error("the name may have at most 64 characters")]
    NameTooLong,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn create(app: &App, actor: &Actor, name: &str, scopes: &[Scope]) -> Result<NewToken, CreateTokenError> {
    if scopes.is_empty() {
        return Err(CreateTokenError::NoScope);
    }
    if name.chars().count() > 64 {
        return Err(CreateTokenError::NameTooLong);
    }
    let mut tx = app.store.begin().await?;
    let new = insert(app, &mut tx, &actor.user, name.trim(), scopes).await?;
    tx.commit().await?;
    Ok(new)
}

pub(crate) async fn insert(
    app: &App,
    tx: &mut store::Tx,
    user: &User,
    name: &str,
    scopes: &[Scope],
) -> Result<NewToken, store::Error> {
    let secret = format!("{PREFIX}{}", secret::random_hex::<32>());
    let token = Token {
        id: TokenId(app.ids.next()),
        user: user.id,
        name: name.to_owned(),
        last_characters: secret[secret.len() - 4..].to_owned(),
        scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        created_at: app.now(),
        last_used_at: None,
    };
    store::tokens::create(tx, &token, &secret::hash(&secret)).await?;
    Ok(NewToken { token, secret })
}

/// A user's tokens, newest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<Token>, store::Error> {
    store::tokens::list(&mut *app.store.read().await?, user).await
}

/// Revokes a token at once. Returns `false` if the user has no such token.
pub async fn delete(app: &App, user: UserId, token: TokenId) -> Result<bool, store::Error> {
    let mut tx = app.store.begin().await?;
    let deleted = store::tokens::delete(&mut tx, user, token).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// Who a bearer token belongs to, and with which rights.
pub async fn authenticate(app: &App, secret: &str) -> Result<Option<(Actor, Token)>, store::Error> {
    let mut db = app.store.read().await?;
    let Some(token) = store::tokens::find_by_hash(&mut db, &secret::hash(secret)).await? else {
        return Ok(None);
    };
    let user = store::users::find(&mut db, token.user)
        .await?
        .filter(|user| user.is_active);
    drop(db);
    let Some(user) = user else { return Ok(None) };
    let now = app.now();
    if token.last_used_at.is_none_or(|used| now.since(used) >= LAST_USED_STEP) {
        let mut tx = app.store.begin().await?;
        store::tokens::set_last_used(&mut tx, user.id, token.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some((
        Actor {
            user,
            scopes: Scopes::of_names(&token.scopes),
        },
        token,
    )))
}
