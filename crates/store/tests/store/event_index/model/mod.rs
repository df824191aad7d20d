//! Random rows and random questions: what the index answers against what a plain look at all rows gives.
//!
//! Counts, sums, extremes, orders and pages are the same; distinct values are within 2 % above a thousand, and
//! percentiles within 1 %.

mod documents;
mod plain;
mod questions;
mod random;

use model::Timestamp;
use query::{Aggregate, Column, Field};
use store::events::{
    Cell, Document, EventIndex, Hidden, IndexConfig, Limits, Scope, Series, SeriesGroups, SeriesQuestion, TableQuestion,
};

use self::{
    documents::{DATASETS, DAY, DAYS, HASHES, PROJECTS, START, Shape},
    random::Random,
};

/// An index, and the rows that questions to it are about.
struct Model {
    index: EventIndex,
    documents: Vec<Document>,
    hidden: Vec<Hidden>,
    _folder: tempfile::TempDir,
}

impl Model {
    /// Rows that come in several commits, with merges between them.
    fn new(random: &mut Random, shape: Shape) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = EventIndex::open(folder.path(), IndexConfig::default()).unwrap();
        let documents = documents::documents(random, shape);
        let merge = random.chance(50);
        let mut added = documents.as_slice();
        for commit in 1.. {
            let (now, later) = added.split_at(added.len().min(1 + random.below(shape.rows / 2)));
            index.add(now, Some(commit)).unwrap();
            index.commit().unwrap();
            if merge {
                while index.tend(Timestamp(START.0 + DAYS * DAY)).unwrap() {}
            }
            if later.is_empty() {
                break;
            }
            added = later;
        }
        Self {
            index,
            documents,
            hidden: Vec::new(),
            _folder: folder,
        }
    }

    /// Hides what some hashes had up to a row.
    fn hide(&mut self, random: &mut Random) {
        for _ in 0..2 {
            self.hidden.push(Hidden {
                project: random.one_of(&PROJECTS),
                hash: random.one_of(&HASHES[..5]).to_owned(),
                sequence: random.below(self.documents.len()) as i64,
            });
        }
        self.index.hide(self.hidden.clone());
    }

    /// Removes rows of one of the kinds that can be removed, in all days or in the first ones.
    fn remove(&mut self, random: &mut Random) {
        let removal = questions::removal(random, &self.documents);
        let before = self.documents.len();
        self.documents.retain(|document| !plain::is_removed(document, &removal));
        let removed = self.index.remove(&removal).unwrap();
        assert_eq!(removed.rows, (before - self.documents.len()) as u64, "{removal:?}");
    }

    fn meant(&self, scope: &Scope, filter: &query::Expr<query::Condition>) -> Vec<&Document> {
        let is_hidden = |document: &Document| {
            let mut hidden = self.hidden.iter();
            hidden.any(|of| {
                of.project == document.project && of.hash == document.hash && document.sequence <= of.sequence
            })
        };
        let meant = |document: &&Document| !is_hidden(document) && plain::is_meant(document, scope, filter);
        self.documents.iter().filter(meant).collect()
    }

    /// All rows of the answer, page by page.
    fn pages(&self, scope: &Scope, question: &TableQuestion) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        let mut question = question.clone();
        loop {
            let page = self.index.table(scope, &question, &Limits::default()).unwrap();
            assert!(page.rows.len() <= question.limit);
            rows.extend(page.rows);
            question.offset += question.limit;
            if !page.more {
                return rows;
            }
            assert_eq!(rows.len(), question.offset, "a page before the last is full");
            // The first pages are as they are asked for, what follows is looked at as a whole.
            question.limit = if question.offset > 200 { 10_000 } else { question.limit };
        }
    }

    fn check_events(&self, random: &mut Random) {
        let scope = questions::scope(random);
        let question = questions::events(random, &self.documents);
        let meant = self.meant(&scope, &question.query.filter);
        let expected = plain::rows(&meant, &question.columns, &question.order, question.bindings.as_deref());
        let found = self.pages(&scope, &question);
        assert_eq!(found.len(), expected.len(), "rows of {question:?} in {scope:?}");
        for (found, expected) in found.iter().zip(&expected) {
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    is_same(found, expected, EXACT),
                    "{found:?}, not {expected:?} for {question:?} in {scope:?}"
                );
            }
        }
    }

    fn check_groups(&self, random: &mut Random) {
        let scope = questions::scope(random);
        let question = questions::groups(random, &self.documents);
        let bindings = question.bindings.as_deref();
        let seconds = (scope.end.0 - scope.start.0) as f64 / 1e6;
        let fields: Vec<_> = question.columns.iter().filter_map(field).cloned().collect();
        let meant = self.meant(&scope, &question.query.filter);
        let mut expected: Vec<(Vec<Cell>, Vec<Cell>)> = plain::groups(&meant, &fields, bindings)
            .into_iter()
            .filter(|(_, rows)| {
                question
                    .query
                    .having
                    .iter()
                    .all(|having| plain::meets(having, rows, seconds))
            })
            .map(|(key, rows)| {
                let cell = |column| plain::group_cell(column, &fields, &key, &rows, seconds);
                (question.columns.iter().map(cell).collect(), key)
            })
            .collect();
        expected.sort_by(|(left, left_key), (right, right_key)| {
            let keys = left_key
                .iter()
                .zip(right_key)
                .map(|(left, right)| plain::compare(left, right));
            let by_key = keys
                .into_iter()
                .find(|ordering| ordering.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal);
            plain::compare_by(left, right, &question.order).then(by_key)
        });
        let found = self.pages(&scope, &question);
        assert_eq!(found.len(), expected.len(), "groups of {question:?} in {scope:?}");
        for (found, (expected, _)) in found.iter().zip(&expected) {
            for ((found, expected), column) in found.iter().zip(expected).zip(&question.columns) {
                let same = is_same(found, expected, tolerance(column, expected));
                assert!(
                    same,
                    "{column:?} is {found:?}, not {expected:?} for {question:?} in {scope:?}"
                );
            }
        }
    }

    fn check_series(&self, random: &mut Random) {
        let scope = questions::scope(random);
        let mut question = questions::series(random, &self.documents, &scope);
        let meant = self.meant(&scope, &question.filter);
        if random.chance(40) {
            let answer = self.index.series(&scope, &question, &Limits::default()).unwrap();
            assert_eq!((answer.groups.len(), answer.other), (1, None));
            check_one_series(&answer.groups[0], &meant, &question);
            return;
        }
        let fields = questions::series_fields(random);
        let of = plain::groups(&meant, &fields, question.bindings.as_deref());
        let mut top: Vec<_> = of.iter().take(1 + random.below(5)).collect();
        let none_such = (vec![Cell::Null; fields.len()], Vec::new());
        if !of.iter().any(|(key, _)| *key == none_such.0) {
            top.push(&none_such);
        }
        question.groups = Some(SeriesGroups {
            fields,
            keys: top.iter().map(|(key, _)| key.clone()).collect(),
        });
        let answer = self.index.series(&scope, &question, &Limits::default()).unwrap();
        assert_eq!(answer.groups.len(), top.len());
        for (found, (_, rows)) in answer.groups.iter().zip(&top) {
            check_one_series(found, rows, &question);
        }
        let in_top = |row: &&Document| {
            top.iter()
                .any(|(_, rows)| rows.iter().any(|of| std::ptr::eq(*of, *row)))
        };
        let other: Vec<_> = meant.into_iter().filter(|row| !in_top(row)).collect();
        check_one_series(&answer.other.unwrap(), &other, &question);
    }
}

