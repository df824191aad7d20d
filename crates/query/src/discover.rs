//! What is asked of many events: columns, aggregates, equations, an order.

use crate::{Condition, Expr, Field};

/// A column of a table. With an aggregate or equation among them, rows are groups of events that are equal in all
/// columns that are fields; without one, rows are events.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Field(Field),
    Aggregate(Aggregate),
    Equation(Equation),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// `count()`
    Count,
    /// `count_if(…)`, also `failure_count()` and the like.
    CountIf(Box<Expr<Condition>>),
    /// `count_unique(field)`
    CountUnique(Field),
    /// `p50(field)`, `percentile(field, 0.95)`, `median`: the rank is between 0 and 1.
    Percentile(Field, f64),
    Average(Field),
    Sum(Field),
    Min(Field),
    Max(Field),
    /// `any(field)`: some value of it, the same whenever asked.
    Any(Field),
    /// `last_seen()`: the greatest timestamp.
    LastSeen,
    /// `first_seen()`
    FirstSeen,
    /// `latest_event()`: the id of the newest event.
    LatestEvent,
    /// `epm()`: events a minute of the whole window (or of the bucket of a series).
    PerMinute,
    /// `eps()`
    PerSecond,
    /// `failure_rate()`: the share of transactions whose status is none of ok, cancelled and unknown.
    FailureRate,
    /// `apdex(threshold in ms)` over the duration.
    Apdex(f64),
    /// `user_misery(threshold in ms)`
    UserMisery(f64),
    /// `count_miserable(user, threshold in ms)`: users who waited more than four times the threshold.
    CountMiserable(f64),
}

/// Arithmetic over aggregates: `equation|count_if(...) / count() * 100`.
#[derive(Debug, Clone, PartialEq)]
pub enum Equation {
    Number(f64),
    Aggregate(Aggregate),
    /// A numeric field of the row, where rows are events.
    Field(Field),
    Calculation(Box<Self>, Operator, Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    /// By zero gives nothing.
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// One key of an order: a column by its place in the list, so every key is also shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderBy {
    pub column: usize,
    pub direction: Direction,
}
