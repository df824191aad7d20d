//! A day whose files are damaged is moved aside, and the rest serves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use query::Dataset;
use store::events::{Day, Document, EventIndex, Health};

use super::{DAY_SECONDS, at, error, numbers, open, store, tempdir, tend, today};

type Damage = fn(&Path);

fn yesterday() -> Day {
    Day(today().0 - 1)
}

/// Ten rows yesterday, in two segments, of which one has a deleted row; one row today.
fn filled(folder: &Path) {
    let index = open(folder);
    for batch in 0..2 {
        let documents: Vec<_> = (batch * 5..batch * 5 + 5)
            .map(|number| Document {
                timestamp: at(i64::from(number) - DAY_SECONDS),
                ..error(number)
            })
            .collect();
        index.add(&documents, Some(u64::from(batch) + 1)).unwrap();
        index.commit().unwrap();
    }
    store(&index, [100], 3);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let day = folder.join("errors").join(yesterday().to_string());
    let files = fs::read_dir(day).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'))
        .collect()
}

#[track_caller]
fn assert_moved_aside(index: &EventIndex, folder: &Path, damage: &str) {
    assert_eq!(numbers(index), [100], "{damage}");
    let days = index.days().unwrap();
    let told: Vec<_> = days.iter().map(|day| (day.day, day.damaged)).collect();
    assert_eq!(told, [(yesterday(), true), (today(), false)], "{damage}");
    assert!(
        folder.join("damaged").join(format!("errors_{}", yesterday())).is_dir(),
        "{damage}"
    );
    // What comes for the day has a new index.
    let late = Document {
        timestamp: at(-100),
        ..error(50)
    };
    index.add(&[late], Some(4)).unwrap();
    index.commit().unwrap();
    tend(index, at(0));
    assert_eq!(numbers(index), [50, 100], "{damage}");
    assert!(index.drop_day(Dataset::Errors, yesterday()).unwrap(), "{damage}");
    assert_eq!(index.days().unwrap().len(), 1, "{damage}");
}

#[test]
fn damaged_files_are_found_when_a_day_is_opened() {
    let kinds: [(&str, Damage); 5] = [
        ("removed", |path| fs::remove_file(path).unwrap()),
        ("cut off", |path| {
            let length = fs::metadata(path).unwrap().len();
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(length / 2).unwrap();
        }),
        ("emptied", |path| fs::write(path, b"").unwrap()),
        ("overwritten", |path| {
            let length = fs::read(path).unwrap().len();
            fs::write(path, vec![b'#'; length]).unwrap();
        }),
        ("one bit", |path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[0] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
    ];
    for (kind, damage) in kinds {
        let template = tempdir();
        filled(template.path());
        let mut seen = std::collections::BTreeSet::new();
        for place in 0..files(template.path()).len() {
            let folder = tempdir();
            filled(folder.path());
            let mut files = files(folder.path());
            files.sort_by_key(|path| path.extension().map(ToOwned::to_owned));
            // One file of each sort.
            let file = &files[place.min(files.len() - 1)];
            let sort = file.extension().unwrap_or_default().to_str().unwrap().to_owned();
            if !seen.insert(sort.clone()) {
                continue;
            }
            damage(file);
            assert_moved_aside(&open(folder.path()), folder.path(), &format!("{kind}: {sort}"));
        }
        assert!(seen.len() >= 7, "{seen:?}");
    }
}

#[test]
fn a_check_finds_what_changed_while_the_day_was_open() {
    let folder = tempdir();
    filled(folder.path());
    let index = open(folder.path());
    assert_eq!(numbers(&index).len(), 11);
    assert_eq!(index.check(Dataset::Errors, yesterday()).unwrap(), Health::Sound);
    index.check(Dataset::Logs, yesterday()).unwrap_err();
    let file = files(folder.path())
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "payload"));
    let file = file.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 4;
    // Another file in its place, as the old one may be mapped.
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
    let moved = folder.path().join("damaged").join(format!("errors_{}", yesterday()));
    assert_eq!(
        index.check(Dataset::Errors, yesterday()).unwrap(),
        Health::Damaged(moved)
    );
    assert_moved_aside(&index, folder.path(), "checked");
}

/// A crash while a day was made leaves a folder in which nothing was ever committed.
#[test]
fn a_day_that_was_never_finished_is_no_damage() {
    let folder = tempdir();
    fs::create_dir_all(folder.path().join("errors").join(yesterday().to_string())).unwrap();
    let index = open(folder.path());
    assert_eq!(numbers(&index), [0; 0]);
    tend(&index, at(0));
    let late = Document {
        timestamp: at(-100),
        ..error(50)
    };
    index.add(&[late], Some(1)).unwrap();
    index.commit().unwrap();
    assert_eq!(numbers(&index), [50]);
    assert!(!folder.path().join("damaged").exists());
}
