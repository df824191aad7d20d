//! The same questions, answered from a list of rows in the plainest way.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use model::Timestamp;
use query::{
    Aggregate, Column, Comparison, Condition, Direction, Equation, Expr, Field, FreeText, Having, Kind, Known,
    Operator, OrderBy, Pattern, Test,
};
use store::events::{Bindings, Cell, Document, Removal, RowsOf, Scope, SearchText, SeriesQuestion, Value};

/// Whether a row is in the scope and passes the filter.
pub(super) fn is_meant(document: &Document, scope: &Scope, filter: &Expr<Condition>) -> bool {
    let environment = texts(document, &Field::Known(Known::Environment))
        .pop()
        .unwrap_or_default();
    scope.datasets.contains(&document.dataset)
        && scope.projects.contains(&document.project)
        && (scope.environments.is_empty() || scope.environments.contains(&environment))
        && (scope.start..scope.end).contains(&document.timestamp)
        && passes(document, filter)
}

/// Whether a removal is about a row.
pub(super) fn is_removed(document: &Document, removal: &Removal) -> bool {
    let text = |known| texts(document, &Field::Known(known)).pop().unwrap_or_default();
    document.project == removal.project
        && (removal.datasets.is_empty() || removal.datasets.contains(&document.dataset))
        && removal.before.is_none_or(|before| document.timestamp < before.start())
        && match &removal.rows {
            RowsOf::All => true,
            RowsOf::Hashes(hashes, sequence) => hashes.contains(&document.hash) && document.sequence <= *sequence,
            RowsOf::User(user) => *user == text(Known::User),
            RowsOf::Events(ids) => ids.contains(&document.id),
            RowsOf::Environment(name) => *name == text(Known::Environment),
        }
}

fn passes(document: &Document, filter: &Expr<Condition>) -> bool {
    match filter {
        Expr::And(all) => all.iter().all(|filter| passes(document, filter)),
        Expr::Or(any) => any.iter().any(|filter| passes(document, filter)),
        Expr::Not(filter) => !passes(document, filter),
        Expr::Term(Condition::Text(text)) => has_text(document, text),
        Expr::Term(Condition::Field { field, test }) => values(document, field, None)
            .iter()
            .any(|value| passes_test(value, test)),
    }
}

fn passes_test(value: &Cell, test: &Test) -> bool {
    match (test, value) {
        (Test::Present, _) => true,
        (Test::Any(patterns), Cell::Text(text)) => patterns.iter().any(|pattern| match pattern {
            Pattern::Exact(exact) => exact == text,
            Pattern::Wildcard(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.to_lowercase()).collect();
                is_like(&text.to_lowercase(), &parts)
            }
        }),
        (Test::Any(patterns), value) => patterns.iter().any(|pattern| match (pattern, value) {
            (Pattern::Exact(exact), Cell::Flag(flag)) => exact == if *flag { "1" } else { "0" },
            (Pattern::Exact(exact), Cell::Project(project)) => *exact == project.to_string(),
            (Pattern::Exact(exact), Cell::EventId(id)) => *exact == id.to_string(),
            _ => false,
        }),
        (Test::Number(comparison, than), Cell::Number(number)) => holds(*comparison, number.partial_cmp(than)),
        (Test::Time(comparison, than), Cell::Time(time)) => holds(*comparison, time.partial_cmp(than)),
        _ => false,
    }
}

fn holds(comparison: Comparison, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return false };
    match comparison {
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
        Comparison::Greater => ordering.is_gt(),
    }
}

/// By trying every length for what stands between two parts.
fn is_like(text: &str, parts: &[String]) -> bool {
    match parts {
        [] => false,
        [last] => text == last,
        [first, behind @ ..] => text.strip_prefix(first.as_str()).is_some_and(|rest| {
            let mut starts = rest.char_indices().map(|(place, _)| place).chain([rest.len()]);
            starts.any(|start| is_like(&rest[start..], behind))
        }),
    }
}

