//! The outbox: deliveries by e-mail, with what they tell of.

use model::{AttemptOutcome, DeliveryId, DeliveryState, NotificationKind, Timestamp};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// A mail that was sent or is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxMail {
    pub id: DeliveryId,
    pub recipient: String,
    pub kind: NotificationKind,
    /// What it tells of; by kind.
    pub cause: Value,
    /// The mail itself, once it was made.
    pub content: Option<Value>,
    pub state: DeliveryState,
    pub attempts: i64,
    /// What came of the newest attempt, and what the server said.
    pub outcome: Option<AttemptOutcome>,
    pub answer: Option<String>,
    pub created_at: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
}

const SELECT: &str = "SELECT id, label, kind, cause, content, state, attempts, outcome, answer, created_at,
    next_attempt_at, sent_at FROM (
        SELECT d.id, d.label, n.kind, n.cause, d.content, d.state, d.attempts, a.outcome, a.answer, d.created_at,
            d.next_attempt_at, d.sent_at
        FROM deliveries d JOIN notifications n ON n.id = d.notification_id
        LEFT JOIN delivery_attempts a ON a.delivery_id = d.id AND a.number = d.attempts
        WHERE d.channel = 'email') AS sent WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<OutboxMail, Error> {
    let content = row.optional_text("content")?;
    let outcome = row.optional_text("outcome")?;
    Ok(OutboxMail {
        id: DeliveryId(row.int("id")?),
        recipient: row.text("label")?,
        kind: row.name("kind", NotificationKind::from_name)?,
        cause: row.json("cause")?,
        content: content.as_deref().map(serde_json::from_str).transpose()?,
        state: row.name("state", DeliveryState::from_name)?,
        attempts: row.int("attempts")?,
        outcome: outcome.as_deref().and_then(AttemptOutcome::from_name),
        answer: row.optional_text("answer")?,
        created_at: row.time("created_at")?,
        next_attempt_at: row.optional_time("next_attempt_at")?,
        sent_at: row.optional_time("sent_at")?,
    })
}

/// All mails of the installation, or those in one state, newest first.
pub async fn list(db: &mut Connection, state: Option<DeliveryState>, page: IdPage) -> Result<Vec<OutboxMail>, Error> {
    let mut sql = Sql::new(SELECT);
    if let Some(state) = state {
        sql.push(" AND state = ").text(state.name());
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

pub async fn find(db: &mut Connection, id: DeliveryId) -> Result<Option<OutboxMail>, Error> {
    let mut sql = Sql::new(SELECT);
    sql.push(" AND id = ").int(id.0);
    sql.query_once().find(db, read).await
}

/// How many mails wait, and since when the oldest of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub mails: i64,
    pub oldest: Option<Timestamp>,
}

/// Those in a state from which they leave by themselves, or when a server is set.
pub async fn waiting(db: &mut Connection) -> Result<Waiting, Error> {
    let sql = "SELECT COUNT(*) AS mails, MIN(created_at) AS oldest FROM deliveries
        WHERE channel = 'email' AND state IN ('waiting', 'held')";
    let found = sqlx::query(sql)
        .find(db, |row| {
            Ok(Waiting {
                mails: row.int("mails")?,
                oldest: row.optional_time("oldest")?,
            })
        })
        .await?;
    Ok(found.unwrap_or(Waiting { mails: 0, oldest: None }))
}

/// Some of the mails that no server was there for, written since `since`, oldest first.
pub async fn held(db: &mut Connection, since: Timestamp, limit: i64) -> Result<Vec<DeliveryId>, Error> {
    let sql = "SELECT id FROM deliveries WHERE state = 'held' AND channel = 'email' AND created_at >= $1
        ORDER BY id LIMIT $2";
    sqlx::query(sql)
        .bind(since.0)
        .bind(limit)
        .list(db, |row| Ok(DeliveryId(row.int("id")?)))
        .await
}

/// Gives the mails up that no server was there for since before `before`; they go with their notifications.
pub async fn drop_held(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE deliveries SET state = 'dropped' WHERE state = 'held' AND channel = 'email' AND created_at < $1";
    sqlx::query(sql).bind(before.0).run(db).await?;
    Ok(())
}

/// Lets a mail go that is held, or that was not sent: it is made anew, as nobody has seen it. `false` when it is on its
/// way or has arrived.
pub async fn release(db: &mut Connection, id: DeliveryId, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE deliveries SET state = 'waiting', next_attempt_at = $2,
            content = CASE WHEN is_doubtful = 0 THEN NULL ELSE content END
        WHERE id = $1 AND channel = 'email' AND state IN ('held', 'refused', 'failed', 'dropped')";
    Ok(sqlx::query(sql).bind(id.0).bind(now.0).run(db).await? == 1)
}
