//! Events with their payloads and tags.

use std::{collections::BTreeSet, time::Duration};

use model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub project: ProjectId,
    pub id: EventId,
    /// `None` for what belongs to no issue, as transactions.
    pub issue: Option<IssueId>,
    /// `error`, `transaction`, …
    pub event_type: String,
    /// Of the hashes, the one that names the event; empty without an issue.
    pub hash: String,
    /// The grouping strategy that made the hash; empty without an issue.
    pub grouping_strategy: String,
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    /// Empty when the event names none.
    pub environment: String,
    /// `id:…`, `username:…`, `email:…` or `ip:…`; empty for an event without a user.
    pub user_tag: String,
    /// The normalized event as JSON.
    pub payload: String,
}

/// Where an event stands among those of its issue: oldest first, the id decides between equal times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    pub timestamp: Timestamp,
    pub id: EventId,
}

impl StoredEvent {
    pub fn place(&self) -> EventPlace {
        EventPlace {
            timestamp: self.timestamp,
            id: self.id,
        }
    }
}

const COLUMNS: &str = "e.project_id, e.event_id, e.issue_id, e.event_type, e.hash, e.grouping_strategy, e.timestamp,
    e.received_at, e.environment, e.user_tag, e.payload";

/// What stands in the column where there is no issue.
const NO_ISSUE: i64 = 0;

fn read(row: &AnyRow) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        project: ProjectId(row.int("project_id")?),
        id: row.event_id("event_id")?,
        issue: Some(row.int("issue_id")?).filter(|id| *id != NO_ISSUE).map(IssueId),
        event_type: row.text("event_type")?,
        hash: row.text("hash")?,
        grouping_strategy: row.text("grouping_strategy")?,
        timestamp: row.time("timestamp")?,
        received_at: row.time("received_at")?,
        environment: row.text("environment")?,
        user_tag: row.text("user_tag")?,
        payload: row.text("payload")?,
    })
}

fn read_place(row: &AnyRow) -> Result<EventPlace, Error> {
    Ok(EventPlace {
        timestamp: row.time("timestamp")?,
        id: row.event_id("event_id")?,
    })
}

/// Returns `false` if the project has an event with this id; nothing is written then. Tags are searched in issues, so
/// those of an event without one stay in its payload.
pub async fn create(db: &mut Connection, event: &StoredEvent, tags: &[(String, String)]) -> Result<bool, Error> {
    let sql = "INSERT INTO events (project_id, event_id, issue_id, timestamp, received_at, environment, user_tag,
            payload, event_type, hash, grouping_strategy)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (project_id, event_id) DO NOTHING";
    let written = sqlx::query(sql)
        .bind(event.project.0)
        .bind(event.id.to_string())
        .bind(event.issue.map_or(NO_ISSUE, |issue| issue.0))
        .bind(event.timestamp.0)
        .bind(event.received_at.0)
        .bind(clean(&event.environment))
        .bind(clean(&event.user_tag))
        .bind(clean(&event.payload))
        .bind(clean(&event.event_type))
        .bind(&event.hash)
        .bind(&event.grouping_strategy)
        .run(db)
        .await?;
    if written == 1 && event.issue.is_some() {
        create_tags(db, event, tags).await?;
    }
    Ok(written == 1)
}

/// How many tags of an event can be searched; further ones stay in its payload. One hostile event must not hold the writer
/// for seconds, and a statement takes 32,766 parameters in SQLite.
const MAX_TAGS: usize = 1_000;

async fn create_tags(db: &mut Connection, event: &StoredEvent, tags: &[(String, String)]) -> Result<(), Error> {
    if tags.is_empty() {
        return Ok(());
    }
    let mut sql =
        Sql::new("INSERT INTO event_tags (project_id, issue_id, event_id, timestamp, tag_key, tag_value) VALUES ");
    for (index, (key, value)) in tags.iter().take(MAX_TAGS).enumerate() {
        sql.push(if index == 0 { "(" } else { ", (" })
            .int(event.project.0)
            .push(", ")
            .int(event.issue.map_or(NO_ISSUE, |issue| issue.0));
        sql.push(", ")
            .text(&event.id.to_string())
            .push(", ")
            .int(event.timestamp.0);
        sql.push(", ").text(key).push(", ").text(value).push(")");
    }
    sql.query().run(db).await?;
    Ok(())
}

