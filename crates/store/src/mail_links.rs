//! Links that stand in mails. Each works once, until its time is over, and is kept only as its hash.

use model::{Timestamp, UserId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLink {
    /// What it is for; stored by name.
    pub kind: String,
    pub user: UserId,
    /// What it is about, as an address.
    pub subject: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

pub async fn create(db: &mut Connection, link: &MailLink, token_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO mail_links (token_hash, kind, user_id, subject, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(token_hash)
        .bind(&link.kind)
        .bind(link.user.0)
        .bind(clean(&link.subject))
        .bind(link.created_at.0)
        .bind(link.expires_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// A link that still works.
pub async fn find(
    db: &mut Connection,
    kind: &str,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<MailLink>, Error> {
    let sql = "SELECT kind, user_id, subject, created_at, expires_at FROM mail_links
        WHERE kind = $1 AND token_hash = $2 AND expires_at > $3 AND user_id IS NOT NULL";
    sqlx::query(sql)
        .bind(kind)
        .bind(token_hash)
        .bind(now.0)
        .find(db, |row| {
            Ok(MailLink {
                kind: row.text("kind")?,
                user: UserId(row.int("user_id")?),
                subject: row.text("subject")?,
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
            })
        })
        .await
}

/// Returns `false` if it was used meanwhile.
pub async fn delete(db: &mut Connection, token_hash: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM mail_links WHERE token_hash = $1";
    Ok(sqlx::query(sql).bind(token_hash).run(db).await? == 1)
}

/// Makes all links of a kind that a user was sent useless.
pub async fn delete_of_user(db: &mut Connection, user: UserId, kind: &str) -> Result<u64, Error> {
    sqlx::query("DELETE FROM mail_links WHERE user_id = $1 AND kind = $2")
        .bind(user.0)
        .bind(kind)
        .run(db)
        .await
}

pub async fn delete_expired(db: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM mail_links WHERE expires_at <= $1")
        .bind(now.0)
        .run(db)
        .await
}

/// The number in the lasting links of a user's mails, as those that end a subscription.
pub async fn generation(db: &mut Connection, user: UserId) -> Result<i64, Error> {
    let sql = "SELECT generation FROM mail_link_generations WHERE user_id = $1";
    let found = sqlx::query(sql)
        .bind(user.0)
        .find(db, |row| row.int("generation"))
        .await?;
    Ok(found.unwrap_or(0))
}

/// Makes all such links that a user was sent useless.
pub async fn next_generation(db: &mut Connection, user: UserId) -> Result<(), Error> {
    let sql = "INSERT INTO mail_link_generations (user_id, generation) VALUES ($1, 1)
        ON CONFLICT (user_id) DO UPDATE SET generation = mail_link_generations.generation + 1";
    sqlx::query(sql).bind(user.0).run(db).await?;
    Ok(())
}
