use std::{sync::Arc, time::Duration};

use model::Timestamp;
use query::{Column, Direction, Field, OrderBy, Selection};
use store::events::{Buckets, Cell, SeriesAnswer, SeriesGroups, SeriesQuestion, TableQuestion};

use super::{
    About, DiscoverError, Resolved,
    answers::{Answer, Key},
    asking::ask,
    resolve::resolve,
    table::{self, selections},
};
use crate::{App, access::OrganizationScope};

/// How many points a series has at most.
pub const MOST_POINTS: usize = 10_000;

/// How many groups have a series of their own at most.
pub const MOST_TOP: usize = 10;

/// Functions over time.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRequest {
    pub about: About,
    /// Functions and equations, as typed.
    pub values: Vec<String>,
    pub interval: Duration,
    /// A series for each of the groups that come first, instead of one of everything.
    pub top: Option<Top>,
}

/// The groups that come first in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// What makes the groups; functions among them may be sorted by.
    pub fields: Vec<String>,
    /// As in a table; by the first value, greatest first, when empty.
    pub sort: Vec<String>,
    /// Up to [`MOST_TOP`].
    pub limit: usize,
    /// Whether all the rest has a series, too.
    pub with_other: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SeriesReply {
    pub buckets: Buckets,
    /// What the values of each series are.
    pub values: Vec<Selection>,
    /// What makes the groups; empty when there is one series of everything.
    pub fields: Vec<Selection>,
    /// The cells of the fields for each group.
    pub keys: Vec<Vec<Cell>>,
    pub answer: SeriesAnswer,
}

impl SeriesReply {
    /// How many of the buckets have begun: a window up to now reaches a little beyond it.
    pub fn begun(&self, now: Timestamp) -> usize {
        let Buckets { start, width, slots } = self.buckets;
        let begun = now.since(start).as_micros().div_ceil(width.as_micros().max(1));
        usize::try_from(begun).unwrap_or(usize::MAX).clamp(1, slots.max(1))
    }
}

pub async fn series(
    app: &App,
    scope: &OrganizationScope,
    request: &SeriesRequest,
) -> Result<SeriesReply, DiscoverError> {
    let about = &request.about;
    let values = selections(app, about, &request.values)?;
    if let Some(field) = values.iter().find(|value| !value.column.is_aggregate()) {
        return Err(DiscoverError::NoFunction(field.asked.clone()));
    }
    let buckets = buckets(request)?;
    let asked: Vec<Column> = values.iter().map(|value| value.column.clone()).collect();
    let resolved = resolve(app, scope, about, &asked).await?;
    let mut reply = SeriesReply {
        buckets,
        values,
        fields: Vec::new(),
        keys: Vec::new(),
        answer: SeriesAnswer::default(),
    };
    let mut groups = None;
    if let Some(top) = &request.top {
        let fields;
        (reply.fields, fields) = group_fields(app, about, top)?;
        reply.keys = top_keys(app, scope, about, top, &reply).await?;
        // Without a group all is other, and there is no other.
        groups = Some(SeriesGroups {
            fields,
            keys: reply.keys.clone(),
        });
    }
    let question = SeriesQuestion {
        values: resolved.columns(asked)?,
        filter: resolved.query.filter.clone(),
        buckets,
        groups,
        bindings: None,
    };
    reply.answer = answer(app, scope, &resolved, question).await?.series().clone();
    if request.top.as_ref().is_some_and(|top| !top.with_other) {
        reply.answer.other = None;
    }
    Ok(reply)
}

/// Whole buckets that cover the time; the first and the last one may reach beyond it.
fn buckets(request: &SeriesRequest) -> Result<Buckets, DiscoverError> {
    let window = request.about.window;
    let width = request.interval.max(Duration::from_secs(1));
    let start = window.start.truncate(width);
    let slots = window.end.since(start).as_micros().div_ceil(width.as_micros());
    let slots = usize::try_from(slots).unwrap_or(usize::MAX);
    if slots > MOST_POINTS {
        return Err(DiscoverError::TooManyPoints(MOST_POINTS));
    }
    Ok(Buckets { start, width, slots })
}

