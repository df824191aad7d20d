//! Hashes of deleted issues whose rows are still in the event index.

use model::{IssueId, ProjectId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// Rows of a hash that nobody may see any more. What comes later with the same hash stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedHash {
    pub project: ProjectId,
    pub hash: String,
    /// The last sequence that is removed.
    pub until_sequence: i64,
}

/// Notes the hashes of an issue, up to a sequence; to be called before they are let go.
pub async fn add_of_issue(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    until_sequence: i64,
) -> Result<(), Error> {
    // Before ON CONFLICT, SQLite wants the end of a SELECT marked by WHERE, which this one has. It does not go
    // by the project's index (see `NOT_BY_INDEX`).
    let sql = "INSERT INTO removed_hashes (project_id, hash, until_sequence)
        SELECT project_id, hash, $3 FROM issue_hashes WHERE +project_id = $1 AND issue_id = $2
        ON CONFLICT (project_id, hash) DO UPDATE SET until_sequence = excluded.until_sequence";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(until_sequence)
        .run(db)
        .await?;
    Ok(())
}

/// All of them, of every organization.
pub async fn list(db: &mut Connection) -> Result<Vec<RemovedHash>, Error> {
    sqlx::query("SELECT project_id, hash, until_sequence FROM removed_hashes ORDER BY project_id, hash")
        .list(db, |row| {
            Ok(RemovedHash {
                project: ProjectId(row.int("project_id")?),
                hash: row.text("hash")?,
                until_sequence: row.int("until_sequence")?,
            })
        })
        .await
}

/// Forgets one whose rows are gone, unless the hash was removed again meanwhile.
pub async fn delete(db: &mut Connection, removed: &RemovedHash) -> Result<(), Error> {
    sqlx::query("DELETE FROM removed_hashes WHERE project_id = $1 AND hash = $2 AND until_sequence = $3")
        .bind(removed.project.0)
        .bind(removed.hash.as_str())
        .bind(removed.until_sequence)
        .run(db)
        .await?;
    Ok(())
}
