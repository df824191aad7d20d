//! Tables and charts: what they answer at their edges, and what they refuse. That they are right is what `model` shows.

use std::{sync::Arc, time::Duration};

use model::IssueId;
use query::{Aggregate, Column, Direction, Equation, EventQuery, Expr, Field, Known, Operator, OrderBy};
use store::events::{
    Bindings, Buckets, Cell, EventIndex, Limits, QuestionError, Series, SeriesGroups, SeriesQuestion, Table,
    TableQuestion,
};

use super::{NOW, PROJECT, error, open, scope, store, tempdir, tend};

fn question(columns: Vec<Column>) -> TableQuestion {
    TableQuestion {
        columns,
        query: EventQuery {
            filter: Expr::all(),
            having: Vec::new(),
        },
        order: Vec::new(),
        limit: 100,
        offset: 0,
        bindings: None,
    }
}

fn chart(values: Vec<Column>) -> SeriesQuestion {
    SeriesQuestion {
        values,
        filter: Expr::all(),
        buckets: Buckets {
            start: NOW,
            width: Duration::from_secs(10),
            slots: 3,
        },
        groups: None,
        bindings: None,
    }
}

fn known(known: Known) -> Column {
    Column::Field(Field::Known(known))
}

fn tag(key: &str) -> Column {
    Column::Field(Field::Tag(key.to_owned()))
}

fn of(aggregate: Aggregate) -> Column {
    Column::Aggregate(aggregate)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn ask(index: &EventIndex, question: &TableQuestion) -> Table {
    index.table(&scope(), question, &Limits::default()).unwrap()
}

#[test]
fn nothing_has_a_count() {
    let folder = tempdir();
    let index = open(folder.path());
    let columns = vec![
        of(Aggregate::Count),
        of(Aggregate::Average(Field::Known(Known::Duration))),
    ];
    assert_eq!(
        ask(&index, &question(columns.clone())).rows,
        [[Cell::Integer(0), Cell::Null]]
    );
    let grouped = [vec![known(Known::Title)], columns].concat();
    assert_eq!(ask(&index, &question(grouped)), Table::default());
    assert_eq!(ask(&index, &question(vec![known(Known::Title)])), Table::default());
}

#[test]
fn hashes_of_one_issue_are_one_group_also_after_they_were_bound_to_another() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..8, 1);
    let bindings = |issues: [(&str, i64); 3]| {
        let issues = issues.map(|(hash, issue)| (PROJECT, hash.to_owned(), IssueId(issue)));
        Some(Arc::new(Bindings::from_iter(issues)))
    };
    let mut question = question(vec![known(Known::Issue), of(Aggregate::Count)]);
    question.bindings = bindings([("hash0", 5), ("hash1", 6), ("hash2", 5)]);
    let count = |issue, count| vec![issue, Cell::Integer(count)];
    assert_eq!(
        ask(&index, &question).rows,
        [
            count(Cell::Issue(IssueId(5)), 4),
            count(Cell::Issue(IssueId(6)), 2),
            count(Cell::Null, 2)
        ]
    );
    question.bindings = bindings([("hash0", 6), ("hash1", 6), ("hash2", 6)]);
    assert_eq!(
        ask(&index, &question).rows,
        [count(Cell::Issue(IssueId(6)), 6), count(Cell::Null, 2)]
    );
}

#[test]
fn rows_without_a_value_stand_last_in_both_directions() {
    let folder = tempdir();
    let index = open(folder.path());
    let mut documents = [1, 2, 3].map(error);
    documents[1].tags.clear();
    index.add(&documents, Some(1)).unwrap();
    index.commit().unwrap();
    let mut question = question(vec![tag("number")]);
    for (direction, expected) in [(Direction::Ascending, ["1", "3"]), (Direction::Descending, ["3", "1"])] {
        question.order = vec![OrderBy { column: 0, direction }];
        assert_eq!(
            ask(&index, &question).rows,
            [[text(expected[0])], [text(expected[1])], [Cell::Null]]
        );
    }
}

#[test]
fn a_page_knows_whether_there_is_another() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..5, 1);
    let page = |offset, limit| {
        let mut question = question(vec![tag("number")]);
        (question.offset, question.limit) = (offset, limit);
        let page = ask(&index, &question);
        (page.rows.into_iter().flatten().collect::<Vec<_>>(), page.more)
    };
    assert_eq!(page(0, 2), (vec![text("4"), text("3")], true));
    assert_eq!(page(2, 3), (vec![text("2"), text("1"), text("0")], false));
    assert_eq!(page(5, 10), (Vec::new(), false));
    assert_eq!(page(usize::MAX, usize::MAX), (Vec::new(), false));
    assert_eq!(page(0, 0), (Vec::new(), true));
}

