//! How many items ended how, by hour.

use std::{collections::BTreeMap, time::Duration};

use model::{DataCategory, OrganizationId, Outcome, ProjectId, ProjectKeyId, Timestamp};

use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
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

/// Which counts to look at. Tenant first: always of one organization.
#[derive(Debug, Clone, Default)]
pub struct OutcomeFilter {
    /// Empty for all projects.
    pub projects: Vec<ProjectId>,
    /// Empty for all categories; numbers as [`DataCategory::number`].
    pub categories: Vec<i64>,
    /// Empty for all; numbers as [`model::OutcomeKind::number`].
    pub outcomes: Vec<i64>,
    /// Empty for all.
    pub reasons: Vec<String>,
    /// Empty for all.
    pub keys: Vec<ProjectKeyId>,
}

/// What counts are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeGroup {
    Project,
    Category,
    Outcome,
    Reason,
    Key,
}

impl OutcomeGroup {
    fn column(self) -> &'static str {
        match self {
            Self::Project => "project_id",
            Self::Category => "category",
            Self::Outcome => "outcome",
            Self::Reason => "reason",
            Self::Key => "key_id",
        }
    }
}

/// A sum; what was not asked to be told apart is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeSum {
    pub project: Option<ProjectId>,
    pub category: Option<i64>,
    pub outcome: Option<i64>,
    pub reason: Option<String>,
    pub key: Option<ProjectKeyId>,
    /// The bucket, counted from the start.
    pub slot: i64,
    pub quantity: i64,
}

/// Sums from `start` until before `end`, in buckets of `width` (whole hours), told apart by `groups`.
pub async fn sums(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &OutcomeFilter,
    groups: &[OutcomeGroup],
    (start, end, width): (Timestamp, Timestamp, Duration),
) -> Result<Vec<OutcomeSum>, Error> {
    let width = i64::try_from(width.as_micros()).unwrap_or(i64::MAX).max(1);
    let columns: String = groups.iter().map(|group| format!(", {}", group.column())).collect();
    let mut sql = Sql::new("SELECT (hour - ");
    sql.int(start.0).push(") / ").int(width);
    sql.push(&format!(" AS slot, CAST(SUM(quantity) AS BIGINT) AS quantity{columns}"));
    sql.push(" FROM outcomes WHERE organization_id = ").int(organization.0);
    sql.push(" AND hour >= ").int(start.0).push(" AND hour < ").int(end.0);
    if !filter.projects.is_empty() {
        sql.push(" AND project_id IN ")
            .ints(filter.projects.iter().map(|id| id.0));
    }
    if !filter.categories.is_empty() {
        sql.push(" AND category IN ").ints(filter.categories.iter().copied());
    }
    if !filter.outcomes.is_empty() {
        sql.push(" AND outcome IN ").ints(filter.outcomes.iter().copied());
    }
    if !filter.reasons.is_empty() {
        sql.push(" AND reason IN ")
            .texts(filter.reasons.iter().map(String::as_str));
    }
    if !filter.keys.is_empty() {
        sql.push(" AND key_id IN ").ints(filter.keys.iter().map(|id| id.0));
    }
    sql.push(&format!(" GROUP BY slot{columns} ORDER BY slot{columns}"));
    let has = |group| groups.contains(&group);
    let read = |row: &AnyRow| {
        let int = |group: OutcomeGroup| has(group).then(|| row.int(group.column())).transpose();
        Ok(OutcomeSum {
            project: int(OutcomeGroup::Project)?.map(ProjectId),
            category: int(OutcomeGroup::Category)?,
            outcome: int(OutcomeGroup::Outcome)?,
            reason: has(OutcomeGroup::Reason).then(|| row.text("reason")).transpose()?,
            key: int(OutcomeGroup::Key)?.map(ProjectKeyId),
            slot: row.int("slot")?,
            quantity: row.int("quantity")?,
        })
    };
    sql.query().list(db, read).await
}
