//! Messages to one recipient by one channel, with every attempt: the second half of the ledger.

use model::{
    AttemptOutcome, DeliveryId, DeliveryState, IssueId, NotificationId, OrganizationId, ProjectId, Timestamp, UserId,
};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub notification: NotificationId,
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub issue: Option<IssueId>,
    pub user: Option<UserId>,
    pub channel: String,
    /// As people read it: an address, a channel, the host of a URL.
    pub label: String,
    /// By channel: where it goes, and what the message depends on.
    pub target: Value,
    /// By channel: the message. It is made before the first attempt and is the same in all of them.
    pub content: Option<Value>,
    /// Two deliveries with one key are one.
    pub dedup_key: String,
    pub state: DeliveryState,
    pub attempts: u32,
    /// The answer to an attempt was lost, so the receiver may have it twice.
    pub is_doubtful: bool,
    pub created_at: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, notification_id, organization_id, project_id, issue_id, user_id, channel, label, target,
    content, dedup_key, state, attempts, is_doubtful, created_at, next_attempt_at, sent_at";

fn read(row: &AnyRow) -> Result<Delivery, Error> {
    let content = row.optional_text("content")?;
    Ok(Delivery {
        id: DeliveryId(row.int("id")?),
        notification: NotificationId(row.int("notification_id")?),
        organization: row.optional_int("organization_id")?.map(OrganizationId),
        project: row.optional_int("project_id")?.map(ProjectId),
        issue: row.optional_int("issue_id")?.map(IssueId),
        user: row.optional_int("user_id")?.map(UserId),
        channel: row.text("channel")?,
        label: row.text("label")?,
        target: row.json("target")?,
        content: content.as_deref().map(serde_json::from_str).transpose()?,
        dedup_key: row.text("dedup_key")?,
        state: row.name("state", DeliveryState::from_name)?,
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        is_doubtful: row.flag("is_doubtful")?,
        created_at: row.time("created_at")?,
        next_attempt_at: row.optional_time("next_attempt_at")?,
        sent_at: row.optional_time("sent_at")?,
    })
}

/// `false` when there is one with its key.
pub async fn add(db: &mut Connection, new: &Delivery) -> Result<bool, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO deliveries ({COLUMNS})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (dedup_key) DO NOTHING"
    ));
    let content = new.content.as_ref().map(serde_json::to_string).transpose()?;
    let added = sqlx::query(sql)
        .bind(new.id.0)
        .bind(new.notification.0)
        .bind(new.organization.map(|id| id.0))
        .bind(new.project.map(|id| id.0))
        .bind(new.issue.map(|id| id.0))
        .bind(new.user.map(|id| id.0))
        .bind(&new.channel)
        .bind(clean(&new.label))
        .bind(clean(&serde_json::to_string(&new.target)?))
        .bind(content.as_deref().map(clean))
        .bind(clean(&new.dedup_key))
        .bind(new.state.name())
        .bind(i64::from(new.attempts))
        .bind(i64::from(new.is_doubtful))
        .bind(new.created_at.0)
        .bind(new.next_attempt_at.map(|at| at.0))
        .bind(new.sent_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(added == 1)
}

/// By its id alone: for the jobs that carry it out.
pub async fn find(db: &mut Connection, id: DeliveryId) -> Result<Option<Delivery>, Error> {
    let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM deliveries WHERE id = $1"));
    sqlx::query(sql).bind(id.0).find(db, read).await
}

/// Those of several notifications.
pub async fn list_of(db: &mut Connection, notifications: &[NotificationId]) -> Result<Vec<Delivery>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM deliveries WHERE notification_id IN "));
    sql.ints(notifications.iter().map(|id| id.0)).push(" ORDER BY id");
    sql.query_once().list(db, read).await
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryFilter<'a> {
    /// `None`: of the whole installation.
    pub organization: Option<OrganizationId>,
    pub channel: Option<&'a str>,
    pub state: Option<DeliveryState>,
    pub user: Option<UserId>,
    pub issue: Option<IssueId>,
}

