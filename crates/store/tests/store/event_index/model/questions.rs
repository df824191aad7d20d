//! Random questions.

use std::{sync::Arc, time::Duration};

use model::{IssueId, ProjectId, Timestamp};
use query::{
    Aggregate, Column, Comparison, Condition, Direction, Equation, EventQuery, Expr, Field, FreeText, Having, Known,
    Operator, OrderBy, Pattern, Test,
};
use store::events::{Bindings, Buckets, Day, Document, Removal, RowsOf, Scope, SeriesQuestion, TableQuestion};

use super::{
    documents::{
        DATASETS, DAY, DAYS, ENVIRONMENTS, ERROR_TYPES, FUNCTIONS, HASHES, LEVELS, NUMBERS, PROJECTS, RELEASES, START,
        STATUSES, TAG_VALUES, TAGS, TITLES, WORDS,
    },
    random::Random,
};

const COMPARISONS: [Comparison; 6] = [
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::GreaterOrEqual,
    Comparison::Greater,
];

const TEXTS: [(Known, &[&str]); 7] = [
    (Known::Level, &LEVELS),
    (Known::Environment, &ENVIRONMENTS),
    (Known::Release, &RELEASES),
    (Known::Title, &TITLES),
    (Known::Status, &STATUSES),
    (Known::ErrorType, &ERROR_TYPES),
    (Known::StackFunction, &FUNCTIONS),
];

/// The hashes of each project belong to fewer issues, some to none.
pub(super) fn bindings() -> Arc<Bindings> {
    let of_project = |(place, project): (usize, &ProjectId)| {
        let (project, issues) = (*project, HASHES.iter().take(4).enumerate());
        issues.map(move |(hash, name)| (project, (*name).to_owned(), IssueId((10 * place + hash / 2 + 1) as i64)))
    };
    Arc::new(PROJECTS.iter().enumerate().flat_map(of_project).collect::<Bindings>())
}

pub(super) fn scope(random: &mut Random) -> Scope {
    let moment = |random: &mut Random| match random.below(3) {
        0 => START.0 + random.below(DAYS as usize + 1) as i64 * DAY,
        _ => START.0 + (random.share() * (DAYS * DAY) as f64) as i64,
    };
    let (start, end) = if random.chance(40) {
        (START.0, START.0 + DAYS * DAY)
    } else {
        let (one, other) = (moment(random), moment(random));
        (one.min(other), one.max(other) + 1)
    };
    let datasets = if random.chance(60) {
        DATASETS.to_vec()
    } else {
        vec![random.one_of(&DATASETS)]
    };
    let projects = if random.chance(60) {
        PROJECTS.to_vec()
    } else {
        random.some_of(&PROJECTS)
    };
    let environments = ENVIRONMENTS
        .iter()
        .map(|name| (*name).to_owned())
        .chain([String::new()])
        .collect::<Vec<_>>();
    Scope {
        datasets,
        projects,
        environments: if random.chance(70) {
            Vec::new()
        } else {
            random.some_of(&environments)
        },
        start: Timestamp(start),
        end: Timestamp(end),
    }
}

pub(super) fn filter(random: &mut Random, documents: &[Document]) -> Expr<Condition> {
    if random.chance(30) {
        Expr::all()
    } else {
        expression(random, documents, 3)
    }
}

fn expression(random: &mut Random, documents: &[Document], depth: usize) -> Expr<Condition> {
    let parts = |random: &mut Random| {
        let count = 2 + random.below(2);
        (0..count).map(|_| expression(random, documents, depth - 1)).collect()
    };
    match random.below(10) {
        0..=2 if depth > 1 => Expr::And(parts(random)),
        3..=4 if depth > 1 => Expr::Or(parts(random)),
        5..=6 if depth > 1 => Expr::Not(Box::new(expression(random, documents, depth - 1))),
        _ => Expr::Term(condition(random, documents)),
    }
}

fn condition(random: &mut Random, documents: &[Document]) -> Condition {
    let of = |field, test| Condition::Field { field, test };
    let known = Field::Known;
    let exact = |text: &str| Pattern::Exact(text.to_owned());
    let comparison = random.one_of(&COMPARISONS);
    match random.below(14) {
        0..=3 => {
            let (field, values) = random.one_of(&TEXTS);
            of(known(field), text_test(random, values))
        }
        4 => of(
            Field::Tag(random.one_of(&TAGS).to_owned()),
            text_test(random, &TAG_VALUES),
        ),
        5 => of(
            known(Known::Duration),
            Test::Number(comparison, random.one_of(&[0.0, 300.0, 1_200.0, 5_000.0])),
        ),
        6 => of(
            Field::Number(random.one_of(&NUMBERS).to_owned()),
            Test::Number(comparison, random.below(30) as f64 - 5.0),
        ),
        7 => of(
            known(Known::ErrorHandled),
            Test::Any(vec![exact(random.one_of(&["0", "1"]))]),
        ),
        8 => of(
            known(random.one_of(&[Known::Timestamp, Known::ReceivedAt])),
            Test::Time(comparison, random.one_of(documents).timestamp),
        ),
        9 => of(
            known(Known::Project),
            Test::Any(vec![exact(&random.one_of(&PROJECTS).to_string())]),
        ),
        10 => of(
            known(Known::Id),
            Test::Any(vec![exact(&random.one_of(documents).id.to_string())]),
        ),
        11 => of(known(Known::Hash), text_test(random, &HASHES[..5])),
        12 => Condition::Text(FreeText::Words(match random.below(3) {
            0 => format!("{} {}", random.one_of(&WORDS), random.one_of(&WORDS)),
            1 => format!("{}*", random.one_of(&["alpha", "b", "40", "ü", "nothing"])),
            _ => random.one_of(&WORDS).to_owned(),
        })),
        _ => Condition::Text(FreeText::Phrase(format!(
            "{} {}",
            random.one_of(&WORDS),
            random.one_of(&WORDS)
        ))),
    }
}

