//! Metric alert rules: what they are, what they remember, and who is not told by them for a while.

mod snoozes;
mod watch;

pub use snoozes::{MetricSnooze, delete_expired_snoozes, delete_snooze, set_snooze, snoozes};
pub use watch::{add_gap, delete_gaps_before, gaps, set_watched_until, watched_until};

use std::collections::HashMap;

use model::{Assignee, MetricAlertId, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

#[derive(Debug, Clone, PartialEq)]
pub struct MetricAlert {
    pub id: MetricAlertId,
    pub organization: OrganizationId,
    /// By id.
    pub projects: Vec<ProjectId>,
    pub name: String,
    /// What is measured, thresholds, actions.
    pub rule: Map<String, Value>,
    pub is_enabled: bool,
    pub owner: Option<Assignee>,
    /// Rises with every change.
    pub revision: i64,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub progress: Progress,
}

/// How far a rule was evaluated, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Behind the last minute.
    pub evaluated_until: Timestamp,
    /// What is remembered from minute to minute.
    pub state: Value,
    pub last_value: Option<f64>,
    /// Why nothing was measured; else empty.
    pub problem: String,
    /// No incident opens before.
    pub opens_after: Timestamp,
}

const COLUMNS: &str = "a.id, a.organization_id, a.name, a.rule, a.is_enabled, a.owner_user_id, a.owner_team_id,
    a.revision, a.created_by, a.created_at, a.changed_at, a.evaluated_until, a.state, a.last_value, a.problem,
    a.opens_after";

fn read(row: &AnyRow) -> Result<MetricAlert, Error> {
    read_with(row, row.json("rule")?, row.json("state")?)
}

fn read_with(row: &AnyRow, rule: Map<String, Value>, state: Value) -> Result<MetricAlert, Error> {
    let user = row.optional_int("owner_user_id")?.map(|id| Assignee::User(UserId(id)));
    let team = row.optional_int("owner_team_id")?.map(|id| Assignee::Team(TeamId(id)));
    Ok(MetricAlert {
        id: MetricAlertId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        projects: Vec::new(),
        name: row.text("name")?,
        rule,
        is_enabled: row.flag("is_enabled")?,
        owner: user.or(team),
        revision: row.int("revision")?,
        created_by: row.optional_int("created_by")?.map(UserId),
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
        progress: Progress {
            evaluated_until: row.time("evaluated_until")?,
            state,
            last_value: number(row, "last_value")?,
            problem: row.text("problem")?,
            opens_after: row.time("opens_after")?,
        },
    })
}

/// One that is corrupt is found out about when it is evaluated, and holds up none of the others.
fn read_to_evaluate(row: &AnyRow) -> Result<MetricAlert, Error> {
    let rule = serde_json::from_str(&row.text("rule")?).unwrap_or_default();
    let state = serde_json::from_str(&row.text("state")?).unwrap_or_default();
    read_with(row, rule, state)
}

/// A number that is kept as text, which has the same digits in every database.
pub(crate) fn number(row: &AnyRow, column: &str) -> Result<Option<f64>, Error> {
    let text = row.optional_text(column)?;
    let number = text.map(|text| {
        text.parse()
            .map_err(|_| Error::Corrupt(format!("column {column} holds {text:?}")))
    });
    number.transpose()
}

/// Those of an organization that are about one of these projects, of all its projects where none is named; the oldest
/// first.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    projects: &[ProjectId],
) -> Result<Vec<MetricAlert>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM metric_alerts a WHERE a.organization_id = "
    ));
    sql.int(organization.0);
    if !projects.is_empty() {
        sql.push(
            " AND EXISTS (SELECT 1 FROM metric_alert_projects p WHERE p.metric_alert_id = a.id AND p.project_id IN ",
        )
        .plain_ints(projects.iter().map(|project| project.0))
        .push(")");
    }
    sql.push(" ORDER BY a.id");
    let found = sql.query_once().list(db, read).await?;
    with_projects(db, found).await
}

