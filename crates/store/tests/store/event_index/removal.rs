//! What is removed leaves no trace in any file.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use model::ProjectId;
use query::{Dataset, Known};
use store::events::{Day, Document, EventIndex, Hidden, Removal, RowsOf, SearchText, Value};
use tantivy::{Index, directory::MmapDirectory, schema::FieldType};

use super::{DAY_SECONDS, PROJECT, at, error, id, numbers, open, rows, store, tempdir, tend, today};

fn removal(rows: RowsOf) -> Removal {
    Removal {
        project: PROJECT,
        rows,
        datasets: Vec::new(),
        before: None,
    }
}

fn hashes(hashes: &[&str], sequence: i64) -> Removal {
    removal(RowsOf::Hashes(
        hashes.iter().map(ToString::to_string).collect(),
        sequence,
    ))
}

const MARKER: &str = "xyzzymarker";

/// The marker is wherever an event can have a text.
fn marked(number: u32) -> Document {
    let text = |part: &str| format!("{MARKER}{part}{number}");
    Document {
        hash: text("hash"),
        fields: vec![
            (Known::Title, Value::Text(text("title"))),
            (Known::User, Value::Text("id:marked".to_owned())),
            (Known::Environment, Value::Text(text("environment"))),
            (Known::StackFunction, Value::Text(text("function"))),
            (Known::StackFunction, Value::Text(text("caller"))),
        ],
        tags: vec![(text("key"), text("value"))],
        numbers: vec![(text("number"), 1.0)],
        text: vec![
            SearchText::Prose(format!("{MARKER} in prose")),
            SearchText::Surroundings(format!("{MARKER}around")),
        ],
        payload: format!("{{\"marker\":\"{MARKER}\",\"number\":{number}}}").into(),
        ..error(number)
    }
}

