//! Lists of issues in an order that only their events tell.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use model::{IssueId, ProjectId, Timestamp};
use query::{Aggregate, Column, Comparison, Condition, EventQuery, Expr, Field, Known, Test};
use store::{
    events::{Cell, Scope, TableQuestion},
    issues::{Issue, IssueColumn, IssuePlace, IssueStart, IssueTest},
};

use super::{
    FoundIssue, FoundIssues, IssueOrder, IssuePage, MOST_HITS, SearchError,
    counts::{self, ISSUE},
    matching::Matching,
};
use crate::{App, access::OrganizationScope, discover};

/// How many issues are ranked at most.
const MOST_RANKED: usize = 50_000;

/// What counts as late where the time of the search has no beginning; else a tenth of it, if that is less.
const LATE: Duration = Duration::from_secs(24 * 3600);

/// How many issues are looked at, one step after the other, before all are ranked.
const LOOKS: [usize; 3] = [50, 200, 800];

pub(super) async fn list(
    app: &App,
    scope: &OrganizationScope,
    matching: Matching,
    order: IssueOrder,
    page: IssuePage,
) -> Result<FoundIssues, SearchError> {
    let Matching { mut filter, events } = matching;
    let organization = scope.organization.id;
    let hashes = {
        let mut db = app.store.read().await?;
        store::issues::hashes_matching(&mut db, organization, &filter, MOST_RANKED + 1).await?
    };
    let issues = hashes.iter().map(|(_, _, issue)| *issue).collect::<HashSet<_>>().len();
    if issues > MOST_RANKED {
        return Err(SearchError::TooManyIssues(MOST_RANKED));
    }
    let mut places = places(app, scope, events, hashes, order, page.at).await?;
    // When an issue was first seen, or somebody was asked to look at it, its row tells.
    let of_rows = match order {
        IssueOrder::FirstSeen => Some(IssueColumn::FirstSeen),
        IssueOrder::Review => Some(IssueColumn::Review),
        IssueOrder::LastSeen | IssueOrder::Events | IssueOrder::Users | IssueOrder::Trend => None,
    };
    if let Some(column) = of_rows {
        filter.tests = Expr::Term(IssueTest::OneOf(places.into_iter().map(|place| place.id).collect()));
        return super::search::by_rows(app, scope, &filter, column, page).await;
    }
    let hits = i64::try_from(places.len().min(MOST_HITS)).unwrap_or(i64::MAX);
    places.sort_unstable_by_key(|place| Reverse((place.value, place.id)));
    let ids: Vec<IssueId> = cut(&places, page).iter().map(|place| place.id).collect();
    let found = store::issues::find_all(&mut *app.store.read().await?, organization, &ids).await?;
    let found = found.into_iter().map(|issue| (issue.id, issue)).collect();
    Ok(chosen(&places, found, page, hits))
}

/// The page, if it can be told from few issues. Rows count all events and users that an issue ever had, so issues are
/// looked at in that order: when the page is full of larger counts than the next row has, nothing behind it can be on it.
pub(super) async fn of_few(
    app: &App,
    scope: &OrganizationScope,
    matching: &Matching,
    order: IssueOrder,
    page: IssuePage,
) -> Result<Option<FoundIssues>, SearchError> {
    let column = match order {
        IssueOrder::Events => IssueColumn::TimesSeen,
        IssueOrder::Users => IssueColumn::UsersSeen,
        IssueOrder::LastSeen | IssueOrder::FirstSeen | IssueOrder::Trend | IssueOrder::Review => return Ok(None),
    };
    let organization = scope.organization.id;
    let mut known: HashMap<IssueId, Issue> = HashMap::new();
    let mut places: Vec<IssuePlace> = Vec::new();
    let mut start = IssueStart::First;
    for limit in LOOKS {
        let mut db = app.store.read().await?;
        let found = store::issues::list(&mut db, organization, &matching.filter, column, start, limit).await?;
        let ids: Vec<IssueId> = found.iter().map(|(place, _)| place.id).collect();
        let hashes = store::issues::hashes_of(&mut db, &matching.filter.projects, &ids).await?;
        drop(db);
        places.extend(self::places(app, scope, matching.events.clone(), hashes, order, page.at).await?);
        places.sort_unstable_by_key(|place| Reverse((place.value, place.id)));
        // One that was merged meanwhile may come twice.
        places.dedup_by_key(|place| place.id);
        let last = found.last().map(|(place, _)| *place);
        let is_whole = found.len() < limit;
        known.extend(found.into_iter().map(|(place, issue)| (place.id, issue)));
        let Some(last) = last.filter(|_| !is_whole) else {
            let hits = i64::try_from(places.len().min(MOST_HITS)).unwrap_or(i64::MAX);
            return Ok(Some(chosen(&places, known, page, hits)));
        };
        if is_settled(&places, page, most(order, last.value)) {
            let mut db = app.store.read().await?;
            let hits = store::issues::count(&mut db, organization, &matching.filter, MOST_HITS).await?;
            return Ok(Some(chosen(&places, known, page, hits)));
        }
        start = IssueStart::After(last);
    }
    Ok(None)
}

