//! An index of a test's own, and rows to put into it.

use bytes::Bytes;
use model::{EventId, ProjectId, Timestamp};
use query::{Condition, Dataset, Expr, Field, FreeText, Known, Pattern, Test};
use store::events::{Document, EventIndex, IndexConfig, Scope, SearchText, Value};
use tempfile::TempDir;

pub(super) const PROJECT: ProjectId = ProjectId(1);
pub(super) const OTHER_PROJECT: ProjectId = ProjectId(2);

/// 2026-01-31, 00:00 UTC.
pub(super) const DAY: i64 = 20_484 * 86_400_000_000;
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY_LENGTH: i64 = 86_400 * SECOND;

pub(super) struct TestIndex {
    pub(super) index: EventIndex,
    _folder: TempDir,
}

impl TestIndex {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            index: EventIndex::open(folder.path(), IndexConfig::default()).unwrap(),
            _folder: folder,
        }
    }

    /// One commit, so the rows of a day come into one segment.
    pub(super) fn add(&self, documents: &[Document]) {
        self.index.add(documents, None).unwrap();
        self.index.commit().unwrap();
    }
}

pub(super) fn id(number: u64) -> EventId {
    // Both halves differ, and not in the same order.
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.rotate_left(40).to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    EventId(bytes)
}

/// An error of `PROJECT` and [`DAY`], so many seconds after midnight.
pub(super) fn row(number: u64) -> Document {
    let timestamp = Timestamp(DAY + i64::try_from(number).unwrap() * SECOND);
    Document {
        dataset: Dataset::Errors,
        project: PROJECT,
        id: id(number),
        timestamp,
        received_at: Timestamp(timestamp.0 + SECOND),
        hash: format!("{:032x}", number % 3),
        sequence: i64::try_from(number).unwrap(),
        fields: Vec::new(),
        tags: Vec::new(),
        numbers: Vec::new(),
        text: Vec::new(),
        payload: Bytes::from(format!("{{\"number\":{number}}}")),
    }
}

/// Changes to a row, one after the other.
pub(super) trait Build {
    fn project(self, project: ProjectId) -> Self;
    fn dataset(self, dataset: Dataset) -> Self;
    fn hash(self, hash: &str) -> Self;
    fn at(self, micros: i64) -> Self;
    fn text(self, known: Known, value: &str) -> Self;
    fn number(self, known: Known, value: f64) -> Self;
    fn flag(self, known: Known, value: bool) -> Self;
    fn tag(self, key: &str, value: &str) -> Self;
    fn measure(self, key: &str, value: f64) -> Self;
    fn prose(self, text: &str) -> Self;
    fn surroundings(self, text: &str) -> Self;
}

impl Build for Document {
    fn project(mut self, project: ProjectId) -> Self {
        self.project = project;
        self
    }

    fn dataset(mut self, dataset: Dataset) -> Self {
        self.dataset = dataset;
        self
    }

    fn hash(mut self, hash: &str) -> Self {
        self.hash = hash.to_owned();
        self
    }

    fn at(mut self, micros: i64) -> Self {
        self.timestamp = Timestamp(micros);
        self
    }

    fn text(mut self, known: Known, value: &str) -> Self {
        self.fields.push((known, Value::Text(value.to_owned())));
        self
    }

    fn number(mut self, known: Known, value: f64) -> Self {
        self.fields.push((known, Value::Number(value)));
        self
    }

    fn flag(mut self, known: Known, value: bool) -> Self {
        self.fields.push((known, Value::Flag(value)));
        self
    }

    fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.push((key.to_owned(), value.to_owned()));
        self
    }

    fn measure(mut self, key: &str, value: f64) -> Self {
        self.numbers.push((key.to_owned(), value));
        self
    }

    fn prose(mut self, text: &str) -> Self {
        self.text.push(SearchText::Prose(text.to_owned()));
        self
    }

    fn surroundings(mut self, text: &str) -> Self {
        self.text.push(SearchText::Surroundings(text.to_owned()));
        self
    }
}

/// All errors of `PROJECT`, of any time.
pub(super) fn everything() -> Scope {
    Scope {
        datasets: vec![Dataset::Errors],
        projects: vec![PROJECT],
        environments: Vec::new(),
        start: Timestamp(i64::MIN),
        end: Timestamp(i64::MAX),
    }
}

pub(super) fn known(known: Known, test: Test) -> Expr<Condition> {
    condition(Field::Known(known), test)
}

pub(super) fn tag(key: &str, test: Test) -> Expr<Condition> {
    condition(Field::Tag(key.to_owned()), test)
}

pub(super) fn measure(key: &str, test: Test) -> Expr<Condition> {
    condition(Field::Number(key.to_owned()), test)
}

fn condition(field: Field, test: Test) -> Expr<Condition> {
    Expr::Term(Condition::Field { field, test })
}

pub(super) fn is(texts: &[&str]) -> Test {
    Test::Any(texts.iter().map(|text| Pattern::Exact((*text).to_owned())).collect())
}

pub(super) fn like(pattern: &str) -> Test {
    Test::Any(vec![Pattern::Wildcard(pattern.split('*').map(str::to_owned).collect())])
}

pub(super) fn not(filter: Expr<Condition>) -> Expr<Condition> {
    Expr::Not(Box::new(filter))
}

pub(super) fn words(text: &str) -> Expr<Condition> {
    Expr::Term(Condition::Text(FreeText::Words(text.to_owned())))
}

pub(super) fn phrase(text: &str) -> Expr<Condition> {
    Expr::Term(Condition::Text(FreeText::Phrase(text.to_owned())))
}
