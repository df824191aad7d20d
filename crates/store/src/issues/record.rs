//! What an event does to its issue.

use model::{IssueId, IssueStatus, Level, Priority, ProjectId, Substatus, Timestamp};

use crate::{
    Connection, Error,
    issues::StatusChange,
    row::{Column as _, Fetch as _, clean},
};

/// What an event tells about its issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    pub at: Timestamp,
    pub event_type: String,
    pub title: String,
    pub culprit: String,
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// What free text is searched in.
    pub search_text: String,
    pub level: Level,
    pub platform: String,
    pub logger: String,
    pub unhandled: bool,
    pub release: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewIssue {
    pub id: IssueId,
    pub project: ProjectId,
    pub short_number: i64,
    pub priority: Priority,
}

/// Adds an issue with no events yet: [`record`] counts the first one as well.
pub async fn create(db: &mut Connection, issue: NewIssue, first: &Sighting) -> Result<(), Error> {
    let sql =
        "INSERT INTO issues (id, project_id, short_number, event_type, title, culprit, metadata, search_text, level,
            platform, logger, unhandled, status, substatus, priority, first_seen, last_seen, times_seen, users_seen,
            first_release, last_release, deleting)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, 0, 0, $17, $17, 0)";
    sqlx::query(sql)
        .bind(issue.id.0)
        .bind(issue.project.0)
        .bind(issue.short_number)
        .bind(clean(&first.event_type))
        .bind(clean(&first.title))
        .bind(clean(&first.culprit))
        .bind(clean(&serde_json::to_string(&first.metadata)?))
        .bind(clean(&first.search_text))
        .bind(first.level.number())
        .bind(clean(&first.platform))
        .bind(clean(&first.logger))
        .bind(i64::from(first.unhandled))
        .bind(IssueStatus::Unresolved.number())
        .bind(Substatus::New.number())
        .bind(issue.priority.number())
        .bind(first.at.0)
        .bind(first.release.as_deref().map(clean))
        .run(db)
        .await?;
    Ok(())
}

/// The issue that a hash belongs to, with what decides on a regression.
pub async fn find_by_hash(
    db: &mut Connection,
    project: ProjectId,
    hash: &str,
) -> Result<Option<(IssueId, StatusChange)>, Error> {
    let sql = "SELECT i.id, i.status, i.substatus, i.resolved_at FROM issue_hashes h JOIN issues i ON i.id = h.issue_id
        WHERE h.project_id = $1 AND h.hash = $2 AND i.deleting = 0";
    sqlx::query(sql)
        .bind(project.0)
        .bind(hash)
        .find(db, |row| {
            let status = StatusChange {
                status: row.number("status", IssueStatus::from_number)?,
                substatus: row.number("substatus", Substatus::from_number)?,
                resolved_at: row.optional_time("resolved_at")?,
            };
            Ok((IssueId(row.int("id")?), status))
        })
        .await
}

/// Whether events with this hash are to be dropped, because its issue was deleted and discarded.
pub async fn is_discarded(db: &mut Connection, project: ProjectId, hash: &str) -> Result<bool, Error> {
    let found = sqlx::query("SELECT 1 AS there FROM discarded_hashes WHERE project_id = $1 AND hash = $2")
        .bind(project.0)
        .bind(hash)
        .find(db, |row| row.int("there"))
        .await?;
    Ok(found.is_some())
}

/// Lets events with the hashes of this issue be dropped from now on.
pub async fn discard_hashes(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO discarded_hashes (project_id, hash, created_at)
        SELECT project_id, hash, $3 FROM issue_hashes WHERE project_id = $1 AND issue_id = $2
        ON CONFLICT (project_id, hash) DO NOTHING";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Lets those hashes that belong to no issue yet belong to this one.
pub async fn bind_hashes(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    hashes: &[String],
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_hashes (project_id, hash, issue_id) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, hash) DO NOTHING";
    for hash in hashes {
        sqlx::query(sql)
            .bind(project.0)
            .bind(hash.as_str())
            .bind(issue.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// Counts an event. Title, culprit and the like follow the newest event, whichever order events arrive in.
pub async fn record(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    seen: &Sighting,
    new_user: bool,
) -> Result<(), Error> {
    let sql = "UPDATE issues SET
            times_seen = times_seen + 1,
            users_seen = users_seen + $4,
            first_release = CASE WHEN $3 < first_seen THEN $13 ELSE first_release END,
            first_seen = CASE WHEN $3 < first_seen THEN $3 ELSE first_seen END,
            event_type = CASE WHEN $3 >= last_seen THEN $5 ELSE event_type END,
            title = CASE WHEN $3 >= last_seen THEN $6 ELSE title END,
            culprit = CASE WHEN $3 >= last_seen THEN $7 ELSE culprit END,
            metadata = CASE WHEN $3 >= last_seen THEN $8 ELSE metadata END,
            search_text = CASE WHEN $3 >= last_seen THEN $9 ELSE search_text END,
            level = CASE WHEN $3 >= last_seen THEN $10 ELSE level END,
            platform = CASE WHEN $3 >= last_seen THEN $11 ELSE platform END,
            logger = CASE WHEN $3 >= last_seen THEN $12 ELSE logger END,
            last_release = CASE WHEN $3 >= last_seen THEN $13 ELSE last_release END,
            unhandled = CASE WHEN $3 >= last_seen THEN $14 ELSE unhandled END,
            last_seen = CASE WHEN $3 > last_seen THEN $3 ELSE last_seen END
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(seen.at.0)
        .bind(i64::from(new_user))
        .bind(clean(&seen.event_type))
        .bind(clean(&seen.title))
        .bind(clean(&seen.culprit))
        .bind(clean(&serde_json::to_string(&seen.metadata)?))
        .bind(clean(&seen.search_text))
        .bind(seen.level.number())
        .bind(clean(&seen.platform))
        .bind(clean(&seen.logger))
        .bind(seen.release.as_deref().map(clean))
        .bind(i64::from(seen.unhandled))
        .run(db)
        .await?;
    Ok(())
}

/// Returns `true` if this is the first event of the user in the issue.
pub async fn add_user(db: &mut Connection, issue: IssueId, user_tag: &str) -> Result<bool, Error> {
    let sql =
        "INSERT INTO issue_users (issue_id, user_tag) VALUES ($1, $2) ON CONFLICT (issue_id, user_tag) DO NOTHING";
    Ok(sqlx::query(sql).bind(issue.0).bind(clean(user_tag)).run(db).await? == 1)
}

/// Counts an event in its environment.
pub async fn record_environment(
    db: &mut Connection,
    issue: IssueId,
    environment: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_environments (issue_id, environment, first_seen, last_seen, times_seen)
        VALUES ($1, $2, $3, $3, 1)
        ON CONFLICT (issue_id, environment) DO UPDATE SET
            times_seen = issue_environments.times_seen + 1,
            first_seen = CASE WHEN excluded.first_seen < issue_environments.first_seen
                THEN excluded.first_seen ELSE issue_environments.first_seen END,
            last_seen = CASE WHEN excluded.last_seen > issue_environments.last_seen
                THEN excluded.last_seen ELSE issue_environments.last_seen END";
    sqlx::query(sql)
        .bind(issue.0)
        .bind(clean(environment))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}
