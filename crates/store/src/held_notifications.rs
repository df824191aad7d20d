//! What waits to be told together, and how much was told in an hour.

use model::{NotificationId, OrganizationId, ProjectId, TeamId, Timestamp, UserId};
use serde_json::Value;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// What waits for one recipient by one channel, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    pub id: i64,
    /// Whom, where and why: there is one of each.
    pub name: String,
    pub kind: String,
    pub organization: Option<OrganizationId>,
    pub project: Option<ProjectId>,
    pub user: Option<UserId>,
    pub team: Option<TeamId>,
    /// When something was told last, or the first came.
    pub told_at: Timestamp,
    pub due_at: Timestamp,
    /// How much waits, with what is only counted.
    pub held: i64,
}

const COLUMNS: &str = "id, name, kind, organization_id, project_id, user_id, team_id, told_at, due_at, held";

fn read(row: &AnyRow) -> Result<Timeline, Error> {
    Ok(Timeline {
        id: row.int("id")?,
        name: row.text("name")?,
        kind: row.text("kind")?,
        organization: row.optional_int("organization_id")?.map(OrganizationId),
        project: row.optional_int("project_id")?.map(ProjectId),
        user: row.optional_int("user_id")?.map(UserId),
        team: row.optional_int("team_id")?.map(TeamId),
        told_at: row.time("told_at")?,
        due_at: row.time("due_at")?,
        held: row.int("held")?,
    })
}

/// Begins a timeline, unless there is one of its name: then this waits for whoever works on it. Returns whether it is
/// new, and what there is then.
pub async fn open(db: &mut Connection, new: &Timeline) -> Result<(bool, Timeline), Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "INSERT INTO notification_timelines ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
        ON CONFLICT (name) DO UPDATE SET due_at = notification_timelines.due_at RETURNING {COLUMNS}"
    ));
    let there = sqlx::query(sql)
        .bind(new.id)
        .bind(clean(&new.name))
        .bind(&new.kind)
        .bind(new.organization.map(|id| id.0))
        .bind(new.project.map(|id| id.0))
        .bind(new.user.map(|id| id.0))
        .bind(new.team.map(|id| id.0))
        .bind(new.told_at.0)
        .bind(new.due_at.0)
        .find(db, read)
        .await?;
    let there = there.ok_or_else(|| Error::Corrupt("a timeline was neither written nor found".to_owned()))?;
    Ok((there.id == new.id, there))
}

pub async fn set_times(db: &mut Connection, id: i64, told_at: Timestamp, due_at: Timestamp) -> Result<(), Error> {
    sqlx::query("UPDATE notification_timelines SET told_at = $2, due_at = $3 WHERE id = $1")
        .bind(id)
        .bind(told_at.0)
        .bind(due_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Those whose time has come, the oldest first; with them those begun by a clock that was ahead and has stepped back.
pub async fn due(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<Timeline>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM notification_timelines WHERE due_at <= $1 OR told_at > $1 ORDER BY due_at, id LIMIT $2"
    ));
    sqlx::query(sql).bind(now.0).bind(limit).list(db, read).await
}

/// Takes hold of one whose time has come, until the transaction ends. `None`: somebody else has dealt with it.
pub async fn take(db: &mut Connection, id: i64, now: Timestamp) -> Result<Option<Timeline>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "UPDATE notification_timelines SET due_at = due_at WHERE id = $1
        AND (due_at <= $2 OR told_at > $2) RETURNING {COLUMNS}"
    ));
    sqlx::query(sql).bind(id).bind(now.0).find(db, read).await
}

/// With what it holds.
pub async fn close(db: &mut Connection, id: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM notification_timelines WHERE id = $1")
        .bind(id)
        .run(db)
        .await?;
    Ok(())
}

/// Something that waits, with whom it is to reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub notification: NotificationId,
    pub recipient: Value,
    pub held_at: Timestamp,
}

