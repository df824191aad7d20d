//! Causes to tell people something, and whom they reach: the first half of the ledger.

use model::{
    AlertRuleId, DeliveryId, EventId, IssueId, NotificationId, NotificationKind, OrganizationId, ProjectId, TeamId,
    Timestamp, UserId,
};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: NotificationId,
    /// Goes with it all the way, to every receiver: 32 hexadecimal digits.
    pub uuid: String,
    /// `None`: the installation's, as a mail about an account.
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub issue: Option<IssueId>,
    pub event: Option<EventId>,
    pub kind: NotificationKind,
    /// By kind: what happened.
    pub cause: Value,
    /// No cap and no quiet hours hold it back.
    pub is_critical: bool,
    pub created_at: Timestamp,
    /// When its recipients were found.
    pub planned_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, uuid, organization_id, project_id, issue_id, event_id, kind, cause, is_critical, created_at,
    planned_at";

fn read(row: &AnyRow) -> Result<Notification, Error> {
    let event = match row.optional_text("event_id")? {
        None => None,
        Some(_) => Some(row.event_id("event_id")?),
    };
    Ok(Notification {
        id: NotificationId(row.int("id")?),
        uuid: row.text("uuid")?,
        organization: row.optional_int("organization_id")?.map(OrganizationId),
        project: row.optional_int("project_id")?.map(ProjectId),
        issue: row.optional_int("issue_id")?.map(IssueId),
        event,
        kind: row.name("kind", NotificationKind::from_name)?,
        cause: row.json("cause")?,
        is_critical: row.flag("is_critical")?,
        created_at: row.time("created_at")?,
        planned_at: row.optional_time("planned_at")?,
    })
}

pub async fn add(db: &mut Connection, new: &Notification) -> Result<(), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO notifications ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ));
    sqlx::query(sql)
        .bind(new.id.0)
        .bind(&new.uuid)
        .bind(new.organization.map(|id| id.0))
        .bind(new.project.map(|id| id.0))
        .bind(new.issue.map(|id| id.0))
        .bind(new.event.map(|id| id.to_string()))
        .bind(new.kind.name())
        .bind(clean(&serde_json::to_string(&new.cause)?))
        .bind(i64::from(new.is_critical))
        .bind(new.created_at.0)
        .bind(new.planned_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

/// By its id alone: for the jobs that carry it out.
pub async fn find(db: &mut Connection, id: NotificationId) -> Result<Option<Notification>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM notifications WHERE id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

/// Those of these ids that are there, the oldest first.
pub async fn find_all(db: &mut Connection, ids: &[NotificationId]) -> Result<Vec<Notification>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM notifications WHERE id IN "));
    sql.ints(ids.iter().map(|id| id.0)).push(" ORDER BY id");
    sql.query_once().list(db, read).await
}

/// Notes that its recipients were found. `false` when they were before.
pub async fn set_planned(db: &mut Connection, id: NotificationId, at: Timestamp) -> Result<bool, Error> {
    let planned = sqlx::query("UPDATE notifications SET planned_at = $2 WHERE id = $1 AND planned_at IS NULL")
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(planned == 1)
}

/// Which notifications of an organization are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotificationFilter<'a> {
    /// Those of these projects alone, and of none.
    pub projects: Option<&'a [ProjectId]>,
    pub issue: Option<IssueId>,
    pub event: Option<EventId>,
    pub kind: Option<NotificationKind>,
    /// Those for whose recipients this user was thought of.
    pub user: Option<UserId>,
    /// Those of firings of this rule.
    pub rule: Option<AlertRuleId>,
    /// Of those that are about no project, only those for whose recipients this user was thought of.
    pub reader: Option<UserId>,
}

/// Newest first.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: NotificationFilter<'_>,
    page: IdPage,
) -> Result<Vec<Notification>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM notifications WHERE organization_id = "));
    sql.int(organization.0);
    if let Some(projects) = filter.projects {
        sql.push(" AND (project_id IS NULL OR project_id IN ")
            .ints(projects.iter().map(|project| project.0))
            .push(")");
    }
    if let Some(issue) = filter.issue {
        sql.push(" AND issue_id = ").int(issue.0);
    }
    if let Some(event) = filter.event {
        sql.push(" AND event_id = ").text(&event.to_string());
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND kind = ").text(kind.name());
    }
    if let Some(user) = filter.user {
        sql.push(
            " AND EXISTS (SELECT 1 FROM notification_recipients r WHERE r.notification_id = notifications.id
            AND r.user_id = ",
        )
        .int(user.0)
        .push(")");
    }
    if let Some(reader) = filter.reader {
        sql.push(
            " AND (project_id IS NOT NULL OR EXISTS (SELECT 1 FROM notification_recipients r
            WHERE r.notification_id = notifications.id AND r.user_id = ",
        )
        .int(reader.0)
        .push("))");
    }
    if let Some(rule) = filter.rule {
        sql.push(" AND id IN (SELECT notification_id FROM alert_firings WHERE rule_id = ")
            .int(rule.0)
            .push(")");
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Somebody who was, or was not, to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub notification: NotificationId,
    /// In the order in which they were thought of.
    pub place: i64,
    /// `user`, `team`, `address` or `target`.
    pub kind: String,
    pub user: Option<UserId>,
    pub team: Option<TeamId>,
    /// An address, or what else names it.
    pub label: String,
    /// Empty where none was chosen.
    pub channel: String,
    pub is_told: bool,
    /// The code of the reason, and what it is about.
    pub reason: String,
    pub detail: String,
    pub delivery: Option<DeliveryId>,
}