#[test]
fn some_value_is_the_same_whenever_asked() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, [7, 3], 1);
    store(&index, [5, 9], 2);
    let any = question(vec![
        of(Aggregate::Any(Field::Known(Known::Title))),
        of(Aggregate::LatestEvent),
    ]);
    let before = ask(&index, &any);
    assert_eq!(before.rows, [[text("error 3"), Cell::EventId(super::id(9))]]);
    tend(&index, NOW);
    assert_eq!(ask(&index, &any), before);
}

#[test]
fn a_chart_has_every_bucket_and_what_is_in_no_group() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..15, 1);
    let weight = Field::Number("weight".to_owned());
    let mut chart = chart(vec![
        of(Aggregate::Count),
        of(Aggregate::Max(weight)),
        of(Aggregate::PerMinute),
    ]);
    let answer = index.series(&scope(), &chart, &Limits::default()).unwrap();
    assert_eq!(
        answer.groups[0].values,
        [
            vec![Some(10.0), Some(5.0), Some(0.0)],
            vec![Some(9.0), Some(14.0), None],
            vec![Some(60.0), Some(30.0), Some(0.0)],
        ]
    );
    assert_eq!(answer.other, None);

    chart.values.truncate(1);
    chart.groups = Some(SeriesGroups {
        fields: vec![Field::Known(Known::Hash)],
        keys: vec![vec![text("hash1")], vec![text("none such")]],
    });
    let answer = index.series(&scope(), &chart, &Limits::default()).unwrap();
    let counts = |counts: [f64; 3]| Series {
        values: vec![counts.map(Some).to_vec()],
    };
    assert_eq!(answer.groups, [counts([3.0, 1.0, 0.0]), counts([0.0; 3])]);
    assert_eq!(answer.other, Some(counts([7.0, 4.0, 0.0])));
}

#[test]
fn a_question_ends_at_its_limits() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..3_000, 1);
    let groups = question(vec![known(Known::Title), of(Aggregate::Count)]);
    let rows = question(vec![known(Known::Title)]);
    let fails = |limits: &Limits, question: &TableQuestion| index.table(&scope(), question, limits).unwrap_err();

    let small = Limits {
        memory_bytes: 100_000,
        ..Limits::default()
    };
    assert!(matches!(fails(&small, &groups), QuestionError::Memory));
    let mut many = chart(vec![of(Aggregate::Count)]);
    many.buckets.slots = 1 << 40;
    let error = index.series(&scope(), &many, &Limits::default()).unwrap_err();
    assert!(matches!(error, QuestionError::Memory));

    let short = Limits {
        time: Duration::ZERO,
        ..Limits::default()
    };
    let gone = Limits::default();
    gone.cancel.cancel();
    for question in [&groups, &rows] {
        assert!(matches!(fails(&short, question), QuestionError::Time(0)));
        assert!(matches!(fails(&gone, question), QuestionError::Cancelled));
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..3, 1);
    let title = || Field::Known(Known::Title);
    let product = |left| {
        let factor = Box::new(Equation::Number(2.0));
        Column::Equation(Equation::Calculation(Box::new(left), Operator::Multiply, factor))
    };
    for (columns, reason) in [
        (
            vec![of(Aggregate::Average(title()))],
            "title is no number: it has no sum, average or percentile",
        ),
        (
            vec![of(Aggregate::Percentile(title(), 0.5))],
            "title is no number: it has no sum, average or percentile",
        ),
        (vec![known(Known::Issue)], "issues cannot be asked for here"),
        (
            vec![known(Known::Issue), of(Aggregate::Count)],
            "issues cannot be asked for here",
        ),
        (
            vec![product(Equation::Field(title()))],
            "title is no number: it cannot stand in an equation",
        ),
        (
            vec![of(Aggregate::Count), product(Equation::Field(title()))],
            "an equation beside aggregates cannot use title, which differs from event to event",
        ),
    ] {
        let error = index
            .table(&scope(), &question(columns), &Limits::default())
            .unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
    for (value, reason) in [
        (
            known(Known::Title),
            "title differs from event to event: a chart wants a count or the like",
        ),
        (
            of(Aggregate::LatestEvent),
            "a chart wants numbers: any() and latest_event() are none",
        ),
    ] {
        let error = index
            .series(&scope(), &chart(vec![value]), &Limits::default())
            .unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
    let mut ordered = question(vec![known(Known::Title)]);
    ordered.order.push(OrderBy {
        column: 1,
        direction: Direction::Ascending,
    });
    let error = index.table(&scope(), &ordered, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "there is no column 2 to order by");
}
