//! Rows by their ids, page by page, and with their neighbors.

use model::{EventId, Timestamp};
use query::{Dataset, Expr, Known};
use store::events::{EventPage, EventPlace, Limits, Neighbors, PageStart, QuestionError, Scope};

use super::support::{Build as _, DAY, DAY_LENGTH, OTHER_PROJECT, PROJECT, TestIndex, everything, id, is, known, row};

#[test]
fn a_row_is_read_back_as_it_was_added() {
    let index = TestIndex::new();
    let document = row(42)
        .text(Known::Environment, "production")
        .text(Known::User, "id:7")
        .text(Known::EventType, "error")
        .text(Known::GroupingConfig, "tocsin:2026-01");
    index.add(&[row(41), document.clone(), row(43)]);
    let found = index.index.find(&[OTHER_PROJECT, PROJECT], id(42)).unwrap().unwrap();
    assert_eq!(found.dataset, Dataset::Errors);
    assert_eq!(found.project, PROJECT);
    assert_eq!(found.id, id(42));
    assert_eq!(found.timestamp, document.timestamp);
    assert_eq!(found.received_at, document.received_at);
    assert_eq!(found.hash, document.hash);
    assert_eq!(found.sequence, 42);
    assert_eq!(found.environment, "production");
    assert_eq!(found.user, "id:7");
    assert_eq!(found.event_type, "error");
    assert_eq!(found.grouping_strategy, "tocsin:2026-01");
    assert_eq!(found.payload, document.payload);

    let bare = index.index.find(&[PROJECT], id(43)).unwrap().unwrap();
    assert_eq!(
        (bare.environment.as_str(), bare.user.as_str(), bare.event_type.as_str()),
        ("", "", "")
    );
}

#[test]
fn a_row_is_found_in_any_day_and_dataset_of_its_project() {
    let index = TestIndex::new();
    index.add(&[
        row(1).at(DAY - 40 * DAY_LENGTH),
        row(2).at(DAY + DAY_LENGTH).dataset(Dataset::Transactions),
        row(3).project(OTHER_PROJECT),
    ]);
    let find = |project, number| {
        index
            .index
            .find(&[project], id(number))
            .unwrap()
            .map(|row| row.sequence)
    };
    assert_eq!(find(PROJECT, 1), Some(1));
    assert_eq!(find(PROJECT, 2), Some(2));
    assert_eq!(find(PROJECT, 3), None);
    assert_eq!(find(OTHER_PROJECT, 3), Some(3));
    assert_eq!(find(PROJECT, 4), None);
    assert_eq!(index.index.find(&[], id(1)).unwrap(), None);
    // The first halves of these are equal.
    let mut bytes = id(1).0;
    bytes[15] ^= 1;
    assert_eq!(index.index.find(&[PROJECT], EventId(bytes)).unwrap(), None);
}

fn page(index: &TestIndex, start: PageStart, limit: i64) -> Vec<EventPlace> {
    let mut scope = everything();
    scope.datasets.push(Dataset::Transactions);
    page_of(index, &scope, start, limit)
}

fn page_of(index: &TestIndex, scope: &Scope, start: PageStart, limit: i64) -> Vec<EventPlace> {
    let page = EventPage { start, limit };
    let rows = index.index.list(scope, &Expr::all(), page, &Limits::default()).unwrap();
    let places = index
        .index
        .places(scope, &Expr::all(), page, &Limits::default())
        .unwrap();
    let listed: Vec<_> = rows.iter().map(|row| (row.dataset, row.project, row.place())).collect();
    let placed: Vec<_> = places
        .iter()
        .map(|place| (place.dataset, place.project, place.place))
        .collect();
    assert_eq!(listed, placed);
    rows.iter().map(|row| row.place()).collect()
}

/// Rows of three days and two datasets, of which many have the same time. All places, newest first.
fn many(index: &TestIndex) -> Vec<EventPlace> {
    let mut places = Vec::new();
    for commit in 0..4_u64 {
        let rows: Vec<_> = (0..40_u64)
            .map(|number| {
                let number = commit * 40 + number;
                let dataset = if number % 3 == 0 {
                    Dataset::Transactions
                } else {
                    Dataset::Errors
                };
                let day = i64::try_from(number % 3).unwrap() - 1;
                let seconds = i64::try_from(number * 7 % 5).unwrap();
                // In the first and last microseconds of days.
                let start = DAY + day * DAY_LENGTH;
                let time = if number % 2 == 0 {
                    start + seconds
                } else {
                    start - seconds
                };
                row(number).dataset(dataset).at(time)
            })
            .collect();
        places.extend(rows.iter().map(|row| EventPlace {
            timestamp: row.timestamp,
            id: row.id,
        }));
        index.add(&rows);
    }
    places.sort_unstable_by(|left, right| right.cmp(left));
    places
}

