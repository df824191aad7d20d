//! Weekly reports: the numbers of a week, and who got them.

use std::collections::BTreeMap;

use model::{IssueId, Level, NotificationId, OrganizationId, Priority, ProjectId, Timestamp, UserId};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// A week of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyReport {
    pub organization: OrganizationId,
    /// Inclusive.
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    pub numbers: Value,
    pub created_at: Timestamp,
    /// When everybody who gets it had been thought of.
    pub told_at: Option<Timestamp>,
}

const COLUMNS: &str = "organization_id, starts_at, ends_at, numbers, created_at, told_at";

fn read(row: &AnyRow) -> Result<WeeklyReport, Error> {
    Ok(WeeklyReport {
        organization: OrganizationId(row.int("organization_id")?),
        starts_at: row.time("starts_at")?,
        ends_at: row.time("ends_at")?,
        numbers: row.json("numbers")?,
        created_at: row.time("created_at")?,
        told_at: row.optional_time("told_at")?,
    })
}

/// `false` when the week is there.
pub async fn add(db: &mut Connection, new: &WeeklyReport) -> Result<bool, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO weekly_reports ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (organization_id, starts_at) DO NOTHING"
    ));
    let added = sqlx::query(sql)
        .bind(new.organization.0)
        .bind(new.starts_at.0)
        .bind(new.ends_at.0)
        .bind(clean(&serde_json::to_string(&new.numbers)?))
        .bind(new.created_at.0)
        .bind(new.told_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(added == 1)
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    starts_at: Timestamp,
) -> Result<Option<WeeklyReport>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM weekly_reports WHERE organization_id = $1 AND starts_at = $2"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(starts_at.0)
        .find(db, read)
        .await
}

/// The last week that was found, without its numbers: when it began and ended, and when everybody had been told.
pub async fn last(
    db: &mut Connection,
    organization: OrganizationId,
) -> Result<Option<(Timestamp, Timestamp, Option<Timestamp>)>, Error> {
    let sql = "SELECT starts_at, ends_at, told_at FROM weekly_reports WHERE organization_id = $1
        ORDER BY starts_at DESC LIMIT 1";
    sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| {
            Ok((
                row.time("starts_at")?,
                row.time("ends_at")?,
                row.optional_time("told_at")?,
            ))
        })
        .await
}