const RECIPIENT: &str =
    "notification_id, place, kind, user_id, team_id, label, channel, is_told, reason, detail, delivery_id";

fn read_recipient(row: &AnyRow) -> Result<Recipient, Error> {
    Ok(Recipient {
        notification: NotificationId(row.int("notification_id")?),
        place: row.int("place")?,
        kind: row.text("kind")?,
        user: row.optional_int("user_id")?.map(UserId),
        team: row.optional_int("team_id")?.map(TeamId),
        label: row.text("label")?,
        channel: row.text("channel")?,
        is_told: row.flag("is_told")?,
        reason: row.text("reason")?,
        detail: row.text("detail")?,
        delivery: row.optional_int("delivery_id")?.map(DeliveryId),
    })
}

pub async fn add_recipients(db: &mut Connection, recipients: &[Recipient]) -> Result<(), Error> {
    // Eleven values each, far below what a statement takes.
    for some in recipients.chunks(200) {
        let mut sql = Sql::new(format!("INSERT INTO notification_recipients ({RECIPIENT}) VALUES "));
        for (index, one) in some.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(one.notification.0);
            sql.push(", ").int(one.place).push(", ").text(&one.kind);
            sql.push(", ").optional_int(one.user.map(|id| id.0));
            sql.push(", ").optional_int(one.team.map(|id| id.0));
            sql.push(", ").text(&one.label).push(", ").text(&one.channel);
            sql.push(", ").int(i64::from(one.is_told));
            sql.push(", ").text(&one.reason).push(", ").text(&one.detail);
            sql.push(", ").optional_int(one.delivery.map(|id| id.0)).push(")");
        }
        sql.query_once().run(db).await?;
    }
    Ok(())
}

/// Those of several notifications, in the order in which they were thought of.
pub async fn recipients(db: &mut Connection, of: &[NotificationId]) -> Result<Vec<Recipient>, Error> {
    let mut sql = Sql::new(format!(
        "SELECT {RECIPIENT} FROM notification_recipients WHERE notification_id IN "
    ));
    sql.ints(of.iter().map(|id| id.0))
        .push(" ORDER BY notification_id, place");
    sql.query_once().list(db, read_recipient).await
}

/// Notes which delivery brings what was held back for a recipient.
pub async fn set_delivery(
    db: &mut Connection,
    of: NotificationId,
    channel: &str,
    label: &str,
    delivery: DeliveryId,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE notification_recipients SET delivery_id = $4 WHERE notification_id = $1 AND channel = $2 AND label = $3
            AND is_told = 1",
    )
    .bind(of.0)
    .bind(channel)
    .bind(clean(label))
    .bind(delivery.0)
    .run(db)
    .await?;
    Ok(())
}

/// The next free place among the recipients of a notification.
pub async fn next_place(db: &mut Connection, id: NotificationId) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(place) + 1, 0) AS next FROM notification_recipients WHERE notification_id = $1";
    let next = sqlx::query(sql).bind(id.0).find(db, |row| row.int("next")).await?;
    Ok(next.unwrap_or(0))
}

/// Removes those from before `before`, with all that hangs on them; at most `limit`. Tells how many.
pub async fn delete_before(db: &mut Connection, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let old = "SELECT n.id FROM notifications n WHERE n.created_at < $1
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.notification_id = n.id AND d.state IN ('waiting', 'held'))
        ORDER BY n.id LIMIT $2";
    let ids = sqlx::query(old)
        .bind(before.0)
        .bind(limit)
        .list(db, |row| row.int("id"))
        .await?;
    delete(db, &ids).await
}

/// Removes what was told about an issue that goes.
pub async fn delete_of_issue(db: &mut Connection, issue: IssueId) -> Result<(), Error> {
    delete_where(db, "issue_id", issue.0).await
}

/// Removes what was told about a project that goes.
pub async fn delete_of_project(db: &mut Connection, project: ProjectId) -> Result<(), Error> {
    delete_where(db, "project_id", project.0).await
}

/// Removes what was told in an organization that goes.
pub async fn delete_of_organization(db: &mut Connection, organization: OrganizationId) -> Result<(), Error> {
    delete_where(db, "organization_id", organization.0).await
}

async fn delete_where(db: &mut Connection, column: &str, id: i64) -> Result<(), Error> {
    loop {
        let sql = sqlx::AssertSqlSafe(format!("SELECT id FROM notifications WHERE {column} = $1 LIMIT 500"));
        let ids = sqlx::query(sql).bind(id).list(db, |row| row.int("id")).await?;
        if delete(db, &ids).await? == 0 {
            return Ok(());
        }
    }
}

async fn delete(db: &mut Connection, ids: &[i64]) -> Result<u64, Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let statements = [
        "DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE notification_id IN ",
        "DELETE FROM deliveries WHERE notification_id IN ",
        "DELETE FROM notification_recipients WHERE notification_id IN ",
        "DELETE FROM notifications WHERE id IN ",
    ];
    let mut removed = 0;
    for (index, statement) in statements.into_iter().enumerate() {
        let mut sql = Sql::new(statement);
        sql.ints(ids.iter().copied());
        if index == 0 {
            sql.push(")");
        }
        removed = sql.query_once().run(db).await?;
    }
    Ok(removed)
}
