//! People who can sign in.

use model::{OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    avatars::{self, Avatar},
    row::{Column as _, Fetch as _, clean},
    sql::like,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// Lower case; also the name to sign in with.
    pub email: String,
    /// Another name to sign in with, which nobody else has.
    pub username: String,
    /// May be empty.
    pub name: String,
    /// Administers the installation; says nothing about organizations.
    pub is_admin: bool,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    pub last_active_at: Option<Timestamp>,
    /// An IANA name, as `Europe/Zurich`.
    pub time_zone: String,
    /// Whether signing in asks for more than a password.
    pub has_second_factor: bool,
    pub avatar: Avatar,
}

pub(crate) const COLUMNS: &str = "u.id, u.email, u.username, u.name, u.is_admin, u.is_active, u.created_at,
    u.last_login_at, u.last_active_at, u.time_zone, u.avatar_kind, u.avatar_ident,
    (SELECT COUNT(*) FROM totp_devices d WHERE d.user_id = u.id AND d.confirmed_at IS NOT NULL) AS second_factors";

pub(crate) fn read(row: &AnyRow) -> Result<User, Error> {
    Ok(User {
        id: UserId(row.int("id")?),
        email: row.text("email")?,
        username: row.text("username")?,
        name: row.text("name")?,
        is_admin: row.flag("is_admin")?,
        is_active: row.flag("is_active")?,
        created_at: row.time("created_at")?,
        last_login_at: row.optional_time("last_login_at")?,
        last_active_at: row.optional_time("last_active_at")?,
        time_zone: row.text("time_zone")?,
        has_second_factor: row.int("second_factors")? > 0,
        avatar: avatars::read(row)?,
    })
}

/// Adds a user; `password_hash` is a PHC string. [`Error::Conflict`] when the e-mail is taken.
pub async fn create(db: &mut Connection, user: &User, password_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO users (id, email, username, name, password_hash, is_admin, is_active, created_at, time_zone)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(user.id.0)
        .bind(clean(&user.email))
        .bind(clean(&user.username))
        .bind(clean(&user.name))
        .bind(password_hash)
        .bind(i64::from(user.is_admin))
        .bind(i64::from(user.is_active))
        .bind(user.created_at.0)
        .bind(&user.time_zone)
        .run(db)
        .await?;
    Ok(())
}

/// Adds a user unless the e-mail is taken: then nothing happens, and `false` is returned.
pub async fn create_if_absent(db: &mut Connection, user: &User) -> Result<bool, Error> {
    // Without a password, which no text hashes to the empty one of.
    let sql = "INSERT INTO users (id, email, username, name, password_hash, is_admin, is_active, created_at, time_zone)
        VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8) ON CONFLICT (email) DO NOTHING";
    let written = sqlx::query(sql)
        .bind(user.id.0)
        .bind(clean(&user.email))
        .bind(clean(&user.username))
        .bind(clean(&user.name))
        .bind(i64::from(user.is_admin))
        .bind(i64::from(user.is_active))
        .bind(user.created_at.0)
        .bind(&user.time_zone)
        .run(db)
        .await?;
    Ok(written == 1)
}

pub async fn find(db: &mut Connection, id: UserId) -> Result<Option<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

pub async fn find_by_email(db: &mut Connection, email: &str) -> Result<Option<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users u WHERE u.email = $1"));
    sqlx::query(sql).bind(clean(&email.to_lowercase())).find(db, read).await
}

/// Whom somebody means who signs in: the name may be the e-mail or the username.
pub async fn find_by_login(db: &mut Connection, name: &str) -> Result<Option<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users u WHERE u.email = $1 OR u.username = $1
        ORDER BY CASE WHEN u.email = $1 THEN 0 ELSE 1 END LIMIT 1"
    ));
    sqlx::query(sql).bind(clean(&name.to_lowercase())).find(db, read).await
}

pub async fn has_username(db: &mut Connection, username: &str) -> Result<bool, Error> {
    let found = sqlx::query("SELECT id FROM users WHERE username = $1 OR email = $1 LIMIT 1")
        .bind(clean(username))
        .find(db, |row| row.int("id"))
        .await?;
    Ok(found.is_some())
}

/// All users of the installation whose name or address holds `text` (empty: all), by id, after one of them.
pub async fn search(db: &mut Connection, text: &str, after: UserId, limit: u32) -> Result<Vec<User>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM users u WHERE u.id > $1
            AND (LOWER(u.email) LIKE $2 ESCAPE '\\' OR LOWER(u.name) LIKE $2 ESCAPE '\\')
        ORDER BY u.id LIMIT $3"
    ));
    sqlx::query(sql)
        .bind(after.0)
        .bind(format!("%{}%", like(text)))
        .bind(i64::from(limit))
        .list(db, read)
        .await
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

/// A new password, and whether it has one at all: the nonce that changes with it ends what was begun before.
pub async fn set_password(
    db: &mut Connection,
    id: UserId,
    password_hash: &str,
    nonce: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE users SET password_hash = $2, session_nonce = $3, password_changed_at = $4 WHERE id = $1";
    sqlx::query(sql)
        .bind(id.0)
        .bind(password_hash)
        .bind(nonce)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// What every session of the user must name to be one.
pub async fn session_nonce(db: &mut Connection, id: UserId) -> Result<Option<String>, Error> {
    let sql = "SELECT session_nonce FROM users WHERE id = $1";
    sqlx::query(sql)
        .bind(id.0)
        .find(db, |row| row.text("session_nonce"))
        .await
}

pub async fn set_session_nonce(db: &mut Connection, id: UserId, nonce: &str) -> Result<(), Error> {
    sqlx::query("UPDATE users SET session_nonce = $2 WHERE id = $1")
        .bind(id.0)
        .bind(nonce)
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_profile(db: &mut Connection, id: UserId, name: &str, time_zone: &str) -> Result<(), Error> {
    sqlx::query("UPDATE users SET name = $2, time_zone = $3 WHERE id = $1")
        .bind(id.0)
        .bind(clean(name))
        .bind(time_zone)
        .run(db)
        .await?;
    Ok(())
}

/// [`Error::Conflict`] when the e-mail is taken.
pub async fn set_email(db: &mut Connection, id: UserId, email: &str) -> Result<(), Error> {
    sqlx::query("UPDATE users SET email = $2 WHERE id = $1")
        .bind(id.0)
        .bind(clean(email))
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_active(db: &mut Connection, id: UserId, is_active: bool) -> Result<(), Error> {
    sqlx::query("UPDATE users SET is_active = $2 WHERE id = $1")
        .bind(id.0)
        .bind(i64::from(is_active))
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_admin(db: &mut Connection, id: UserId, is_admin: bool) -> Result<(), Error> {
    sqlx::query("UPDATE users SET is_admin = $2 WHERE id = $1")
        .bind(id.0)
        .bind(i64::from(is_admin))
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_last_active(db: &mut Connection, id: UserId, at: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE users SET last_active_at = $2 WHERE id = $1")
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
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