fn has_text(document: &Document, text: &FreeText) -> bool {
    let prose: Vec<Vec<&str>> = document
        .text
        .iter()
        .filter_map(|text| match text {
            SearchText::Prose(text) => Some(text.split(' ').collect()),
            SearchText::Surroundings(_) => None,
        })
        .collect();
    match text {
        FreeText::Phrase(phrase) => {
            let phrase: Vec<_> = phrase.split(' ').collect();
            prose
                .iter()
                .any(|words| words.windows(phrase.len()).any(|words| words == phrase))
        }
        FreeText::Words(wanted) => {
            let surroundings = document.text.iter().flat_map(|text| match text {
                SearchText::Surroundings(text) => text.split(' ').collect(),
                SearchText::Prose(_) => Vec::new(),
            });
            // What has a digit is no word of the surroundings.
            let surroundings = surroundings.filter(|word| !word.contains(char::is_numeric));
            let words: Vec<_> = prose.iter().flatten().copied().chain(surroundings).collect();
            wanted.split(' ').all(|wanted| match wanted.strip_suffix('*') {
                Some(begin) => words.iter().any(|word| word.starts_with(begin)),
                None => words.contains(&wanted),
            })
        }
    }
}

/// What a row has of a field: nothing, or one value, or several of `Kind::Texts`.
pub(super) fn values(document: &Document, field: &Field, bindings: Option<&Bindings>) -> Vec<Cell> {
    let Field::Known(known) = field else {
        return match field {
            Field::Number(name) => {
                let numbers = document.numbers.iter().filter(|(key, _)| key == name);
                numbers.map(|(_, number)| Cell::Number(*number)).collect()
            }
            _ => texts(document, field).into_iter().map(Cell::Text).collect(),
        };
    };
    match known {
        Known::Id => vec![Cell::EventId(document.id)],
        Known::Project => vec![Cell::Project(document.project)],
        Known::Timestamp => vec![Cell::Time(document.timestamp)],
        Known::ReceivedAt => vec![Cell::Time(document.received_at)],
        Known::Issue => {
            let issue = bindings.and_then(|bindings| bindings.issue(document.project, &document.hash));
            issue.map(Cell::Issue).into_iter().collect()
        }
        _ => document
            .fields
            .iter()
            .filter(|(of, _)| of == known)
            .filter_map(|(_, value)| cell(value))
            .collect(),
    }
    .into_iter()
    .chain(
        (*known == Known::Hash)
            .then(|| Cell::Text(document.hash.clone()))
            .filter(|hash| *hash != empty()),
    )
    .collect()
}

fn empty() -> Cell {
    Cell::Text(String::new())
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Text(text) => Some(Cell::Text(text.clone())).filter(|cell| *cell != empty()),
        Value::Number(number) => Some(Cell::Number(*number)),
        Value::Flag(flag) => Some(Cell::Flag(*flag)),
    }
}

fn texts(document: &Document, field: &Field) -> Vec<String> {
    let texts = match field {
        Field::Tag(name) => document
            .tags
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .collect(),
        Field::Known(known) => {
            let fields = document.fields.iter().filter(|(of, _)| of == known);
            fields
                .filter_map(|(_, value)| {
                    if let Value::Text(text) = value {
                        Some(text)
                    } else {
                        None
                    }
                })
                .collect()
        }
        Field::Number(_) => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).cloned().collect()
}

/// The order of values; nothing is behind everything.
pub(super) fn compare(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Texts(left), Cell::Texts(right)) => left.cmp(right),
        (Cell::Number(left), Cell::Number(right)) => left.total_cmp(right),
        (Cell::Integer(left), Cell::Integer(right)) => left.cmp(right),
        (Cell::Flag(left), Cell::Flag(right)) => left.cmp(right),
        (Cell::Time(left), Cell::Time(right)) => left.cmp(right),
        (Cell::EventId(left), Cell::EventId(right)) => left.cmp(right),
        (Cell::Project(left), Cell::Project(right)) => left.cmp(right),
        (Cell::Issue(left), Cell::Issue(right)) => left.cmp(right),
        _ => panic!("{left:?} and {right:?} are in one column"),
    }
}

