//! Issue alert rules of projects, who is not told by them for a while, and when none of them fires.

mod history;
mod replay;
mod snoozes;
mod windows;

pub use history::{ActionHealth, fired_by_hour, health};
pub use replay::{IssueChange, changes, first_seen_in_environments};
pub use snoozes::{Snooze, delete_expired_snoozes, delete_snooze, set_snooze, snoozes};
pub use windows::{MaintenanceWindow, add_window, delete_past_windows, delete_window, windows};

use model::{AlertRuleId, Assignee, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    pub id: AlertRuleId,
    pub project: ProjectId,
    pub name: String,
    /// As the API takes it: conditions, filters, actions, and how they are joined.
    pub definition: Map<String, Value>,
    /// Of the definition.
    pub digest: String,
    /// It asks for counts.
    pub is_slow: bool,
    pub is_enabled: bool,
    pub owner: Option<Assignee>,
    /// Rises with every change.
    pub revision: i64,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

const COLUMNS: &str = "r.id, r.project_id, r.name, r.definition, r.digest, r.is_slow, r.is_enabled, r.owner_user_id,
    r.owner_team_id, r.revision, r.created_by, r.created_at, r.changed_at";

fn read(row: &AnyRow) -> Result<AlertRule, Error> {
    let user = row.optional_int("owner_user_id")?.map(|id| Assignee::User(UserId(id)));
    let team = row.optional_int("owner_team_id")?.map(|id| Assignee::Team(TeamId(id)));
    Ok(AlertRule {
        id: AlertRuleId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        name: row.text("name")?,
        definition: row.json("definition")?,
        digest: row.text("digest")?,
        is_slow: row.flag("is_slow")?,
        is_enabled: row.flag("is_enabled")?,
        owner: user.or(team),
        revision: row.int("revision")?,
        created_by: row.optional_int("created_by")?.map(UserId),
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
    })
}

/// Those of a project, the oldest first.
pub async fn list(db: &mut Connection, project: ProjectId) -> Result<Vec<AlertRule>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM alert_rules r WHERE r.project_id = $1 ORDER BY r.id"
    ));
    sqlx::query(sql).bind(project.0).list(db, read).await
}

/// Those of these projects of an organization, of all its projects where none is named; the oldest first.
pub async fn list_of_organization(
    db: &mut Connection,
    organization: OrganizationId,
    projects: &[ProjectId],
) -> Result<Vec<AlertRule>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM alert_rules r JOIN projects p ON p.id = r.project_id
         WHERE p.deleting = 0 AND p.organization_id = "
    ));
    sql.int(organization.0);
    if !projects.is_empty() {
        sql.push(" AND r.project_id IN ")
            .plain_ints(projects.iter().map(|project| project.0));
    }
    sql.push(" ORDER BY r.id");
    sql.query_once().list(db, read).await
}

pub async fn find(db: &mut Connection, project: ProjectId, id: AlertRuleId) -> Result<Option<AlertRule>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM alert_rules r WHERE r.project_id = $1 AND r.id = $2"
    ));
    sqlx::query(sql).bind(project.0).bind(id.0).find(db, read).await
}

/// Whichever project of the organization it belongs to.
pub async fn find_in_organization(
    db: &mut Connection,
    organization: OrganizationId,
    id: AlertRuleId,
) -> Result<Option<AlertRule>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM alert_rules r JOIN projects p ON p.id = r.project_id
         WHERE p.deleting = 0 AND p.organization_id = $1 AND r.id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

/// The rule of a project that does the same.
pub async fn find_by_digest(db: &mut Connection, project: ProjectId, digest: &str) -> Result<Option<AlertRule>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM alert_rules r WHERE r.project_id = $1 AND r.digest = $2"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(digest.to_owned())
        .find(db, read)
        .await
}

/// How many of a project ask for counts, or do not.
pub async fn count(db: &mut Connection, project: ProjectId, is_slow: bool) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS rules FROM alert_rules WHERE project_id = $1 AND is_slow = $2";
    let found = sqlx::query(sql)
        .bind(project.0)
        .bind(i64::from(is_slow))
        .find(db, |row| row.int("rules"))
        .await?;
    Ok(found.unwrap_or(0))
}

/// Fails with a conflict if a rule of the project does the same.
pub async fn create(db: &mut Connection, rule: &AlertRule) -> Result<(), Error> {
    let sql = "INSERT INTO alert_rules (id, project_id, name, definition, digest, is_slow, is_enabled, owner_user_id,
        owner_team_id, revision, created_by, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    sqlx::query(sql)
        .bind(rule.id.0)
        .bind(rule.project.0)
        .bind(clean(&rule.name))
        .bind(clean(&serde_json::to_string(&rule.definition)?))
        .bind(rule.digest.clone())
        .bind(i64::from(rule.is_slow))
        .bind(i64::from(rule.is_enabled))
        .bind(rule.owner.and_then(Assignee::user).map(|id| id.0))
        .bind(rule.owner.and_then(Assignee::team).map(|id| id.0))
        .bind(rule.revision)
        .bind(rule.created_by.map(|id| id.0))
        .bind(rule.created_at.0)
        .bind(rule.changed_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Writes what can be changed, if the rule still is the one before this revision. Returns `false` if it is not. Fails with
/// a conflict if another rule of the project does the same.
pub async fn update(db: &mut Connection, rule: &AlertRule) -> Result<bool, Error> {
    let sql = "UPDATE alert_rules SET name = $4, definition = $5, digest = $6, is_slow = $7, is_enabled = $8,
        owner_user_id = $9, owner_team_id = $10, revision = $3, changed_at = $11
        WHERE project_id = $1 AND id = $2 AND revision = $3 - 1";
    let written = sqlx::query(sql)
        .bind(rule.project.0)
        .bind(rule.id.0)
        .bind(rule.revision)
        .bind(clean(&rule.name))
        .bind(clean(&serde_json::to_string(&rule.definition)?))
        .bind(rule.digest.clone())
        .bind(i64::from(rule.is_slow))
        .bind(i64::from(rule.is_enabled))
        .bind(rule.owner.and_then(Assignee::user).map(|id| id.0))
        .bind(rule.owner.and_then(Assignee::team).map(|id| id.0))
        .bind(rule.changed_at.0)
        .run(db)
        .await?;
    Ok(written == 1)
}

/// Removes a rule with what it remembers of issues. What it did stays in the ledger.
pub async fn delete(db: &mut Connection, project: ProjectId, id: AlertRuleId) -> Result<bool, Error> {
    let sql = "DELETE FROM alert_rules WHERE project_id = $1 AND id = $2";
    let deleted = sqlx::query(sql).bind(project.0).bind(id.0).run(db).await? == 1;
    if deleted {
        sqlx::query("DELETE FROM alert_rule_issues WHERE rule_id = $1")
            .bind(id.0)
            .run(db)
            .await?;
    }
    Ok(deleted)
}
