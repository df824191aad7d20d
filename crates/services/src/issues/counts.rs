//! How often issues were seen, and when.

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::{IssueId, ProjectId, Timestamp};
use query::{Aggregate, Column, Condition, Dataset, EventQuery, Expr, Field, Known, Pattern, Test};
use store::{
    events::{Bindings, Buckets, Cell, Scope, Series, SeriesGroups, SeriesQuestion, TableQuestion},
    issues::Issue,
};

use super::{IssueSearch, SearchError, matching};
use crate::{App, access::OrganizationScope, discover, events::ask, projects::buckets_until_now};

pub(super) const ISSUE: Field = Field::Known(Known::Issue);

/// How many events fell into each bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCounts {
    /// When the first bucket begins.
    pub start: Timestamp,
    pub width: Duration,
    pub counts: Vec<i64>,
}

/// Events a bucket of each issue, over the time up to now, oldest bucket first.
pub async fn event_counts(
    app: &App,
    issues: &[Issue],
    width: Duration,
    slots: usize,
) -> Result<Vec<EventCounts>, store::Error> {
    event_counts_in(app, issues, &[], buckets_until_now(app, width, slots)).await
}

/// The same over any time, in these environments; in all when none is named.
pub async fn event_counts_in(
    app: &App,
    issues: &[Issue],
    environments: &[String],
    buckets: Buckets,
) -> Result<Vec<EventCounts>, store::Error> {
    let mut sums: HashMap<IssueId, Vec<i64>> = HashMap::new();
    let bindings = hashes(app, &projects_of(issues), &ids_of(issues)).await?;
    if !bindings.is_empty() {
        let scope = Scope {
            datasets: Dataset::ALL
                .into_iter()
                .filter(|dataset| dataset.has_issues())
                .collect(),
            projects: projects_of(issues),
            environments: environments.to_vec(),
            start: buckets.start,
            end: buckets.end(),
        };
        let (hashes, owners): (Vec<_>, Vec<IssueId>) = bindings
            .into_iter()
            .map(|(project, hash, issue)| ((project, hash), issue))
            .unzip();
        let series = ask(app, move |index, limits| {
            index.hash_series(&scope, &hashes, buckets, limits)
        })
        .await?;
        for (owner, series) in owners.into_iter().zip(series) {
            let sums = sums.entry(owner).or_insert_with(|| vec![0; buckets.slots]);
            sums.iter_mut().zip(series).for_each(|(sum, count)| *sum += count);
        }
    }
    let counts = |issue: &Issue| EventCounts {
        start: buckets.start,
        width: buckets.width,
        counts: sums.remove(&issue.id).unwrap_or_else(|| vec![0; buckets.slots]),
    };
    Ok(issues.iter().map(counts).collect())
}

/// What events of an issue come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub events: i64,
    /// Different ones.
    pub users: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}

/// Which events of the issues of a search are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All within its time and environments.
    Within,
    /// Of these, those that have what it asks of events.
    Matching,
}

/// How often each issue was seen within the time and environments of a search, by issue; one that was not is left out.
/// `None`: the search asks nothing of single events that these could be counted by.
pub async fn seen_within(
    app: &App,
    scope: &OrganizationScope,
    issues: &[Issue],
    search: &IssueSearch,
    counted: Counted,
) -> Result<Option<HashMap<IssueId, Seen>>, SearchError> {
    let events = matching::events_of(app, scope, search).await?;
    let also = match counted {
        Counted::Within => Expr::all(),
        Counted::Matching => match matching::event_filter(app, scope, &events, search).await? {
            Some(filter) => filter,
            None => return Ok(None),
        },
    };
    let hashes = hashes(app, &projects_of(issues), &ids_of(issues)).await?;
    if hashes.is_empty() {
        return Ok(Some(HashMap::new()));
    }
    let (bindings, filter) = bindings(hashes);
    let aggregates = [
        Aggregate::Count,
        Aggregate::CountUnique(Field::Known(Known::User)),
        Aggregate::FirstSeen,
        Aggregate::LastSeen,
    ];
    let question = TableQuestion {
        columns: [Column::Field(ISSUE)]
            .into_iter()
            .chain(aggregates.map(Column::Aggregate))
            .collect(),
        query: EventQuery {
            filter: Expr::and(vec![filter, also]),
            having: Vec::new(),
        },
        order: Vec::new(),
        limit: issues.len() + 1,
        offset: 0,
        bindings: Some(Arc::new(bindings)),
    };
    let table = discover::ask(app, scope.organization.id, move |index, limits| {
        index.table(&events, &question, limits)
    })
    .await?;
    let seen = |row: Vec<Cell>| match row.as_slice() {
        [
            Cell::Issue(issue),
            Cell::Integer(events),
            Cell::Integer(users),
            Cell::Time(first_seen),
            Cell::Time(last_seen),
        ] => Some((
            *issue,
            Seen {
                events: *events,
                users: *users,
                first_seen: *first_seen,
                last_seen: *last_seen,
            },
        )),
        _ => None,
    };
    Ok(Some(table.rows.into_iter().filter_map(seen).collect()))
}

