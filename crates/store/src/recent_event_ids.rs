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
        let ids: Vec<String> = events.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new("SELECT event_id FROM recent_event_ids WHERE project_id = ");
        sql.int(project.0);
        sql.push(" AND event_id IN ").texts(ids.iter().map(String::as_str));
        known.extend(sql.query().list(db, |row| row.event_id("event_id")).await?);
    }
    Ok(known)
}

/// Whether an event came to one of these projects.
pub async fn came_to(db: &mut Connection, projects: &[ProjectId], event: EventId) -> Result<bool, Error> {
    for projects in projects.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT project_id FROM recent_event_ids WHERE project_id IN ");
        sql.ints(projects.iter().map(|project| project.0));
        sql.push(" AND event_id = ").text(&event.to_string()).push(" LIMIT 1");
        if sql.query().find(db, |row| row.int("project_id")).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes events that are not known.
pub async fn add(db: &mut Connection, events: &[RecentEvent]) -> Result<(), Error> {
    for events in events.chunks(VALUES_A_STATEMENT / 5) {
        let mut sql =
            Sql::new("INSERT INTO recent_event_ids (project_id, event_id, timestamp, received_at, issue_id) VALUES ");
        for (index, event) in events.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(event.project.0);
            sql.push(", ").text(&event.id.to_string());
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
    sqlx::query("SELECT issue_id, timestamp FROM recent_event_ids WHERE project_id = $1 AND event_id = $2")
        .bind(project.0)
        .bind(event.to_string())
        .find(db, |row| {
            Ok(EventIssue {
                issue: row.optional_int("issue_id")?.map(IssueId),
                timestamp: row.time("timestamp")?,
            })
        })
        .await
}

/// Forgets those received before `before`.
pub async fn delete_older(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM recent_event_ids WHERE received_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