/// Where two rows stand by an order; what has no value is last in both directions.
pub(super) fn compare_by(left: &[Cell], right: &[Cell], order: &[OrderBy]) -> Ordering {
    order
        .iter()
        .map(|by| compare_in(&left[by.column], &right[by.column], by.direction))
        .find(|found| found.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn compare_in(left: &Cell, right: &Cell, direction: Direction) -> Ordering {
    let ordering = compare(left, right);
    if direction == Direction::Descending && *left != Cell::Null && *right != Cell::Null {
        ordering.reverse()
    } else {
        ordering
    }
}

/// Rows of events.
pub(super) fn rows(
    documents: &[&Document],
    columns: &[Column],
    order: &[OrderBy],
    bindings: Option<&Bindings>,
) -> Vec<Vec<Cell>> {
    let mut rows: Vec<_> = documents
        .iter()
        .map(|document| (row(document, columns, bindings), *document))
        .collect();
    rows.sort_by(|(left, of_left), (right, of_right)| {
        let rest = |document: &Document| (document.timestamp, document.id, document.project, document.dataset);
        compare_by(left, right, order).then_with(|| rest(of_right).cmp(&rest(of_left)))
    });
    rows.into_iter().map(|(row, _)| row).collect()
}

fn row(document: &Document, columns: &[Column], bindings: Option<&Bindings>) -> Vec<Cell> {
    let cell = |column: &Column| match column {
        Column::Field(field) => {
            let mut values = values(document, field, bindings);
            if field.kind() == Kind::Texts && !values.is_empty() {
                return Cell::Texts(texts(document, field));
            }
            values.pop().unwrap_or(Cell::Null)
        }
        Column::Equation(equation) => equate(equation, &|part| match part {
            Equation::Field(field) => values(document, field, None).first().and_then(number),
            _ => None,
        })
        .map_or(Cell::Null, Cell::Number),
        Column::Aggregate(_) => panic!("rows of events have no aggregate"),
    };
    columns.iter().map(cell).collect()
}

fn equate(equation: &Equation, value: &dyn Fn(&Equation) -> Option<f64>) -> Option<f64> {
    match equation {
        Equation::Number(number) => Some(*number),
        Equation::Calculation(left, operator, right) => {
            let (left, right) = (equate(left, value)?, equate(right, value)?);
            let result = match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide if right == 0.0 => return None,
                Operator::Divide => left / right,
            };
            Some(result)
        }
        part => value(part),
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Integer(number) => Some(*number as f64),
        Cell::Time(time) => Some(time.0 as f64 / 1_000.0),
        _ => None,
    }
}

/// Rows, by the values that they have in common. A row with several values is in several groups.
pub(super) fn groups<'d>(
    documents: &[&'d Document],
    fields: &[Field],
    bindings: Option<&Bindings>,
) -> Vec<(Vec<Cell>, Vec<&'d Document>)> {
    let mut groups: BTreeMap<String, (Vec<Cell>, Vec<&Document>)> = BTreeMap::new();
    if fields.is_empty() {
        groups.insert(String::new(), (Vec::new(), Vec::new()));
    }
    for document in documents {
        let mut keys = BTreeMap::from([(String::new(), Vec::new())]);
        for field in fields {
            let mut values = values(document, field, bindings);
            if values.is_empty() {
                values.push(Cell::Null);
            }
            let longer = keys.values().flat_map(|key: &Vec<Cell>| {
                values
                    .iter()
                    .map(|value| key.iter().chain([value]).cloned().collect::<Vec<_>>())
            });
            keys = longer.map(|key| (format!("{key:?}"), key)).collect();
        }
        for (name, key) in keys {
            groups.entry(name).or_insert_with(|| (key, Vec::new())).1.push(document);
        }
    }
    groups.into_values().collect()
}

/// An aggregate of some rows; `seconds` is how long their time is.
pub(super) fn aggregate(documents: &[&Document], aggregate: &Aggregate, seconds: f64) -> Cell {
    let all = |field: &Field| {
        documents
            .iter()
            .flat_map(|document| values(document, field, None))
            .collect::<Vec<_>>()
    };
    let numbers = |field: &Field| {
        let mut numbers: Vec<_> = all(field).iter().filter_map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    let duration = Field::Known(Known::Duration);
    let users = |longer_than: f64| {
        let waited = |document: &&&Document| {
            longer_than < 0.0
                || values(document, &duration, None)
                    .iter()
                    .filter_map(number)
                    .any(|of| of > longer_than)
        };
        let users = documents
            .iter()
            .filter(waited)
            .flat_map(|document| texts(document, &Field::Known(Known::User)));
        users.collect::<BTreeSet<_>>().len() as f64
    };
    let share = |part: f64, whole: f64| {
        if whole == 0.0 {
            Cell::Null
        } else {
            Cell::Number(part / whole)
        }
    };
    let count = documents.len() as f64;
    match aggregate {
        Aggregate::Count => Cell::Integer(documents.len() as i64),
        Aggregate::CountIf(filter) => {
            Cell::Integer(documents.iter().filter(|document| passes(document, filter)).count() as i64)
        }
        Aggregate::CountUnique(field) => {
            let distinct: BTreeSet<_> = all(field).iter().map(|cell| format!("{cell:?}")).collect();
            Cell::Integer(distinct.len() as i64)
        }
        Aggregate::Percentile(field, rank) => percentile(&numbers(field), *rank),
        Aggregate::Average(field) => share(numbers(field).iter().sum(), numbers(field).len() as f64),
        Aggregate::Sum(field) if numbers(field).is_empty() => Cell::Null,
        Aggregate::Sum(field) => Cell::Number(numbers(field).iter().sum()),
        Aggregate::Min(field) => all(field).into_iter().min_by(compare).unwrap_or(Cell::Null),
        Aggregate::Max(field) => all(field).into_iter().max_by(compare).unwrap_or(Cell::Null),
        Aggregate::Any(field) => {
            let column = Column::Field(field.clone());
            let cells = documents
                .iter()
                .flat_map(|document| row(document, std::slice::from_ref(&column), None));
            match cells.min_by(compare).unwrap_or(Cell::Null) {
                Cell::Texts(texts) => Cell::Text(texts[0].clone()),
                cell => cell,
            }
        }
        Aggregate::LastSeen => all(&Field::Known(Known::Timestamp))
            .into_iter()
            .max_by(compare)
            .unwrap_or(Cell::Null),
        Aggregate::FirstSeen => all(&Field::Known(Known::Timestamp))
            .into_iter()
            .min_by(compare)
            .unwrap_or(Cell::Null),
        Aggregate::LatestEvent => {
            let latest = documents.iter().map(|document| (document.timestamp, document.id)).max();
            latest.map_or(Cell::Null, |(_, id)| Cell::EventId(id))
        }
        Aggregate::PerSecond => Cell::Number(count / seconds),
        Aggregate::PerMinute => Cell::Number(count * 60.0 / seconds),
        Aggregate::FailureRate => {
            let fine = ["ok", "cancelled", "unknown"];
            let statuses = all(&Field::Known(Known::Status));
            let failed = statuses
                .iter()
                .filter(|status| !fine.map(|fine| Cell::Text(fine.to_owned())).contains(status));
            share(failed.count() as f64, count)
        }
        Aggregate::Apdex(threshold) => {
            let points = numbers(&duration).into_iter().map(|duration| match duration {
                duration if duration <= *threshold => 1.0,
                duration if duration <= threshold * 4.0 => 0.5,
                _ => 0.0,
            });
            share(points.sum(), numbers(&duration).len() as f64)
        }
        Aggregate::UserMisery(threshold) => {
            Cell::Number((users(threshold * 4.0) + 5.8875) / (users(-1.0) + 5.8875 + 111.8625))
        }
        Aggregate::CountMiserable(threshold) => Cell::Integer(users(threshold * 4.0) as i64),
    }
}

fn percentile(sorted: &[f64], rank: f64) -> Cell {
    if sorted.is_empty() {
        return Cell::Null;
    }
    let place = rank * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Cell::Number(below + (above - below) * place.fract())
}

/// A column of a group.
pub(super) fn group_cell(
    column: &Column,
    fields: &[Field],
    key: &[Cell],
    documents: &[&Document],
    seconds: f64,
) -> Cell {
    match column {
        Column::Field(field) => key[fields.iter().position(|of| of == field).unwrap()].clone(),
        Column::Aggregate(of) => aggregate(documents, of, seconds),
        Column::Equation(equation) => equate(equation, &|part| match part {
            Equation::Aggregate(of) => number(&aggregate(documents, of, seconds)),
            _ => None,
        })
        .map_or(Cell::Null, Cell::Number),
    }
}

pub(super) fn meets(having: &Having, documents: &[&Document], seconds: f64) -> bool {
    number(&aggregate(documents, &having.aggregate, seconds))
        .is_some_and(|number| holds(having.comparison, number.partial_cmp(&having.value)))
}

/// One series of these rows: a list of buckets for each value.
pub(super) fn series(documents: &[&Document], question: &SeriesQuestion) -> Vec<Vec<Option<f64>>> {
    let width = question.buckets.width.as_micros() as i64;
    let bucket = |slot: usize| {
        let start = question.buckets.start.0 + slot as i64 * width;
        let within = |document: &&&Document| (Timestamp(start)..Timestamp(start + width)).contains(&document.timestamp);
        documents.iter().filter(within).copied().collect::<Vec<_>>()
    };
    let seconds = question.buckets.width.as_secs_f64();
    let buckets: Vec<_> = (0..question.buckets.slots).map(bucket).collect();
    let value = |column: &Column, rows: &[&Document]| number(&group_cell(column, &[], &[], rows, seconds));
    question
        .values
        .iter()
        .map(|column| buckets.iter().map(|rows| value(column, rows)).collect())
        .collect()
}
