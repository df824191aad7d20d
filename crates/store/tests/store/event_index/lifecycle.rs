//! Adding and committing, through restarts and failures.

use std::fs;

use model::ProjectId;
use query::Dataset;
use store::events::{Committed, Document, EventIndex, IndexConfig};

use super::{DAY_SECONDS, PROJECT, at, error, numbers, open, rows, store, tempdir};

#[test]
fn what_was_committed_is_seen_and_lasts() {
    let folder = tempdir();
    let index = open(folder.path());
    assert_eq!(index.commit().unwrap(), Committed { position: None });
    index.add(&[error(1), error(2)], Some(5)).unwrap();
    assert_eq!(numbers(&index), [0; 0], "nothing is seen before it is committed");
    assert_eq!(index.commit().unwrap(), Committed { position: Some(5) });
    assert_eq!(numbers(&index), [1, 2]);
    index.add(&[error(3)], Some(6)).unwrap();
    drop(index);
    let index = open(folder.path());
    assert_eq!(numbers(&index), [1, 2]);
    let found = index.find(&[PROJECT], super::id(2)).unwrap().unwrap();
    assert_eq!((found.hash.as_str(), found.sequence), ("hash2", 1_002));
    assert_eq!(index.find(&[PROJECT], super::id(3)).unwrap(), None);
    assert_eq!(index.find(&[ProjectId(99)], super::id(2)).unwrap(), None);
}

#[test]
fn a_batch_that_is_added_again_is_there_once() {
    let folder = tempdir();
    let batches: Vec<Vec<Document>> = (0..5)
        .map(|batch| (batch * 3..batch * 3 + 3).map(error).collect())
        .collect();
    let index = open(folder.path());
    for (position, batch) in (10..).zip(&batches) {
        index.add(batch, Some(position)).unwrap();
        if position == 12 {
            index.commit().unwrap();
        }
    }
    // The batches at 13 and 14 were not committed when the process died.
    drop(index);
    for _ in 0..2 {
        let index = open(folder.path());
        for (position, batch) in (10..).zip(&batches) {
            index.add(batch, Some(position)).unwrap();
            index.add(batch, Some(position)).unwrap();
        }
        assert_eq!(index.commit().unwrap().position, Some(14));
        assert_eq!(numbers(&index), (0..15).collect::<Vec<_>>());
    }
}

/// More days at a time than there may be writers, in an order that closes each writer again and again.
#[test]
fn few_writers_serve_many_days() {
    let folder = tempdir();
    let config = IndexConfig {
        open_writers: 2,
        ..IndexConfig::default()
    };
    let index = EventIndex::open(folder.path(), config.clone()).unwrap();
    let batches: Vec<Vec<Document>> = (0..6)
        .map(|batch| {
            let rows = (batch * 10..batch * 10 + 10).map(|number: u32| Document {
                timestamp: at((i64::from(number % 7) - 3) * DAY_SECONDS),
                dataset: Dataset::ALL[number as usize % 5],
                ..error(number)
            });
            rows.collect()
        })
        .collect();
    for (position, batch) in (1..).zip(&batches) {
        index.add(batch, Some(position)).unwrap();
    }
    // Some of the days are committed, since their writers were closed, and others are not.
    drop(index);
    let index = EventIndex::open(folder.path(), config).unwrap();
    for (position, batch) in (1..).zip(&batches) {
        index.add(batch, Some(position)).unwrap();
    }
    assert_eq!(index.commit().unwrap().position, Some(6));
    let mut numbers = numbers(&index);
    numbers.sort_unstable();
    assert_eq!(numbers, (0..60).collect::<Vec<_>>());
    assert_eq!(index.days().unwrap().iter().map(|day| day.rows).sum::<u64>(), 60);
}

#[test]
fn rows_without_a_position_leave_it_as_it_is() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, [1], 7);
    index.add(&[error(2)], None).unwrap();
    assert_eq!(index.commit().unwrap().position, Some(7));
    drop(index);
    let index = open(folder.path());
    index.add(&[error(9)], Some(7)).unwrap();
    index.add(&[error(3)], Some(8)).unwrap();
    index.commit().unwrap();
    assert_eq!(numbers(&index), [1, 2, 3]);
}

#[test]
fn after_a_failure_the_same_batches_are_added_again() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, [1], 1);
    let yesterday = |number| Document {
        timestamp: at(i64::from(number) - DAY_SECONDS),
        ..error(number)
    };
    index.add(&[error(2), yesterday(3)], Some(2)).unwrap();
    // The folder of today cannot be written to.
    let (day, away) = (
        folder.path().join("errors").join(super::today().to_string()),
        folder.path().join("away"),
    );
    fs::rename(&day, &away).unwrap();
    index.commit().unwrap_err();
    fs::rename(&away, &day).unwrap();
    // Who has not heard of it cannot go on as if nothing had happened.
    index.commit().unwrap_err();
    index.add(&[error(4)], Some(3)).unwrap_err();
    for _ in 0..2 {
        index.add(&[error(2), yesterday(3)], Some(2)).unwrap();
        index.add(&[error(4)], Some(3)).unwrap();
    }
    assert_eq!(index.commit().unwrap().position, Some(3));
    let mut numbers = numbers(&index);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

/// The documents of one batch are more than a writer may hold in memory.
#[test]
fn a_large_batch_goes_to_several_segments() {
    let folder = tempdir();
    let config = IndexConfig {
        writer_memory_bytes: 3 << 20,
        ..IndexConfig::default()
    };
    let index = EventIndex::open(folder.path(), config).unwrap();
    let large = |number| Document {
        payload: vec![b'x'; 100_000].into(),
        ..error(number)
    };
    assert!(!index.is_full());
    index.add(&(0..40).map(large).collect::<Vec<_>>(), Some(1)).unwrap();
    assert!(index.is_full(), "4 MB wait");
    index.add(&(40..100).map(large).collect::<Vec<_>>(), Some(2)).unwrap();
    assert_eq!(rows(&index).len(), 0);
    index.commit().unwrap();
    assert!(!index.is_full());
    let rows = rows(&index);
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|row| row.payload.len() == 100_000));
}

#[test]
fn strange_documents_are_kept() {
    let folder = tempdir();
    let index = open(folder.path());
    let strange = Document {
        hash: String::new(),
        payload: bytes::Bytes::new(),
        tags: vec![
            ("a.b\\c".to_owned(), "x".repeat(10_000)),
            (String::new(), String::new()),
            ("\u{0}\u{1}".to_owned(), "\u{0}".to_owned()),
        ],
        numbers: vec![
            ("nan".to_owned(), f64::NAN),
            ("big".to_owned(), f64::MAX),
            ("whole".to_owned(), 3.0),
        ],
        ..error(1)
    };
    let far = |micros| Document {
        timestamp: model::Timestamp(micros),
        ..error(2)
    };
    index
        .add(&[strange, far(i64::MIN), far(i64::MAX), far(-1)], Some(1))
        .unwrap();
    index.commit().unwrap();
    let found = index.find(&[PROJECT], super::id(1)).unwrap().unwrap();
    assert!(found.payload.is_empty());
    assert_eq!(index.days().unwrap().len(), 4);
    drop(index);
    assert_eq!(open(folder.path()).days().unwrap().len(), 4);
}