async fn answer(
    app: &App,
    scope: &OrganizationScope,
    resolved: &Resolved,
    question: SeriesQuestion,
) -> Result<Arc<Answer>, DiscoverError> {
    let organization = scope.organization.id;
    let key = Key::of(&("series", organization, &resolved.scope, &question));
    let find = async {
        let mut columns = question.values.clone();
        let fields = question.groups.iter().flat_map(|groups| &groups.fields);
        columns.extend(fields.cloned().map(Column::Field));
        let bindings = resolved.bindings(app, organization, &columns).await?;
        let rows = resolved.scope.clone();
        let question = SeriesQuestion {
            bindings: bindings.map(Arc::new),
            ..question
        };
        let series = ask(app, organization, move |index, limits| {
            index.series(&rows, &question, limits)
        })
        .await?;
        Ok(Answer::Series(series))
    };
    app.questions
        .answers
        .get(key, app.now(), app.events.changes(), find)
        .await
}

/// The fields among what was asked for, in the order of their names.
fn group_fields(app: &App, about: &About, top: &Top) -> Result<(Vec<Selection>, Vec<Field>), DiscoverError> {
    let mut groups: Vec<(Selection, Field)> = selections(app, about, &top.fields)?
        .into_iter()
        .filter_map(|selection| match &selection.column {
            Column::Field(field) => Some((selection.clone(), field.clone())),
            Column::Aggregate(_) | Column::Equation(_) => None,
        })
        .collect();
    if groups.is_empty() {
        return Err(DiscoverError::NoField(top.fields.join(", ")));
    }
    groups.sort_by(|(left, _), (right, _)| left.asked.cmp(&right.asked));
    Ok(groups.into_iter().unzip())
}

/// The cells of the groups that come first.
async fn top_keys(
    app: &App,
    scope: &OrganizationScope,
    about: &About,
    top: &Top,
    reply: &SeriesReply,
) -> Result<Vec<Vec<Cell>>, DiscoverError> {
    let mut columns = reply.fields.clone();
    let functions = selections(app, about, &top.fields)?;
    for selection in functions.into_iter().chain(reply.values.iter().cloned()) {
        if columns.iter().all(|known| known.asked != selection.asked) {
            columns.push(selection);
        }
    }
    let mut order = Vec::new();
    for sort in &top.sort {
        order.push(
            query::parse_order(sort, &columns).map_err(|error| DiscoverError::Order {
                name: sort.clone(),
                error,
            })?,
        );
    }
    if order.is_empty() {
        let first = &reply.values[0].asked;
        let column = columns.iter().position(|column| column.asked == *first).unwrap_or(0);
        order.push(OrderBy {
            column,
            direction: Direction::Descending,
        });
    }
    let asked: Vec<Column> = columns.into_iter().map(|selection| selection.column).collect();
    let resolved = resolve(app, scope, about, &asked).await?;
    let question = TableQuestion {
        columns: resolved.columns(asked)?,
        query: resolved.query.clone(),
        order,
        limit: top.limit.clamp(1, MOST_TOP),
        offset: 0,
        bindings: None,
    };
    let answer = table::answer(app, scope, &resolved, question).await?;
    let keys = answer.table().rows.iter().map(|row| row[..reply.fields.len()].to_vec());
    Ok(keys.collect())
}

#[cfg(test)]
mod tests {
    use query::Dataset;

    use super::*;
    use crate::discover::Window;

    fn check(start: i64, end: i64, interval: u64, expected: Result<(i64, usize), ()>) {
        let request = SeriesRequest {
            about: About {
                datasets: vec![Dataset::Errors],
                projects: Vec::new(),
                environments: Vec::new(),
                window: Window::between(Timestamp::from_seconds(start), Timestamp::from_seconds(end)).unwrap(),
                query: String::new(),
            },
            values: vec!["count()".to_owned()],
            interval: Duration::from_secs(interval),
            top: None,
        };
        let found = buckets(&request).map(|buckets| (buckets.start.seconds(), buckets.slots));
        assert_eq!(found.map_err(|_| ()), expected, "{start} {end} {interval}");
    }

    #[test]
    fn buckets_cover_the_time_and_are_not_too_many() {
        check(7_200, 10_800, 3_600, Ok((7_200, 1)));
        check(7_201, 10_801, 3_600, Ok((7_200, 2)));
        check(7_259, 7_260, 60, Ok((7_200, 1)));
        check(0, 10_000, 1, Ok((0, 10_000)));
        check(0, 10_001, 1, Err(()));
        check(0, 100, 0, Ok((0, 100)));
    }
}
