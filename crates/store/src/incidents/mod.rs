//! Incidents: times in which a metric alert rule was beyond a threshold, with what happened in them and who follows.

mod activities;

pub use activities::{
    ActivityKind, IncidentActivity, activities, add_activity, change_comment, delete_activity, find_activity,
    set_subscribed, subscribers,
};

use std::collections::HashMap;

use model::{IncidentId, MetricAlertId, OrganizationId, ProjectId, Timestamp};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub organization: OrganizationId,
    /// Counted from 1 in the organization.
    pub identifier: i64,
    /// It may be gone.
    pub alert: MetricAlertId,
    /// By id.
    pub projects: Vec<ProjectId>,
    pub title: String,
    /// As it was when the incident began.
    pub rule: Map<String, Value>,
    pub status: IncidentStatus,
    pub method: StatusMethod,
    /// When the window began that crossed the threshold.
    pub started_at: Timestamp,
    pub detected_at: Timestamp,
    pub closed_at: Option<Timestamp>,
}

macro_rules! numbered {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $number:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type { $($variant = $number),* }

        impl $type {
            pub fn number(self) -> i64 {
                self as i64
            }

            pub fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use numbered;

numbered! {
    /// Stored and shown by number.
    IncidentStatus { Open = 1, Closed = 2, Warning = 10, Critical = 20 }
}

numbered! {
    /// What gave it its status. Stored and shown by number.
    StatusMethod { Manual = 1, RuleUpdated = 2, RuleTriggered = 3 }
}

/// Which incidents of an organization.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IncidentFilter {
    /// One of these; any when `None`.
    pub projects: Option<Vec<ProjectId>>,
    pub is_open: Option<bool>,
    pub alert: Option<MetricAlertId>,
    /// Those that were open at some time in it.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// What the title holds, in any case.
    pub title: Option<String>,
}

const COLUMNS: &str = "i.id, i.organization_id, i.identifier, i.metric_alert_id, i.title, i.rule, i.status,
    i.status_method, i.started_at, i.detected_at, i.closed_at";

fn read(row: &AnyRow) -> Result<Incident, Error> {
    Ok(Incident {
        id: IncidentId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        identifier: row.int("identifier")?,
        alert: MetricAlertId(row.int("metric_alert_id")?),
        projects: Vec::new(),
        title: row.text("title")?,
        rule: row.json("rule")?,
        status: row.number("status", IncidentStatus::from_number)?,
        method: row.number("status_method", StatusMethod::from_number)?,
        started_at: row.time("started_at")?,
        detected_at: row.time("detected_at")?,
        closed_at: row.optional_time("closed_at")?,
    })
}

/// A page of them, the newest first.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IncidentFilter,
    page: IdPage,
) -> Result<Vec<Incident>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM incidents i WHERE i.organization_id = "));
    sql.int(organization.0);
    if let Some(projects) = &filter.projects {
        sql.push(" AND EXISTS (SELECT 1 FROM incident_projects p WHERE p.incident_id = i.id AND p.project_id IN ")
            .plain_ints(projects.iter().map(|project| project.0))
            .push(")");
    }
    match filter.is_open {
        Some(true) => sql.push(" AND i.closed_at IS NULL"),
        Some(false) => sql.push(" AND i.closed_at IS NOT NULL"),
        None => &mut sql,
    };
    if let Some(alert) = filter.alert {
        sql.push(" AND i.metric_alert_id = ").int(alert.0);
    }
    if let Some(since) = filter.since {
        sql.push(" AND (i.closed_at IS NULL OR i.closed_at >= ")
            .int(since.0)
            .push(")");
    }
    if let Some(until) = filter.until {
        sql.push(" AND i.started_at < ").int(until.0);
    }
    if let Some(title) = &filter.title {
        sql.push(" AND LOWER(i.title) LIKE ")
            .text(&format!("%{}%", crate::sql::like(title)))
            .push(" ESCAPE '\\'");
    }
    page.add_to(&mut sql);
    let found = page.sorted(sql.query_once().list(db, read).await?);
    with_projects(db, found).await
}