/// What is counted of an issue at most, by what its row has.
fn most(order: IssueOrder, of_row: i64) -> i64 {
    match order {
        // The index estimates many users within 2 %.
        IssueOrder::Users => of_row.saturating_add(of_row / 50),
        _ => of_row,
    }
}

/// Whether issues that have at most so much, and were not looked at, are not on the page.
fn is_settled(places: &[IssuePlace], page: IssuePage, most: i64) -> bool {
    match page.start {
        IssueStart::Before(place) => place.value > most,
        IssueStart::First | IssueStart::After(_) => {
            let page_of = cut(places, page);
            page_of.len() == page.limit && page_of.last().is_some_and(|place| place.value > most)
        }
    }
}

fn chosen(places: &[IssuePlace], mut known: HashMap<IssueId, Issue>, page: IssuePage, hits: i64) -> FoundIssues {
    let issue = |place: &IssuePlace| {
        Some(FoundIssue {
            issue: known.remove(&place.id)?,
            place: *place,
        })
    };
    FoundIssues {
        issues: cut(places, page).iter().filter_map(issue).collect(),
        hits,
    }
}

/// The part of a sorted list that a page shows.
fn cut(places: &[IssuePlace], page: IssuePage) -> &[IssuePlace] {
    let key = |place: &IssuePlace| Reverse((place.value, place.id));
    match page.start {
        IssueStart::First => &places[..page.limit.min(places.len())],
        IssueStart::After(place) => {
            let start = places.partition_point(|other| key(other) <= key(&place));
            &places[start..places.len().min(start.saturating_add(page.limit))]
        }
        IssueStart::Before(place) => {
            let end = places.partition_point(|other| key(other) < key(&place));
            &places[end.saturating_sub(page.limit)..end]
        }
    }
}

/// Those of the issues of hashes that have an event, with the value that they are sorted by.
async fn places(
    app: &App,
    scope: &OrganizationScope,
    events: Scope,
    hashes: Vec<(ProjectId, String, IssueId)>,
    order: IssueOrder,
    at: Timestamp,
) -> Result<Vec<IssuePlace>, SearchError> {
    let mut columns = vec![Column::Field(ISSUE)];
    columns.extend(measures(order, &events, at).into_iter().map(Column::Aggregate));
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    // One group is that of all other issues.
    let limit = hashes.len() + 1;
    let (bindings, filter) = counts::bindings(hashes);
    let question = TableQuestion {
        columns,
        query: EventQuery {
            filter,
            having: Vec::new(),
        },
        order: Vec::new(),
        limit,
        offset: 0,
        bindings: Some(Arc::new(bindings)),
    };
    let table = discover::ask(app, scope.organization.id, move |index, limits| {
        index.table(&events, &question, limits)
    })
    .await?;
    let place = |row: Vec<Cell>| match row.as_slice() {
        [Cell::Issue(id), measures @ ..] => Some(IssuePlace {
            id: *id,
            value: value(order, measures),
        }),
        _ => None,
    };
    Ok(table.rows.into_iter().filter_map(place).collect())
}

