//! Which rows a filter finds.

use model::Timestamp;
use query::{Comparison, Condition, Dataset, Expr, Known, Test};
use store::events::{Document, EventPage, Hidden, Limits, PageStart, QuestionError, Scope};

use super::support::{
    Build as _, DAY, DAY_LENGTH, OTHER_PROJECT, PROJECT, SECOND, TestIndex, everything, id, is, known, like, measure,
    not, phrase, row, tag, words,
};

const NONE: [i64; 0] = [];

/// The numbers of the rows that are found, ascending.
fn found(index: &TestIndex, scope: &Scope, filter: &Expr<Condition>) -> Vec<i64> {
    let page = EventPage {
        start: PageStart::Newest,
        limit: 10_000,
    };
    let rows = index.index.list(scope, filter, page, &Limits::default()).unwrap();
    let mut numbers: Vec<_> = rows.iter().map(|row| row.sequence).collect();
    numbers.sort_unstable();
    numbers
}

/// Each case against the rows in one segment, in one segment each, and merged.
#[track_caller]
fn check(rows: &[Document], cases: &[(Expr<Condition>, &[i64])]) {
    let (together, apart, merged) = (TestIndex::new(), TestIndex::new(), TestIndex::new());
    together.add(rows);
    for row in rows {
        apart.add(std::slice::from_ref(row));
        merged.add(std::slice::from_ref(row));
    }
    while merged.index.tend(Timestamp(DAY + DAY_LENGTH)).unwrap() {}
    let all: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
    for (filter, expected) in cases {
        let others: Vec<i64> = all.iter().copied().filter(|row| !expected.contains(row)).collect();
        for index in [&together, &apart, &merged] {
            assert_eq!(found(index, &everything(), filter), *expected, "{filter:?}");
            assert_eq!(
                found(index, &everything(), &not(filter.clone())),
                others,
                "not {filter:?}"
            );
        }
    }
}

#[test]
fn texts_are_compared_with_case_and_wildcards_without() {
    let rows = [
        row(1).text(Known::Transaction, "/api/users/{id}/"),
        row(2).text(Known::Transaction, "/API/users/"),
        row(3).text(Known::Transaction, "größe ÄRGER"),
        row(4),
        row(5).text(Known::Transaction, "a*b"),
        row(6).text(Known::Transaction, ""),
    ];
    let transaction = |test| known(Known::Transaction, test);
    check(
        &rows,
        &[
            (transaction(is(&["/API/users/"])), &[2]),
            (transaction(is(&["/api/users/"])), &[]),
            (transaction(is(&["/API/users/", "a*b", "nowhere"])), &[2, 5]),
            (transaction(like("/api/*")), &[1, 2]),
            (transaction(like("*USERS/")), &[2]),
            (transaction(like("*ärger")), &[3]),
            (transaction(like("GRÖSSE*")), &[]),
            (transaction(like("GRÖ*GER")), &[3]),
            (transaction(like("*")), &[1, 2, 3, 5]),
            (transaction(Test::Present), &[1, 2, 3, 5]),
            (transaction(is(&[""])), &[]),
        ],
    );
}

#[test]
fn a_row_without_the_field_passes_no_test() {
    let rows = [row(1).text(Known::Release, "1.0"), row(2)];
    check(
        &rows,
        &[
            (known(Known::Release, is(&["1.0"])), &[1]),
            (not(known(Known::Release, is(&["2.0"]))), &[1, 2]),
            (known(Known::Dist, is(&["1.0"])), &[]),
            (not(known(Known::Dist, Test::Present)), &[1, 2]),
            (known(Known::ErrorHandled, is(&["0"])), &[]),
            (known(Known::Duration, Test::Number(Comparison::Less, 1.0)), &[]),
            (tag("nothing", is(&["1"])), &[]),
            (measure("nothing", Test::Number(Comparison::NotEqual, 1.0)), &[]),
        ],
    );
}

#[test]
fn one_of_several_texts_is_enough() {
    let rows = [
        row(1)
            .text(Known::ErrorType, "ValueError")
            .text(Known::ErrorType, "KeyError"),
        row(2).text(Known::ErrorType, "KeyError"),
        row(3).text(Known::ErrorType, "TypeError"),
        row(4),
    ];
    let error = |test| known(Known::ErrorType, test);
    check(
        &rows,
        &[
            (error(is(&["KeyError"])), &[1, 2]),
            (error(is(&["ValueError", "TypeError"])), &[1, 3]),
            (error(is(&["ValueError\nKeyError"])), &[]),
            (error(like("key*")), &[1, 2]),
            (error(like("value*key*")), &[]),
            (error(like("*error")), &[1, 2, 3]),
            (error(Test::Present), &[1, 2, 3]),
        ],
    );
}

