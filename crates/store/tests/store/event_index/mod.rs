//! The life of the event index: adding, committing, merging, removing, and what damage does.

mod damage;
mod days;
mod lifecycle;
mod merging;
mod model;
mod reading;
mod removal;
mod tables;

use std::path::Path;

use ::model::{EventId, ProjectId, Timestamp};
use bytes::Bytes;
use query::{Dataset, Expr, Known};
use store::events::{
    Day, Document, EventIndex, EventPage, IndexConfig, Limits, PageStart, Scope, SearchText, StoredRow, Value,
};

pub(super) const PROJECT: ProjectId = ProjectId(10);

/// A morning.
pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
pub(super) const DAY_SECONDS: i64 = 86_400;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

pub(super) fn today() -> Day {
    Day::of(NOW)
}

pub(super) fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

pub(super) fn open(folder: &Path) -> EventIndex {
    EventIndex::open(folder, IndexConfig::default()).unwrap()
}

pub(super) fn id(number: u32) -> EventId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    EventId(bytes)
}

/// An error of this number, `number` seconds after `NOW`; every fourth has the same hash.
pub(super) fn error(number: u32) -> Document {
    Document {
        dataset: Dataset::Errors,
        project: PROJECT,
        id: id(number),
        timestamp: at(i64::from(number)),
        received_at: at(i64::from(number)),
        hash: format!("hash{}", number % 4),
        sequence: 1_000 + i64::from(number),
        fields: vec![
            (Known::EventType, Value::Text("error".to_owned())),
            (Known::Title, Value::Text(format!("error {number}"))),
            (Known::User, Value::Text(format!("id:{}", number % 3))),
            (Known::ErrorHandled, Value::Flag(number.is_multiple_of(2))),
        ],
        tags: vec![("number".to_owned(), number.to_string())],
        numbers: vec![("weight".to_owned(), f64::from(number))],
        text: vec![SearchText::Prose(format!("error {number} happened"))],
        payload: payload(number),
    }
}

/// Like those of its neighbors, and different.
pub(super) fn payload(number: u32) -> Bytes {
    let body = "a stack of frames that is the same wherever it is seen ".repeat(5);
    Bytes::from(format!("{{\"number\":{number},\"body\":\"{body}\"}}"))
}

/// Everything of some days before and after `NOW`.
pub(super) fn scope() -> Scope {
    Scope {
        datasets: Dataset::ALL.to_vec(),
        projects: vec![PROJECT, ProjectId(11)],
        environments: Vec::new(),
        start: at(-40 * DAY_SECONDS),
        end: at(40 * DAY_SECONDS),
    }
}

/// All rows, oldest first.
pub(super) fn rows(index: &EventIndex) -> Vec<StoredRow> {
    let page = EventPage {
        start: PageStart::Newest,
        limit: 100_000,
    };
    let mut rows = index.list(&scope(), &Expr::all(), page, &Limits::default()).unwrap();
    rows.sort_by_key(StoredRow::place);
    rows
}

/// The numbers of the errors that are there, each with its own payload.
#[track_caller]
pub(super) fn numbers(index: &EventIndex) -> Vec<u32> {
    let rows = rows(index);
    let number = |row: &StoredRow| u32::from_be_bytes(row.id.0[..4].try_into().unwrap());
    for row in &rows {
        assert_eq!(row.payload, payload(number(row)), "the payload of {}", number(row));
    }
    rows.iter().map(number).collect()
}

/// Adds and commits.
pub(super) fn store(index: &EventIndex, numbers: impl IntoIterator<Item = u32>, position: u64) {
    let documents: Vec<_> = numbers.into_iter().map(error).collect();
    index.add(&documents, Some(position)).unwrap();
    assert_eq!(index.commit().unwrap().position, Some(position));
}

/// Merges until there is nothing to merge.
pub(super) fn tend(index: &EventIndex, now: Timestamp) {
    while index.tend(now).unwrap() {}
}
