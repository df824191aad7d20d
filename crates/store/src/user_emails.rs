//! The mail addresses of users. The one to sign in with is the user's own, and is here as well.

use model::{EmailId, OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEmail {
    pub id: EmailId,
    pub user: UserId,
    /// Lower case.
    pub email: String,
    /// When a link that was sent there was opened.
    pub verified_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, user_id, email, verified_at, created_at";

fn read(row: &AnyRow) -> Result<UserEmail, Error> {
    Ok(UserEmail {
        id: EmailId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        email: row.text("email")?,
        verified_at: row.optional_time("verified_at")?,
        created_at: row.time("created_at")?,
    })
}

/// [`Error::Conflict`] when the user has the address.
pub async fn add(db: &mut Connection, email: &UserEmail) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO user_emails ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)"
    ));
    sqlx::query(sql)
        .bind(email.id.0)
        .bind(email.user.0)
        .bind(clean(&email.email))
        .bind(email.verified_at.map(|at| at.0))
        .bind(email.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// A user's addresses, oldest first.
pub async fn list(db: &mut Connection, user: UserId) -> Result<Vec<UserEmail>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM user_emails WHERE user_id = $1 ORDER BY id"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

pub async fn find(db: &mut Connection, user: UserId, id: EmailId) -> Result<Option<UserEmail>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM user_emails WHERE user_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(user.0).bind(id.0).find(db, read).await
}

/// Whether a member of an organization signs in with an address, or has confirmed it.
pub async fn is_of_member(db: &mut Connection, organization: OrganizationId, email: &str) -> Result<bool, Error> {
    let sql = "SELECT m.id AS id FROM user_emails e JOIN members m ON m.user_id = e.user_id AND m.organization_id = $1
        JOIN users u ON u.id = e.user_id WHERE e.email = $2 AND (e.verified_at IS NOT NULL OR u.email = e.email) LIMIT 1";
    let found = sqlx::query(sql).bind(organization.0).bind(clean(&email.to_lowercase()));
    Ok(found.find(db, |row| row.int("id")).await?.is_some())
}

/// Returns `false` if the user no longer has the address.
pub async fn set_verified(db: &mut Connection, user: UserId, email: &str, at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE user_emails SET verified_at = $3 WHERE user_id = $1 AND email = $2";
    let written = sqlx::query(sql)
        .bind(user.0)
        .bind(clean(email))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(written == 1)
}

pub async fn delete(db: &mut Connection, user: UserId, id: EmailId) -> Result<bool, Error> {
    let sql = "DELETE FROM user_emails WHERE user_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(user.0).bind(id.0).run(db).await? == 1)
}
