//! The value of a rule for one window.

use std::time::Duration;

use alerts::metric::{Detection, MetricRule, Reading};
use model::{ProjectId, Timestamp};
use query::{Column, EventQuery};
use store::events::{Buckets, Cell, QuestionError, Scope, SeriesQuestion, TableQuestion};

use super::{
    change::MINUTE,
    sessions,
    source::{Events, Source, SourceError},
    usual,
};
use crate::{
    App,
    access::OrganizationScope,
    discover::{self, About, DiscoverError, Resolved, Window, WindowError},
};

/// How long before it was received an event may have happened. What comes later is history, and no news.
const LATEST: Duration = Duration::from_secs(24 * 3600);

/// The clock of a sender may be ahead of ours by a little.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// What is measured, and of what.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) scope: &'a OrganizationScope,
    pub(super) rule: &'a MetricRule,
    pub(super) projects: &'a [ProjectId],
    /// What tells rules apart, and what changes with each: none of a rule that is not saved.
    pub(super) version: Option<(i64, i64)>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum MeasureError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Question(#[from] DiscoverError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<WindowError> for MeasureError {
    fn from(error: WindowError) -> Self {
        Self::Question(error.into())
    }
}

impl MeasureError {
    /// Whether it may be another time, without any change of the rule.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Source(_) => false,
            Self::Store(_) => true,
            Self::Question(error) => matches!(
                error,
                DiscoverError::TooManyAtOnce(_)
                    | DiscoverError::Store(_)
                    | DiscoverError::Question(QuestionError::Cancelled | QuestionError::Index(_))
            ),
        }
    }
}

/// The value of the window that ends there. `gaps` are the times of which something may be missing.
pub(super) async fn reading(
    app: &App,
    subject: &Subject<'_>,
    end: Timestamp,
    gaps: &[(Timestamp, Timestamp)],
) -> Result<Reading, MeasureError> {
    let rule = subject.rule;
    let start = end - window(rule);
    let is_whole = |start, end| gaps.iter().all(|(from, until)| *until <= start || end <= *from);
    let Some(value) = value(app, subject, start, end).await? else {
        return Ok(Reading::Nothing);
    };
    if !is_whole(start, end) {
        let grows = rule.grows_with_rows();
        return Ok(if grows {
            Reading::AtLeast(value)
        } else {
            Reading::Nothing
        });
    }
    match rule.detection {
        Detection::Static => Ok(Reading::Value(value)),
        Detection::Percent { minutes } => {
            let by = MINUTE * minutes;
            if !is_whole(start - by, end - by) {
                return Ok(Reading::Nothing);
            }
            let before = self::value(app, subject, start - by, end - by).await?;
            Ok(compared(value, before))
        }
        Detection::Dynamic { sensitivity } => {
            let band = usual::band(app, subject, end, sensitivity).await?;
            Ok(match band {
                Some(band) => Reading::Value(band.excess(rule.direction, value)),
                None => Reading::Nothing,
            })
        }
    }
}

/// In percent of before. Without anything before there is nothing to compare with.
pub(super) fn compared(value: f64, before: Option<f64>) -> Reading {
    match before.filter(|before| *before != 0.0) {
        Some(before) => Reading::Value(value / before * 100.0),
        None => Reading::Nothing,
    }
}

pub(super) fn window(rule: &MetricRule) -> Duration {
    MINUTE * rule.window_minutes
}

/// What the function gives for what was received from then until then; `None` where it gives nothing.
pub(super) async fn value(
    app: &App,
    subject: &Subject<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<f64>, MeasureError> {
    let events = match Source::of(subject.rule, app.now())? {
        Source::Events(events) => events,
        Source::Sessions(query) => {
            return Ok(sessions::crash_free(app, &query, subject.projects, from, until).await?);
        }
    };
    let window = Window::between(from - LATEST, until + AHEAD)?;
    let (resolved, column) = resolve(app, subject, &events, window, Some((from, until))).await?;
    let question = TableQuestion {
        columns: vec![column],
        query: resolved.query,
        order: Vec::new(),
        limit: 1,
        offset: 0,
        bindings: resolved.bindings,
    };
    let rows = resolved.rows;
    let table = discover::ask(app, subject.scope.organization.id, move |index, limits| {
        index.table(&rows, &question, limits)
    })
    .await?;
    let cell = table.rows.first().and_then(|row| row.first());
    Ok(cell.and_then(number).or(nothing(subject.rule)))
}

/// What the function gives without any row.
fn nothing(rule: &MetricRule) -> Option<f64> {
    rule.is_count().then_some(0.0)
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number).filter(|number| number.is_finite()),
        Cell::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Values over time, by when events happened.
pub(super) async fn values(
    app: &App,
    subject: &Subject<'_>,
    buckets: Buckets,
) -> Result<Vec<Option<f64>>, MeasureError> {
    let end = |number: usize| buckets.start + buckets.width * u32::try_from(number).unwrap_or(u32::MAX);
    let events = match Source::of(subject.rule, app.now())? {
        Source::Events(events) => events,
        Source::Sessions(query) => {
            let mut values = Vec::with_capacity(buckets.slots);
            for number in 0..buckets.slots {
                let (from, until) = (end(number), end(number + 1));
                values.push(sessions::crash_free(app, &query, subject.projects, from, until).await?);
            }
            return Ok(values);
        }
    };
    let window = Window::between(buckets.start, end(buckets.slots))?;
    let (resolved, column) = resolve(app, subject, &events, window, None).await?;
    let question = SeriesQuestion {
        values: vec![column],
        filter: resolved.query.filter,
        buckets,
        groups: None,
        bindings: resolved.bindings,
    };
    let rows = resolved.rows;
    let answer = discover::ask(app, subject.scope.organization.id, move |index, limits| {
        index.series(&rows, &question, limits)
    })
    .await?;
    let series = answer
        .groups
        .into_iter()
        .next()
        .and_then(|series| series.values.into_iter().next());
    let series = series.unwrap_or_else(|| vec![None; buckets.slots]);
    Ok(series
        .into_iter()
        .map(|value| value.or(nothing(subject.rule)))
        .collect())
}

/// What the index is asked.
struct Question {
    rows: Scope,
    query: EventQuery,
    bindings: Option<std::sync::Arc<store::events::Bindings>>,
}

async fn resolve(
    app: &App,
    subject: &Subject<'_>,
    events: &Events,
    window: Window,
    received: Option<(Timestamp, Timestamp)>,
) -> Result<(Question, Column), MeasureError> {
    let about = About {
        datasets: events.datasets.clone(),
        projects: subject.projects.to_vec(),
        environments: subject.rule.environment.iter().cloned().collect(),
        window,
        query: events.query.clone(),
    };
    let asked = vec![events.column.clone()];
    let resolved: Resolved = discover::resolve(app, subject.scope, &about, &asked).await?;
    let mut columns = resolved.columns(asked)?;
    let bindings = resolved.bindings(app, subject.scope.organization.id, &columns).await?;
    let mut conditions = vec![resolved.query.filter];
    conditions.extend(events.conditions(received));
    let mut filter = query::Expr::and(conditions);
    if let Some(statuses) = &events.statuses
        && let Some(condition) = statuses.condition(app, subject.scope, &resolved.scope, &filter).await?
    {
        filter = query::Expr::and(vec![filter, condition]);
    }
    let question = Question {
        rows: resolved.scope,
        query: EventQuery {
            filter,
            having: Vec::new(),
        },
        bindings: bindings.map(std::sync::Arc::new),
    };
    Ok((question, columns.swap_remove(0)))
}
