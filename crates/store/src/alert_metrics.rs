//! What alerts led to: rows for numbers about how they are answered and delivered.

use model::{
    ActivityKind, AlertRuleId, DeliveryId, DeliveryState, FiringId, IncidentId, IssueId, MetricAlertId, NotificationId,
    NotificationKind, OrganizationId, ProjectId, Timestamp, UserId,
};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// A firing of an issue alert rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    pub id: FiringId,
    pub rule: AlertRuleId,
    pub project: ProjectId,
    pub issue: IssueId,
    pub notification: NotificationId,
    /// When its event was received.
    pub at: Timestamp,
}

/// Which rows of an organization: of these projects, from `from` until before `until`.
#[derive(Debug, Clone, Copy)]
pub struct Period<'a> {
    pub organization: OrganizationId,
    /// `None`: of all.
    pub projects: Option<&'a [ProjectId]>,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Period<'_> {
    fn add_to(self, sql: &mut Sql, table: &str, time: &str) {
        sql.push(&format!(" {table}organization_id = "))
            .int(self.organization.0);
        sql.push(&format!(" AND {table}{time} >= ")).int(self.from.0);
        sql.push(&format!(" AND {table}{time} < ")).int(self.until.0);
        if let Some(projects) = self.projects {
            sql.push(&format!(" AND {table}project_id IN "))
                .ints(projects.iter().map(|id| id.0));
        }
    }
}

/// The oldest first, at most `limit`.
pub async fn firings(db: &mut Connection, period: Period<'_>, limit: i64) -> Result<Vec<Fired>, Error> {
    let mut sql =
        Sql::new("SELECT id, rule_id, project_id, issue_id, notification_id, received_at FROM alert_firings WHERE");
    period.add_to(&mut sql, "", "received_at");
    sql.push(" ORDER BY received_at, id LIMIT ").int(limit);
    let read = |row: &AnyRow| {
        Ok(Fired {
            id: FiringId(row.int("id")?),
            rule: AlertRuleId(row.int("rule_id")?),
            project: ProjectId(row.int("project_id")?),
            issue: IssueId(row.int("issue_id")?),
            notification: NotificationId(row.int("notification_id")?),
            at: row.time("received_at")?,
        })
    };
    sql.query_once().list(db, read).await
}

/// A notification that tells of an alert: of an incident, or of several alerts together.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: NotificationId,
    pub project: Option<ProjectId>,
    pub cause: Value,
    pub at: Timestamp,
}

/// The notifications of one kind, the oldest first, at most `limit`.
pub async fn notifications(
    db: &mut Connection,
    kind: NotificationKind,
    period: Period<'_>,
    limit: i64,
) -> Result<Vec<Told>, Error> {
    let mut sql = Sql::new("SELECT id, project_id, cause, created_at FROM notifications WHERE kind = ");
    sql.text(kind.name()).push(" AND");
    period.add_to(&mut sql, "", "created_at");
    sql.push(" ORDER BY id LIMIT ").int(limit);
    let read = |row: &AnyRow| {
        Ok(Told {
            id: NotificationId(row.int("id")?),
            project: row.optional_int("project_id")?.map(ProjectId),
            cause: row.json("cause")?,
            at: row.time("created_at")?,
        })
    };
    sql.query_once().list(db, read).await
}

/// What became of a message that tells of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    pub id: DeliveryId,
    pub notification: NotificationId,
    pub channel: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