#[test]
fn numbers_durations_and_flags_are_compared() {
    let rows = [
        row(1)
            .number(Known::Duration, 10.5)
            .measure("measurements.lcp", 2.0)
            .flag(Known::ErrorHandled, true),
        row(2)
            .number(Known::Duration, 200.0)
            .measure("measurements.lcp", -1.0)
            .flag(Known::ErrorHandled, false),
        row(3).number(Known::Duration, 0.0).measure("measurements.lcp", 2.5),
        row(4),
    ];
    let duration = |comparison, number| known(Known::Duration, Test::Number(comparison, number));
    let lcp = |comparison, number| measure("measurements.lcp", Test::Number(comparison, number));
    check(
        &rows,
        &[
            (duration(Comparison::Less, 10.5), &[3]),
            (duration(Comparison::LessOrEqual, 10.5), &[1, 3]),
            (duration(Comparison::Equal, 200.0), &[2]),
            (duration(Comparison::NotEqual, 200.0), &[1, 3]),
            (duration(Comparison::Greater, 10.5), &[2]),
            (duration(Comparison::GreaterOrEqual, 10.5), &[1, 2]),
            (known(Known::Duration, is(&["10.5", "0", "x"])), &[1, 3]),
            (known(Known::Duration, Test::Present), &[1, 2, 3]),
            (lcp(Comparison::Less, 0.0), &[2]),
            (lcp(Comparison::Equal, 2.0), &[1]),
            (lcp(Comparison::Greater, 2.0), &[3]),
            (measure("measurements.lcp", is(&["2.5"])), &[3]),
            (measure("lcp", Test::Present), &[]),
            (known(Known::ErrorHandled, is(&["1"])), &[1]),
            (known(Known::ErrorHandled, is(&["false"])), &[2]),
            (known(Known::ErrorHandled, is(&["0", "1"])), &[1, 2]),
            (known(Known::ErrorHandled, Test::Present), &[1, 2]),
        ],
    );
}

#[test]
fn texts_that_are_numbers_can_be_compared_as_such() {
    let rows = [
        row(1).text(Known::HttpStatus, "404"),
        row(2).text(Known::HttpStatus, "500").tag("count", "9"),
        row(3).text(Known::HttpStatus, "none").tag("count", "10"),
    ];
    check(
        &rows,
        &[
            (
                known(Known::HttpStatus, Test::Number(Comparison::GreaterOrEqual, 500.0)),
                &[2],
            ),
            (tag("count", Test::Number(Comparison::Less, 10.0)), &[2]),
        ],
    );
}

#[test]
fn tags_have_any_key() {
    let rows = [
        row(1).tag("browser", "Firefox").tag("device.family", "Mac"),
        row(2).tag("device", "Mac").tag("a\\b.c\"d", "x"),
        row(3).tag("browser", "firefox 2").tag("größe", "ja"),
    ];
    check(
        &rows,
        &[
            (tag("browser", is(&["Firefox"])), &[1]),
            (tag("browser", like("fire*")), &[1, 3]),
            (tag("device.family", is(&["Mac"])), &[1]),
            (tag("device", is(&["Mac"])), &[2]),
            (tag("family", Test::Present), &[]),
            (tag("a\\b.c\"d", is(&["x"])), &[2]),
            (tag("größe", Test::Present), &[3]),
            (tag("", Test::Present), &[]),
        ],
    );
}

#[test]
fn times_ids_and_projects_are_compared() {
    let rows = [row(10), row(20), row(30)];
    let at = |comparison, seconds: i64| {
        known(
            Known::Timestamp,
            Test::Time(comparison, Timestamp(DAY + seconds * SECOND)),
        )
    };
    let received = |comparison, seconds: i64| {
        known(
            Known::ReceivedAt,
            Test::Time(comparison, Timestamp(DAY + seconds * SECOND)),
        )
    };
    let dashed = {
        let id = id(20).to_string();
        format!(
            "{}-{}-{}-{}-{}",
            &id[..8],
            &id[8..12],
            &id[12..16],
            &id[16..20],
            &id[20..]
        )
    };
    check(
        &rows,
        &[
            (at(Comparison::Less, 20), &[10]),
            (at(Comparison::LessOrEqual, 20), &[10, 20]),
            (at(Comparison::Equal, 20), &[20]),
            (at(Comparison::NotEqual, 20), &[10, 30]),
            (at(Comparison::GreaterOrEqual, 20), &[20, 30]),
            (at(Comparison::Greater, 20), &[30]),
            (received(Comparison::Greater, 20), &[20, 30]),
            (known(Known::Id, is(&[&id(10).to_string(), &dashed])), &[10, 20]),
            (known(Known::Id, is(&["no id"])), &[]),
            (known(Known::Id, Test::Present), &[10, 20, 30]),
            (known(Known::Project, is(&["1"])), &[10, 20, 30]),
            (known(Known::Project, is(&["2", "web"])), &[]),
        ],
    );
}