/// Enabled rules of all organizations that were not evaluated up to then, those first that wait longest; with them those
/// that a clock was ahead for, which has stepped back to before `ahead`.
pub async fn list_due(
    db: &mut Connection,
    until: Timestamp,
    ahead: Timestamp,
    limit: i64,
) -> Result<Vec<MetricAlert>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM metric_alerts a JOIN organizations o ON o.id = a.organization_id
         WHERE a.is_enabled = 1 AND (a.evaluated_until < $1 OR a.evaluated_until > $3) AND o.delete_at IS NULL
         ORDER BY a.evaluated_until, a.id LIMIT $2"
    ));
    let found = sqlx::query(sql)
        .bind(until.0)
        .bind(limit)
        .bind(ahead.0)
        .list(db, read_to_evaluate)
        .await?;
    with_projects(db, found).await
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: MetricAlertId,
) -> Result<Option<MetricAlert>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM metric_alerts a WHERE a.organization_id = $1 AND a.id = $2"
    ));
    let found = sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await?;
    Ok(with_projects(db, found.into_iter().collect()).await?.pop())
}

pub async fn count(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS rules FROM metric_alerts WHERE organization_id = $1";
    let count = sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("rules"))
        .await?;
    Ok(count.unwrap_or(0))
}

async fn with_projects(db: &mut Connection, mut alerts: Vec<MetricAlert>) -> Result<Vec<MetricAlert>, Error> {
    let mut projects: HashMap<MetricAlertId, Vec<ProjectId>> = HashMap::new();
    for some in alerts.chunks(VALUES_A_STATEMENT) {
        // Those that are being deleted are gone already.
        let mut sql = Sql::new(
            "SELECT m.metric_alert_id, m.project_id FROM metric_alert_projects m JOIN projects p ON p.id = m.project_id
             WHERE p.deleting = 0 AND m.metric_alert_id IN ",
        );
        sql.ints(some.iter().map(|alert| alert.id.0))
            .push(" ORDER BY m.project_id");
        let rows = sql
            .query()
            .list(db, |row| {
                Ok((
                    MetricAlertId(row.int("metric_alert_id")?),
                    ProjectId(row.int("project_id")?),
                ))
            })
            .await?;
        for (alert, project) in rows {
            projects.entry(alert).or_default().push(project);
        }
    }
    for alert in &mut alerts {
        alert.projects = projects.remove(&alert.id).unwrap_or_default();
    }
    Ok(alerts)
}

pub async fn create(db: &mut Connection, alert: &MetricAlert) -> Result<(), Error> {
    let sql = "INSERT INTO metric_alerts (id, organization_id, name, rule, is_enabled, owner_user_id, owner_team_id,
            revision, created_by, created_at, changed_at, evaluated_until, state, last_value, problem, opens_after)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    sqlx::query(sql)
        .bind(alert.id.0)
        .bind(alert.organization.0)
        .bind(clean(&alert.name))
        .bind(serde_json::to_string(&alert.rule)?)
        .bind(i64::from(alert.is_enabled))
        .bind(alert.owner.and_then(Assignee::user).map(|user| user.0))
        .bind(alert.owner.and_then(Assignee::team).map(|team| team.0))
        .bind(alert.revision)
        .bind(alert.created_by.map(|user| user.0))
        .bind(alert.created_at.0)
        .bind(alert.changed_at.0)
        .bind(alert.progress.evaluated_until.0)
        .bind(alert.progress.state.to_string())
        .bind(alert.progress.last_value.map(|value| value.to_string()))
        .bind(clean(&alert.progress.problem))
        .bind(alert.progress.opens_after.0)
        .run(db)
        .await?;
    add_projects(db, alert).await
}