/// What of the events of an issue decides on its place.
fn measures(order: IssueOrder, events: &Scope, at: Timestamp) -> Vec<Aggregate> {
    match order {
        IssueOrder::LastSeen => vec![Aggregate::LastSeen],
        IssueOrder::FirstSeen | IssueOrder::Review | IssueOrder::Events => vec![Aggregate::Count],
        IssueOrder::Users => vec![Aggregate::CountUnique(Field::Known(Known::User))],
        IssueOrder::Trend => {
            let end = events.end.min(at);
            let late = Condition::Field {
                field: Field::Known(Known::Timestamp),
                test: Test::Time(Comparison::GreaterOrEqual, end - LATE.min(end.since(events.start) / 10)),
            };
            vec![Aggregate::Count, Aggregate::CountIf(Box::new(Expr::Term(late)))]
        }
    }
}

fn value(order: IssueOrder, measures: &[Cell]) -> i64 {
    let number = |at: usize| match measures.get(at) {
        Some(Cell::Integer(number)) => *number,
        Some(Cell::Time(time)) => time.0,
        _ => 0,
    };
    match order {
        IssueOrder::Trend => trend(number(0), number(1)),
        _ => number(0),
    }
}

/// The late events of an issue, weighed by the share of all that they are: an issue that has just come up is before one
/// that is as frequent as ever. In thousandths, so that few events have an order as well.
fn trend(all: i64, late: i64) -> i64 {
    late.saturating_mul(late).saturating_mul(1_000) / all.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_issue_trends_before_a_steady_one() {
        let mut issues = [(1_000, 100), (50, 50), (100, 0), (10, 9), (1_000, 1_000)];
        issues.sort_by_key(|(all, late)| Reverse(trend(*all, *late)));
        assert_eq!(issues, [(1_000, 1_000), (50, 50), (1_000, 100), (10, 9), (100, 0)]);
        assert_eq!(trend(0, 0), 0);
        assert!(trend(i64::MAX, i64::MAX) >= 0);
    }

    #[test]
    fn a_page_is_settled_when_nothing_that_was_not_looked_at_can_be_on_it() {
        let place = |value, id| IssuePlace { value, id: IssueId(id) };
        let places = [place(9, 1), place(5, 7), place(5, 3), place(1, 2)];
        let settled = |start, most| {
            let page = IssuePage {
                start,
                limit: 2,
                at: Timestamp(0),
            };
            is_settled(&places, page, most)
        };
        assert!(settled(IssueStart::First, 4));
        // One with as many may have a higher id.
        assert!(!settled(IssueStart::First, 5));
        assert!(settled(IssueStart::After(place(9, 1)), 4));
        assert!(!settled(IssueStart::After(place(5, 7)), 1) && settled(IssueStart::After(place(5, 7)), 0));
        assert!(!settled(IssueStart::After(place(5, 3)), 0));
        assert!(settled(IssueStart::Before(place(5, 3)), 4) && !settled(IssueStart::Before(place(5, 3)), 5));
        assert_eq!(
            (most(IssueOrder::Events, 1_000), most(IssueOrder::Users, 1_000)),
            (1_000, 1_020)
        );
    }

    #[test]
    fn pages_go_on_where_a_place_was_also_if_it_is_gone() {
        let place = |value, id| IssuePlace { value, id: IssueId(id) };
        let places = [place(9, 1), place(5, 7), place(5, 3), place(1, 2)];
        let at = |start| {
            let page = IssuePage {
                start,
                limit: 2,
                at: Timestamp(0),
            };
            cut(&places, page).iter().map(|place| place.id.0).collect::<Vec<_>>()
        };
        assert_eq!(at(IssueStart::First), [1, 7]);
        assert_eq!(at(IssueStart::After(place(5, 7))), [3, 2]);
        assert_eq!(at(IssueStart::After(place(5, 5))), [3, 2]);
        assert_eq!(at(IssueStart::After(place(1, 2))), Vec::<i64>::new());
        assert_eq!(at(IssueStart::Before(place(1, 2))), [7, 3]);
        assert_eq!(at(IssueStart::Before(place(5, 7))), [1]);
        assert_eq!(at(IssueStart::Before(place(9, 1))), Vec::<i64>::new());
    }
}