fn text_test(random: &mut Random, values: &[&str]) -> Test {
    // What is empty is no value, and asking for it is asking for nothing.
    let values: Vec<_> = values.iter().filter(|value| !value.is_empty()).collect();
    let value = random.one_of(&values).to_string();
    match random.below(6) {
        0 => Test::Present,
        1 => {
            let half: String = value.chars().take(value.chars().count() / 2).collect();
            let parts = random.one_of(&[
                vec![half.clone(), String::new()],
                vec![String::new(), half.clone(), String::new()],
                vec![String::new(), value.to_uppercase()],
                vec![half, String::new(), String::new()],
            ]);
            Test::Any(vec![Pattern::Wildcard(parts)])
        }
        2 => Test::Any(vec![Pattern::Exact(value), Pattern::Exact("none such".to_owned())]),
        3 => Test::Any(vec![
            Pattern::Exact(value),
            Pattern::Exact(random.one_of(&values).to_string()),
        ]),
        _ => Test::Any(vec![Pattern::Exact(value)]),
    }
}

fn a_field(random: &mut Random) -> Field {
    match random.below(5) {
        0 => Field::Tag(random.one_of(&TAGS).to_owned()),
        1 => Field::Number(random.one_of(&NUMBERS).to_owned()),
        2 => Field::Known(random.one_of(&TEXTS).0),
        _ => Field::Known(random.one_of(&[
            Known::Project,
            Known::Issue,
            Known::Hash,
            Known::Transaction,
            Known::User,
            Known::ErrorHandled,
            Known::Duration,
            Known::SeverityNumber,
            Known::Timestamp,
            Known::Id,
            Known::Issue,
            // No row has one.
            Known::Dist,
        ])),
    }
}

fn number_field(random: &mut Random) -> Field {
    match random.below(3) {
        0 => Field::Number(random.one_of(&NUMBERS).to_owned()),
        _ => Field::Known(random.one_of(&[Known::Duration, Known::SeverityNumber])),
    }
}

/// Fields of which a group may be made without that each row is one.
fn group_fields(random: &mut Random) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for _ in 0..random.below(4) {
        let field = a_field(random);
        let many = [Known::Id, Known::Timestamp, Known::Duration].map(Field::Known);
        if !fields.contains(&field) && (!many.contains(&field) || random.chance(10)) {
            fields.push(field);
        }
    }
    fields
}

pub(super) fn aggregate(random: &mut Random, documents: &[Document]) -> Aggregate {
    let threshold = random.one_of(&[10.0, 300.0, 2_000.0]);
    match random.below(20) {
        0..=1 => Aggregate::Count,
        2 => Aggregate::CountIf(Box::new(expression(random, documents, 2))),
        3..=4 => Aggregate::CountUnique(match a_field(random) {
            Field::Known(Known::Issue) => Field::Known(Known::User),
            field => field,
        }),
        5..=6 => Aggregate::Percentile(number_field(random), random.one_of(&[0.0, 0.5, 0.75, 0.95, 0.99, 1.0])),
        7 => Aggregate::Average(number_field(random)),
        8 => Aggregate::Sum(number_field(random)),
        9 => Aggregate::Min(number_field(random)),
        10 => Aggregate::Max(random.one_of(&[Field::Known(Known::ReceivedAt), Field::Known(Known::Duration)])),
        11 => Aggregate::Any(match a_field(random) {
            Field::Known(Known::Issue) => Field::Known(Known::ErrorType),
            field => field,
        }),
        12 => Aggregate::LastSeen,
        13 => Aggregate::FirstSeen,
        14 => Aggregate::LatestEvent,
        15 => random.one_of(&[Aggregate::PerMinute, Aggregate::PerSecond]),
        16 => Aggregate::FailureRate,
        17 => Aggregate::Apdex(threshold),
        18 => Aggregate::UserMisery(threshold),
        _ => Aggregate::CountMiserable(threshold),
    }
}

/// Whose answer has no error that would move a row across a bound.
fn is_exact(aggregate: &Aggregate) -> bool {
    !matches!(aggregate, Aggregate::Percentile(..))
}

