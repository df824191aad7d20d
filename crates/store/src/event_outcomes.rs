//! What became of items with an event id that were not accepted. Those that were are in the tables of their kind.

use model::{DataCategory, EventId, OrganizationId, Outcome, OutcomeKind, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventOutcome {
    pub project: ProjectId,
    pub event_id: EventId,
    pub received_at: Timestamp,
    pub category: DataCategory,
    pub outcome: Outcome,
}

pub async fn add(db: &mut Connection, outcome: &EventOutcome) -> Result<(), Error> {
    let sql = "INSERT INTO event_outcomes (project_id, event_id, received_at, category, outcome, reason)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(outcome.project.0)
        .bind(outcome.event_id.to_string())
        .bind(outcome.received_at.0)
        .bind(outcome.category.number())
        .bind(outcome.outcome.kind.number())
        .bind(clean(&outcome.outcome.reason))
        .run(db)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<EventOutcome, Error> {
    let kind = row.number("outcome", OutcomeKind::from_number)?;
    Ok(EventOutcome {
        project: ProjectId(row.int("project_id")?),
        event_id: row.event_id("event_id")?,
        received_at: row.time("received_at")?,
        category: row.number("category", DataCategory::from_number)?,
        outcome: Outcome::new(kind, row.text("reason")?),
    })
}

/// The latest first, at most 100: an id may come again and again.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    event_id: EventId,
) -> Result<Vec<EventOutcome>, Error> {
    let sql = "SELECT o.project_id, o.event_id, o.received_at, o.category, o.outcome, o.reason
        FROM event_outcomes o JOIN projects p ON p.id = o.project_id
        WHERE p.organization_id = $1 AND o.event_id = $2 AND p.deleting = 0
        ORDER BY o.received_at DESC, o.category LIMIT 100";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(event_id.to_string())
        .list(db, read)
        .await
}

/// Lets go what was received before.
pub async fn delete_older(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM event_outcomes WHERE received_at < $1")
        .bind(before.0)
        .run(db)
        .await
}
