//! What people did to organizations, their members and their settings; rows are never changed.

use model::{AuditEntryId, OrganizationId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    /// None for what concerns the installation.
    pub organization: Option<OrganizationId>,
    /// `user`, `token` or `command`.
    pub actor_kind: String,
    pub actor_id: i64,
    /// The actor's name then.
    pub actor_label: String,
    /// Empty where it is not known.
    pub ip: String,
    pub channel: String,
    pub action: String,
    pub target_kind: String,
    pub target_id: i64,
    pub target_label: String,
    /// The fields that were changed, as they were.
    pub before: serde_json::Map<String, serde_json::Value>,
    pub after: serde_json::Map<String, serde_json::Value>,
    pub created_at: Timestamp,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub actor: Option<i64>,
    pub action: Option<String>,
    /// What was done to one thing: its kind and id.
    pub target: Option<(&'static str, i64)>,
    pub since: Option<Timestamp>,
    /// The first moment that is not asked for.
    pub until: Option<Timestamp>,
}

const COLUMNS: &str = "id, organization_id, actor_kind, actor_id, actor_label, ip, channel, action, target_kind,
    target_id, target_label, before_value, after_value, created_at";

fn read(row: &AnyRow) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        id: AuditEntryId(row.int("id")?),
        organization: row.optional_int("organization_id")?.map(OrganizationId),
        actor_kind: row.text("actor_kind")?,
        actor_id: row.int("actor_id")?,
        actor_label: row.text("actor_label")?,
        ip: row.text("ip")?,
        channel: row.text("channel")?,
        action: row.text("action")?,
        target_kind: row.text("target_kind")?,
        target_id: row.int("target_id")?,
        target_label: row.text("target_label")?,
        before: row.json("before_value")?,
        after: row.json("after_value")?,
        created_at: row.time("created_at")?,
    })
}

pub async fn add(db: &mut Connection, entry: &AuditEntry) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO audit_entries ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    ));
    sqlx::query(sql)
        .bind(entry.id.0)
        .bind(entry.organization.map(|organization| organization.0))
        .bind(&entry.actor_kind)
        .bind(entry.actor_id)
        .bind(clean(&entry.actor_label))
        .bind(&entry.ip)
        .bind(&entry.channel)
        .bind(&entry.action)
        .bind(&entry.target_kind)
        .bind(entry.target_id)
        .bind(clean(&entry.target_label))
        .bind(serde_json::to_string(&entry.before)?)
        .bind(serde_json::to_string(&entry.after)?)
        .bind(entry.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The entries of an organization, newest first.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &AuditFilter,
    page: IdPage,
) -> Result<Vec<AuditEntry>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM audit_entries WHERE organization_id = "));
    sql.int(organization.0);
    if let Some(actor) = filter.actor {
        sql.push(" AND actor_id = ").int(actor);
    }
    if let Some(action) = &filter.action {
        sql.push(" AND action = ").text(action);
    }
    if let Some((kind, id)) = filter.target {
        sql.push(" AND target_kind = ").text(kind);
        sql.push(" AND target_id = ").int(id);
    }
    if let Some(since) = filter.since {
        sql.push(" AND created_at >= ").int(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(" AND created_at < ").int(until.0);
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Those that concern no organization, newest first.
pub async fn list_of_installation(db: &mut Connection, page: IdPage) -> Result<Vec<AuditEntry>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM audit_entries WHERE organization_id IS NULL"
    ));
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}
