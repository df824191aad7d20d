use model::{IncidentActivityId, IncidentId, Timestamp, UserId};
use sqlx::any::AnyRow;

use super::{IncidentStatus, numbered};
use crate::{
    Connection, Error,
    metric_alerts::number,
    row::{Column as _, Fetch as _, clean},
};

numbered! {
    /// Stored and shown by number.
    ActivityKind { Created = 1, Status = 2, Comment = 3, Detected = 4 }
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentActivity {
    pub id: IncidentActivityId,
    pub incident: IncidentId,
    pub kind: ActivityKind,
    /// None: the rule.
    pub user: Option<UserId>,
    pub status: Option<IncidentStatus>,
    pub status_before: Option<IncidentStatus>,
    pub measured: Option<f64>,
    pub comment: Option<String>,
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, incident_id, kind, user_id, status, status_before, measured, comment, created_at";

fn read(row: &AnyRow) -> Result<IncidentActivity, Error> {
    let status = |column: &str| match row.optional_int(column)? {
        Some(_) => row.number(column, IncidentStatus::from_number).map(Some),
        None => Ok(None),
    };
    Ok(IncidentActivity {
        id: IncidentActivityId(row.int("id")?),
        incident: IncidentId(row.int("incident_id")?),
        kind: row.number("kind", ActivityKind::from_number)?,
        user: row.optional_int("user_id")?.map(UserId),
        status: status("status")?,
        status_before: status("status_before")?,
        measured: number(row, "measured")?,
        comment: row.optional_text("comment")?,
        created_at: row.time("created_at")?,
    })
}

/// The newest first, `limit` at most.
pub async fn activities(db: &mut Connection, incident: IncidentId, limit: i64) -> Result<Vec<IncidentActivity>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM incident_activities WHERE incident_id = $1 ORDER BY id DESC LIMIT $2"
    ));
    sqlx::query(sql).bind(incident.0).bind(limit).list(db, read).await
}

pub async fn find_activity(
    db: &mut Connection,
    incident: IncidentId,
    id: IncidentActivityId,
) -> Result<Option<IncidentActivity>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM incident_activities WHERE incident_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(incident.0).bind(id.0).find(db, read).await
}

pub async fn add_activity(db: &mut Connection, activity: &IncidentActivity) -> Result<(), Error> {
    let sql = "INSERT INTO incident_activities
            (id, incident_id, kind, user_id, status, status_before, measured, comment, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(activity.id.0)
        .bind(activity.incident.0)
        .bind(activity.kind.number())
        .bind(activity.user.map(|user| user.0))
        .bind(activity.status.map(IncidentStatus::number))
        .bind(activity.status_before.map(IncidentStatus::number))
        .bind(activity.measured.map(|value| value.to_string()))
        .bind(activity.comment.as_deref().map(clean))
        .bind(activity.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn change_comment(
    db: &mut Connection,
    incident: IncidentId,
    id: IncidentActivityId,
    comment: &str,
) -> Result<(), Error> {
    sqlx::query("UPDATE incident_activities SET comment = $3 WHERE incident_id = $1 AND id = $2")
        .bind(incident.0)
        .bind(id.0)
        .bind(clean(comment))
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete_activity(db: &mut Connection, incident: IncidentId, id: IncidentActivityId) -> Result<(), Error> {
    sqlx::query("DELETE FROM incident_activities WHERE incident_id = $1 AND id = $2")
        .bind(incident.0)
        .bind(id.0)
        .run(db)
        .await?;
    Ok(())
}

/// Who follows it.
pub async fn subscribers(db: &mut Connection, incident: IncidentId) -> Result<Vec<UserId>, Error> {
    sqlx::query("SELECT user_id FROM incident_subscriptions WHERE incident_id = $1 ORDER BY user_id")
        .bind(incident.0)
        .list(db, |row| row.int("user_id").map(UserId))
        .await
}

/// Lets somebody follow it, or no longer. Asking again changes nothing.
pub async fn set_subscribed(
    db: &mut Connection,
    incident: IncidentId,
    user: UserId,
    is_subscribed: bool,
    now: Timestamp,
) -> Result<(), Error> {
    if is_subscribed {
        let sql = "INSERT INTO incident_subscriptions (incident_id, user_id, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (incident_id, user_id) DO NOTHING";
        sqlx::query(sql)
            .bind(incident.0)
            .bind(user.0)
            .bind(now.0)
            .run(db)
            .await?;
    } else {
        sqlx::query("DELETE FROM incident_subscriptions WHERE incident_id = $1 AND user_id = $2")
            .bind(incident.0)
            .bind(user.0)
            .run(db)
            .await?;
    }
    Ok(())
}