/// Events a bucket of each issue, of those that have what a search asks of events, in its environments. `None`: it asks
/// nothing of single events.
pub async fn matching_counts(
    app: &App,
    scope: &OrganizationScope,
    issues: &[Issue],
    search: &IssueSearch,
    buckets: Buckets,
) -> Result<Option<Vec<EventCounts>>, SearchError> {
    let mut events = matching::events_of(app, scope, search).await?;
    let Some(also) = matching::event_filter(app, scope, &events, search).await? else {
        return Ok(None);
    };
    (events.start, events.end) = (buckets.start, buckets.end());
    let (bindings, filter) = bindings(hashes(app, &projects_of(issues), &ids_of(issues)).await?);
    let question = SeriesQuestion {
        values: vec![Column::Aggregate(Aggregate::Count)],
        filter: Expr::and(vec![filter, also]),
        buckets,
        groups: Some(SeriesGroups {
            fields: vec![ISSUE],
            keys: issues.iter().map(|issue| vec![Cell::Issue(issue.id)]).collect(),
        }),
        bindings: Some(Arc::new(bindings)),
    };
    let answer = discover::ask(app, scope.organization.id, move |index, limits| {
        index.series(&events, &question, limits)
    })
    .await?;
    let counts = |series: Series| {
        let counts = series.values.into_iter().next().unwrap_or_default();
        EventCounts {
            start: buckets.start,
            width: buckets.width,
            // Counts are whole numbers.
            counts: counts.into_iter().map(|count| count.unwrap_or(0.0) as i64).collect(),
        }
    };
    Ok(Some(answer.groups.into_iter().map(counts).collect()))
}

/// Up to so many hashes are named to the index; of more it reads all events, and what belongs to no issue is left out.
const MOST_NAMED: usize = 1_000;

/// Which issue each hash belongs to, and a condition that leaves out most events of others.
pub(super) fn bindings(hashes: Vec<(ProjectId, String, IssueId)>) -> (Bindings, Expr<Condition>) {
    let filter = if hashes.len() > MOST_NAMED {
        Expr::all()
    } else {
        let patterns = hashes.iter().map(|(_, hash, _)| Pattern::Exact(hash.clone()));
        Expr::Term(Condition::Field {
            field: Field::Known(Known::Hash),
            test: Test::Any(patterns.collect()),
        })
    };
    (hashes.into_iter().collect(), filter)
}

async fn hashes(
    app: &App,
    projects: &[ProjectId],
    issues: &[IssueId],
) -> Result<Vec<(ProjectId, String, IssueId)>, store::Error> {
    if issues.is_empty() {
        return Ok(Vec::new());
    }
    store::issues::hashes_of(&mut *app.store.read().await?, projects, issues).await
}

fn ids_of(issues: &[Issue]) -> Vec<IssueId> {
    issues.iter().map(|issue| issue.id).collect()
}

/// Each once.
fn projects_of(issues: &[Issue]) -> Vec<ProjectId> {
    let mut projects: Vec<ProjectId> = issues.iter().map(|issue| issue.project).collect();
    projects.sort_unstable();
    projects.dedup();
    projects
}
