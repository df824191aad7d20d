//! What organizations are told of by which service.

use std::collections::HashMap;

use model::{NotificationActionId, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationAction {
    pub id: NotificationActionId,
    pub organization: OrganizationId,
    /// What makes it happen.
    pub trigger: String,
    pub service: String,
    pub integration: Option<i64>,
    pub sentry_app: Option<i64>,
    /// `specific`, `user`, `team` or `sentry_app`.
    pub target_kind: String,
    pub target_id: String,
    pub target_label: String,
    /// Empty: all.
    pub projects: Vec<ProjectId>,
    pub created_at: Timestamp,
}

const COLUMNS: &str =
    "id, organization_id, trigger_kind, service, integration_id, sentry_app_id, target_kind, target_id,
    target_label, created_at";

fn read(row: &AnyRow) -> Result<NotificationAction, Error> {
    Ok(NotificationAction {
        id: NotificationActionId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        trigger: row.text("trigger_kind")?,
        service: row.text("service")?,
        integration: row.optional_int("integration_id")?,
        sentry_app: row.optional_int("sentry_app_id")?,
        target_kind: row.text("target_kind")?,
        target_id: row.text("target_id")?,
        target_label: row.text("target_label")?,
        projects: Vec::new(),
        created_at: row.time("created_at")?,
    })
}

/// All of an organization, oldest first.
pub async fn list(db: &mut Connection, organization: OrganizationId) -> Result<Vec<NotificationAction>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM notification_actions WHERE organization_id = $1 ORDER BY id"
    ));
    let mut actions = sqlx::query(sql).bind(organization.0).list(db, read).await?;
    let sql = "SELECT p.action_id, p.project_id FROM notification_action_projects p
        JOIN notification_actions a ON a.id = p.action_id WHERE a.organization_id = $1 ORDER BY p.project_id";
    let pair = |row: &AnyRow| Ok((row.int("action_id")?, ProjectId(row.int("project_id")?)));
    let mut projects: HashMap<i64, Vec<ProjectId>> = HashMap::new();
    for (action, project) in sqlx::query(sql).bind(organization.0).list(db, pair).await? {
        projects.entry(action).or_default().push(project);
    }
    for action in &mut actions {
        action.projects = projects.remove(&action.id.0).unwrap_or_default();
    }
    Ok(actions)
}

pub async fn create(db: &mut Connection, action: &NotificationAction) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO notification_actions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ));
    bound(sqlx::query(sql).bind(action.id.0).bind(action.organization.0), action)
        .bind(action.created_at.0)
        .run(db)
        .await?;
    set_projects(db, action).await
}

/// Returns `false` if it is gone.
pub async fn update(db: &mut Connection, action: &NotificationAction) -> Result<bool, Error> {
    let sql =
        "UPDATE notification_actions SET trigger_kind = $3, service = $4, integration_id = $5, sentry_app_id = $6,
            target_kind = $7, target_id = $8, target_label = $9 WHERE id = $1 AND organization_id = $2";
    let changed = bound(sqlx::query(sql).bind(action.id.0).bind(action.organization.0), action)
        .run(db)
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM notification_action_projects WHERE action_id = $1")
        .bind(action.id.0)
        .run(db)
        .await?;
    set_projects(db, action).await?;
    Ok(true)
}

/// With what a row holds beside its ids and when it was made.
fn bound<'q>(query: crate::row::Bound<'q>, action: &NotificationAction) -> crate::row::Bound<'q> {
    query
        .bind(clean(&action.trigger))
        .bind(clean(&action.service))
        .bind(action.integration)
        .bind(action.sentry_app)
        .bind(clean(&action.target_kind))
        .bind(clean(&action.target_id))
        .bind(clean(&action.target_label))
}

async fn set_projects(db: &mut Connection, action: &NotificationAction) -> Result<(), Error> {
    for projects in action.projects.chunks(500) {
        let mut sql = Sql::new("INSERT INTO notification_action_projects (action_id, project_id) VALUES ");
        for (index, project) in projects.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            sql.int(action.id.0).push(", ").int(project.0).push(")");
        }
        sql.query_once().run(db).await?;
    }
    Ok(())
}

/// Returns `false` if it is gone.
pub async fn delete(
    db: &mut Connection,
    organization: OrganizationId,
    id: NotificationActionId,
) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM notification_actions WHERE id = $1 AND organization_id = $2")
        .bind(id.0)
        .bind(organization.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}
