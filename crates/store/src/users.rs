//! People who can sign in.

use model::{OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// Lower case; also the name to sign in with.
    pub email: String,
    /// May be empty.
    pub name: String,
    /// Administers the installation; says nothing about organizations.
    pub is_admin: bool,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
}

pub(crate) const COLUMNS: &str = "u.id, u.email, u.name, u.is_admin, u.is_active, u.created_at, u.last_login_at";

pub(crate) fn read(row: &AnyRow) -> Result<User, Error> {
    Ok(User {
        id: UserId(row.int("id")?),
        email: row.text("email")?,
        name: row.text("name")?,
        is_admin: row.flag("is_admin")?,
        is_active: row.flag("is_active")?,
        created_at: row.time("created_at")?,
        last_login_at: row.optional_time("last_login_at")?,
    })
}

/// Adds a user; `password_hash` is a PHC string. [`Error::Conflict`] when the e-mail is taken.
pub async fn create(db: &mut Connection, user: &User, password_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO users (id, email, name, password_hash, is_admin, is_active, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(user.id.0)
        .bind(clean(&user.email))
        .bind(clean(&user.name))
        .bind(password_hash)
        .bind(i64::from(user.is_admin))
        .bind(i64::from(user.is_active))
        .bind(user.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, id: UserId) -> Result<Option<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

pub async fn find_by_email(db: &mut Connection, email: &str) -> Result<Option<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users u WHERE u.email = $1"));
    sqlx::query(sql).bind(clean(&email.to_lowercase())).find(db, read).await
}

/// The members of an organization, by e-mail.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users u JOIN members m ON m.user_id = u.id WHERE m.organization_id = $1 ORDER BY u.email"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

pub async fn password_hash(db: &mut Connection, id: UserId) -> Result<Option<String>, Error> {
    let sql = "SELECT password_hash FROM users WHERE id = $1";
    sqlx::query(sql)
        .bind(id.0)
        .find(db, |row| row.text("password_hash"))
        .await
}

pub async fn set_last_login(db: &mut Connection, id: UserId, at: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE users SET last_login_at = $2 WHERE id = $1")
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn any(db: &mut Connection) -> Result<bool, Error> {
    Ok(sqlx::query("SELECT id FROM users LIMIT 1")
        .find(db, |row| row.int("id"))
        .await?
        .is_some())
}
