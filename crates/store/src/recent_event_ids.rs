//! Which event ids came within the last 24 hours of receipt, to count an event once.

use model::{EventId, ProjectId, Timestamp};

use crate::{Connection, Error, row::Fetch as _};

/// Returns `false` if the event came before.
pub async fn add(db: &mut Connection, project: ProjectId, event: EventId, at: Timestamp) -> Result<bool, Error> {
    let sql = "INSERT INTO recent_event_ids (project_id, event_id, received_at) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, event_id) DO NOTHING";
    Ok(sqlx::query(sql)
        .bind(project.0)
        .bind(event.to_string())
        .bind(at.0)
        .run(db)
        .await?
        == 1)
}

/// Forgets those received before `before`.
pub async fn delete_older(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM recent_event_ids WHERE received_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