/// By its number in the organization.
pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    identifier: i64,
) -> Result<Option<Incident>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM incidents i WHERE i.organization_id = $1 AND i.identifier = $2"
    ));
    let found = sqlx::query(sql)
        .bind(organization.0)
        .bind(identifier)
        .find(db, read)
        .await?;
    Ok(with_projects(db, found.into_iter().collect()).await?.pop())
}

/// The one of a rule that is open.
pub async fn find_open(db: &mut Connection, alert: MetricAlertId) -> Result<Option<Incident>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM incidents i WHERE i.metric_alert_id = $1 AND i.closed_at IS NULL"
    ));
    let found = sqlx::query(sql).bind(alert.0).find(db, read).await?;
    Ok(with_projects(db, found.into_iter().collect()).await?.pop())
}

/// The newest of each of these rules, where there is one.
pub async fn latest(
    db: &mut Connection,
    organization: OrganizationId,
    alerts: &[MetricAlertId],
) -> Result<HashMap<MetricAlertId, Incident>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM incidents i WHERE i.id IN
            (SELECT MAX(n.id) FROM incidents n WHERE n.organization_id = "
    ));
    sql.int(organization.0).push(" AND n.metric_alert_id IN ");
    sql.plain_ints(alerts.iter().map(|alert| alert.0))
        .push(" GROUP BY n.metric_alert_id)");
    let found = sql.query_once().list(db, read).await?;
    let found = with_projects(db, found).await?;
    Ok(found.into_iter().map(|incident| (incident.alert, incident)).collect())
}

async fn with_projects(db: &mut Connection, mut incidents: Vec<Incident>) -> Result<Vec<Incident>, Error> {
    let mut projects: HashMap<IncidentId, Vec<ProjectId>> = HashMap::new();
    for some in incidents.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT incident_id, project_id FROM incident_projects WHERE incident_id IN ");
        sql.ints(some.iter().map(|incident| incident.id.0))
            .push(" ORDER BY project_id");
        let rows = sql
            .query()
            .list(db, |row| {
                Ok((IncidentId(row.int("incident_id")?), ProjectId(row.int("project_id")?)))
            })
            .await?;
        for (incident, project) in rows {
            projects.entry(incident).or_default().push(project);
        }
    }
    for incident in &mut incidents {
        incident.projects = projects.remove(&incident.id).unwrap_or_default();
    }
    Ok(incidents)
}

/// The number that the next one of the organization has.
pub async fn next_identifier(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(identifier), 0) + 1 AS next FROM incidents WHERE organization_id = $1";
    let next = sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("next"))
        .await?;
    Ok(next.unwrap_or(1))
}

pub async fn create(db: &mut Connection, incident: &Incident) -> Result<(), Error> {
    let sql = "INSERT INTO incidents (id, organization_id, identifier, metric_alert_id, title, rule, status,
            status_method, started_at, detected_at, closed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    sqlx::query(sql)
        .bind(incident.id.0)
        .bind(incident.organization.0)
        .bind(incident.identifier)
        .bind(incident.alert.0)
        .bind(clean(&incident.title))
        .bind(serde_json::to_string(&incident.rule)?)
        .bind(incident.status.number())
        .bind(incident.method.number())
        .bind(incident.started_at.0)
        .bind(incident.detected_at.0)
        .bind(incident.closed_at.map(|at| at.0))
        .run(db)
        .await?;
    for project in &incident.projects {
        sqlx::query("INSERT INTO incident_projects (incident_id, project_id) VALUES ($1, $2)")
            .bind(incident.id.0)
            .bind(project.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// Gives it another status. Returns `false` if it has not the status any more that `before` says.
pub async fn set_status(
    db: &mut Connection,
    before: &Incident,
    status: IncidentStatus,
    method: StatusMethod,
    closed_at: Option<Timestamp>,
) -> Result<bool, Error> {
    let sql = "UPDATE incidents SET status = $3, status_method = $4, closed_at = $5 WHERE id = $1 AND status = $2";
    let written = sqlx::query(sql)
        .bind(before.id.0)
        .bind(before.status.number())
        .bind(status.number())
        .bind(method.number())
        .bind(closed_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(written == 1)
}
