use model::{GrantId, OauthApplicationId, Timestamp, UserId};

use super::words;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// What a user allowed an application, until it fetches the tokens with the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub application: OauthApplicationId,
    pub user: UserId,
    pub scopes: Vec<String>,
    /// As the request named it; empty where it named none.
    pub redirect_uri: String,
    /// What whoever fetches the tokens has to know the origin of, and how it was made.
    pub challenge: Option<(String, String)>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

pub async fn create(db: &mut Connection, grant: &Grant, code_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO oauth_grants (id, code_hash, application_id, user_id, scopes, redirect_uri, challenge,
            challenge_method, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(grant.id.0)
        .bind(code_hash)
        .bind(grant.application.0)
        .bind(grant.user.0)
        .bind(grant.scopes.join(" "))
        .bind(&grant.redirect_uri)
        .bind(grant.challenge.as_ref().map(|(challenge, _)| challenge.clone()))
        .bind(grant.challenge.as_ref().map(|(_, method)| method.clone()))
        .bind(grant.created_at.0)
        .bind(grant.expires_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The grant of a code that this application was given, whether it was used or is over.
pub async fn find(
    db: &mut Connection,
    application: OauthApplicationId,
    code_hash: &str,
) -> Result<Option<Grant>, Error> {
    let sql = "SELECT id, application_id, user_id, scopes, redirect_uri, challenge, challenge_method, created_at,
            expires_at, used_at FROM oauth_grants WHERE application_id = $1 AND code_hash = $2";
    sqlx::query(sql)
        .bind(application.0)
        .bind(code_hash)
        .find(db, |row| {
            Ok(Grant {
                id: GrantId(row.int("id")?),
                application: OauthApplicationId(row.int("application_id")?),
                user: UserId(row.int("user_id")?),
                scopes: words(&row.text("scopes")?),
                redirect_uri: row.text("redirect_uri")?,
                challenge: row
                    .optional_text("challenge")?
                    .zip(row.optional_text("challenge_method")?),
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
                used_at: row.optional_time("used_at")?,
            })
        })
        .await
}

/// Uses a grant up. Returns `false` if it was: of two requests with one code, one is right.
pub async fn set_used(
    db: &mut Connection,
    application: OauthApplicationId,
    id: GrantId,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE oauth_grants SET used_at = $3 WHERE application_id = $1 AND id = $2 AND used_at IS NULL";
    let used = sqlx::query(sql)
        .bind(application.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(used == 1)
}

/// Makes all codes useless that were given for a user.
pub async fn delete_of_user(db: &mut Connection, user: UserId) -> Result<u64, Error> {
    sqlx::query("DELETE FROM oauth_grants WHERE user_id = $1")
        .bind(user.0)
        .run(db)
        .await
}

/// Forgets those that were over before `before`.
pub async fn delete_expired(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM oauth_grants WHERE expires_at <= $1")
        .bind(before.0)
        .run(db)
        .await
}