/// Adds to a timeline. What comes when it holds `most` is only counted: then this returns `false`.
pub async fn hold(db: &mut Connection, timeline: i64, held: &Held, most: i64) -> Result<bool, Error> {
    let count = sqlx::query("UPDATE notification_timelines SET held = held + 1 WHERE id = $1 RETURNING held")
        .bind(timeline)
        .find(db, |row| row.int("held"))
        .await?;
    if count.is_none_or(|count| count > most) {
        return Ok(false);
    }
    let sql = "INSERT INTO held_notifications (timeline_id, notification_id, recipient, held_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT (timeline_id, notification_id) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(timeline)
        .bind(held.notification.0)
        .bind(clean(&serde_json::to_string(&held.recipient)?))
        .bind(held.held_at.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// What a timeline holds, the oldest first.
pub async fn held(db: &mut Connection, timeline: i64) -> Result<Vec<Held>, Error> {
    let sql = "SELECT notification_id, recipient, held_at FROM held_notifications WHERE timeline_id = $1
        ORDER BY notification_id";
    let read = |row: &AnyRow| {
        Ok(Held {
            notification: NotificationId(row.int("notification_id")?),
            recipient: row.json("recipient")?,
            held_at: row.time("held_at")?,
        })
    };
    sqlx::query(sql).bind(timeline).list(db, read).await
}

/// What of a timeline was told.
pub async fn release(db: &mut Connection, timeline: i64) -> Result<(), Error> {
    for sql in [
        "DELETE FROM held_notifications WHERE timeline_id = $1",
        "UPDATE notification_timelines SET held = 0 WHERE id = $1",
    ] {
        sqlx::query(sql).bind(timeline).run(db).await?;
    }
    Ok(())
}

/// The timelines in which something waits for a user, with how much, the one that is due first at the front.
pub async fn of_user(db: &mut Connection, user: UserId) -> Result<Vec<(Timeline, i64)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM notification_timelines WHERE user_id = $1 AND held > 0 ORDER BY due_at, id"
    ));
    sqlx::query(sql)
        .bind(user.0)
        .list(db, |row| Ok((read(row)?, row.int("held")?)))
        .await
}

/// How much was told in an hour, and how much held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    pub told: i64,
    pub held: i64,
}

fn read_counter(row: &AnyRow) -> Result<Counter, Error> {
    Ok(Counter {
        told: row.int("told")?,
        held: row.int("held")?,
    })
}

/// Counts one more in an hour: as told while fewer than `cap` were, else as held back. Returns what there is then.
pub async fn count(db: &mut Connection, name: &str, hour: i64, cap: i64) -> Result<(bool, Counter), Error> {
    let add = "INSERT INTO notification_counters (name, hour, told, held) VALUES ($1, $2, 0, 0)
        ON CONFLICT (name, hour) DO NOTHING";
    sqlx::query(add).bind(clean(name)).bind(hour).run(db).await?;
    let told = "UPDATE notification_counters SET told = told + 1 WHERE name = $1 AND hour = $2 AND told < $3
        RETURNING told, held";
    let counter = sqlx::query(told)
        .bind(clean(name))
        .bind(hour)
        .bind(cap)
        .find(db, read_counter)
        .await?;
    if let Some(counter) = counter {
        return Ok((true, counter));
    }
    let held = "UPDATE notification_counters SET held = held + 1 WHERE name = $1 AND hour = $2 RETURNING told, held";
    let counter = sqlx::query(held)
        .bind(clean(name))
        .bind(hour)
        .find(db, read_counter)
        .await?;
    Ok((false, counter.unwrap_or_default()))
}

/// What was counted in an hour.
pub async fn counter(db: &mut Connection, name: &str, hour: i64) -> Result<Counter, Error> {
    let counter = sqlx::query("SELECT told, held FROM notification_counters WHERE name = $1 AND hour = $2")
        .bind(clean(name))
        .bind(hour)
        .find(db, read_counter)
        .await?;
    Ok(counter.unwrap_or_default())
}

/// Forgets hours of the past.
pub async fn forget_counters(db: &mut Connection, before_hour: i64) -> Result<(), Error> {
    sqlx::query("DELETE FROM notification_counters WHERE hour < $1")
        .bind(before_hour)
        .run(db)
        .await?;
    Ok(())
}
