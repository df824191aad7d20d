//! API tokens of users. The token itself is kept only as its hash.

use model::{Timestamp, TokenId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub user: UserId,
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

const COLUMNS: &str = "id, user_id, name, last_characters, scopes, created_at, expires_at, last_used_at";

fn read(row: &AnyRow) -> Result<Token, Error> {
    Ok(Token {
        id: TokenId(row.int("id")?),
        user: UserId(row.int("user_id")?),
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

pub async fn find_by_hash(db: &mut Connection, token_hash: &str) -> Result<Option<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM api_tokens WHERE token_hash = $1"));
    sqlx::query(sql).bind(token_hash).find(db, read).await
}

pub async fn find(db: &mut Connection, user: UserId, id: TokenId) -> Result<Option<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE user_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(user.0).bind(id.0).find(db, read).await
}

/// A user's tokens, newest first.
pub async fn list(db: &mut Connection, user: UserId) -> Result<Vec<Token>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE user_id = $1 ORDER BY id DESC"
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
    sqlx::query("DELETE FROM api_tokens WHERE user_id = $1 AND name = $2")
        .bind(user.0)
        .bind(clean(name))
        .run(db)
        .await
}