#[test]
fn conditions_are_put_together() {
    let rows: Vec<_> = (1..=8)
        .map(|number| {
            let mut row = row(number);
            for (bit, key) in [(1, "a"), (2, "b"), (4, "c")] {
                if number & bit != 0 {
                    row = row.tag(key, "yes");
                }
            }
            row
        })
        .collect();
    let has = |key| tag(key, is(&["yes"]));
    check(
        &rows,
        &[
            (Expr::all(), &[1, 2, 3, 4, 5, 6, 7, 8]),
            (Expr::And(vec![has("a"), has("b")]), &[3, 7]),
            (Expr::Or(vec![has("a"), has("b")]), &[1, 2, 3, 5, 6, 7]),
            (
                Expr::Or(vec![Expr::And(vec![has("a"), has("b")]), not(has("c"))]),
                &[1, 2, 3, 7, 8],
            ),
            (Expr::And(vec![has("a"), not(Expr::Or(vec![has("b"), has("c")]))]), &[1]),
            (not(not(has("c"))), &[4, 5, 6, 7]),
            (Expr::Or(vec![has("d"), has("c")]), &[4, 5, 6, 7]),
            (Expr::And(vec![has("d"), has("c")]), &[]),
        ],
    );
}

#[test]
fn words_are_found_in_prose_and_surroundings_and_phrases_in_prose() {
    let rows = [
        row(1).prose("Division by zero").surroundings("views.py index 42"),
        row(2).prose("zero by division").prose("Connection refused 42"),
        row(3).surroundings("division by zero"),
        row(4).prose("getUserName failed: größe"),
        row(5),
    ];
    check(
        &rows,
        &[
            (words("division"), &[1, 2, 3]),
            (words("DIVISION Zero"), &[1, 2, 3]),
            (words("division refused"), &[2]),
            (words("views"), &[1]),
            // Numbers are not kept of the surroundings.
            (words("42"), &[2]),
            (words("div*"), &[1, 2, 3]),
            (words("div"), &[]),
            (words("re* con*"), &[2]),
            (words("GRÖ*"), &[4]),
            (words("user"), &[4]),
            (words("getUserName"), &[4]),
            (words("views.py"), &[1]),
            (words("nothing division"), &[]),
            (words("division -"), &[1, 2, 3]),
            (phrase("division by zero"), &[1]),
            (phrase("by division"), &[2]),
            // Two texts are no phrase.
            (phrase("division connection"), &[]),
            (phrase("Division"), &[1, 2, 3]),
            (Expr::And(vec![words("division"), not(phrase("by zero"))]), &[2, 3]),
        ],
    );
}

#[test]
fn a_hash_is_found_among_many_rows() {
    let index = TestIndex::new();
    let rows: Vec<_> = (0..600)
        .map(|number| row(number).hash(if number % 100 == 7 { "rare" } else { "common" }))
        .collect();
    index.add(&rows);
    let rare = known(Known::Hash, is(&["rare"]));
    assert_eq!(found(&index, &everything(), &rare), [7, 107, 207, 307, 407, 507]);
    assert_eq!(found(&index, &everything(), &not(rare.clone())).len(), 594);
    let both = Expr::And(vec![
        rare,
        known(
            Known::Timestamp,
            Test::Time(Comparison::Less, Timestamp(DAY + 300 * SECOND)),
        ),
    ]);
    assert_eq!(found(&index, &everything(), &both), [7, 107, 207]);
    let one = known(Known::Id, is(&[&id(123).to_string()]));
    assert_eq!(found(&index, &everything(), &one), [123]);
}

