//! Signed-in browsers. The cookie's value is kept only as its hash.

use model::{SessionId, Timestamp, UserId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    pub id: SessionId,
    pub user: UserId,
    /// What every form of the browser carries.
    pub csrf_token: String,
    pub expires_at: Timestamp,
}

pub async fn create(
    db: &mut Connection,
    session: &BrowserSession,
    token_hash: &str,
    created_at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO browser_sessions (id, user_id, token_hash, csrf_token, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(session.id.0)
        .bind(session.user.0)
        .bind(token_hash)
        .bind(&session.csrf_token)
        .bind(created_at.0)
        .bind(session.expires_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find_by_token(
    db: &mut Connection,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<BrowserSession>, Error> {
    let sql =
        "SELECT id, user_id, csrf_token, expires_at FROM browser_sessions WHERE token_hash = $1 AND expires_at > $2";
    sqlx::query(sql)
        .bind(token_hash)
        .bind(now.0)
        .find(db, |row| {
            Ok(BrowserSession {
                id: SessionId(row.int("id")?),
                user: UserId(row.int("user_id")?),
                csrf_token: row.text("csrf_token")?,
                expires_at: row.time("expires_at")?,
            })
        })
        .await
}

pub async fn delete(db: &mut Connection, user: UserId, id: SessionId) -> Result<(), Error> {
    sqlx::query("DELETE FROM browser_sessions WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(id.0)
        .run(db)
        .await?;
    Ok(())
}

/// Removes those that ended before `now`.
pub async fn delete_expired(db: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM browser_sessions WHERE expires_at <= $1")
        .bind(now.0)
        .run(db)
        .await
}
