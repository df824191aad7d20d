//! Names of transactions as they came: what rules for the changing parts of names are made from.

use model::{ProjectId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// Notes a name. Of each project the newest `keep` names are kept by [`shrink`].
pub async fn add(db: &mut Connection, project: ProjectId, name: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO transaction_names (project_id, name, seen_at) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, name) DO UPDATE SET seen_at = excluded.seen_at";
    sqlx::query(sql)
        .bind(project.0)
        .bind(clean(name))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The names of a project, the newest first.
pub async fn list(db: &mut Connection, project: ProjectId, limit: i64) -> Result<Vec<String>, Error> {
    sqlx::query("SELECT name FROM transaction_names WHERE project_id = $1 ORDER BY seen_at DESC, name LIMIT $2")
        .bind(project.0)
        .bind(limit)
        .list(db, |row| row.text("name"))
        .await
}

/// The projects of all organizations that have names.
pub async fn projects(db: &mut Connection) -> Result<Vec<ProjectId>, Error> {
    sqlx::query("SELECT DISTINCT project_id FROM transaction_names ORDER BY project_id")
        .list(db, |row| Ok(ProjectId(row.int("project_id")?)))
        .await
}

/// Lets all but the newest names of a project go.
pub async fn shrink(db: &mut Connection, project: ProjectId, keep: i64) -> Result<(), Error> {
    let sql = "DELETE FROM transaction_names WHERE project_id = $1 AND name NOT IN
        (SELECT name FROM transaction_names WHERE project_id = $1 ORDER BY seen_at DESC, name LIMIT $2)";
    sqlx::query(sql).bind(project.0).bind(keep).run(db).await?;
    Ok(())
}
