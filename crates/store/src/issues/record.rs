//! What an event does to its issue.

use model::{IssueId, IssueStatus, Level, ProjectId, Timestamp};
use triage::State;

use crate::{
    Connection, Error, packed,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
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

#[derive(Debug, Clone, PartialEq)]
pub struct NewIssue {
    pub id: IssueId,
    pub project: ProjectId,
    pub short_number: i64,
    /// Unresolved.
    pub state: State,
}

/// Adds an issue with no events yet: [`record`] counts the first one as well.
pub async fn create(db: &mut Connection, issue: &NewIssue, first: &Sighting) -> Result<(), Error> {
    let sql =
        "INSERT INTO issues (id, project_id, short_number, event_type, title, culprit, metadata, search_text, level,
            platform, logger, unhandled, status, substatus, substatus_since, priority, initial_priority, review_reason,
            review_since, due_at, first_seen, last_seen, times_seen, users_seen, first_release, last_release, deleting)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21, 0,
            0, $22, $22, 0)";
    let state = &issue.state;
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
        .bind(state.status.number())
        .bind(state.substatus.number())
        .bind(state.since.0)
        .bind(state.priority.number())
        .bind(state.initial_priority.number())
        .bind(state.review.map(|review| review.reason.number()))
        .bind(state.review.map(|review| review.since.0))
        .bind(triage::due(state, first.at).map(|at| at.0))
        .bind(first.at.0)
        .bind(first.release.as_deref().map(clean))
        .run(db)
        .await?;
    Ok(())
}

/// An issue that a hash belongs to, and whether events may change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub hash: String,
    pub issue: IssueId,
    pub status: IssueStatus,
    /// Of the owners that it has by its rules.
    pub owners_key: i64,
}

/// Those of `hashes` that belong to an issue.
pub async fn bound(db: &mut Connection, project: ProjectId, hashes: &[&str]) -> Result<Vec<Bound>, Error> {
    let mut found = Vec::new();
    for hashes in hashes.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new(
            "SELECT h.hash, i.id, i.status, i.owners_key
            FROM issue_hashes h JOIN issues i ON i.id = h.issue_id WHERE h.project_id = ",
        );
        sql.int(project.0)
            .push(" AND i.deleting = 0 AND h.hash IN ")
            .texts(hashes.iter().copied());
        found.extend(
            sql.query()
                .list(db, |row| {
                    Ok(Bound {
                        hash: row.text("hash")?,
                        issue: IssueId(row.int("id")?),
                        status: row.number("status", IssueStatus::from_number)?,
                        owners_key: row.int("owners_key")?,
                    })
                })
                .await?,
        );
    }
    Ok(found)
}

/// The issues that these hashes belong to.
pub async fn having_hashes(db: &mut Connection, project: ProjectId, hashes: &[&str]) -> Result<Vec<IssueId>, Error> {
    let mut found = Vec::new();
    for hashes in hashes.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new(
            "SELECT DISTINCT i.id FROM issue_hashes h JOIN issues i ON i.id = h.issue_id WHERE h.project_id = ",
        );
        sql.int(project.0)
            .push(" AND i.deleting = 0 AND h.hash IN ")
            .texts(hashes.iter().copied());
        found.extend(packed::list(sql, ["id"], db, |[id]| Ok(IssueId(packed::int(id)?))).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Those of `hashes` whose events are to be dropped, because their issue was deleted and discarded.
pub async fn discarded(db: &mut Connection, project: ProjectId, hashes: &[&str]) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for hashes in hashes.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT hash FROM discarded_hashes WHERE project_id = ");
        sql.int(project.0).push(" AND hash IN ").texts(hashes.iter().copied());
        found.extend(sql.query().list(db, |row| row.text("hash")).await?);
    }
    Ok(found)
}

