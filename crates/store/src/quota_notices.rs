//! Limits that drop what comes in, as far as people are told of it: floods that spike protection holds down, and windows
//! that are used up.

use model::{DataCategory, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// A flood of events of one kind, which goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spike {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub category: DataCategory,
    /// How many an hour were taken when it began.
    pub threshold: i64,
    pub started_at: Timestamp,
    pub dropped_at: Timestamp,
}

/// Writes down that something was dropped. Returns `true` if that is a new flood; nothing is written of a project that is
/// gone.
pub async fn note_spike(db: &mut Connection, spike: &Spike) -> Result<bool, Error> {
    let known = "UPDATE event_spikes SET dropped_at = $3 WHERE project_id = $1 AND category = $2";
    let updated = sqlx::query(known)
        .bind(spike.project.0)
        .bind(spike.category.number())
        .bind(spike.dropped_at.0)
        .run(db)
        .await?;
    if updated > 0 {
        return Ok(false);
    }
    // The project says whose it is, and whether it is there.
    let new = "INSERT INTO event_spikes (project_id, organization_id, category, threshold, started_at, dropped_at)
        SELECT id, organization_id, $2, $3, $4, $5 FROM projects WHERE id = $1 AND organization_id = $6
        ON CONFLICT (project_id, category) DO NOTHING";
    let added = sqlx::query(new)
        .bind(spike.project.0)
        .bind(spike.category.number())
        .bind(spike.threshold)
        .bind(spike.started_at.0)
        .bind(spike.dropped_at.0)
        .bind(spike.organization.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// Those that dropped nothing from `since` on, and those from a future that a clock has stepped back from.
pub async fn quiet_spikes(db: &mut Connection, since: Timestamp, future: Timestamp) -> Result<Vec<Spike>, Error> {
    let sql = "SELECT project_id, organization_id, category, threshold, started_at, dropped_at FROM event_spikes
        WHERE dropped_at < $1 OR dropped_at > $2 ORDER BY project_id, category";
    let read = |row: &AnyRow| {
        Ok(Spike {
            organization: OrganizationId(row.int("organization_id")?),
            project: ProjectId(row.int("project_id")?),
            category: row.number("category", DataCategory::from_number)?,
            threshold: row.int("threshold")?,
            started_at: row.time("started_at")?,
            dropped_at: row.time("dropped_at")?,
        })
    };
    sqlx::query(sql).bind(since.0).bind(future.0).list(db, read).await
}

/// Returns `false` if it goes on after all, or somebody else has ended it.
pub async fn end_spike(db: &mut Connection, spike: &Spike) -> Result<bool, Error> {
    let sql = "DELETE FROM event_spikes WHERE project_id = $1 AND category = $2 AND dropped_at = $3";
    let ended = sqlx::query(sql)
        .bind(spike.project.0)
        .bind(spike.category.number())
        .bind(spike.dropped_at.0)
        .run(db)
        .await?;
    Ok(ended == 1)
}

/// A window of a limit that was used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedUp {
    pub organization: OrganizationId,
    pub scope: &'static str,
    pub scope_id: i64,
    pub quota: String,
    pub window_number: i64,
    pub reached_at: Timestamp,
}

/// Returns `false` if it is written down already, or the organization is gone.
pub async fn note_used_up(db: &mut Connection, used_up: &UsedUp) -> Result<bool, Error> {
    let sql = "INSERT INTO quota_warnings (organization_id, scope, scope_id, quota, window_number, reached_at)
        SELECT id, $2, $3, $4, $5, $6 FROM organizations WHERE id = $1
        ON CONFLICT (organization_id, scope, scope_id, quota, window_number) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(used_up.organization.0)
        .bind(used_up.scope)
        .bind(used_up.scope_id)
        .bind(clean(&used_up.quota))
        .bind(used_up.window_number)
        .bind(used_up.reached_at.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// Forgets windows of the past.
pub async fn delete_before(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM quota_warnings WHERE reached_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(())
}
