//! When somebody looked. What came, or would have come, while nobody did may be missing.

use model::Timestamp;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// The one watch of the installation.
const WATCH: i64 = 1;

/// Up to where minutes were looked at; None before the first one.
pub async fn watched_until(db: &mut Connection) -> Result<Option<Timestamp>, Error> {
    sqlx::query("SELECT watched_until FROM metric_alert_watch WHERE id = $1")
        .bind(WATCH)
        .find(db, |row| row.time("watched_until"))
        .await
}

pub async fn set_watched_until(db: &mut Connection, until: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO metric_alert_watch (id, watched_until) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET watched_until = excluded.watched_until";
    sqlx::query(sql).bind(WATCH).bind(until.0).run(db).await?;
    Ok(())
}

pub async fn add_gap(db: &mut Connection, start: Timestamp, end: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO metric_alert_gaps (starts_at, ends_at) VALUES ($1, $2)
        ON CONFLICT (starts_at) DO UPDATE SET ends_at = excluded.ends_at";
    sqlx::query(sql).bind(start.0).bind(end.0).run(db).await?;
    Ok(())
}

/// Begin and end of all that are known, the oldest first.
pub async fn gaps(db: &mut Connection) -> Result<Vec<(Timestamp, Timestamp)>, Error> {
    sqlx::query("SELECT starts_at, ends_at FROM metric_alert_gaps ORDER BY starts_at")
        .list(db, |row| Ok((row.time("starts_at")?, row.time("ends_at")?)))
        .await
}

pub async fn delete_gaps_before(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM metric_alert_gaps WHERE ends_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(())
}
