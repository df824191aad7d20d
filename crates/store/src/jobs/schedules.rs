//! Up to which point in time the jobs of a schedule were written.

use model::Timestamp;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

pub async fn list(db: &mut Connection) -> Result<Vec<(String, Timestamp)>, Error> {
    sqlx::query("SELECT name, last_at FROM job_schedules ORDER BY name")
        .list(db, |row| Ok((row.text("name")?, row.time("last_at")?)))
        .await
}

/// Begins a schedule that was not there; one that is there stays as it is.
pub async fn begin(db: &mut Connection, name: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO job_schedules (name, last_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    sqlx::query(sql).bind(name).bind(at.0).run(db).await?;
    Ok(())
}

/// Moves a schedule on; `false` when another worker did.
pub async fn advance(db: &mut Connection, name: &str, from: Timestamp, to: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE job_schedules SET last_at = $3 WHERE name = $1 AND last_at = $2";
    Ok(sqlx::query(sql).bind(name).bind(from.0).bind(to.0).run(db).await? == 1)
}
