//! Tokens that belong to an organization. The token itself is kept only as its hash.

use model::{OrganizationId, OrganizationTokenId, ProjectId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationToken {
    pub id: OrganizationTokenId,
    pub organization: OrganizationId,
    pub name: String,
    /// The last four characters, to tell tokens apart in a list.
    pub last_characters: String,
    /// Scope names, as `org:ci`.
    pub scopes: Vec<String>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub last_project: Option<ProjectId>,
    /// A token that was revoked stays in the list.
    pub deactivated_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, organization_id, name, last_characters, scopes, created_by, created_at, expires_at,
    last_used_at, last_project_id, deactivated_at";

fn read(row: &AnyRow) -> Result<OrganizationToken, Error> {
    Ok(OrganizationToken {
        id: OrganizationTokenId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        name: row.text("name")?,
        last_characters: row.text("last_characters")?,
        scopes: row.text("scopes")?.split_whitespace().map(str::to_owned).collect(),
        created_by: row.optional_int("created_by")?.map(UserId),
        created_at: row.time("created_at")?,
        expires_at: row.optional_time("expires_at")?,
        last_used_at: row.optional_time("last_used_at")?,
        last_project: row.optional_int("last_project_id")?.map(ProjectId),
        deactivated_at: row.optional_time("deactivated_at")?,
    })
}

pub async fn create(db: &mut Connection, token: &OrganizationToken, token_hash: &str) -> Result<(), Error> {
    let sql = "INSERT INTO organization_tokens
            (id, organization_id, name, token_hash, last_characters, scopes, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(token.id.0)
        .bind(token.organization.0)
        .bind(clean(&token.name))
        .bind(token_hash)
        .bind(&token.last_characters)
        .bind(token.scopes.join(" "))
        .bind(token.created_by.map(|user| user.0))
        .bind(token.created_at.0)
        .bind(token.expires_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

pub async fn find_by_hash(db: &mut Connection, token_hash: &str) -> Result<Option<OrganizationToken>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organization_tokens WHERE token_hash = $1"
    ));
    sqlx::query(sql).bind(token_hash).find(db, read).await
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: OrganizationTokenId,
) -> Result<Option<OrganizationToken>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organization_tokens WHERE organization_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

/// All tokens of the organization, also those that were revoked, newest first.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<OrganizationToken>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organization_tokens WHERE organization_id = $1 ORDER BY id DESC"
    ));
    sqlx::query(sql).bind(organization.0).list(db, read).await
}

pub async fn count_active(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS tokens FROM organization_tokens
        WHERE organization_id = $1 AND deactivated_at IS NULL";
    let found = sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("tokens"))
        .await?;
    Ok(found.unwrap_or_default())
}

pub async fn rename(
    db: &mut Connection,
    organization: OrganizationId,
    id: OrganizationTokenId,
    name: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE organization_tokens SET name = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization.0)
        .bind(id.0)
        .bind(clean(name))
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if there is no such token, or it was revoked before.
pub async fn deactivate(
    db: &mut Connection,
    organization: OrganizationId,
    id: OrganizationTokenId,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE organization_tokens SET deactivated_at = $3
        WHERE organization_id = $1 AND id = $2 AND deactivated_at IS NULL";
    let written = sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(written == 1)
}

pub async fn set_last_used(
    db: &mut Connection,
    organization: OrganizationId,
    id: OrganizationTokenId,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE organization_tokens SET last_used_at = $3 WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Notes the project that the token was used for, where it is another one than before.
pub async fn set_last_project(
    db: &mut Connection,
    organization: OrganizationId,
    id: OrganizationTokenId,
    project: ProjectId,
) -> Result<(), Error> {
    let sql = "UPDATE organization_tokens SET last_project_id = $3 WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(project.0)
        .run(db)
        .await?;
    Ok(())
}
