//! Questions to the index, and what it answers.

use std::sync::Arc;

use model::{EventId, IssueId, ProjectId, Timestamp};
use query::{Column, Condition, EventQuery, Expr, Field, OrderBy};

use super::{Bindings, Buckets};

/// Rows or groups of rows.
#[derive(Debug, Clone)]
pub struct TableQuestion {
    pub columns: Vec<Column>,
    pub query: EventQuery,
    /// Rows without a value stand last in both directions. Ties are broken (events: the newest first; groups: by their
    /// fields), so that pages neither overlap nor leave out.
    pub order: Vec<OrderBy>,
    pub limit: usize,
    pub offset: usize,
    /// Wanted where a column or condition is about issues.
    pub bindings: Option<Arc<Bindings>>,
}

/// One value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Texts(Vec<String>),
    Number(f64),
    Integer(i64),
    Flag(bool),
    Time(Timestamp),
    EventId(EventId),
    Project(ProjectId),
    Issue(IssueId),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there are rows behind the last one.
    pub more: bool,
}

/// Aggregates over time.
#[derive(Debug, Clone)]
pub struct SeriesQuestion {
    /// Aggregates and equations of them.
    pub values: Vec<Column>,
    pub filter: Expr<Condition>,
    pub buckets: Buckets,
    /// One series for each of these groups, beside that of all others; without it one series of everything.
    pub groups: Option<SeriesGroups>,
    pub bindings: Option<Arc<Bindings>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SeriesGroups {
    pub fields: Vec<Field>,
    /// The cells of the fields, as a table answered them.
    pub keys: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesAnswer {
    /// In the order of the keys; a single one without groups.
    pub groups: Vec<Series>,
    /// All rows that are in none of the groups.
    pub other: Option<Series>,
}

/// For each of the values, one number a bucket.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    pub values: Vec<Vec<Option<f64>>>,
}

/// A tag key or field with its most frequent values.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    pub field: Field,
    /// Rows that have it.
    pub rows: i64,
    /// Of its values; about right where there are very many.
    pub distinct: i64,
    /// The most frequent first.
    pub values: Vec<FacetValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    pub value: String,
    pub rows: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// How values of one field are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueOrder {
    Rows,
    LastSeen,
    FirstSeen,
}

/// What of an issue's hash a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashHit {
    pub project: ProjectId,
    pub hash: String,
    pub rows: i64,
    /// Distinct users.
    pub users: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// Why a question has no answer. The message is for the asker.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    #[error("the question took longer than {0} seconds: ask for a shorter time, fewer projects or fewer columns")]
    Time(u64),
    #[error("the question has too many groups or distinct values: ask for a shorter time or group by fewer fields")]
    Memory,
    #[error("the asker is gone")]
    Cancelled,
    /// The field is not of a kind for this.
    #[error("{0}")]
    Unsupported(String),
    #[error("the event index could not be read")]
    Index(#[source] Box<dyn std::error::Error + Send + Sync>),
}