pub async fn find(db: &mut Connection, project: ProjectId, id: EventId) -> Result<Option<StoredEvent>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM events e WHERE e.project_id = $1 AND e.event_id = $2"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(id.to_string())
        .find(db, read)
        .await
}

/// What of an event decides on the things that were sent beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventIssue {
    pub issue: Option<IssueId>,
    pub timestamp: Timestamp,
}

pub async fn find_issue(db: &mut Connection, project: ProjectId, id: EventId) -> Result<Option<EventIssue>, Error> {
    let sql = "SELECT issue_id, timestamp FROM events WHERE project_id = $1 AND event_id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(id.to_string())
        .find(db, |row| {
            Ok(EventIssue {
                issue: Some(row.int("issue_id")?).filter(|id| *id != NO_ISSUE).map(IssueId),
                timestamp: row.time("timestamp")?,
            })
        })
        .await
}

/// An event of any project of an organization.
pub async fn find_in_organization(
    db: &mut Connection,
    organization: OrganizationId,
    id: EventId,
) -> Result<Option<StoredEvent>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM projects p JOIN events e ON e.project_id = p.id AND e.event_id = $2
         WHERE p.organization_id = $1 AND p.deleting = 0"
    ));
    sqlx::query(sql)
        .bind(organization.0)
        .bind(id.to_string())
        .find(db, read)
        .await
}

pub async fn latest(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<Option<StoredEvent>, Error> {
    at_end(db, project, issue, "DESC").await
}

pub async fn oldest(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<Option<StoredEvent>, Error> {
    at_end(db, project, issue, "ASC").await
}

async fn at_end(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    order: &str,
) -> Result<Option<StoredEvent>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM events e WHERE e.project_id = $1 AND e.issue_id = $2
         ORDER BY e.timestamp {order}, e.event_id {order} LIMIT 1"
    ));
    sqlx::query(sql).bind(project.0).bind(issue.0).find(db, read).await
}

/// The next older and the next newer event of the same issue.
pub async fn neighbors(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    place: EventPlace,
) -> Result<(Option<EventId>, Option<EventId>), Error> {
    let older = "SELECT timestamp, event_id FROM events WHERE project_id = $1 AND issue_id = $2
        AND (timestamp < $3 OR (timestamp = $3 AND event_id < $4)) ORDER BY timestamp DESC, event_id DESC LIMIT 1";
    let newer = "SELECT timestamp, event_id FROM events WHERE project_id = $1 AND issue_id = $2
        AND (timestamp > $3 OR (timestamp = $3 AND event_id > $4)) ORDER BY timestamp ASC, event_id ASC LIMIT 1";
    let mut found = [None, None];
    for (slot, sql) in found.iter_mut().zip([older, newer]) {
        *slot = sqlx::query(sql)
            .bind(project.0)
            .bind(issue.0)
            .bind(place.timestamp.0)
            .bind(place.id.to_string())
            .find(db, read_place)
            .await?
            .map(|place| place.id);
    }
    Ok((found[0], found[1]))
}

/// Which events to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsOf {
    /// Those that belong to an issue.
    Project(ProjectId),
    Issue(ProjectId, IssueId),
}

/// A page of a list, newest first: at most `limit` events that stand before (older) or after (newer) `place`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPage {
    pub start: PageStart,
    pub limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    Newest,
    OlderThan(EventPlace),
    NewerThan(EventPlace),
}