/// Lets events with the hashes of this issue be dropped from now on.
pub async fn discard_hashes(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    at: Timestamp,
) -> Result<(), Error> {
    // Not by the project's index (see `NOT_BY_INDEX`).
    let sql = "INSERT INTO discarded_hashes (project_id, hash, created_at)
        SELECT project_id, hash, $3 FROM issue_hashes WHERE +project_id = $1 AND issue_id = $2
        ON CONFLICT (project_id, hash) DO NOTHING";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// What several events do to one issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Sightings<'a> {
    pub project: ProjectId,
    pub issue: IssueId,
    pub events: i64,
    /// Users who were not seen in the issue before.
    pub new_users: i64,
    /// The oldest of the events, and its release.
    pub first_at: Timestamp,
    pub first_release: Option<&'a str>,
    /// The event that the issue looks like from now on, if none in the issue is newer.
    pub newest: &'a Sighting,
}

/// Counts events, those of an issue once. Title, culprit and the like follow the newest event, whichever order events
/// arrive in. [`Error::Moved`] when one of the issues is there no more.
///
/// On PostgreSQL the issues are to be held already: the order in which one statement takes them is nobody's.
pub async fn record(db: &mut Connection, seen: &[Sightings<'_>]) -> Result<(), Error> {
    for seen in seen.chunks(VALUES_A_STATEMENT / 17) {
        let mut sql = Sql::new(
            "WITH seen (project_id, id, events, new_users, first_at, first_release, last_at, event_type, title, culprit,
                metadata, search_text, level, platform, logger, unhandled, release) AS (VALUES ",
        );
        for (index, seen) in seen.iter().enumerate() {
            let newest = seen.newest;
            sql.push(if index == 0 { "(" } else { ", (" }).int(seen.project.0);
            sql.push(", ").int(seen.issue.0);
            sql.push(", ").int(seen.events).push(", ").int(seen.new_users);
            sql.push(", ").int(seen.first_at.0);
            sql.push(", ").optional_text(seen.first_release);
            sql.push(", ").int(newest.at.0);
            sql.push(", ").text(&newest.event_type);
            sql.push(", ").text(&newest.title).push(", ").text(&newest.culprit);
            sql.push(", ").text(&serde_json::to_string(&newest.metadata)?);
            sql.push(", ").text(&newest.search_text);
            sql.push(", ").int(newest.level.number());
            sql.push(", ").text(&newest.platform).push(", ").text(&newest.logger);
            sql.push(", ").int(i64::from(newest.unhandled));
            sql.push(", ").optional_text(newest.release.as_deref()).push(")");
        }
        sql.push(
            ") UPDATE issues SET
                times_seen = times_seen + seen.events,
                users_seen = users_seen + seen.new_users,
                first_release = CASE WHEN seen.first_at < first_seen THEN seen.first_release
                    ELSE issues.first_release END,
                first_seen = CASE WHEN seen.first_at < first_seen THEN seen.first_at ELSE first_seen END,
                event_type = CASE WHEN seen.last_at >= last_seen THEN seen.event_type ELSE issues.event_type END,
                title = CASE WHEN seen.last_at >= last_seen THEN seen.title ELSE issues.title END,
                culprit = CASE WHEN seen.last_at >= last_seen THEN seen.culprit ELSE issues.culprit END,
                metadata = CASE WHEN seen.last_at >= last_seen THEN seen.metadata ELSE issues.metadata END,
                search_text = CASE WHEN seen.last_at >= last_seen THEN seen.search_text ELSE issues.search_text END,
                level = CASE WHEN seen.last_at >= last_seen THEN seen.level ELSE issues.level END,
                platform = CASE WHEN seen.last_at >= last_seen THEN seen.platform ELSE issues.platform END,
                logger = CASE WHEN seen.last_at >= last_seen THEN seen.logger ELSE issues.logger END,
                last_release = CASE WHEN seen.last_at >= last_seen THEN seen.release ELSE last_release END,
                unhandled = CASE WHEN seen.last_at >= last_seen THEN seen.unhandled ELSE issues.unhandled END,
                last_seen = CASE WHEN seen.last_at > last_seen THEN seen.last_at ELSE last_seen END
            FROM seen WHERE issues.project_id = seen.project_id AND issues.id = seen.id AND deleting = 0",
        );
        if sql.query_once().run(db).await? != seen.len() as u64 {
            return Err(Error::Moved);
        }
    }
    Ok(())
}
