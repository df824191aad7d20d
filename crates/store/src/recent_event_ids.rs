//! Which event ids came within the last 24 hours of receipt, to count an event once.

use std::collections::HashSet;

use model::{EventId, IssueId, ProjectId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// An event that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentEvent {
    pub project: ProjectId,
    pub id: EventId,
    pub issue: Option<IssueId>,
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
}

/// What of an event decides on the things that were sent beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventIssue {
    pub issue: Option<IssueId>,
    pub timestamp: Timestamp,
}

/// Those of a project's `events` that came before.
pub async fn known(db: &mut Connection, project: ProjectId, events: &[EventId]) -> Result<HashSet<EventId>, Error> {
    let mut known = HashSet::new();
    for events in events.chunks(VALUES_A_STATEMENT) {
        // A first half decides nearly always; what else it brings was not asked for.
        let asked: HashSet<EventId> = events.iter().copied().collect();
        let mut sql = Sql::new("SELECT id_high, id_low FROM recent_event_ids WHERE project_id = ");
        sql.int(project.0);
        sql.push(" AND id_high IN ")
            .ints(events.iter().map(|event| halves(*event).0));
        let found = sql
            .query()
            .list(db, |row| Ok(joined(row.int("id_high")?, row.int("id_low")?)))
            .await?;
        known.extend(found.into_iter().filter(|event| asked.contains(event)));
    }
    Ok(known)
}

/// Whether an event came to one of these projects.
pub async fn came_to(db: &mut Connection, projects: &[ProjectId], event: EventId) -> Result<bool, Error> {
    let (high, low) = halves(event);
    for projects in projects.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT project_id FROM recent_event_ids WHERE project_id IN ");
        sql.ints(projects.iter().map(|project| project.0));
        sql.push(" AND id_high = ").int(high).push(" AND id_low = ").int(low);
        sql.push(" LIMIT 1");
        if sql.query().find(db, |row| row.int("project_id")).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes events that are not known.
pub async fn add(db: &mut Connection, events: &[RecentEvent]) -> Result<(), Error> {
    for events in events.chunks(VALUES_A_STATEMENT / 6) {
        let mut sql = Sql::new(
            "INSERT INTO recent_event_ids (project_id, id_high, id_low, timestamp, received_at, issue_id) VALUES ",
        );
        for (index, event) in events.iter().enumerate() {
            let (high, low) = halves(event.id);
            sql.push(if index == 0 { "(" } else { ", (" }).int(event.project.0);
            sql.push(", ").int(high).push(", ").int(low);
            sql.push(", ").int(event.timestamp.0);
            sql.push(", ").int(event.received_at.0);
            match event.issue {
                Some(issue) => sql.push(", ").int(issue.0).push(")"),
                None => sql.push(", NULL)"),
            };
        }
        sql.query().run(db).await?;
    }
    Ok(())
}

pub async fn find(db: &mut Connection, project: ProjectId, event: EventId) -> Result<Option<EventIssue>, Error> {
    let (high, low) = halves(event);
    sqlx::query(
        "SELECT issue_id, timestamp FROM recent_event_ids WHERE project_id = $1 AND id_high = $2 AND id_low = $3",
    )
    .bind(project.0)
    .bind(high)
    .bind(low)
    .find(db, |row| {
        Ok(EventIssue {
            issue: row.optional_int("issue_id")?.map(IssueId),
            timestamp: row.time("timestamp")?,
        })
    })
    .await
}

/// The halves of an id as numbers, which take a fourth of the room of its text.
fn halves(event: EventId) -> (i64, i64) {
    let (halves, _) = event.0.as_chunks();
    (i64::from_be_bytes(halves[0]), i64::from_be_bytes(halves[1]))
}

fn joined(high: i64, low: i64) -> EventId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    EventId(bytes)
}

/// Forgets those received before `before`.
pub async fn delete_older(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM recent_event_ids WHERE received_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