fn check_one_series(found: &Series, rows: &[&Document], question: &SeriesQuestion) {
    let expected = plain::series(rows, question);
    assert_eq!(found.values.len(), expected.len());
    for ((found, expected), column) in found.values.iter().zip(&expected).zip(&question.values) {
        assert_eq!(found.len(), expected.len(), "buckets of {question:?}");
        for (slot, (found, expected)) in found.iter().zip(expected).enumerate() {
            let cell = |number: &Option<f64>| number.map_or(Cell::Null, Cell::Number);
            let (found, expected) = (cell(found), cell(expected));
            let same = is_same(&found, &expected, tolerance(column, &expected));
            assert!(
                same,
                "{column:?} is {found:?}, not {expected:?} in bucket {slot} of {question:?}"
            );
        }
    }
}

fn field(column: &Column) -> Option<&Field> {
    match column {
        Column::Field(field) => Some(field),
        _ => None,
    }
}

/// What the order of an addition may change.
const EXACT: f64 = 1e-9;

/// How far from the truth an answer may be, as a share of it.
fn tolerance(column: &Column, expected: &Cell) -> f64 {
    match column {
        Column::Aggregate(Aggregate::Percentile(..)) => 0.01,
        Column::Aggregate(Aggregate::CountUnique(_) | Aggregate::CountMiserable(_)) if is_large(expected) => 0.02,
        Column::Aggregate(Aggregate::UserMisery(_)) if is_large(expected) => 0.04,
        _ => EXACT,
    }
}