#[test]
fn pages_go_through_all_rows_in_both_directions() {
    let index = TestIndex::new();
    let all = many(&index);
    for limit in [1, 7, 40, 1000] {
        let mut older = Vec::new();
        let mut start = PageStart::Newest;
        loop {
            let page = page(&index, start, limit);
            let Some(last) = page.last() else { break };
            start = PageStart::OlderThan(*last);
            older.extend(page);
        }
        assert_eq!(older, all, "pages of {limit}, to older rows");

        let mut newer: Vec<EventPlace> = Vec::new();
        let mut start = PageStart::NewerThan(EventPlace {
            timestamp: Timestamp(i64::MIN),
            id: id(0),
        });
        loop {
            let page = page(&index, start, limit);
            let Some(first) = page.first() else { break };
            start = PageStart::NewerThan(*first);
            newer.splice(0..0, page);
        }
        assert_eq!(newer, all, "pages of {limit}, to newer rows");
    }
    assert_eq!(page(&index, PageStart::Newest, 0), []);
    assert_eq!(page(&index, PageStart::Newest, -1), []);
}

#[test]
fn a_page_stays_in_its_scope() {
    let index = TestIndex::new();
    let all = many(&index);
    let mut scope = everything();
    scope.datasets.push(Dataset::Transactions);
    scope.start = Timestamp(DAY - 2);
    scope.end = Timestamp(DAY + 2);
    let within: Vec<_> = all
        .iter()
        .copied()
        .filter(|place| (scope.start..scope.end).contains(&place.timestamp))
        .collect();
    assert!(within.len() > 10);
    assert_eq!(page_of(&index, &scope, PageStart::Newest, 1000), within);
    assert_eq!(page_of(&index, &scope, PageStart::OlderThan(all[0]), 3), within[..3]);
    let end = all[all.len() - 1];
    assert_eq!(
        page_of(&index, &scope, PageStart::NewerThan(end), 3),
        within[within.len() - 3..]
    );
}

#[test]
fn neighbors_are_the_next_rows_of_the_same_search() {
    let index = TestIndex::new();
    let rows: Vec<_> = [10, 20, 20, 30]
        .iter()
        .zip(1..)
        .map(|(seconds, number)| row(number).at(DAY + seconds))
        .collect();
    index.add(&[rows[0].clone().hash("a"), rows[1].clone().hash("a")]);
    index.add(&[
        rows[2].clone().hash("b"),
        rows[3].clone().hash("a").at(DAY + DAY_LENGTH),
    ]);
    let place = |number: u64, micros| EventPlace {
        timestamp: Timestamp(micros),
        id: id(number),
    };
    let (first, second, other, last) = (
        place(1, DAY + 10),
        place(2, DAY + 20),
        place(3, DAY + 20),
        place(4, DAY + DAY_LENGTH),
    );
    let neighbors = |filter: &Expr<_>, of| {
        index
            .index
            .neighbors(&everything(), filter, of, &Limits::default())
            .unwrap()
    };
    let of_hash = known(Known::Hash, is(&["a"]));
    let both = |older, newer| Neighbors { older, newer };
    assert_eq!(neighbors(&of_hash, first), both(None, Some(second)));
    assert_eq!(neighbors(&of_hash, second), both(Some(first), Some(last)));
    assert_eq!(neighbors(&of_hash, last), both(Some(second), None));
    // Equal times are told apart by the ids.
    let (low, high) = if second < other {
        (second, other)
    } else {
        (other, second)
    };
    assert_eq!(neighbors(&Expr::all(), low), both(Some(first), Some(high)));
    assert_eq!(neighbors(&Expr::all(), high), both(Some(low), Some(last)));
    // The place need not be that of a row.
    assert_eq!(
        neighbors(&Expr::all(), place(9, DAY + 15)),
        both(Some(first), Some(low))
    );
}

#[test]
fn a_question_stops_at_its_limits() {
    let index = TestIndex::new();
    index.add(&[row(1), row(2)]);
    let page = EventPage {
        start: PageStart::Newest,
        limit: 10,
    };
    let ask = |limits: &Limits| index.index.list(&everything(), &Expr::all(), page, limits);
    let cancelled = Limits::default();
    cancelled.cancel.cancel();
    assert!(matches!(ask(&cancelled), Err(QuestionError::Cancelled)));
    let slow = Limits {
        time: std::time::Duration::ZERO,
        ..Limits::default()
    };
    assert!(matches!(ask(&slow), Err(QuestionError::Time(0))));
    let small = Limits {
        memory_bytes: 20,
        ..Limits::default()
    };
    assert!(matches!(ask(&small), Err(QuestionError::Memory)));
    let hits = index.index.hits(&everything(), &Expr::all(), &cancelled);
    assert!(matches!(hits, Err(QuestionError::Cancelled)));
    let facets = index.index.facets(&everything(), &Expr::all(), None, 1, None, &slow);
    assert!(matches!(facets, Err(QuestionError::Time(0))));
    assert_eq!(ask(&Limits::default()).unwrap().len(), 2);
}
