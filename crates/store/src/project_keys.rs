//! The keys of a project: what a DSN holds.

use model::{KeyStatus, OrganizationId, ProjectId, ProjectKeyId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectKey {
    pub id: ProjectKeyId,
    pub project: ProjectId,
    /// 32 lower-case hex digits.
    pub public_key: String,
    /// Old SDKs send it; it is not checked.
    pub secret_key: String,
    pub label: String,
    pub status: KeyStatus,
    /// `None`: only the limits of project and organization hold.
    pub rate_limit: Option<KeyRateLimit>,
    pub sdk_loader: SdkLoader,
    pub created_at: Timestamp,
}

/// What the loader script of a key puts into pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SdkLoader {
    /// As `10.x`; empty for the newest.
    pub version: String,
    pub replay: bool,
    pub performance: bool,
    pub debug: bool,
    pub feedback: bool,
    pub logs_and_metrics: bool,
}

/// How many error events a key may send in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRateLimit {
    pub count: i64,
    pub window_seconds: i64,
}

const COLUMNS: &str = "k.id, k.project_id, k.public_key, k.secret_key, k.label, k.status, k.rate_limit_count,
    k.rate_limit_window, k.sdk_loader, k.created_at";

fn read(row: &AnyRow) -> Result<ProjectKey, Error> {
    Ok(ProjectKey {
        id: ProjectKeyId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        public_key: row.text("public_key")?,
        secret_key: row.text("secret_key")?,
        label: row.text("label")?,
        status: row.number("status", KeyStatus::from_number)?,
        rate_limit: row
            .optional_int("rate_limit_count")?
            .zip(row.optional_int("rate_limit_window")?)
            .map(|(count, window_seconds)| KeyRateLimit { count, window_seconds }),
        sdk_loader: serde_json::from_str(&row.text("sdk_loader")?)?,
        created_at: row.time("created_at")?,
    })
}

/// [`Error::Conflict`] when the public key exists.
pub async fn create(db: &mut Connection, key: &ProjectKey) -> Result<(), Error> {
    let sql = "INSERT INTO project_keys (id, project_id, public_key, secret_key, label, status, created_at,
            rate_limit_count, rate_limit_window, sdk_loader)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(key.id.0)
        .bind(key.project.0)
        .bind(clean(&key.public_key))
        .bind(&key.secret_key)
        .bind(clean(&key.label))
        .bind(key.status.number())
        .bind(key.created_at.0)
        .bind(key.rate_limit.map(|limit| limit.count))
        .bind(key.rate_limit.map(|limit| limit.window_seconds))
        .bind(serde_json::to_string(&key.sdk_loader)?)
        .run(db)
        .await?;
    Ok(())
}

/// A project's keys without the revoked ones, oldest first.
pub async fn list(db: &mut Connection, project: ProjectId) -> Result<Vec<ProjectKey>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM project_keys k WHERE k.project_id = $1 AND k.status <> $2 ORDER BY k.created_at, k.id"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(KeyStatus::Revoked.number())
        .list(db, read)
        .await
}

/// The keys of all projects of an organization without the revoked ones, oldest first.
pub async fn list_of_organization(db: &mut Connection, organization: OrganizationId) -> Result<Vec<ProjectKey>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM project_keys k JOIN projects p ON p.id = k.project_id
         WHERE p.organization_id = $1 AND p.deleting = 0 AND k.status <> $2 ORDER BY k.created_at, k.id"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(KeyStatus::Revoked.number())
        .list(db, read)
        .await
}

/// A key that is not revoked, by its public key (which is its id in the API).
pub async fn find(db: &mut Connection, project: ProjectId, public_key: &str) -> Result<Option<ProjectKey>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM project_keys k WHERE k.project_id = $1 AND k.public_key = $2 AND k.status <> $3"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(clean(public_key))
        .bind(KeyStatus::Revoked.number())
        .find(db, read)
        .await
}

/// Changes label, status, rate limit and loader.
pub async fn update(db: &mut Connection, key: &ProjectKey) -> Result<(), Error> {
    let sql = "UPDATE project_keys SET label = $3, status = $4, rate_limit_count = $5, rate_limit_window = $6,
            sdk_loader = $7
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(key.project.0)
        .bind(key.id.0)
        .bind(clean(&key.label))
        .bind(key.status.number())
        .bind(key.rate_limit.map(|limit| limit.count))
        .bind(key.rate_limit.map(|limit| limit.window_seconds))
        .bind(serde_json::to_string(&key.sdk_loader)?)
        .run(db)
        .await?;
    Ok(())
}

/// Any key, revoked ones too, with the organization of its project. `None` also when the project is being deleted.
///
/// The one look-up without a tenant: the key itself is what tells the tenant.
pub async fn find_by_public_key(
    db: &mut Connection,
    public_key: &str,
) -> Result<Option<(OrganizationId, ProjectKey)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS}, p.organization_id FROM project_keys k JOIN projects p ON p.id = k.project_id
         JOIN organizations o ON o.id = p.organization_id
         WHERE k.public_key = $1 AND p.deleting = 0 AND o.delete_at IS NULL"
    ));
    let with_organization = |row: &AnyRow| Ok((OrganizationId(row.int("organization_id")?), read(row)?));
    sqlx::query(sql)
        .bind(clean(public_key))
        .find(db, with_organization)
        .await
}
