//! Which days there are, and dropping them.

use std::fs;

use query::Dataset;
use store::events::{Day, Document};

use super::{DAY_SECONDS, PROJECT, at, error, numbers, open, store, tempdir, tend, today};

fn yesterday(number: u32) -> Document {
    Document {
        timestamp: at(i64::from(number) - DAY_SECONDS),
        ..error(number)
    }
}

#[test]
fn days_tell_their_rows_and_sizes() {
    let folder = tempdir();
    let index = open(folder.path());
    assert_eq!(index.days().unwrap(), []);
    store(&index, 0..5, 1);
    let log = Document {
        dataset: Dataset::Logs,
        ..yesterday(7)
    };
    index.add(&[yesterday(5), yesterday(6), log], Some(2)).unwrap();
    index.commit().unwrap();
    let days = index.days().unwrap();
    let told: Vec<_> = days
        .iter()
        .map(|day| (day.day, day.dataset, day.rows, day.damaged))
        .collect();
    let yesterday = Day(today().0 - 1);
    let expected = [
        (yesterday, Dataset::Errors, 2, false),
        (yesterday, Dataset::Logs, 1, false),
        (today(), Dataset::Errors, 5, false),
    ];
    assert_eq!(told, expected);
    for day in &days {
        let path = folder.path().join(day.dataset.name()).join(day.day.to_string());
        let files = fs::read_dir(path).unwrap();
        let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
        assert_eq!(day.bytes, bytes);
        assert!(bytes > 1_000);
    }
    drop(index);
    assert_eq!(open(folder.path()).days().unwrap().len(), 3, "also when none is open");
}

#[test]
fn a_dropped_day_is_gone_and_may_come_again() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..5, 1);
    index.add(&[yesterday(5)], Some(2)).unwrap();
    index.commit().unwrap();
    index.add(&[yesterday(6)], Some(3)).unwrap();
    let gone = Day(today().0 - 1);
    assert!(index.drop_day(Dataset::Errors, gone).unwrap());
    assert!(!index.drop_day(Dataset::Errors, gone).unwrap());
    assert!(!index.drop_day(Dataset::Logs, today()).unwrap());
    assert!(!folder.path().join("errors").join(gone.to_string()).exists());
    assert!(!folder.path().join("dropped").exists());
    index.commit().unwrap();
    assert_eq!(numbers(&index), [0, 1, 2, 3, 4]);
    assert_eq!(index.find(&[PROJECT], super::id(5)).unwrap(), None);
    index.add(&[yesterday(8)], Some(4)).unwrap();
    index.commit().unwrap();
    tend(&index, at(0));
    assert_eq!(numbers(&index).len(), 6);
}

#[test]
fn what_is_not_named_like_a_day_is_left_alone() {
    let folder = tempdir();
    fs::create_dir_all(folder.path().join("errors/lost+found")).unwrap();
    fs::create_dir_all(folder.path().join("other/2026-01-01")).unwrap();
    let index = open(folder.path());
    store(&index, [1], 1);
    tend(&index, at(0));
    assert_eq!(index.days().unwrap().len(), 1);
    assert!(folder.path().join("errors/lost+found").exists());
}

#[test]
fn days_that_nobody_asks_for_are_closed_and_opened_again() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..5, 1);
    let open_files = || {
        let files = fs::read_dir("/proc/self/fd").unwrap();
        let links = files.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
        links.filter(|link| link.starts_with(folder.path())).count()
    };
    assert_eq!(numbers(&index).len(), 5);
    assert!(open_files() > 0);
    // The writer goes first.
    for seconds in [0, 61, 62, 700] {
        tend(&index, at(seconds));
    }
    assert_eq!(open_files(), 0);
    assert_eq!(numbers(&index).len(), 5);
    store(&index, [5], 2);
    assert_eq!(numbers(&index).len(), 6);
}