pub async fn set_told(
    db: &mut Connection,
    organization: OrganizationId,
    starts_at: Timestamp,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE weekly_reports SET told_at = $3 WHERE organization_id = $1 AND starts_at = $2")
        .bind(organization.0)
        .bind(starts_at.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Notes that a week goes to a receiver. `false`: it did before.
pub async fn add_receiver(
    db: &mut Connection,
    organization: OrganizationId,
    starts_at: Timestamp,
    receiver: &str,
    notification: NotificationId,
) -> Result<bool, Error> {
    let sql = "INSERT INTO weekly_report_receivers (organization_id, starts_at, receiver, notification_id)
        VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, starts_at, receiver) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(organization.0)
        .bind(starts_at.0)
        .bind(clean(receiver))
        .bind(notification.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// Who got a week already.
pub async fn receivers(
    db: &mut Connection,
    organization: OrganizationId,
    starts_at: Timestamp,
) -> Result<Vec<String>, Error> {
    let sql = "SELECT receiver FROM weekly_report_receivers WHERE organization_id = $1 AND starts_at = $2
        ORDER BY receiver";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(starts_at.0)
        .list(db, |row| row.text("receiver"))
        .await
}

/// Removes the numbers and receivers of weeks from before `before`.
pub async fn delete_before(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    let receivers = sqlx::query("DELETE FROM weekly_report_receivers WHERE starts_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    let weeks = sqlx::query("DELETE FROM weekly_reports WHERE starts_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(receivers + weeks)
}

/// How many issues of a project there are of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IssueCounts {
    /// First seen in the week, and those of them that are fatal.
    pub new: i64,
    pub critical: i64,
    /// Open now: of high priority, and without an assignee.
    pub high_priority: i64,
    pub unassigned: i64,
}

/// The issues of each project: those of a week, and those that are open now.
pub async fn issue_counts(
    db: &mut Connection,
    organization: OrganizationId,
    (from, until): (Timestamp, Timestamp),
) -> Result<BTreeMap<ProjectId, IssueCounts>, Error> {
    let mut sql = Sql::new("SELECT i.project_id");
    let is_new = |sql: &mut Sql| {
        sql.push("i.first_seen >= ").int(from.0);
        sql.push(" AND i.first_seen < ").int(until.0);
    };
    sql.push(", CAST(SUM(CASE WHEN ");
    is_new(&mut sql);
    sql.push(" THEN 1 ELSE 0 END) AS BIGINT) AS new_issues, CAST(SUM(CASE WHEN ");
    is_new(&mut sql);
    sql.push(" AND i.level = ").int(Level::Fatal.number());
    sql.push(" THEN 1 ELSE 0 END) AS BIGINT) AS critical, CAST(SUM(CASE WHEN i.status = 0 AND i.priority = ")
        .int(Priority::High.number());
    sql.push(
        " THEN 1 ELSE 0 END) AS BIGINT) AS high_priority,
        CAST(SUM(CASE WHEN i.status = 0 AND i.assignee_id IS NULL AND i.assignee_team_id IS NULL
            THEN 1 ELSE 0 END) AS BIGINT) AS unassigned
        FROM issues i JOIN projects p ON p.id = i.project_id WHERE p.organization_id = ",
    )
    .int(organization.0)
    .push(" AND i.deleting = 0 GROUP BY i.project_id");
    let read = |row: &AnyRow| {
        let counts = IssueCounts {
            new: row.int("new_issues")?,
            critical: row.int("critical")?,
            high_priority: row.int("high_priority")?,
            unassigned: row.int("unassigned")?,
        };
        Ok((ProjectId(row.int("project_id")?), counts))
    };
    Ok(sql.query().list(db, read).await?.into_iter().collect())
}

/// Of these issues those that were first seen in a week.
pub async fn new_among(
    db: &mut Connection,
    project: ProjectId,
    issues: &[IssueId],
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<IssueId>, Error> {
    let mut found = Vec::new();
    for some in issues.chunks(500) {
        let mut sql = Sql::new("SELECT id FROM issues WHERE project_id = ");
        sql.int(project.0)
            .push(" AND deleting = 0 AND first_seen >= ")
            .int(from.0);
        sql.push(" AND first_seen < ").int(until.0).push(" AND id IN ");
        sql.ints(some.iter().map(|id| id.0));
        found.extend(sql.query_once().list(db, |row| Ok(IssueId(row.int("id")?))).await?);
    }
    Ok(found)
}

/// That somebody, or Tocsin itself, did one of some things to issues of a project: each issue once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub project: ProjectId,
    pub issue: IssueId,
    /// `None`: Tocsin itself.
    pub user: Option<UserId>,
}

/// What was done within a week, by kinds of activities.
pub async fn done(
    db: &mut Connection,
    organization: OrganizationId,
    kinds: &[model::ActivityKind],
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Done>, Error> {
    let mut sql = Sql::new(
        "SELECT DISTINCT a.project_id, a.issue_id, a.user_id FROM issue_activities a JOIN issues i ON i.id = a.issue_id
        WHERE i.deleting = 0 AND a.organization_id = ",
    );
    sql.int(organization.0).push(" AND a.created_at >= ").int(from.0);
    sql.push(" AND a.created_at < ").int(until.0).push(" AND a.kind IN ");
    sql.ints(kinds.iter().map(|kind| kind.number()));
    sql.push(" ORDER BY a.project_id, a.issue_id, a.user_id");
    let read = |row: &AnyRow| {
        Ok(Done {
            project: ProjectId(row.int("project_id")?),
            issue: IssueId(row.int("issue_id")?),
            user: row.optional_int("user_id")?.map(UserId),
        })
    };
    sql.query().list(db, read).await
}

/// The projects that each active member sees in reports: those of their teams.
pub async fn projects_of_members(
    db: &mut Connection,
    organization: OrganizationId,
) -> Result<BTreeMap<UserId, Vec<ProjectId>>, Error> {
    let sql = "SELECT DISTINCT m.user_id, pt.project_id FROM members m JOIN users u ON u.id = m.user_id
        JOIN team_members tm ON tm.user_id = m.user_id JOIN teams t ON t.id = tm.team_id
        JOIN project_teams pt ON pt.team_id = t.id
        WHERE m.organization_id = $1 AND t.organization_id = $1 AND u.is_active = 1
        ORDER BY m.user_id, pt.project_id";
    let pairs = sqlx::query(sql)
        .bind(organization.0)
        .list(db, |row| {
            Ok((UserId(row.int("user_id")?), ProjectId(row.int("project_id")?)))
        })
        .await?;
    let mut of: BTreeMap<UserId, Vec<ProjectId>> = BTreeMap::new();
    for (user, project) in pairs {
        of.entry(user).or_default().push(project);
    }
    Ok(of)
}