async fn add_projects(db: &mut Connection, alert: &MetricAlert) -> Result<(), Error> {
    for project in &alert.projects {
        sqlx::query("INSERT INTO metric_alert_projects (metric_alert_id, project_id) VALUES ($1, $2)")
            .bind(alert.id.0)
            .bind(project.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// All that people change, and the progress. Returns `false` if somebody else has changed it meanwhile: its revision is
/// the one before.
pub async fn update(db: &mut Connection, alert: &MetricAlert) -> Result<bool, Error> {
    let sql = "UPDATE metric_alerts SET name = $3, rule = $4, is_enabled = $5, owner_user_id = $6, owner_team_id = $7,
            revision = $8, changed_at = $9, evaluated_until = $10, state = $11, last_value = $12, problem = $13,
            opens_after = $14
        WHERE organization_id = $1 AND id = $2 AND revision = $8 - 1";
    let written = sqlx::query(sql)
        .bind(alert.organization.0)
        .bind(alert.id.0)
        .bind(clean(&alert.name))
        .bind(serde_json::to_string(&alert.rule)?)
        .bind(i64::from(alert.is_enabled))
        .bind(alert.owner.and_then(Assignee::user).map(|user| user.0))
        .bind(alert.owner.and_then(Assignee::team).map(|team| team.0))
        .bind(alert.revision)
        .bind(alert.changed_at.0)
        .bind(alert.progress.evaluated_until.0)
        .bind(alert.progress.state.to_string())
        .bind(alert.progress.last_value.map(|value| value.to_string()))
        .bind(clean(&alert.progress.problem))
        .bind(alert.progress.opens_after.0)
        .run(db)
        .await?;
    if written == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM metric_alert_projects WHERE metric_alert_id = $1")
        .bind(alert.id.0)
        .run(db)
        .await?;
    add_projects(db, alert).await?;
    Ok(true)
}

/// Notes how far it was evaluated. Returns `false`, and writes nothing, if it was evaluated or changed meanwhile by
/// somebody else than the one who read `before`.
pub async fn set_progress(db: &mut Connection, before: &MetricAlert, progress: &Progress) -> Result<bool, Error> {
    let sql =
        "UPDATE metric_alerts SET evaluated_until = $4, state = $5, last_value = $6, problem = $7, opens_after = $8
        WHERE id = $1 AND revision = $2 AND evaluated_until = $3 AND opens_after = $9 AND is_enabled = 1";
    let written = sqlx::query(sql)
        .bind(before.id.0)
        .bind(before.revision)
        .bind(before.progress.evaluated_until.0)
        .bind(progress.evaluated_until.0)
        .bind(progress.state.to_string())
        .bind(progress.last_value.map(|value| value.to_string()))
        .bind(clean(&progress.problem))
        .bind(progress.opens_after.0)
        .bind(before.progress.opens_after.0)
        .run(db)
        .await?;
    Ok(written == 1)
}

/// Lets a rule begin anew after somebody has closed its incident. An evaluation that began before does not write over it:
/// it knows another time to open.
pub async fn set_state(
    db: &mut Connection,
    id: MetricAlertId,
    state: &Value,
    opens_after: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE metric_alerts SET state = $2, opens_after = $3 WHERE id = $1";
    sqlx::query(sql)
        .bind(id.0)
        .bind(state.to_string())
        .bind(opens_after.0)
        .run(db)
        .await?;
    Ok(())
}

/// Returns `false` if the organization has no such rule.
pub async fn delete(db: &mut Connection, organization: OrganizationId, id: MetricAlertId) -> Result<bool, Error> {
    let sql = "DELETE FROM metric_alerts WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}

/// Removes rules and incidents whose last project is gone.
pub async fn delete_without_projects(db: &mut Connection) -> Result<(), Error> {
    for sql in [
        "DELETE FROM metric_alerts WHERE NOT EXISTS
            (SELECT 1 FROM metric_alert_projects p WHERE p.metric_alert_id = metric_alerts.id)",
        "DELETE FROM incidents WHERE NOT EXISTS
            (SELECT 1 FROM incident_projects p WHERE p.incident_id = incidents.id)",
    ] {
        sqlx::query(sql).run(db).await?;
    }
    Ok(())
}
