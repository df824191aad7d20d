//! When issue alert rules fired, and why they did not: the ledger of decisions.

use model::{AlertRuleId, EventId, FiringId, IssueId, NotificationId, OrganizationId, ProjectId, Timestamp};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// What a rule remembers of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleIssue {
    pub rule: AlertRuleId,
    pub issue: IssueId,
    /// When the event that made it fire was received.
    pub last_fired_at: Timestamp,
    pub times_fired: i64,
}

fn read_rule_issue(row: &AnyRow) -> Result<RuleIssue, Error> {
    Ok(RuleIssue {
        rule: AlertRuleId(row.int("rule_id")?),
        issue: IssueId(row.int("issue_id")?),
        last_fired_at: row.time("last_fired_at")?,
        times_fired: row.int("times_fired")?,
    })
}

/// What these rules remember of these issues.
pub async fn rule_issues(
    db: &mut Connection,
    rules: &[AlertRuleId],
    issues: &[IssueId],
) -> Result<Vec<RuleIssue>, Error> {
    let mut sql =
        Sql::new("SELECT rule_id, issue_id, last_fired_at, times_fired FROM alert_rule_issues WHERE issue_id IN ");
    sql.ints(issues.iter().map(|id| id.0))
        .push(" AND rule_id IN ")
        .ints(rules.iter().map(|id| id.0));
    sql.query_once().list(db, read_rule_issue).await
}

/// Notes that a rule fires for an issue, unless it did within `interval` microseconds of `at`, before or after: a clock
/// that was set back silences nobody for longer than that. `false`: it did, and does not fire now. Of several workers that
/// try one gets `true`.
pub async fn try_fire(
    db: &mut Connection,
    rule: AlertRuleId,
    issue: IssueId,
    at: Timestamp,
    interval: i64,
    sequence: i64,
) -> Result<bool, Error> {
    let sql = "INSERT INTO alert_rule_issues (rule_id, issue_id, last_fired_at, last_sequence, times_fired)
        VALUES ($1, $2, $3, $4, 1)
        ON CONFLICT (rule_id, issue_id) DO UPDATE SET last_fired_at = excluded.last_fired_at,
            last_sequence = excluded.last_sequence, times_fired = alert_rule_issues.times_fired + 1
        WHERE alert_rule_issues.last_fired_at <= $5 OR alert_rule_issues.last_fired_at >= $6";
    let written = sqlx::query(sql)
        .bind(rule.0)
        .bind(issue.0)
        .bind(at.0)
        .bind(sequence)
        .bind(at.0.saturating_sub(interval))
        .bind(at.0.saturating_add(interval))
        .run(db)
        .await?;
    Ok(written == 1)
}

/// That a rule fired for an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    pub id: FiringId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub rule: AlertRuleId,
    pub issue: IssueId,
    pub event: EventId,
    /// Of the event.
    pub sequence: i64,
    /// When the event was received.
    pub received_at: Timestamp,
    pub fired_at: Timestamp,
    pub notification: NotificationId,
    /// Each condition and filter with what it found.
    pub reasons: Value,
}

const FIRING: &str = "id, organization_id, project_id, rule_id, issue_id, event_id, sequence, received_at, fired_at,
    notification_id, reasons";

fn read_firing(row: &AnyRow) -> Result<Firing, Error> {
    Ok(Firing {
        id: FiringId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        rule: AlertRuleId(row.int("rule_id")?),
        issue: IssueId(row.int("issue_id")?),
        event: row.event_id("event_id")?,
        sequence: row.int("sequence")?,
        received_at: row.time("received_at")?,
        fired_at: row.time("fired_at")?,
        notification: NotificationId(row.int("notification_id")?),
        reasons: row.json("reasons")?,
    })
}

pub async fn add(db: &mut Connection, firing: &Firing) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO alert_firings ({FIRING}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ));
    sqlx::query(sql)
        .bind(firing.id.0)
        .bind(firing.organization.0)
        .bind(firing.project.0)
        .bind(firing.rule.0)
        .bind(firing.issue.0)
        .bind(firing.event.to_string())
        .bind(firing.sequence)
        .bind(firing.received_at.0)
        .bind(firing.fired_at.0)
        .bind(firing.notification.0)
        .bind(clean(&serde_json::to_string(&firing.reasons)?))
        .run(db)
        .await?;
    Ok(())
}

/// Which firings of a project are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct FiringFilter {
    pub rule: Option<AlertRuleId>,
    pub issue: Option<IssueId>,
    pub event: Option<EventId>,
    pub since: Option<Timestamp>,
    /// The first moment that is not asked for.
    pub until: Option<Timestamp>,
}

