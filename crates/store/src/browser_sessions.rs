//! Signed-in browsers. The cookie's value is kept only as its hash.

use model::{SessionId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    pub id: SessionId,
    pub user: UserId,
    /// What every form of the browser carries.
    pub csrf_token: String,
    /// The session is one as long as its user has this nonce.
    pub nonce: String,
    /// From where it was begun; empty where it is not known.
    pub ip: String,
    /// What the browser called itself.
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    /// Until when the password counts as given.
    pub sudo_until: Option<Timestamp>,
    /// Until when at most the session acts as a superuser, and when it last did.
    pub superuser_until: Option<Timestamp>,
    pub superuser_seen_at: Option<Timestamp>,
}

const COLUMNS: &str = "s.id, s.user_id, s.csrf_token, s.nonce, s.ip, s.user_agent, s.created_at, s.last_seen_at,
    s.expires_at, s.sudo_until, s.superuser_until, s.superuser_seen_at";

fn read(row: &AnyRow) -> Result<BrowserSession, Error> {
    Ok(BrowserSession {
        id: SessionId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        csrf_token: row.text("csrf_token")?,
        nonce: row.text("nonce")?,
        ip: row.text("ip")?,
        user_agent: row.text("user_agent")?,
        created_at: row.time("created_at")?,
        last_seen_at: row.optional_time("last_seen_at")?,
        expires_at: row.time("expires_at")?,
        sudo_until: row.optional_time("sudo_until")?,
        superuser_until: row.optional_time("superuser_until")?,
        superuser_seen_at: row.optional_time("superuser_seen_at")?,
    })
}

pub async fn create(db: &mut Connection, session: &BrowserSession, token_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO browser_sessions
            (id, user_id, token_hash, csrf_token, nonce, ip, user_agent, created_at, last_seen_at, expires_at, sudo_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    sqlx::query(sql)
        .bind(session.id.0)
        .bind(session.user.0)
        .bind(token_hash)
        .bind(&session.csrf_token)
        .bind(&session.nonce)
        .bind(&session.ip)
        .bind(clean(&session.user_agent))
        .bind(session.created_at.0)
        .bind(session.last_seen_at.map(|at| at.0))
        .bind(session.expires_at.0)
        .bind(session.sudo_until.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// A session that has not expired. Whether its nonce is still its user's is for the caller to see.
pub async fn find_by_token(
    db: &mut Connection,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<BrowserSession>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM browser_sessions s WHERE s.token_hash = $1 AND s.expires_at > $2"
    ));
    sqlx::query(sql).bind(token_hash).bind(now.0).find(db, read).await
}

/// The sessions in which the user is signed in, newest first.
pub async fn list(db: &mut Connection, user: UserId, now: Timestamp) -> Result<Vec<BrowserSession>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM browser_sessions s JOIN users u ON u.id = s.user_id AND u.session_nonce = s.nonce
        WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.id DESC"
    ));
    sqlx::query(sql).bind(user.0).bind(now.0).list(db, read).await
}

/// Returns `false` if the user has no such session.
pub async fn delete(db: &mut Connection, user: UserId, id: SessionId) -> Result<bool, Error> {
    let sql = "DELETE FROM browser_sessions WHERE user_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(user.0).bind(id.0).run(db).await? == 1)
}

/// Removes all sessions of a user but perhaps one.
pub async fn delete_others(db: &mut Connection, user: UserId, kept: Option<SessionId>) -> Result<u64, Error> {
    sqlx::query("DELETE FROM browser_sessions WHERE user_id = $1 AND id <> $2")
        .bind(user.0)
        .bind(kept.map_or(0, |id| id.0))
        .run(db)
        .await
}

/// Lets a session go on under its user's new nonce.
pub async fn set_nonce(db: &mut Connection, user: UserId, id: SessionId, nonce: &str) -> Result<(), Error> {
    sqlx::query("UPDATE browser_sessions SET nonce = $3 WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(id.0)
        .bind(nonce)
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_last_seen(db: &mut Connection, user: UserId, id: SessionId, at: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE browser_sessions SET last_seen_at = $3 WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_sudo(db: &mut Connection, user: UserId, id: SessionId, until: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE browser_sessions SET sudo_until = $3 WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(id.0)
        .bind(until.0)
        .run(db)
        .await?;
    Ok(())
}

/// Until when the session acts as a superuser at most, and when it last did; `None` ends it.
pub async fn set_superuser(
    db: &mut Connection,
    user: UserId,
    id: SessionId,
    until_and_seen: Option<(Timestamp, Timestamp)>,
) -> Result<(), Error> {
    let sql = "UPDATE browser_sessions SET superuser_until = $3, superuser_seen_at = $4 WHERE user_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(user.0)
        .bind(id.0)
        .bind(until_and_seen.map(|(until, _)| until.0))
        .bind(until_and_seen.map(|(_, seen)| seen.0))
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
