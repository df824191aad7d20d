//! API tokens of users: those that they make for themselves, and those by which applications act for them. The token
//! itself is kept only as its hash.

use model::{GrantId, OauthApplicationId, Timestamp, TokenId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub user: UserId,
    /// None for one that the user made for themselves.
    pub application: Option<OauthApplicationId>,
    /// Empty for that of an application.
    pub name: String,
    /// The last four characters, to tell tokens apart in a list.
    pub last_characters: String,
    /// Scope names, as `project:read`.
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "id, user_id, application_id, name, last_characters, scopes, created_at, expires_at, last_used_at";

fn read(row: &AnyRow) -> Result<Token, Error> {
    Ok(Token {
        id: TokenId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        application: row.optional_int("application_id")?.map(OauthApplicationId),
        name: row.text("name")?,
        last_characters: row.text("last_characters")?,
        scopes: row.text("scopes")?.split_whitespace().map(str::to_owned).collect(),
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
        last_used_at: row.optional_time("last_used_at")?,
    })
}

pub async fn create(db: &mut Connection, token: &Token, token_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO api_tokens (id, user_id, name, token_hash, last_characters, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(token.id.0)
        .bind(token.user.0)
        .bind(clean(&token.name))
        .bind(token_hash)
        .bind(&token.last_characters)
        .bind(token.scopes.join(" "))
        .bind(token.created_at.0)
        .bind(token.expires_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// The token of an application that came of a grant, and what another can be fetched with in its place.
pub async fn create_for_application(
    db: &mut Connection,
    token: &Token,
    grant: GrantId,
    token_hash: &str,
    refresh_hash: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO api_tokens (id, user_id, application_id, grant_id, name, token_hash, refresh_hash,
            last_characters, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    sqlx::query(sql)
        .bind(token.id.0)
        .bind(token.user.0)
        .bind(token.application.map(|application| application.0))
        .bind(grant.0)
        .bind(clean(&token.name))
        .bind(token_hash)
        .bind(refresh_hash)
        .bind(&token.last_characters)
        .bind(token.scopes.join(" "))
        .bind(token.created_at.0)
        .bind(token.expires_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// The token of this application in whose place another can be fetched.
pub async fn find_by_refresh(
    db: &mut Connection,
    application: OauthApplicationId,
    refresh_hash: &str,
) -> Result<Option<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE application_id = $1 AND refresh_hash = $2"
    ));
    sqlx::query(sql)
        .bind(application.0)
        .bind(refresh_hash)
        .find(db, read)
        .await
}

/// Hashes of a token and of what another can be fetched with in its place.
#[derive(Debug, Clone, Copy)]
pub struct HashPair<'a> {
    pub token: &'a str,
    pub refresh: &'a str,
}

/// Puts another token with another end in place of one. Returns `false` if somebody was faster: of two requests with one
/// refresh token, one is right.
pub async fn replace(
    db: &mut Connection,
    application: OauthApplicationId,
    token: &Token,
    old_refresh_hash: &str,
    new: HashPair<'_>,
) -> Result<bool, Error> {
    let sql = "UPDATE api_tokens SET token_hash = $4, refresh_hash = $5, last_characters = $6, created_at = $7,
            expires_at = $8, last_used_at = NULL
        WHERE application_id = $1 AND id = $2 AND refresh_hash = $3";
    let replaced = sqlx::query(sql)
        .bind(application.0)
        .bind(token.id.0)
        .bind(old_refresh_hash)
        .bind(new.token)
        .bind(new.refresh)
        .bind(&token.last_characters)
        .bind(token.created_at.0)
        .bind(token.expires_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(replaced == 1)
}

/// Revokes what came of a grant.
pub async fn delete_of_grant(
    db: &mut Connection,
    application: OauthApplicationId,
    grant: GrantId,
) -> Result<u64, Error> {
    sqlx::query("DELETE FROM api_tokens WHERE application_id = $1 AND grant_id = $2")
        .bind(application.0)
        .bind(grant.0)
        .run(db)
        .await
}

/// Revokes all tokens that an application has for a user but the newest.
pub async fn keep_newest(
    db: &mut Connection,
    user: UserId,
    application: OauthApplicationId,
    count: i64,
) -> Result<u64, Error> {
    let sql = "DELETE FROM api_tokens WHERE user_id = $1 AND application_id = $2 AND id NOT IN (
        SELECT id FROM api_tokens WHERE user_id = $1 AND application_id = $2 ORDER BY id DESC LIMIT $3)";
    sqlx::query(sql)
        .bind(user.0)
        .bind(application.0)
        .bind(count)
        .run(db)
        .await
}

/// Of whomever and whatever made it.
pub async fn find_by_hash(db: &mut Connection, token_hash: &str) -> Result<Option<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM api_tokens WHERE token_hash = $1"));
    sqlx::query(sql).bind(token_hash).find(db, read).await
}

/// One that the user made for themselves.
pub async fn find(db: &mut Connection, user: UserId, id: TokenId) -> Result<Option<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE user_id = $1 AND id = $2 AND application_id IS NULL"
    ));
    sqlx::query(sql).bind(user.0).bind(id.0).find(db, read).await
}

/// The tokens that a user made for themselves, newest first.
pub async fn list(db: &mut Connection, user: UserId) -> Result<Vec<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE user_id = $1 AND application_id IS NULL ORDER BY id DESC"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

pub async fn set_last_used(db: &mut Connection, user: UserId, id: TokenId, at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE api_tokens SET last_used_at = $3 WHERE user_id = $1 AND id = $2";
    sqlx::query(sql).bind(user.0).bind(id.0).bind(at.0).run(db).await?;
    Ok(())
}

pub async fn rename(db: &mut Connection, user: UserId, id: TokenId, name: &str) -> Result<(), Error> {
    let sql = "UPDATE api_tokens SET name = $3 WHERE user_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(user.0)
        .bind(id.0)
        .bind(clean(name))
        .run(db)
        .await?;
    Ok(())
}

/// Those of applications as well.
pub async fn delete_all(db: &mut Connection, user: UserId) -> Result<u64, Error> {
    sqlx::query("DELETE FROM api_tokens WHERE user_id = $1")
        .bind(user.0)
        .run(db)
        .await
}

/// Returns `false` if the user has no such token.
pub async fn delete(db: &mut Connection, user: UserId, id: TokenId) -> Result<bool, Error> {
    let sql = "DELETE FROM api_tokens WHERE user_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(user.0).bind(id.0).run(db).await? == 1)
}

pub async fn delete_named(db: &mut Connection, user: UserId, name: &str) -> Result<u64, Error> {
    sqlx::query("DELETE FROM api_tokens WHERE user_id = $1 AND name = $2 AND application_id IS NULL")
        .bind(user.0)
        .bind(clean(name))
        .run(db)
        .await
}
