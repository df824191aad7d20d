//! Values of fields and how often they occur.

use std::collections::HashMap;

use model::{IssueId, Timestamp};
use query::{Expr, Field, Known, Test};
use store::events::{Bindings, Document, FacetValue, Limits, QuestionError, ValueOrder, Values};

use super::support::{Build as _, DAY, OTHER_PROJECT, PROJECT, SECOND, TestIndex, everything, is, known, row, tag};

fn value(value: &str, rows: i64, first: i64, last: i64) -> FacetValue {
    FacetValue {
        value: value.to_owned(),
        rows,
        first_seen: Timestamp(DAY + first * SECOND),
        last_seen: Timestamp(DAY + last * SECOND),
    }
}

/// Two segments.
fn index() -> TestIndex {
    let index = TestIndex::new();
    index.add(&[
        row(1)
            .tag("browser", "Firefox")
            .text(Known::Level, "error")
            .text(Known::ErrorType, "A")
            .text(Known::ErrorType, "B"),
        row(2)
            .tag("browser", "Chrome")
            .text(Known::Level, "error")
            .text(Known::ErrorType, "B")
            .measure("lcp", 2.0),
        row(3)
            .tag("browser", "Chrome")
            .text(Known::Level, "warning")
            .flag(Known::ErrorHandled, false),
        row(4).project(OTHER_PROJECT).tag("browser", "Safari"),
    ]);
    index.add(&[
        row(5)
            .tag("browser", "Firefox")
            .text(Known::Level, "error")
            .measure("lcp", 0.5),
        row(6)
            .tag("browser", "Firefox")
            .tag("os.name", "Linux")
            .flag(Known::ErrorHandled, true),
        row(7)
            .tag("browser", "")
            .text(Known::ErrorType, "C")
            .measure("lcp", 2.0),
    ]);
    index
}

#[test]
fn facets_of_all_tags_hold_the_most_frequent_values() {
    let facets = index()
        .index
        .facets(&everything(), &Expr::all(), None, 1, None, &Limits::default())
        .unwrap();
    let facets: Vec<_> = facets
        .into_iter()
        .map(|facet| (facet.field.to_string(), facet.rows, facet.distinct, facet.values))
        .collect();
    assert_eq!(
        facets,
        [
            ("browser".to_owned(), 5, 2, vec![value("Firefox", 3, 1, 6)]),
            ("level".to_owned(), 4, 2, vec![value("error", 3, 1, 5)]),
            ("os.name".to_owned(), 1, 1, vec![value("Linux", 1, 6, 6)]),
        ]
    );
}

#[test]
fn facets_of_named_fields_are_of_any_kind() {
    let index = index();
    let fields = [
        Field::Known(Known::ErrorType),
        Field::Known(Known::ErrorHandled),
        Field::Number("lcp".to_owned()),
        Field::Known(Known::Project),
        Field::Tag("nothing".to_owned()),
        Field::Known(Known::Issue),
    ];
    let hash = |number: u64| format!("{:032x}", number % 3);
    let bindings = Bindings::from_iter([(PROJECT, hash(1), IssueId(7)), (PROJECT, hash(2), IssueId(7))]);
    let facets = index
        .index
        .facets(
            &everything(),
            &Expr::all(),
            Some(&bindings),
            9,
            Some(&fields),
            &Limits::default(),
        )
        .unwrap();
    let facets: Vec<_> = facets
        .into_iter()
        .map(|facet| {
            let values: Vec<_> = facet
                .values
                .into_iter()
                .map(|value| (value.value, value.rows))
                .collect();
            (facet.field.to_string(), facet.rows, values)
        })
        .collect();
    let text = str::to_owned;
    assert_eq!(
        facets,
        [
            (
                text("error.type"),
                3,
                vec![(text("B"), 2), (text("A"), 1), (text("C"), 1)]
            ),
            (text("error.handled"), 2, vec![(text("0"), 1), (text("1"), 1)]),
            (text("lcp"), 3, vec![(text("2"), 2), (text("0.5"), 1)]),
            (text("project.id"), 6, vec![(text("1"), 6)]),
            // Rows 1, 2, 5 and 7; the hash of 3 and 6 has no issue.
            (text("issue"), 4, vec![(text("7"), 4)]),
        ]
    );
    for field in [Known::Issue, Known::Timestamp, Known::Id] {
        let field = Field::Known(field);
        let answer = index
            .index
            .facets(&everything(), &Expr::all(), None, 9, Some(&[field]), &Limits::default());
        assert!(matches!(answer, Err(QuestionError::Unsupported(_))), "{answer:?}");
    }
}

