//! Segments become fewer while questions are asked and rows come in.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
};

use store::events::Document;

use super::{DAY_SECONDS, at, error, numbers, open, rows, store, tempdir, tend, today};

fn segments(folder: &Path) -> usize {
    let day = folder.join("errors").join(today().to_string());
    let names = fs::read_dir(day).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_str().unwrap().ends_with(".payload"))
        .count()
}

#[test]
fn merging_loses_nothing_and_leaves_few_files() {
    let folder = tempdir();
    let index = open(folder.path());
    for batch in 0..40 {
        store(&index, batch * 5..batch * 5 + 5, u64::from(batch) + 1);
    }
    assert_eq!(segments(folder.path()), 40);
    tend(&index, at(0));
    assert!(segments(folder.path()) < 20, "{}", segments(folder.path()));
    assert_eq!(numbers(&index), (0..200).collect::<Vec<_>>());
    // When the day has passed and nothing comes any more, one is left.
    tend(&index, at(3 * DAY_SECONDS));
    tend(&index, at(3 * DAY_SECONDS + 100));
    assert_eq!(segments(folder.path()), 1);
    assert_eq!(numbers(&index), (0..200).collect::<Vec<_>>());
    drop(index);
    let index = open(folder.path());
    assert_eq!(numbers(&index), (0..200).collect::<Vec<_>>());
    store(&index, [200], 41);
    assert_eq!(numbers(&index).len(), 201);
}

/// When nothing comes for ten seconds, there is time to pack what came; but few rows do not rewrite many.
#[test]
fn small_segments_become_one_when_it_is_quiet() {
    let folder = tempdir();
    let index = open(folder.path());
    for batch in 0..10 {
        store(&index, batch * 5..batch * 5 + 5, u64::from(batch) + 1);
    }
    tend(&index, at(0));
    tend(&index, at(9));
    assert_eq!(segments(folder.path()), 10);
    tend(&index, at(11));
    assert_eq!(segments(folder.path()), 1);
    store(&index, [50], 11);
    tend(&index, at(12));
    tend(&index, at(30));
    assert_eq!(segments(folder.path()), 2);
    assert_eq!(numbers(&index), (0..51).collect::<Vec<_>>());
}

/// What was packed in a hurry is packed again, once, when there is time.
#[test]
fn a_segment_alone_is_packed_when_it_is_quiet() {
    let folder = tempdir();
    let index = open(folder.path());
    let payload = |number: u32| {
        let numbers: Vec<String> = (0..200)
            .map(|place| format!("{:08x}", number.wrapping_mul(2_654_435_761).wrapping_mul(place * 2 + 1)))
            .collect();
        format!("{{\"numbers\":{numbers:?}}}").into_bytes()
    };
    let document = |number: u32| Document {
        payload: payload(number).into(),
        ..error(number)
    };
    for (batch, rows) in [(1, 0..300), (2, 300..600)] {
        let documents: Vec<_> = rows.map(document).collect();
        index.add(&documents, Some(batch)).unwrap();
        index.commit().unwrap();
    }
    let file = || {
        let day = folder.path().join("errors").join(today().to_string());
        let files = fs::read_dir(day).unwrap().map(|entry| entry.unwrap());
        let mut files = files.filter(|file| file.file_name().to_str().unwrap().ends_with(".payload"));
        let only = files.next().unwrap();
        assert!(files.next().is_none());
        (only.file_name(), only.metadata().unwrap().len())
    };
    tend(&index, at(0));
    assert_eq!(segments(folder.path()), 2);
    assert!(index.tend(at(11)).unwrap());
    let (_, merged) = file();
    assert!(index.tend(at(11)).unwrap());
    let (name, packed) = file();
    assert!(packed * 10 < merged * 9, "{packed} instead of {merged}");
    tend(&index, at(30));
    assert_eq!(file().0, name, "it is packed once");
    for (number, row) in (0..).zip(rows(&index)) {
        assert!(row.payload == payload(number), "{number}");
    }
}

/// Blocks of all kinds: empty and huge payloads, one hash and many.
#[test]
fn every_row_keeps_its_payload() {
    let folder = tempdir();
    let index = open(folder.path());
    let payload = |number: u32| -> Vec<u8> {
        let length = match number % 7 {
            0 => 0,
            1 => 700_000,
            other => other as usize * 9_000,
        };
        (0..length).map(|place| (place / 50 + number as usize) as u8).collect()
    };
    let document = |number: u32| Document {
        hash: if number.is_multiple_of(3) {
            String::new()
        } else {
            format!("{}", number % 40 / 13)
        },
        payload: payload(number).into(),
        ..error(number)
    };
    for batch in 0..24_u32 {
        let documents: Vec<_> = (batch * 20..batch * 20 + 20).map(document).collect();
        index.add(&documents, Some(u64::from(batch) + 1)).unwrap();
        index.commit().unwrap();
    }
    let check = || {
        let rows = rows(&index);
        assert_eq!(rows.len(), 480);
        for (number, row) in (0..).zip(rows) {
            assert!(row.payload == payload(number), "{number}: {} bytes", row.payload.len());
        }
    };
    check();
    tend(&index, at(0));
    check();
    tend(&index, at(3 * DAY_SECONDS));
    tend(&index, at(3 * DAY_SECONDS + 100));
    assert_eq!(segments(folder.path()), 1);
    check();
}

#[test]
fn merges_go_on_beside_writing_and_asking() {
    let folder = tempdir();
    let index = open(folder.path());
    let (done, committed) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            for batch in 0..60 {
                store(&index, batch * 10..batch * 10 + 10, u64::from(batch) + 1);
                committed.store(batch * 10 + 10, Ordering::SeqCst);
            }
            done.store(true, Ordering::SeqCst);
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                tend(&index, at(0));
                thread::yield_now();
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let at_least = committed.load(Ordering::SeqCst);
                    let numbers = numbers(&index);
                    let count = u32::try_from(numbers.len()).unwrap();
                    assert!(count >= at_least, "{count} of {at_least}");
                    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
                }
            });
        }
    });
    tend(&index, at(0));
    assert!(segments(folder.path()) < 20, "{}", segments(folder.path()));
    assert_eq!(numbers(&index).len(), 600);
}