/// The deliveries of these notifications.
pub async fn deliveries(db: &mut Connection, of: &[NotificationId]) -> Result<Vec<Delivered>, Error> {
    let mut found = Vec::new();
    for some in of.chunks(1_000) {
        let mut sql = Sql::new(
            "SELECT id, notification_id, channel, state, attempts, created_at, sent_at FROM deliveries
            WHERE notification_id IN ",
        );
        sql.ints(some.iter().map(|id| id.0)).push(" ORDER BY id");
        let read = |row: &AnyRow| {
            Ok(Delivered {
                id: DeliveryId(row.int("id")?),
                notification: NotificationId(row.int("notification_id")?),
                channel: row.text("channel")?,
                state: row.name("state", DeliveryState::from_name)?,
                attempts: row.int("attempts")?,
                created_at: row.time("created_at")?,
                sent_at: row.optional_time("sent_at")?,
            })
        };
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Something that was done to an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reaction {
    pub issue: IssueId,
    pub kind: ActivityKind,
    /// `None`: Tocsin itself.
    pub user: Option<UserId>,
    pub at: Timestamp,
}

/// What was done to these issues, of some kinds, since then: the oldest first for each of them.
pub async fn reactions(
    db: &mut Connection,
    issues: &[IssueId],
    kinds: &[ActivityKind],
    since: Timestamp,
) -> Result<Vec<Reaction>, Error> {
    let mut found = Vec::new();
    for some in issues.chunks(1_000) {
        let mut sql = Sql::new("SELECT issue_id, kind, user_id, created_at FROM issue_activities WHERE created_at >= ");
        sql.int(since.0).push(" AND kind IN ");
        sql.ints(kinds.iter().map(|kind| kind.number()));
        sql.push(" AND issue_id IN ").ints(some.iter().map(|id| id.0));
        sql.push(" ORDER BY issue_id, created_at, id");
        let read = |row: &AnyRow| {
            Ok(Reaction {
                issue: IssueId(row.int("issue_id")?),
                kind: row.number("kind", ActivityKind::from_number)?,
                user: row.optional_int("user_id")?.map(UserId),
                at: row.time("created_at")?,
            })
        };
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// An incident, and what people did about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnsweredIncident {
    pub id: IncidentId,
    pub rule: MetricAlertId,
    pub closed_at: Option<Timestamp>,
    /// When somebody first commented on it or closed it.
    pub answered_at: Option<Timestamp>,
}

pub async fn incidents(
    db: &mut Connection,
    organization: OrganizationId,
    ids: &[IncidentId],
) -> Result<Vec<AnsweredIncident>, Error> {
    let mut found = Vec::new();
    for some in ids.chunks(1_000) {
        let mut sql = Sql::new(
            "SELECT i.id, i.metric_alert_id, i.closed_at, (SELECT MIN(a.created_at) FROM incident_activities a
                WHERE a.incident_id = i.id AND a.user_id IS NOT NULL AND a.kind IN (2, 3)) AS answered_at
            FROM incidents i WHERE i.organization_id = ",
        );
        sql.int(organization.0).push(" AND i.id IN ");
        sql.ints(some.iter().map(|id| id.0)).push(" ORDER BY i.id");
        let read = |row: &AnyRow| {
            Ok(AnsweredIncident {
                id: IncidentId(row.int("id")?),
                rule: MetricAlertId(row.int("metric_alert_id")?),
                closed_at: row.optional_time("closed_at")?,
                answered_at: row.optional_time("answered_at")?,
            })
        };
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// That somebody said of a firing that there was nothing to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FalseAlarm {
    pub firing: FiringId,
    pub project: ProjectId,
    pub issue: IssueId,
    pub made_by: Option<UserId>,
    pub made_at: Timestamp,
}

/// `false` when somebody had said so.
pub async fn add_false_alarm(db: &mut Connection, new: &FalseAlarm) -> Result<bool, Error> {
    let sql = "INSERT INTO false_alarms (firing_id, project_id, issue_id, made_by, made_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (firing_id) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(new.firing.0)
        .bind(new.project.0)
        .bind(new.issue.0)
        .bind(new.made_by.map(|id| id.0))
        .bind(new.made_at.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// `false` when nobody had said so.
pub async fn delete_false_alarm(db: &mut Connection, project: ProjectId, firing: FiringId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM false_alarms WHERE project_id = $1 AND firing_id = $2")
        .bind(project.0)
        .bind(firing.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}

/// Those about these issues.
pub async fn false_alarms(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<FalseAlarm>, Error> {
    let mut found = Vec::new();
    for some in issues.chunks(1_000) {
        let mut sql =
            Sql::new("SELECT firing_id, project_id, issue_id, made_by, made_at FROM false_alarms WHERE issue_id IN ");
        sql.ints(some.iter().map(|id| id.0)).push(" ORDER BY firing_id");
        let read = |row: &AnyRow| {
            Ok(FalseAlarm {
                firing: FiringId(row.int("firing_id")?),
                project: ProjectId(row.int("project_id")?),
                issue: IssueId(row.int("issue_id")?),
                made_by: row.optional_int("made_by")?.map(UserId),
                made_at: row.time("made_at")?,
            })
        };
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// A firing of a project by its id.
pub async fn find_firing(
    db: &mut Connection,
    organization: OrganizationId,
    id: FiringId,
) -> Result<Option<(ProjectId, IssueId)>, Error> {
    sqlx::query("SELECT project_id, issue_id FROM alert_firings WHERE organization_id = $1 AND id = $2")
        .bind(organization.0)
        .bind(id.0)
        .find(db, |row| {
            Ok((ProjectId(row.int("project_id")?), IssueId(row.int("issue_id")?)))
        })
        .await
}

/// Removes what was said before `before`.
pub async fn delete_false_alarms_before(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM false_alarms WHERE made_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
