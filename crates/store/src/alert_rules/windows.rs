use model::{MaintenanceWindowId, ProjectId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// A time in which no rule of a project fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceWindow {
    pub id: MaintenanceWindowId,
    pub project: ProjectId,
    pub starts_at: Timestamp,
    /// The first moment behind it.
    pub ends_at: Timestamp,
    /// What is done, in words for those who wonder about the silence.
    pub reason: String,
    pub made_by: Option<UserId>,
    pub created_at: Timestamp,
}

impl MaintenanceWindow {
    pub fn holds(&self, at: Timestamp) -> bool {
        self.starts_at <= at && at < self.ends_at
    }
}

fn read(row: &AnyRow) -> Result<MaintenanceWindow, Error> {
    Ok(MaintenanceWindow {
        id: MaintenanceWindowId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        starts_at: row.time("starts_at")?,
        ends_at: row.time("ends_at")?,
        reason: row.text("reason")?,
        made_by: row.optional_int("made_by")?.map(UserId),
        created_at: row.time("created_at")?,
    })
}

/// Those of a project that end after a moment, in their order.
pub async fn windows(
    db: &mut Connection,
    project: ProjectId,
    after: Timestamp,
) -> Result<Vec<MaintenanceWindow>, Error> {
    let sql = "SELECT id, project_id, starts_at, ends_at, reason, made_by, created_at FROM maintenance_windows
        WHERE project_id = $1 AND ends_at > $2 ORDER BY starts_at, id";
    sqlx::query(sql).bind(project.0).bind(after.0).list(db, read).await
}

pub async fn add_window(db: &mut Connection, window: &MaintenanceWindow) -> Result<(), Error> {
    let sql = "INSERT INTO maintenance_windows (id, project_id, starts_at, ends_at, reason, made_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(window.id.0)
        .bind(window.project.0)
        .bind(window.starts_at.0)
        .bind(window.ends_at.0)
        .bind(clean(&window.reason))
        .bind(window.made_by.map(|user| user.0))
        .bind(window.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete_window(db: &mut Connection, project: ProjectId, id: MaintenanceWindowId) -> Result<bool, Error> {
    let sql = "DELETE FROM maintenance_windows WHERE project_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(project.0).bind(id.0).run(db).await? == 1)
}

/// Those that ended before a moment.
pub async fn delete_past_windows(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM maintenance_windows WHERE ends_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(())
}
