use model::{AuthorizationId, OauthApplicationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use super::words;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// That a user lets an application in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    pub id: AuthorizationId,
    pub user: UserId,
    pub application: OauthApplicationId,
    /// Everything that was ever allowed, by name.
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, user_id, application_id, scopes, created_at";

fn read(row: &AnyRow) -> Result<Authorization, Error> {
    Ok(Authorization {
        id: AuthorizationId(row.int("id")?),
        user: UserId(row.int("user_id")?),
        application: OauthApplicationId(row.int("application_id")?),
        scopes: words(&row.text("scopes")?),
        created_at: row.time("created_at")?,
    })
}

/// Writes an authorization, in place of one for the same application.
pub async fn set(db: &mut Connection, authorization: &Authorization) -> Result<(), Error> {
    let sql = "INSERT INTO oauth_authorizations (id, user_id, application_id, scopes, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, application_id) DO UPDATE SET scopes = excluded.scopes";
    sqlx::query(sql)
        .bind(authorization.id.0)
        .bind(authorization.user.0)
        .bind(authorization.application.0)
        .bind(authorization.scopes.join(" "))
        .bind(authorization.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// What a user has allowed, newest first.
pub async fn list(db: &mut Connection, user: UserId) -> Result<Vec<Authorization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_authorizations WHERE user_id = $1 ORDER BY id DESC"
    ));
    sqlx::query(sql).bind(user.0).list(db, read).await
}

pub async fn find(db: &mut Connection, user: UserId, id: AuthorizationId) -> Result<Option<Authorization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_authorizations WHERE user_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(user.0).bind(id.0).find(db, read).await
}

pub async fn find_for(
    db: &mut Connection,
    user: UserId,
    application: OauthApplicationId,
) -> Result<Option<Authorization>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM oauth_authorizations WHERE user_id = $1 AND application_id = $2"
    ));
    sqlx::query(sql).bind(user.0).bind(application.0).find(db, read).await
}

/// Takes it back, with every code and token that the application has for the user.
pub async fn delete(db: &mut Connection, user: UserId, application: OauthApplicationId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM oauth_authorizations WHERE user_id = $1 AND application_id = $2",
        "DELETE FROM oauth_grants WHERE user_id = $1 AND application_id = $2",
        "DELETE FROM api_tokens WHERE user_id = $1 AND application_id = $2",
    ] {
        sqlx::query(sql).bind(user.0).bind(application.0).run(db).await?;
    }
    Ok(())
}