#[test]
fn facets_are_those_of_the_filter() {
    let filter = known(Known::Level, is(&["error"]));
    let facets = index()
        .index
        .facets(&everything(), &filter, None, 9, None, &Limits::default())
        .unwrap();
    let browser = facets
        .iter()
        .find(|facet| facet.field == Field::Tag("browser".to_owned()))
        .unwrap();
    assert_eq!(browser.values, [value("Firefox", 2, 1, 5), value("Chrome", 1, 2, 2)]);
}

#[test]
fn values_are_searched_sorted_and_paged() {
    let index = index();
    let browser = Field::Tag("browser".to_owned());
    let values = |contains: &str, order, offset, limit| {
        index
            .index
            .tag_values(
                &everything(),
                &Expr::all(),
                &browser,
                contains,
                order,
                offset,
                limit,
                &Limits::default(),
            )
            .unwrap()
    };
    let (firefox, chrome) = (value("Firefox", 3, 1, 6), value("Chrome", 2, 2, 3));
    let both = |values| Values { values, distinct: 2 };
    assert_eq!(
        values("", ValueOrder::Rows, 0, 10),
        both(vec![firefox.clone(), chrome.clone()])
    );
    assert_eq!(values("", ValueOrder::LastSeen, 0, 1), both(vec![firefox.clone()]));
    assert_eq!(values("", ValueOrder::FirstSeen, 0, 1), both(vec![chrome.clone()]));
    assert_eq!(values("", ValueOrder::Rows, 1, 1), both(vec![chrome.clone()]));
    assert_eq!(values("", ValueOrder::Rows, 2, 1), both(vec![]));
    assert_eq!(
        values("CHR", ValueOrder::Rows, 0, 10),
        Values {
            values: vec![chrome],
            distinct: 1
        }
    );
    assert_eq!(values("nothing", ValueOrder::Rows, 0, 10), Values::default());
}

#[test]
fn very_many_values_are_counted_exactly() {
    let index = TestIndex::new();
    let rows: Vec<Document> = (0..9_000_u64)
        .map(|number| {
            row(number)
                .tag("id", &format!("{}", number * number % 5_003))
                .tag("half", if number < 50 { "x" } else { "" })
        })
        .collect();
    for rows in rows.chunks(4_000) {
        index.add(rows);
    }
    let mut expected: HashMap<u64, i64> = HashMap::new();
    for number in 0..9_000_u64 {
        *expected.entry(number * number % 5_003).or_default() += 1;
    }
    let id = Field::Tag("id".to_owned());
    let ask = |filter: &Expr<_>, offset, limit| {
        let order = ValueOrder::Rows;
        index
            .index
            .tag_values(&everything(), filter, &id, "", order, offset, limit, &Limits::default())
            .unwrap()
    };
    let all = ask(&Expr::all(), 0, 10_000);
    assert_eq!(all.values.len(), expected.len());
    assert_eq!(usize::try_from(all.distinct).unwrap(), expected.len());
    for value in &all.values {
        assert_eq!(value.rows, expected[&value.value.parse().unwrap()], "{value:?}");
    }
    assert_eq!(ask(&Expr::all(), 700, 30).values, all.values[700..730]);
    // Few rows of a segment with many values.
    let few = ask(&tag("half", Test::Present), 0, 10_000);
    assert_eq!(few.values.iter().map(|value| value.rows).sum::<i64>(), 50);
}

#[test]
fn keys_are_listed_with_their_rows() {
    let keys = index()
        .index
        .tag_keys(&everything(), &Expr::all(), &Limits::default())
        .unwrap();
    let keys: Vec<_> = keys.into_iter().map(|key| (key.field, key.rows)).collect();
    assert_eq!(
        keys,
        [
            (Field::Tag("browser".to_owned()), 5),
            (Field::Known(Known::Level), 4),
            (Field::Number("lcp".to_owned()), 3),
            (Field::Tag("os.name".to_owned()), 1),
        ]
    );
}
