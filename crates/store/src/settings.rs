//! What people set for an organization or a project: one JSON text a topic.

use model::{OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

fn read(row: &AnyRow) -> Result<(String, String), Error> {
    Ok((row.text("topic")?, row.text("value")?))
}

/// Topics with their JSON; those that were never set are absent.
pub async fn of_organization(db: &mut Connection, id: OrganizationId) -> Result<Vec<(String, String)>, Error> {
    sqlx::query("SELECT topic, value FROM organization_settings WHERE organization_id = $1")
        .bind(id.0)
        .list(db, read)
        .await
}

/// One topic, unless it was never set.
pub async fn find_of_organization(
    db: &mut Connection,
    id: OrganizationId,
    topic: &str,
) -> Result<Option<String>, Error> {
    sqlx::query("SELECT value FROM organization_settings WHERE organization_id = $1 AND topic = $2")
        .bind(id.0)
        .bind(topic)
        .find(db, |row| row.text("value"))
        .await
}

/// One topic of those of several organizations that set it.
pub async fn of_organizations(
    db: &mut Connection,
    ids: &[OrganizationId],
    topic: &str,
) -> Result<Vec<(OrganizationId, String)>, Error> {
    let mut sql = Sql::new("SELECT organization_id, value FROM organization_settings WHERE topic = ");
    sql.text(topic)
        .push(" AND organization_id IN ")
        .ints(ids.iter().map(|id| id.0));
    let pair = |row: &AnyRow| Ok((OrganizationId(row.int("organization_id")?), row.text("value")?));
    sql.query().list(db, pair).await
}

pub async fn of_project(db: &mut Connection, id: ProjectId) -> Result<Vec<(String, String)>, Error> {
    sqlx::query("SELECT topic, value FROM project_settings WHERE project_id = $1")
        .bind(id.0)
        .list(db, read)
        .await
}

/// A topic of all projects that have set it and are not being deleted.
pub async fn of_all_projects(db: &mut Connection, topic: &str) -> Result<Vec<(ProjectId, String)>, Error> {
    let sql = "SELECT s.project_id, s.value FROM project_settings s JOIN projects p ON p.id = s.project_id
        WHERE s.topic = $1 AND p.deleting = 0 ORDER BY s.project_id";
    sqlx::query(sql)
        .bind(topic)
        .list(db, |row| Ok((ProjectId(row.int("project_id")?), row.text("value")?)))
        .await
}

pub async fn set_of_organization(
    db: &mut Connection,
    id: OrganizationId,
    topic: &str,
    value: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO organization_settings (organization_id, topic, value, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, topic) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    set(db, sql, id.0, topic, value, at).await
}

pub async fn set_of_project(
    db: &mut Connection,
    id: ProjectId,
    topic: &str,
    value: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO project_settings (project_id, topic, value, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, topic) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    set(db, sql, id.0, topic, value, at).await
}

async fn set(
    db: &mut Connection,
    sql: &'static str,
    owner: i64,
    topic: &str,
    value: &str,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(sql)
        .bind(owner)
        .bind(clean(topic))
        .bind(clean(value))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}