pub async fn list(
    db: &mut Connection,
    of: EventsOf,
    since: Timestamp,
    until: Timestamp,
    page: EventPage,
) -> Result<Vec<StoredEvent>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM events e WHERE e.project_id = "));
    match of {
        EventsOf::Project(project) => sql.int(project.0).push(" AND e.issue_id <> ").int(NO_ISSUE),
        EventsOf::Issue(project, issue) => sql.int(project.0).push(" AND e.issue_id = ").int(issue.0),
    };
    sql.push(" AND e.timestamp >= ")
        .int(since.0)
        .push(" AND e.timestamp < ")
        .int(until.0);
    let mut beyond = |sign: &str, place: EventPlace| {
        let (time, id) = (place.timestamp.0, place.id.to_string());
        sql.push(" AND (e.timestamp ").push(sign).int(time);
        sql.push(" OR (e.timestamp = ")
            .int(time)
            .push(" AND e.event_id ")
            .push(sign)
            .text(&id)
            .push("))");
    };
    let order = match page.start {
        PageStart::Newest => "DESC",
        PageStart::OlderThan(place) => {
            beyond("< ", place);
            "DESC"
        }
        PageStart::NewerThan(place) => {
            beyond("> ", place);
            "ASC"
        }
    };
    sql.push(&format!(" ORDER BY e.timestamp {order}, e.event_id {order} LIMIT "))
        .int(page.limit);
    let mut events = sql.query().list(db, read).await?;
    if matches!(page.start, PageStart::NewerThan(_)) {
        events.reverse();
    }
    Ok(events)
}

/// Counts of events over time, in `slots` buckets of `width` from `start` on, for each of `issues`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    pub start: Timestamp,
    pub width: Duration,
    pub slots: usize,
}

impl Buckets {
    fn width_micros(&self) -> i64 {
        i64::try_from(self.width.as_micros()).unwrap_or(i64::MAX).max(1)
    }

    fn end(&self) -> Timestamp {
        Timestamp(self.start.0 + self.width_micros() * i64::try_from(self.slots).unwrap_or(0))
    }

    fn slot(&self, number: i64) -> Option<usize> {
        usize::try_from(number).ok().filter(|slot| *slot < self.slots)
    }
}

/// One list of counts for each of `issues`, in their order.
pub async fn counts(
    db: &mut Connection,
    project_issues: &[(ProjectId, IssueId)],
    buckets: Buckets,
) -> Result<Vec<Vec<i64>>, Error> {
    let mut counts = vec![vec![0; buckets.slots]; project_issues.len()];
    let mut sql = Sql::new("SELECT issue_id, (timestamp - ");
    sql.int(buckets.start.0).push(") / ").int(buckets.width_micros());
    sql.push(" AS slot, COUNT(*) AS events FROM events WHERE project_id IN ");
    let projects: BTreeSet<i64> = project_issues.iter().map(|(project, _)| project.0).collect();
    sql.ints(projects)
        .push(" AND issue_id IN ")
        .ints(project_issues.iter().map(|(_, issue)| issue.0));
    sql.push(" AND timestamp >= ")
        .int(buckets.start.0)
        .push(" AND timestamp < ")
        .int(buckets.end().0);
    sql.push(" GROUP BY issue_id, slot");
    let read = |row: &AnyRow| Ok((IssueId(row.int("issue_id")?), row.int("slot")?, row.int("events")?));
    for (issue, slot, events) in sql.query().list(db, read).await? {
        let Some(slot) = buckets.slot(slot) else { continue };
        for (_, counts) in project_issues
            .iter()
            .zip(&mut counts)
            .filter(|((_, id), _)| *id == issue)
        {
            counts[slot] = events;
        }
    }
    Ok(counts)
}

/// The counts of a whole project.
pub async fn counts_of_project(db: &mut Connection, project: ProjectId, buckets: Buckets) -> Result<Vec<i64>, Error> {
    let sql = "SELECT (timestamp - $2) / $4 AS slot, COUNT(*) AS events FROM events
        WHERE project_id = $1 AND issue_id <> 0 AND timestamp >= $2 AND timestamp < $3 GROUP BY slot";
    let rows = sqlx::query(sql)
        .bind(project.0)
        .bind(buckets.start.0)
        .bind(buckets.end().0)
        .bind(buckets.width_micros())
        .list(db, |row| Ok((row.int("slot")?, row.int("events")?)))
        .await?;
    let mut counts = vec![0; buckets.slots];
    for (slot, events) in rows {
        if let Some(slot) = buckets.slot(slot) {
            counts[slot] = events;
        }
    }
    Ok(counts)
}
