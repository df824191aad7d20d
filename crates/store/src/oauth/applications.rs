use model::{OauthApplicationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use super::lines;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::like,
};

/// An application, without its secret, of which only a hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub id: OauthApplicationId,
    pub owner: UserId,
    /// How the application names itself; no secret.
    pub client_id: String,
    pub name: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Which pages may use its tokens, as `https://app.example`.
    pub allowed_origins: Vec<String>,
    /// Empty where there is none, as are the next two.
    pub homepage_url: String,
    pub privacy_url: String,
    pub terms_url: String,
    /// Else it gets no tokens, and those that it has are refused.
    pub is_active: bool,
    pub created_at: Timestamp,
}

const COLUMNS: &str = "a.id, a.owner_id, a.client_id, a.name, a.redirect_uris, a.allowed_origins, a.homepage_url,
    a.privacy_url, a.terms_url, a.is_active, a.created_at";

fn read(row: &AnyRow) -> Result<Application, Error> {
    Ok(Application {
        id: OauthApplicationId(row.int("id")?),
        owner: UserId(row.int("owner_id")?),
        client_id: row.text("client_id")?,
        name: row.text("name")?,
        redirect_uris: lines(&row.text("redirect_uris")?),
        allowed_origins: lines(&row.text("allowed_origins")?),
        homepage_url: row.text("homepage_url")?,
        privacy_url: row.text("privacy_url")?,
        terms_url: row.text("terms_url")?,
        is_active: row.flag("is_active")?,
        created_at: row.time("created_at")?,
    })
}

/// Every origin between line breaks, so that a search finds whole ones only.
fn origins(application: &Application) -> String {
    format!("\n{}\n", application.allowed_origins.join("\n"))
}

pub async fn create(db: &mut Connection, application: &Application, secret_hash: &str) -> Result<(), Error> {
    let sql =
        "INSERT INTO oauth_applications (id, owner_id, client_id, secret_hash, name, redirect_uris, allowed_origins,
            homepage_url, privacy_url, terms_url, is_active, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(sql)
        .bind(application.id.0)
        .bind(application.owner.0)
        .bind(&application.client_id)
        .bind(secret_hash)
        .bind(clean(&application.name))
        .bind(application.redirect_uris.join("\n"))
        .bind(origins(application))
        .bind(&application.homepage_url)
        .bind(&application.privacy_url)
        .bind(&application.terms_url)
        .bind(i64::from(application.is_active))
        .bind(application.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Writes everything of an application that its owner can change.
pub async fn update(db: &mut Connection, owner: UserId, application: &Application) -> Result<(), Error> {
    let sql = "UPDATE oauth_applications SET name = $3, redirect_uris = $4, allowed_origins = $5, homepage_url = $6,
            privacy_url = $7, terms_url = $8, is_active = $9 WHERE owner_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(owner.0)
        .bind(application.id.0)
        .bind(clean(&application.name))
        .bind(application.redirect_uris.join("\n"))
        .bind(origins(application))
        .bind(&application.homepage_url)
        .bind(&application.privacy_url)
        .bind(&application.terms_url)
        .bind(i64::from(application.is_active))
        .run(db)
        .await?;
    Ok(())
}

pub async fn set_secret(
    db: &mut Connection,
    owner: UserId,
    id: OauthApplicationId,
    secret_hash: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE oauth_applications SET secret_hash = $3 WHERE owner_id = $1 AND id = $2")
        .bind(owner.0)
        .bind(id.0)
        .bind(secret_hash)
        .run(db)
        .await?;
    Ok(())
}

/// Deletes an application with all that it was given. Returns `false` if the user has no such application.
pub async fn delete(db: &mut Connection, owner: UserId, id: OauthApplicationId) -> Result<bool, Error> {
    let sql = "DELETE FROM oauth_applications WHERE owner_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(owner.0).bind(id.0).run(db).await? == 1)
}

/// The applications that a user has made, newest first.
pub async fn list(db: &mut Connection, owner: UserId) -> Result<Vec<Application>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_applications a WHERE a.owner_id = $1 ORDER BY a.id DESC"
    ));
    sqlx::query(sql).bind(owner.0).list(db, read).await
}

/// One that the user has made.
pub async fn find(db: &mut Connection, owner: UserId, client_id: &str) -> Result<Option<Application>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_applications a WHERE a.owner_id = $1 AND a.client_id = $2"
    ));
    sqlx::query(sql).bind(owner.0).bind(client_id).find(db, read).await
}

/// Of whomever: by the name with which an application asks users to be let in.
pub async fn find_by_client(db: &mut Connection, client_id: &str) -> Result<Option<Application>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_applications a WHERE a.client_id = $1"
    ));
    sqlx::query(sql).bind(client_id).find(db, read).await
}

/// The application of a token.
pub async fn find_by_id(db: &mut Connection, id: OauthApplicationId) -> Result<Option<Application>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM oauth_applications a WHERE a.id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

/// Those that the user has let in, whoever made them.
pub async fn list_authorized(db: &mut Connection, user: UserId) -> Result<Vec<Application>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_applications a JOIN oauth_authorizations z ON z.application_id = a.id
        WHERE z.user_id = $1"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

pub async fn secret_hash(db: &mut Connection, id: OauthApplicationId) -> Result<Option<String>, Error> {
    sqlx::query("SELECT secret_hash FROM oauth_applications WHERE id = $1")
        .bind(id.0)
        .find(db, |row| row.text("secret_hash"))
        .await
}

/// Whether an active application lists this origin, which is written in lower case.
pub async fn is_origin_listed(db: &mut Connection, origin: &str) -> Result<bool, Error> {
    let sql = "SELECT id FROM oauth_applications WHERE is_active = 1 AND allowed_origins LIKE $1 ESCAPE '\\' LIMIT 1";
    let pattern = format!("%\n{}\n%", like(origin));
    let found = sqlx::query(sql).bind(pattern).find(db, |row| row.int("id")).await?;
    Ok(found.is_some())
}