/// Where below the folder the marker is.
fn traces(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in all_files(folder) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&file).unwrap();
        if contains(&bytes) {
            found.push(format!("raw: {name}"));
        }
        // Every frame of zstd, wherever it begins.
        for start in 0..bytes.len().saturating_sub(4) {
            if bytes[start..start + 4] == [0x28, 0xb5, 0x2f, 0xfd] {
                let mut unpacked = Vec::new();
                let mut frame = zstd::stream::read::Decoder::new(&bytes[start..])
                    .unwrap()
                    .single_frame();
                let complete = frame.read_to_end(&mut unpacked).is_ok();
                if complete && contains(&unpacked) {
                    found.push(format!("unpacked: {name}"));
                }
            }
        }
        if name == "meta.json" {
            found.extend(terms(file.parent().unwrap()));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn contains(bytes: &[u8]) -> bool {
    bytes
        .windows(MARKER.len())
        .any(|window| window.eq_ignore_ascii_case(MARKER.as_bytes()))
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(all_files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The marker in dictionaries of words and columns, read by tantivy without anything of ours.
fn terms(day: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let index = Index::open(MmapDirectory::open(day).unwrap()).unwrap();
    let searcher = index
        .reader_builder()
        .reload_policy(tantivy::ReloadPolicy::Manual)
        .try_into()
        .unwrap()
        .searcher();
    for segment in searcher.segment_readers() {
        for (field, entry) in segment.schema().fields() {
            if !entry.is_indexed() {
                continue;
            }
            let inverted = segment.inverted_index(field).unwrap();
            let mut terms = inverted.terms().stream().unwrap();
            while terms.advance() {
                if contains(terms.key()) {
                    found.push(format!("term: {}", entry.name()));
                }
            }
        }
        for column in segment.fields_metadata().unwrap() {
            if contains(column.field_name.as_bytes()) {
                found.push(format!("name: {}", column.field_name.split('.').next().unwrap()));
            }
        }
        for (_, entry) in segment.schema().fields() {
            let FieldType::Str(_) = entry.field_type() else {
                continue;
            };
            if entry.is_fast()
                && let Some(column) = segment.fast_fields().str(entry.name()).unwrap()
            {
                let mut terms = column.dictionary().stream().unwrap();
                while terms.advance() {
                    if contains(terms.key()) {
                        found.push(format!("column: {}", entry.name()));
                    }
                }
            }
        }
    }
    found
}

#[test]
fn a_removed_issue_leaves_no_trace() {
    let folder = tempdir();
    let index = open(folder.path());
    // In segments with others and alone, in two days, and not yet committed.
    let yesterday = |document: Document| Document {
        timestamp: at(-DAY_SECONDS),
        ..document
    };
    index
        .add(
            &[error(1), marked(2), error(3), yesterday(error(4)), yesterday(marked(5))],
            Some(1),
        )
        .unwrap();
    index.commit().unwrap();
    index.add(&[marked(6)], Some(2)).unwrap();
    index.commit().unwrap();
    let before = traces(folder.path());
    for place in [
        "unpacked: ",
        "term: hash",
        "term: prose",
        "term: surroundings",
        "column: title",
        "column: stack.function",
        "name: tags",
        "name: numbers",
    ] {
        assert!(
            before.iter().any(|trace| trace.starts_with(place)),
            "{place} in {before:?}"
        );
    }
    index.add(&[marked(7), error(8)], Some(3)).unwrap();
    let mut marks: Vec<String> = [2, 5, 6, 7]
        .iter()
        .map(|number| format!("{MARKER}hash{number}"))
        .collect();
    marks.push("unknown".to_owned());
    let removed = index.remove(&removal(RowsOf::Hashes(marks, 5_000))).unwrap();
    assert_eq!(removed.rows, 4);
    assert_eq!(traces(folder.path()), Vec::<String>::new());
    assert_eq!(numbers(&index), [4, 1, 3, 8]);
    drop(index);
    let index = open(folder.path());
    assert_eq!(numbers(&index), [4, 1, 3, 8]);
    assert_eq!(traces(folder.path()), Vec::<String>::new());
}

#[test]
fn what_came_later_under_a_removed_hash_stays() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..20, 1);
    // `hash1` has 1, 5, 9, 13 and 17, with sequences from 1001 on.
    assert_eq!(index.remove(&hashes(&["hash1"], 1_009)).unwrap().rows, 3);
    let expected: Vec<_> = (0..20).filter(|number| ![1, 5, 9].contains(number)).collect();
    assert_eq!(numbers(&index), expected);
    assert_eq!(index.remove(&hashes(&["hash1"], 1_009)).unwrap().rows, 0);
    // The batch is not added again, as the day has it.
    index.add(&(0..20).map(error).collect::<Vec<_>>(), Some(1)).unwrap();
    index.commit().unwrap();
    assert_eq!(numbers(&index), expected);
}

#[test]
fn rows_are_removed_by_what_they_have() {
    let other = |document: Document| Document {
        project: ProjectId(11),
        id: id(1_000),
        payload: super::payload(1_000),
        ..document
    };
    let in_environment = |number, environment: &str| {
        let mut document = error(number);
        document
            .fields
            .push((Known::Environment, Value::Text(environment.to_owned())));
        document
    };
    let check = |removal: Removal, expected: &[u32]| {
        let folder = tempdir();
        let index = open(folder.path());
        let old = Document {
            timestamp: at(-3 * DAY_SECONDS),
            ..error(4)
        };
        let log = Document {
            dataset: Dataset::Logs,
            ..error(5)
        };
        let documents = [
            error(1),
            in_environment(2, "prod"),
            in_environment(3, "test"),
            old,
            log,
            other(error(1)),
        ];
        index.add(&documents, Some(1)).unwrap();
        index.commit().unwrap();
        let removed = index.remove(&removal).unwrap();
        let mut left = numbers(&index);
        left.sort_unstable();
        assert_eq!(left, expected, "{removal:?}");
        assert_eq!(removed.rows, 6 - left.len() as u64, "{removal:?}");
        let mut days: Vec<_> = index.days().unwrap().iter().map(|day| day.rows).collect();
        days.sort_unstable();
        assert_eq!(days.iter().sum::<u64>(), left.len() as u64);
    };
    check(removal(RowsOf::All), &[1_000]);
    check(removal(RowsOf::User("id:1".to_owned())), &[2, 3, 5, 1_000]);
    check(removal(RowsOf::User("id".to_owned())), &[1, 2, 3, 4, 5, 1_000]);
    check(removal(RowsOf::Events(vec![id(2), id(5), id(99)])), &[1, 3, 4, 1_000]);
    check(removal(RowsOf::Environment("prod".to_owned())), &[1, 3, 4, 5, 1_000]);
    check(removal(RowsOf::Environment(String::new())), &[2, 3, 1_000]);
    check(removal(RowsOf::Hashes(Vec::new(), i64::MAX)), &[1, 2, 3, 4, 5, 1_000]);
    let errors_of_the_past = Removal {
        datasets: vec![Dataset::Errors],
        before: Some(Day(today().0 - 1)),
        ..removal(RowsOf::All)
    };
    check(errors_of_the_past, &[1, 2, 3, 5, 1_000]);
    let logs = Removal {
        datasets: vec![Dataset::Logs],
        ..removal(RowsOf::All)
    };
    check(logs, &[1, 2, 3, 4, 1_000]);
}

#[test]
fn hidden_rows_are_seen_by_no_question() {
    let folder = tempdir();
    let index = open(folder.path());
    store(&index, 0..8, 1);
    index.hide(vec![Hidden {
        project: PROJECT,
        hash: "hash1".to_owned(),
        sequence: 1_001,
    }]);
    assert_eq!(numbers(&index), [0, 2, 3, 4, 5, 6, 7]);
    assert_eq!(index.find(&[PROJECT], id(1)).unwrap(), None);
    assert!(index.find(&[PROJECT], id(5)).unwrap().is_some());
    index.hide(Vec::new());
    assert_eq!(rows(&index).len(), 8);
}

/// Removing again and again while rows come in, segments are merged, and questions are asked.
#[test]
fn removal_goes_on_beside_everything_else() {
    let folder = tempdir();
    let index = open(folder.path());
    let done = AtomicBool::new(false);
    // Every round has ten that stay and one that is removed.
    let write = |index: &EventIndex, round: u32| {
        let mut documents: Vec<_> = (round * 11..round * 11 + 10).map(error).collect();
        documents.push(marked(round * 11 + 10));
        index.add(&documents, Some(u64::from(round) + 1)).unwrap();
        index.commit().unwrap();
    };
    let remove = |index: &EventIndex| {
        index
            .remove(&removal(RowsOf::User("id:marked".to_owned())))
            .unwrap()
            .rows
    };
    let removed = thread::scope(|scope| {
        scope.spawn(|| {
            (0..40).for_each(|round| write(&index, round));
            done.store(true, Ordering::SeqCst);
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                tend(&index, at(0));
                thread::yield_now();
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let rows = rows(&index);
                let stay = rows.iter().filter(|row| !row.hash.contains(MARKER)).count();
                assert_eq!(stay % 10, 0, "all rows of a commit are seen, or none");
            }
        });
        let mut removed = 0;
        while !done.load(Ordering::SeqCst) {
            removed += remove(&index);
        }
        removed
    });
    assert_eq!(removed + remove(&index), 40);
    assert_eq!(traces(folder.path()), Vec::<String>::new());
    assert_eq!(numbers(&index).len(), 400);
}