/// Newest first.
pub async fn list(db: &mut Connection, filter: DeliveryFilter<'_>, page: IdPage) -> Result<Vec<Delivery>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM deliveries WHERE 1 = 1"));
    if let Some(organization) = filter.organization {
        sql.push(" AND organization_id = ").int(organization.0);
    }
    if let Some(channel) = filter.channel {
        sql.push(" AND channel = ").text(channel);
    }
    if let Some(state) = filter.state {
        sql.push(" AND state = ").text(state.name());
    }
    if let Some(user) = filter.user {
        sql.push(" AND user_id = ").int(user.0);
    }
    if let Some(issue) = filter.issue {
        sql.push(" AND issue_id = ").int(issue.0);
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// How many there are in each state, by channel.
pub async fn counts(db: &mut Connection) -> Result<Vec<(String, DeliveryState, i64)>, Error> {
    sqlx::query(
        "SELECT channel, state, COUNT(*) AS number FROM deliveries GROUP BY channel, state ORDER BY channel, state",
    )
    .list(db, |row| {
        Ok((
            row.text("channel")?,
            row.name("state", DeliveryState::from_name)?,
            row.int("number")?,
        ))
    })
    .await
}

/// Keeps the message, unless there is one: what was tried once is never another.
pub async fn set_content(db: &mut Connection, id: DeliveryId, content: &Value) -> Result<(), Error> {
    sqlx::query("UPDATE deliveries SET content = $2 WHERE id = $1 AND content IS NULL")
        .bind(id.0)
        .bind(clean(&serde_json::to_string(content)?))
        .run(db)
        .await?;
    Ok(())
}

/// Where a delivery goes from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub state: DeliveryState,
    pub next_attempt_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
}

pub async fn set_progress(db: &mut Connection, id: DeliveryId, progress: Progress) -> Result<(), Error> {
    sqlx::query("UPDATE deliveries SET state = $2, next_attempt_at = $3, sent_at = $4 WHERE id = $1")
        .bind(id.0)
        .bind(progress.state.name())
        .bind(progress.next_attempt_at.map(|at| at.0))
        .bind(progress.sent_at.map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub delivery: DeliveryId,
    /// From 1 on.
    pub number: u32,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub outcome: AttemptOutcome,
    pub answer: String,
    pub next_attempt_at: Option<Timestamp>,
}

/// Begins the next attempt: the caller commits before it sends. An attempt before it that never ended becomes one whose
/// answer was lost, and the delivery doubtful. Tells the number.
pub async fn begin_attempt(db: &mut Connection, id: DeliveryId, now: Timestamp) -> Result<u32, Error> {
    let lost = "UPDATE delivery_attempts SET outcome = $2, ended_at = $3, answer = $4
        WHERE delivery_id = $1 AND outcome = $5";
    let lost = sqlx::query(lost)
        .bind(id.0)
        .bind(AttemptOutcome::Lost.name())
        .bind(now.0)
        .bind("the process ended before the answer was noted")
        .bind(AttemptOutcome::Begun.name())
        .run(db)
        .await?;
    if lost > 0 {
        set_doubtful(db, id).await?;
    }
    let number = sqlx::query("UPDATE deliveries SET attempts = attempts + 1 WHERE id = $1 RETURNING attempts")
        .bind(id.0)
        .find(db, |row| row.int("attempts"))
        .await?;
    let number = number.unwrap_or(1);
    sqlx::query(
        "INSERT INTO delivery_attempts (delivery_id, number, started_at, outcome, answer) VALUES ($1, $2, $3, $4, '')",
    )
    .bind(id.0)
    .bind(number)
    .bind(now.0)
    .bind(AttemptOutcome::Begun.name())
    .run(db)
    .await?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

pub async fn set_doubtful(db: &mut Connection, id: DeliveryId) -> Result<(), Error> {
    sqlx::query("UPDATE deliveries SET is_doubtful = 1 WHERE id = $1")
        .bind(id.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn end_attempt(db: &mut Connection, attempt: &Attempt) -> Result<(), Error> {
    sqlx::query(
        "UPDATE delivery_attempts SET ended_at = $3, outcome = $4, answer = $5, next_attempt_at = $6
        WHERE delivery_id = $1 AND number = $2",
    )
    .bind(attempt.delivery.0)
    .bind(i64::from(attempt.number))
    .bind(attempt.ended_at.map(|at| at.0))
    .bind(attempt.outcome.name())
    .bind(clean(&attempt.answer))
    .bind(attempt.next_attempt_at.map(|at| at.0))
    .run(db)
    .await?;
    Ok(())
}

/// The attempts of several deliveries, in their order.
pub async fn attempts(db: &mut Connection, of: &[DeliveryId]) -> Result<Vec<Attempt>, Error> {
    let mut sql = Sql::new(
        "SELECT delivery_id, number, started_at, ended_at, outcome, answer, next_attempt_at FROM delivery_attempts
        WHERE delivery_id IN ",
    );
    sql.ints(of.iter().map(|id| id.0)).push(" ORDER BY delivery_id, number");
    let read = |row: &AnyRow| {
        Ok(Attempt {
            delivery: DeliveryId(row.int("delivery_id")?),
            number: u32::try_from(row.int("number")?).unwrap_or(u32::MAX),
            started_at: row.time("started_at")?,
            ended_at: row.optional_time("ended_at")?,
            outcome: row.name("outcome", AttemptOutcome::from_name)?,
            answer: row.text("answer")?,
            next_attempt_at: row.optional_time("next_attempt_at")?,
        })
    };
    sql.query_once().list(db, read).await
}