fn filtered(select: &str, project: ProjectId, filter: FiringFilter) -> Sql {
    let mut sql = Sql::new(format!("SELECT {select} FROM alert_firings WHERE project_id = "));
    sql.int(project.0);
    if let Some(rule) = filter.rule {
        sql.push(" AND rule_id = ").int(rule.0);
    }
    if let Some(issue) = filter.issue {
        sql.push(" AND issue_id = ").int(issue.0);
    }
    if let Some(event) = filter.event {
        sql.push(" AND event_id = ").text(&event.to_string());
    }
    if let Some(since) = filter.since {
        sql.push(" AND received_at >= ").int(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(" AND received_at < ").int(until.0);
    }
    sql
}

/// Newest first.
pub async fn list(
    db: &mut Connection,
    project: ProjectId,
    filter: FiringFilter,
    page: IdPage,
) -> Result<Vec<Firing>, Error> {
    let mut sql = filtered(FIRING, project, filter);
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read_firing).await?))
}

/// The firings that caused these notifications.
pub async fn list_of(db: &mut Connection, notifications: &[NotificationId]) -> Result<Vec<Firing>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {FIRING} FROM alert_firings WHERE id IN (SELECT f.id FROM alert_firings f JOIN notifications n
        ON n.issue_id = f.issue_id AND n.id = f.notification_id WHERE n.id IN "
    ));
    sql.ints(notifications.iter().map(|id| id.0)).push(") ORDER BY id");
    sql.query_once().list(db, read_firing).await
}

/// How often a rule fired for an issue within some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredIssue {
    pub issue: IssueId,
    pub count: i64,
    pub last_at: Timestamp,
    /// Of the newest of these firings.
    pub event: EventId,
}

/// The issues for which a rule fired, those for which it did most often first.
pub async fn issues_of_rule(
    db: &mut Connection,
    project: ProjectId,
    filter: FiringFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<FiredIssue>, Error> {
    let select = "issue_id, COUNT(*) AS number, MAX(received_at) AS last_at, MAX(sequence) AS sequence";
    let mut sql = filtered(select, project, filter);
    sql.push(" GROUP BY issue_id ORDER BY number DESC, issue_id DESC LIMIT ")
        .int(limit)
        .push(" OFFSET ")
        .int(offset);
    let sql = sql.within(
        "SELECT g.issue_id AS issue_id, g.number AS number, g.last_at AS last_at, MAX(f.event_id) AS event_id FROM (",
        ") AS g JOIN alert_firings f ON f.issue_id = g.issue_id AND f.sequence = g.sequence
        GROUP BY g.issue_id, g.number, g.last_at ORDER BY g.number DESC, g.issue_id DESC",
    );
    let read = |row: &AnyRow| {
        Ok(FiredIssue {
            issue: IssueId(row.int("issue_id")?),
            count: row.int("number")?,
            last_at: row.time("last_at")?,
            event: row.event_id("event_id")?,
        })
    };
    sql.query().list(db, read).await
}

/// When a rule fired: the times of receipt within some time, the oldest first, at most `limit` of them.
pub async fn times(
    db: &mut Connection,
    project: ProjectId,
    filter: FiringFilter,
    limit: i64,
) -> Result<Vec<Timestamp>, Error> {
    let mut sql = filtered("received_at", project, filter);
    sql.push(" ORDER BY received_at LIMIT ").int(limit);
    sql.query().list(db, |row| row.time("received_at")).await
}

/// When each of these rules fired last.
pub async fn last_fired(db: &mut Connection, rules: &[AlertRuleId]) -> Result<Vec<(AlertRuleId, Timestamp)>, Error> {
    let mut sql = Sql::new("SELECT rule_id, MAX(received_at) AS last_at FROM alert_firings WHERE rule_id IN ");
    sql.ints(rules.iter().map(|id| id.0)).push(" GROUP BY rule_id");
    sql.query_once()
        .list(db, |row| Ok((AlertRuleId(row.int("rule_id")?), row.time("last_at")?)))
        .await
}

const HOUR: i64 = 3_600_000_000;

/// Events of an issue for which a rule did not fire, for one reason, in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub project: ProjectId,
    pub rule: AlertRuleId,
    pub issue: IssueId,
    /// Hours since 1970, of the receipt.
    pub hour: i64,
    /// The code of the reason, and what it is about.
    pub reason: String,
    pub detail: String,
    pub events: i64,
    pub first_sequence: i64,
    pub last_sequence: i64,
    pub first_event: EventId,
    pub last_event: EventId,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

const EVALUATION: &str = "rule_id, issue_id, hour, reason, detail, project_id, events, first_sequence, last_sequence,
    first_event_id, last_event_id, first_at, last_at";

/// Adds to what is known of the same rule, issue, hour and reason.
pub async fn add_evaluations(db: &mut Connection, new: &[Evaluation]) -> Result<(), Error> {
    // Thirteen values each.
    for some in new.chunks(200) {
        let mut sql = Sql::new(format!("INSERT INTO alert_evaluations ({EVALUATION}) VALUES "));
        for (index, one) in some.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(one.rule.0);
            sql.push(", ").int(one.issue.0).push(", ").int(one.hour);
            sql.push(", ").text(&one.reason).push(", ").text(&one.detail);
            sql.push(", ").int(one.project.0).push(", ").int(one.events);
            sql.push(", ").int(one.first_sequence).push(", ").int(one.last_sequence);
            sql.push(", ").text(&one.first_event.to_string());
            sql.push(", ").text(&one.last_event.to_string());
            sql.push(", ")
                .int(one.first_at.0)
                .push(", ")
                .int(one.last_at.0)
                .push(")");
        }
        sql.push(
            " ON CONFLICT (rule_id, issue_id, hour, reason, detail) DO UPDATE SET
                events = alert_evaluations.events + excluded.events, last_sequence = excluded.last_sequence,
                last_event_id = excluded.last_event_id, last_at = excluded.last_at",
        );
        sql.query_once().run(db).await?;
    }
    Ok(())
}