#[test]
fn only_rows_of_the_scope_are_seen() {
    let index = TestIndex::new();
    index.add(&[
        row(1).text(Known::Environment, "production"),
        row(2).text(Known::Environment, "staging"),
        row(3),
        row(4).project(OTHER_PROJECT).text(Known::Environment, "production"),
        row(5).dataset(Dataset::Transactions),
        row(6).at(DAY + DAY_LENGTH),
        row(7).at(DAY + DAY_LENGTH - 1),
        row(8).at(DAY - 1),
    ]);
    let seen = |change: &dyn Fn(&mut Scope)| {
        let mut scope = everything();
        change(&mut scope);
        found(&index, &scope, &Expr::all())
    };
    assert_eq!(seen(&|_| {}), [1, 2, 3, 6, 7, 8]);
    assert_eq!(seen(&|scope| scope.projects.clear()), NONE);
    assert_eq!(seen(&|scope| scope.projects = vec![OTHER_PROJECT]), [4]);
    assert_eq!(seen(&|scope| scope.projects.push(OTHER_PROJECT)), [1, 2, 3, 4, 6, 7, 8]);
    assert_eq!(
        seen(&|scope| scope.datasets.push(Dataset::Transactions)),
        [1, 2, 3, 5, 6, 7, 8]
    );
    assert_eq!(seen(&|scope| scope.datasets = vec![Dataset::Logs]), NONE);
    let environments = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        seen(&move |scope| scope.environments = names.clone())
    };
    assert_eq!(environments(&["production"]), [1]);
    assert_eq!(environments(&["production", ""]), [1, 3, 6, 7, 8]);
    assert_eq!(environments(&["nowhere"]), NONE);
    let between = |start, end| {
        seen(&move |scope| {
            scope.start = Timestamp(start);
            scope.end = Timestamp(end);
        })
    };
    assert_eq!(between(DAY, DAY + DAY_LENGTH), [1, 2, 3, 7]);
    assert_eq!(between(DAY - 1, DAY + SECOND), [8]);
    assert_eq!(between(DAY + SECOND, DAY + 2 * SECOND), [1]);
    assert_eq!(between(DAY + DAY_LENGTH - 1, DAY + DAY_LENGTH + 1), [6, 7]);
    assert_eq!(between(DAY + SECOND, DAY + SECOND), NONE);
}

#[test]
fn hidden_rows_are_not_seen() {
    let index = TestIndex::new();
    index.add(&[
        row(1).hash("a"),
        row(2).hash("a"),
        row(3).hash("a"),
        row(4).hash("b"),
        row(5).hash("a").project(OTHER_PROJECT),
    ]);
    let mut scope = everything();
    scope.projects.push(OTHER_PROJECT);
    let hide = |project, hash: &str, sequence| {
        let hash = hash.to_owned();
        Hidden {
            project,
            hash,
            sequence,
        }
    };
    index.index.hide(vec![
        hide(PROJECT, "a", 1),
        hide(PROJECT, "a", 2),
        hide(PROJECT, "nowhere", 99),
        hide(OTHER_PROJECT, "b", 99),
    ]);
    assert_eq!(found(&index, &scope, &Expr::all()), [3, 4, 5]);
    assert_eq!(found(&index, &scope, &known(Known::Hash, is(&["a"]))), [3, 5]);
    assert_eq!(index.index.find(&[PROJECT], id(2)).unwrap(), None);
    assert!(index.index.find(&[PROJECT], id(3)).unwrap().is_some());
    index.index.hide(Vec::new());
    assert_eq!(found(&index, &scope, &Expr::all()), [1, 2, 3, 4, 5]);
}

#[test]
fn what_a_field_cannot_be_asked_is_said() {
    let index = TestIndex::new();
    index.add(&[row(1)
        .text(Known::Release, "1")
        .flag(Known::ErrorHandled, true)
        .number(Known::Duration, 1.0)]);
    let time = || Test::Time(Comparison::Less, Timestamp(0));
    for (filter, expected) in [
        (known(Known::Release, time()), "release cannot be compared with times"),
        (known(Known::Dist, time()), "dist cannot be compared with times"),
        (
            known(Known::Duration, like("1*")),
            "transaction.duration is no text: it cannot be searched with `*`",
        ),
        (
            known(Known::Duration, time()),
            "transaction.duration cannot be compared with times",
        ),
        (
            known(Known::ErrorHandled, Test::Number(Comparison::Less, 1.0)),
            "error.handled cannot be compared with numbers",
        ),
        (
            known(Known::Timestamp, is(&["1"])),
            "timestamp cannot be compared with texts",
        ),
        (
            known(Known::Id, like("a*")),
            "id is no text: it cannot be searched with `*`",
        ),
        (known(Known::Issue, is(&["1"])), "an issue is searched by its hashes"),
    ] {
        let page = EventPage {
            start: PageStart::Newest,
            limit: 1,
        };
        let answer = index.index.list(&everything(), &filter, page, &Limits::default());
        match answer {
            Err(QuestionError::Unsupported(message)) => assert_eq!(message, expected),
            other => panic!("{filter:?}: {other:?}"),
        }
    }
}
