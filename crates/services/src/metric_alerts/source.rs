//! From a rule to what the event index is asked.

use alerts::metric::{Dataset as Measured, EventType, MetricRule};
use model::Timestamp;
use query::{
    Aggregate, Column, Condition, Dataset, EventContext, EventQuery, Expr, Field, Known, ParseError, Pattern,
    Selection, Test, ValueType,
};

use super::{sessions::SessionQuery, statuses::Statuses};

/// What is measured.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Events(Box<Events>),
    Sessions(SessionQuery),
}

#[derive(Debug, Clone)]
pub(super) struct Events {
    pub(super) datasets: Vec<Dataset>,
    pub(super) column: Column,
    /// As typed, without what is said of the status of issues.
    pub(super) query: String,
    pub(super) statuses: Option<Statuses>,
    /// One of these, where it matters.
    pub(super) event_types: Vec<&'static str>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error("{0}")]
    Aggregate(ParseError),
    #[error("{0:?} is no number that could be compared: use a function such as count()")]
    NoNumber(String),
    #[error("{0}")]
    Query(ParseError),
    #[error("{0:?} is about groups of events, and here are none: leave it out")]
    Groups(String),
    #[error("{0}")]
    Status(&'static str),
    #[error("sessions can be searched by release and environment only")]
    Sessions,
}

impl SourceError {
    /// Which field is wrong, and how.
    pub(super) fn for_field(&self) -> (&'static str, String) {
        match self {
            Self::Aggregate(_) | Self::NoNumber(_) => ("aggregate", format!("Invalid Metric: {self}")),
            _ => ("query", format!("Invalid query: {self}")),
        }
    }
}

impl Source {
    pub(super) fn of(rule: &MetricRule, now: Timestamp) -> Result<Self, SourceError> {
        let context = EventContext {
            datasets: datasets(rule),
            now,
        };
        if let Some(crash_free) = rule.crash_free() {
            let query = query::parse_events(&rule.query, &context).map_err(SourceError::Query)?;
            return SessionQuery::of(crash_free, rule.environment.as_deref(), query).map(Self::Sessions);
        }
        let (query, statuses) = Statuses::taken_from(&rule.query)?;
        let EventQuery { having, .. } = query::parse_events(&query, &context).map_err(SourceError::Query)?;
        if let Some(having) = having.first() {
            return Err(SourceError::Groups(having.to_string()));
        }
        // Sentry's older name of the user.
        let aggregate = rule.aggregate.replace("tags[sentry:user]", "user");
        let selection = Selection::parse(&aggregate, &context).map_err(SourceError::Aggregate)?;
        if !is_number(&selection.column) {
            return Err(SourceError::NoNumber(rule.aggregate.clone()));
        }
        let needs_type = rule.dataset == Measured::Events;
        Ok(Self::Events(Box::new(Events {
            datasets: context.datasets,
            column: selection.column,
            query,
            statuses,
            event_types: rule
                .event_types
                .iter()
                .filter(|_| needs_type)
                .map(|of| of.name())
                .collect(),
        })))
    }
}

fn datasets(rule: &MetricRule) -> Vec<Dataset> {
    match rule.dataset {
        Measured::Events | Measured::Sessions | Measured::Metrics => vec![Dataset::Errors],
        Measured::Transactions | Measured::GenericMetrics => vec![Dataset::Transactions],
        Measured::AnalyticsPlatform => {
            let of = |of: &EventType| match of {
                EventType::Log => Dataset::Logs,
                _ => Dataset::Spans,
            };
            let mut datasets: Vec<Dataset> = rule.event_types.iter().map(of).collect();
            datasets.sort_unstable();
            datasets.dedup();
            datasets
        }
    }
}

/// Of several events, and something that can be more or less.
fn is_number(column: &Column) -> bool {
    let of_time = matches!(
        column,
        Column::Aggregate(Aggregate::FirstSeen | Aggregate::LastSeen | Aggregate::LatestEvent | Aggregate::Any(_))
    );
    let types = [
        ValueType::Integer,
        ValueType::Number,
        ValueType::Duration,
        ValueType::Percentage,
        ValueType::Rate,
    ];
    column.is_aggregate() && !of_time && types.contains(&column.value_type())
}

impl Events {
    /// What must hold beside the search: the types of the events, and when they were received.
    pub(super) fn conditions(&self, received: Option<(Timestamp, Timestamp)>) -> Vec<Expr<Condition>> {
        let mut conditions = Vec::new();
        if !self.event_types.is_empty() {
            let types = self.event_types.iter().map(|name| Pattern::Exact((*name).to_owned()));
            conditions.push(term(Known::EventType, Test::Any(types.collect())));
        }
        if let Some((from, until)) = received {
            conditions.push(term(
                Known::ReceivedAt,
                Test::Time(query::Comparison::GreaterOrEqual, from),
            ));
            conditions.push(term(Known::ReceivedAt, Test::Time(query::Comparison::Less, until)));
        }
        conditions
    }
}

pub(super) fn term(known: Known, test: Test) -> Expr<Condition> {
    Expr::Term(Condition::Field {
        field: Field::Known(known),
        test,
    })
}