fn is_large(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(count) if *count > 1_000) || matches!(cell, Cell::Number(count) if *count > 1_000.0)
}

fn is_same(found: &Cell, expected: &Cell, tolerance: f64) -> bool {
    let close = |found: f64, expected: f64| (found - expected).abs() <= tolerance * expected.abs() + 1e-9;
    match (found, expected) {
        (Cell::Number(found), Cell::Number(expected)) => close(*found, *expected),
        (Cell::Integer(found), Cell::Integer(expected)) => close(*found as f64, *expected as f64),
        (found, expected) => found == expected,
    }
}

#[test]
fn answers_are_those_of_a_plain_look_at_all_rows() {
    for seed in 1..=4 {
        let mut random = Random::of(seed);
        let shape = Shape {
            rows: 150 + random.below(700),
            users: 40,
            transactions: 8,
        };
        let mut model = Model::new(&mut random, shape);
        for round in 0..40 {
            model.check_events(&mut random);
            model.check_groups(&mut random);
            model.check_series(&mut random);
            if round == 15 {
                model.hide(&mut random);
            }
            if round == 25 && seed % 2 == 0 {
                model.remove(&mut random);
            }
        }
    }
}

/// Beyond what is kept exactly.
#[test]
fn many_distinct_values_and_numbers_are_about_right() {
    let mut random = Random::of(99);
    let shape = Shape {
        rows: 24_000,
        users: 60_000,
        transactions: 6,
    };
    let model = Model::new(&mut random, shape);
    let scope = Scope {
        datasets: DATASETS.to_vec(),
        projects: PROJECTS.to_vec(),
        environments: Vec::new(),
        start: START,
        end: Timestamp(START.0 + DAYS * DAY),
    };
    let user = Field::Known(query::Known::User);
    let duration = Field::Known(query::Known::Duration);
    let aggregates = [
        Aggregate::Count,
        Aggregate::CountUnique(user),
        Aggregate::CountUnique(Field::Known(query::Known::Id)),
        Aggregate::CountUnique(duration.clone()),
        Aggregate::Percentile(duration.clone(), 0.5),
        Aggregate::Percentile(duration.clone(), 0.95),
        Aggregate::Percentile(duration, 0.999),
        Aggregate::CountMiserable(100.0),
        Aggregate::UserMisery(100.0),
    ];
    for group in [
        query::Known::Transaction,
        query::Known::ErrorType,
        query::Known::Level,
        query::Known::Project,
    ] {
        let mut question = questions::groups(&mut random, &model.documents);
        question.columns = vec![Column::Field(Field::Known(group))];
        question
            .columns
            .extend(aggregates.iter().cloned().map(Column::Aggregate));
        question.query = query::EventQuery {
            filter: query::Expr::all(),
            having: Vec::new(),
        };
        question.order.clear();
        let meant = model.meant(&scope, &question.query.filter);
        let found = model.pages(&scope, &question);
        let groups = plain::groups(&meant, &[Field::Known(group)], None);
        assert_eq!(found.len(), groups.len());
        for (key, rows) in groups {
            let found = found.iter().find(|row| row[0] == key[0]).unwrap();
            for (found, column) in found.iter().zip(&question.columns).skip(1) {
                let expected = plain::group_cell(column, &[], &key, &rows, 1.0);
                let same = is_same(found, &expected, tolerance(column, &expected));
                assert!(same, "{column:?} of {key:?} is {found:?}, not {expected:?}");
            }
        }
    }
}
