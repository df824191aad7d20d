//! How many items ended how, by hour.

use std::{collections::BTreeMap, time::Duration};

use model::{DataCategory, OrganizationId, Outcome, ProjectId, ProjectKeyId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

/// What is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutcomeKey {
    pub hour: Timestamp,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub key: ProjectKeyId,
    pub category: DataCategory,
    pub outcome: Outcome,
}

impl OutcomeKey {
    pub const HOUR: Duration = Duration::from_secs(3600);
}

/// Counts to add, gathered over a batch.
pub type OutcomeCounts = BTreeMap<OutcomeKey, i64>;

pub async fn add(db: &mut Connection, counts: &OutcomeCounts) -> Result<(), Error> {
    let sql = "INSERT INTO outcomes (hour, organization_id, project_id, key_id, category, outcome, reason, quantity)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (hour, organization_id, project_id, key_id, category, outcome, reason)
        DO UPDATE SET quantity = outcomes.quantity + excluded.quantity";
    for (key, quantity) in counts {
        sqlx::query(sql)
            .bind(key.hour.0)
            .bind(key.organization.0)
            .bind(key.project.0)
            .bind(key.key.0)
            .bind(key.category.number())
            .bind(key.outcome.kind.number())
            .bind(clean(&key.outcome.reason))
            .bind(*quantity)
            .run(db)
            .await?;
    }
    Ok(())
}

/// A total over all keys and hours of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeTotal {
    /// As [`DataCategory::number`].
    pub category: i64,
    /// As [`model::OutcomeKind::number`].
    pub outcome: i64,
    pub reason: String,
    pub quantity: i64,
}

pub async fn totals(db: &mut Connection, project: ProjectId, since: Timestamp) -> Result<Vec<OutcomeTotal>, Error> {
    let sql = "SELECT category, outcome, reason, CAST(SUM(quantity) AS BIGINT) AS quantity FROM outcomes
        WHERE project_id = $1 AND hour >= $2 GROUP BY category, outcome, reason ORDER BY category, outcome, reason";
    sqlx::query(sql)
        .bind(project.0)
        .bind(since.0)
        .list(db, |row| {
            Ok(OutcomeTotal {
                category: row.int("category")?,
                outcome: row.int("outcome")?,
                reason: row.text("reason")?,
                quantity: row.int("quantity")?,
            })
        })
        .await
}