fn equation(random: &mut Random, leaf: &mut dyn FnMut(&mut Random) -> Equation) -> Equation {
    let operators = [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide];
    let calculation = |left, operator, right| Equation::Calculation(Box::new(left), operator, Box::new(right));
    let (left, right) = (leaf(random), leaf(random));
    let first = calculation(left, random.one_of(&operators), right);
    if random.chance(50) {
        calculation(first, random.one_of(&operators), Equation::Number(100.0))
    } else {
        first
    }
}

fn order(random: &mut Random, columns: &[Column]) -> Vec<OrderBy> {
    let orderable = |column: &Column| !matches!(column, Column::Aggregate(aggregate) if !is_exact(aggregate));
    let places: Vec<_> = (0..columns.len()).filter(|place| orderable(&columns[*place])).collect();
    let mut order: Vec<OrderBy> = Vec::new();
    for _ in 0..random.below(3) {
        if places.is_empty() {
            break;
        }
        order.push(OrderBy {
            column: random.one_of(&places),
            direction: random.one_of(&[Direction::Ascending, Direction::Descending]),
        });
    }
    order
}

fn table(random: &mut Random, documents: &[Document], columns: Vec<Column>, having: Vec<Having>) -> TableQuestion {
    TableQuestion {
        order: order(random, &columns),
        columns,
        query: EventQuery {
            filter: filter(random, documents),
            having,
        },
        limit: 1 + random.below(80),
        offset: 0,
        bindings: Some(bindings()),
    }
}

/// Rows of events.
pub(super) fn events(random: &mut Random, documents: &[Document]) -> TableQuestion {
    let mut columns: Vec<_> = (0..random.below(5)).map(|_| Column::Field(a_field(random))).collect();
    // So that a row can be told from another.
    columns.push(Column::Field(Field::Known(Known::Id)));
    if random.chance(20) {
        columns.push(Column::Equation(equation(random, &mut |random| {
            Equation::Field(number_field(random))
        })));
    }
    table(random, documents, columns, Vec::new())
}

/// Groups.
pub(super) fn groups(random: &mut Random, documents: &[Document]) -> TableQuestion {
    let mut columns: Vec<_> = group_fields(random).into_iter().map(Column::Field).collect();
    for _ in 0..1 + random.below(4) {
        columns.push(Column::Aggregate(aggregate(random, documents)));
    }
    if random.chance(30) {
        let equation = equation(random, &mut |random| loop {
            let aggregate = aggregate(random, documents);
            if is_exact(&aggregate) {
                return Equation::Aggregate(aggregate);
            }
        });
        columns.push(Column::Equation(equation));
    }
    let mut having = Vec::new();
    if random.chance(30) {
        let of = [
            (Aggregate::Count, 5.0),
            (Aggregate::CountUnique(Field::Known(Known::User)), 3.0),
            (Aggregate::Max(Field::Known(Known::Duration)), 4_000.5),
            (Aggregate::FirstSeen, (START.0 + DAY) as f64 / 1_000.0),
        ];
        let (aggregate, value) = random.one_of(&of);
        having.push(Having {
            aggregate,
            comparison: random.one_of(&COMPARISONS),
            value,
        });
    }
    table(random, documents, columns, having)
}

/// A chart, without its groups.
pub(super) fn series(random: &mut Random, documents: &[Document], scope: &Scope) -> SeriesQuestion {
    let mut values = Vec::new();
    for _ in 0..1 + random.below(3) {
        let aggregate = aggregate(random, documents);
        if !matches!(aggregate, Aggregate::Any(_) | Aggregate::LatestEvent) {
            values.push(Column::Aggregate(aggregate));
        }
    }
    let width = random.one_of(&[3_600, 7 * 3_600, 86_400]);
    let days = (scope.end.0 - scope.start.0) / 1_000_000;
    SeriesQuestion {
        values,
        filter: filter(random, documents),
        buckets: Buckets {
            start: scope.start.truncate(Duration::from_secs(width)),
            width: Duration::from_secs(width),
            // Now and then the last rows lie behind the last bucket.
            slots: days as usize / width as usize + random.below(2),
        },
        groups: None,
        bindings: Some(bindings()),
    }
}

pub(super) fn removal(random: &mut Random, documents: &[Document]) -> Removal {
    let sequence = random.below(documents.len()) as i64;
    let rows = match random.below(5) {
        0 => RowsOf::All,
        1 => RowsOf::Hashes(HASHES[..3].iter().map(|hash| (*hash).to_owned()).collect(), sequence),
        2 => RowsOf::User("id:3".to_owned()),
        3 => RowsOf::Events((0..30).map(|_| random.one_of(documents).id).collect()),
        _ => RowsOf::Environment(random.one_of(&["production", ""]).to_owned()),
    };
    Removal {
        project: random.one_of(&PROJECTS),
        rows,
        datasets: random.some_of(&DATASETS),
        before: random.chance(30).then(|| Day::of(Timestamp(START.0 + 2 * DAY))),
    }
}

/// What a chart may be split by.
pub(super) fn series_fields(random: &mut Random) -> Vec<Field> {
    let mut fields = group_fields(random);
    fields.truncate(2);
    if fields.is_empty() {
        fields.push(Field::Known(Known::ErrorType));
    }
    fields
}