fn read_evaluation(row: &AnyRow) -> Result<Evaluation, Error> {
    Ok(Evaluation {
        project: ProjectId(row.int("project_id")?),
        rule: AlertRuleId(row.int("rule_id")?),
        issue: IssueId(row.int("issue_id")?),
        hour: row.int("hour")?,
        reason: row.text("reason")?,
        detail: row.text("detail")?,
        events: row.int("events")?,
        first_sequence: row.int("first_sequence")?,
        last_sequence: row.int("last_sequence")?,
        first_event: row.event_id("first_event_id")?,
        last_event: row.event_id("last_event_id")?,
        first_at: row.time("first_at")?,
        last_at: row.time("last_at")?,
    })
}

/// Which of them are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct EvaluationFilter {
    pub rule: Option<AlertRuleId>,
    pub issue: Option<IssueId>,
    /// Those among whose events one with this sequence may be.
    pub sequence: Option<i64>,
    /// Those among whose events one that was received then may be.
    pub received_at: Option<Timestamp>,
}

/// The newest first, at most `limit`.
pub async fn evaluations(
    db: &mut Connection,
    project: ProjectId,
    filter: EvaluationFilter,
    limit: i64,
) -> Result<Vec<Evaluation>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {EVALUATION} FROM alert_evaluations WHERE project_id = "
    ));
    sql.int(project.0);
    if let Some(rule) = filter.rule {
        sql.push(" AND rule_id = ").int(rule.0);
    }
    if let Some(issue) = filter.issue {
        sql.push(" AND issue_id = ").int(issue.0);
    }
    if let Some(sequence) = filter.sequence {
        sql.push(" AND first_sequence <= ").int(sequence);
        sql.push(" AND last_sequence >= ").int(sequence);
    }
    if let Some(at) = filter.received_at {
        sql.push(" AND hour = ").int(at.0.div_euclid(HOUR));
        sql.push(" AND first_at <= ")
            .int(at.0)
            .push(" AND last_at >= ")
            .int(at.0);
    }
    sql.push(" ORDER BY last_at DESC, rule_id, issue_id, reason, detail LIMIT ")
        .int(limit);
    sql.query().list(db, read_evaluation).await
}

/// Removes what was decided before `before`.
pub async fn delete_before(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    let firings = sqlx::query("DELETE FROM alert_firings WHERE received_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    let evaluations = sqlx::query("DELETE FROM alert_evaluations WHERE hour < $1")
        .bind(before.0.div_euclid(HOUR))
        .run(db)
        .await?;
    Ok(firings + evaluations)
}

/// What names a rule, an issue or a project that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiringsOf {
    Rule(AlertRuleId),
    Issue(IssueId),
    Project(ProjectId),
}

/// Removes what was decided for a rule, an issue or a project that goes.
pub async fn delete_of(db: &mut Connection, of: FiringsOf) -> Result<(), Error> {
    let (condition, id) = match of {
        FiringsOf::Rule(id) => ("rule_id", id.0),
        FiringsOf::Issue(id) => ("issue_id", id.0),
        FiringsOf::Project(id) => {
            sqlx::query(
                "DELETE FROM alert_rule_issues WHERE issue_id IN (SELECT id FROM issues WHERE project_id = $1)",
            )
            .bind(id.0)
            .run(db)
            .await?;
            ("project_id", id.0)
        }
    };
    for table in ["alert_rule_issues", "alert_firings", "alert_evaluations"] {
        if table == "alert_rule_issues" && matches!(of, FiringsOf::Project(_)) {
            continue;
        }
        let sql = sqlx::AssertSqlSafe(format!("DELETE FROM {table} WHERE {condition} = $1"));
        sqlx::query(sql).bind(id).run(db).await?;
    }
    Ok(())
}
