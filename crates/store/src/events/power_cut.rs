//! What was committed survives a power cut, whatever was going on. Killing a process proves nothing about syncs, since
//! the operating system keeps what was written; so this is a disk that keeps of a folder only what was synced: of each
//! file the bytes as of its last sync, under the names as of the last sync of the folder that it is in.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());

struct Disk {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    frozen: bool,
    /// By the number of the file, as names may come to mean others.
    files: HashMap<u64, Vec<u8>>,
    folders: BTreeMap<PathBuf, BTreeMap<OsString, u64>>,
}

impl Disk {
    fn watch(root: &Path) -> Arc<Self> {
        let disk = Arc::new(Self {
            root: root.to_owned(),
            state: Mutex::default(),
        });
        DISKS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(&disk));
        synced_folder(root);
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, nothing lasts.
    fn freeze(&self) {
        self.state().frozen = true;
    }

    fn restore(&self, into: &Path) {
        let state = self.state();
        for (folder, names) in &state.folders {
            let target = into.join(folder.strip_prefix(&self.root).expect("it is watched"));
            // A folder whose own name was not synced is not there.
            if !target.is_dir() {
                continue;
            }
            for (name, number) in names {
                if state.folders.contains_key(&folder.join(name)) || folder.join(name).is_dir() {
                    fs::create_dir(target.join(name)).expect("a folder is made");
                } else {
                    let bytes = state.files.get(number).map_or(&[][..], Vec::as_slice);
                    fs::write(target.join(name), bytes).expect("a file is written");
                }
            }
        }
    }
}

fn with_disk(path: &Path, change: impl FnOnce(&mut State)) {
    let disks: Vec<_> = DISKS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(disk) = disks
        .iter()
        .filter_map(Weak::upgrade)
        .find(|disk| path.starts_with(&disk.root))
    {
        let mut state = disk.state();
        if !state.frozen {
            change(&mut state);
        }
    }
}

/// The number may be that of a file that was deleted, whose bytes it must not inherit.
pub(super) fn created(path: &Path) {
    with_disk(path, |state| {
        if let Ok(file) = fs::metadata(path) {
            state.files.remove(&file.ino());
        }
    });
}

pub(super) fn synced_file(path: &Path) {
    with_disk(path, |state| {
        if let (Ok(file), Ok(bytes)) = (fs::metadata(path), fs::read(path)) {
            state.files.insert(file.ino(), bytes);
        }
    });
}

pub(super) fn synced_folder(folder: &Path) {
    with_disk(folder, |state| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| Some((entry.file_name(), entry.metadata().ok()?.ino())));
        state.folders.insert(folder.to_owned(), names.collect());
    });
}

mod tests {
    use std::{
        sync::atomic::{AtomicBool, AtomicU64, Ordering},
        thread,
    };

    use model::{EventId, ProjectId, Timestamp};
    use query::{Dataset, Expr};

    use super::*;
    use crate::events::{Document, EventIndex, EventPage, IndexConfig, Limits, PageStart, Removal, RowsOf, Scope};

    const BATCH: u64 = 5;
    const REMOVED: &str = "removed";

    fn at(number: u64) -> Timestamp {
        // Two days, and a moment in the middle of each.
        Timestamp::from_seconds(1_800_000_000 + 86_400 * i64::from(number % 2 == 1))
    }

    fn document(number: u64, hash: &str) -> Document {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&number.to_be_bytes());
        Document {
            dataset: Dataset::Errors,
            project: ProjectId(1),
            id: EventId(id),
            timestamp: at(number),
            received_at: at(number),
            hash: hash.to_owned(),
            sequence: i64::try_from(number).expect("a small number"),
            fields: Vec::new(),
            tags: vec![("number".to_owned(), number.to_string())],
            numbers: Vec::new(),
            text: Vec::new(),
            payload: number.to_string().into(),
        }
    }

    /// The batch of a position: rows of both days, and one that is removed again.
    fn batch(position: u64) -> Vec<Document> {
        let numbers = position * BATCH..position * BATCH + BATCH;
        let mut documents: Vec<_> = numbers.map(|number| document(number, "stays")).collect();
        documents.push(document(1_000_000 + position, REMOVED));
        documents
    }

    fn rows(index: &EventIndex) -> Vec<u64> {
        let scope = Scope {
            datasets: vec![Dataset::Errors],
            projects: vec![ProjectId(1)],
            environments: Vec::new(),
            start: Timestamp(0),
            end: Timestamp(i64::MAX),
        };
        let page = EventPage {
            start: PageStart::Newest,
            limit: 100_000,
        };
        let rows = index
            .list(&scope, &Expr::all(), page, &Limits::default())
            .expect("the rows are listed");
        let mut numbers: Vec<u64> = rows
            .iter()
            .map(|row| {
                let number = u64::from_be_bytes(row.id.0[8..].try_into().expect("eight bytes"));
                assert_eq!(row.payload, number.to_string());
                number
            })
            .filter(|number| *number < 1_000_000)
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// Writes, merges and removes until the power goes, a moment after so many commits; then everything that was
    /// committed is there, and adding the rest again gives each row once.
    fn cut_after(commits: u64, moment: u32) {
        let (folder, restored) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        let disk = Disk::watch(folder.path());
        let index = EventIndex::open(folder.path(), IndexConfig::default()).expect("the folder is there");
        let (done, committed) = (AtomicBool::new(false), AtomicU64::new(0));
        let lasting = thread::scope(|scope| {
            scope.spawn(|| {
                let mut position = 1;
                while !done.load(Ordering::SeqCst) {
                    index.add(&batch(position), Some(position)).expect("a batch is added");
                    index.commit().expect("a batch is committed");
                    committed.store(position, Ordering::SeqCst);
                    position += 1;
                }
            });
            scope.spawn(|| {
                let removal = Removal {
                    project: ProjectId(1),
                    rows: RowsOf::Hashes(vec![REMOVED.to_owned()], i64::MAX),
                    datasets: Vec::new(),
                    before: None,
                };
                while !done.load(Ordering::SeqCst) {
                    index.tend(at(1)).expect("segments are merged");
                    index.remove(&removal).expect("rows are removed");
                }
            });
            while committed.load(Ordering::SeqCst) < commits {
                thread::yield_now();
            }
            (0..moment).for_each(|_| thread::yield_now());
            let lasting = committed.load(Ordering::SeqCst);
            disk.freeze();
            done.store(true, Ordering::SeqCst);
            lasting
        });
        disk.restore(restored.path());
        let index = EventIndex::open(restored.path(), IndexConfig::default()).expect("the folder is there");
        let there = rows(&index);
        assert!(!restored.path().join("damaged").exists(), "after {commits} commits");
        assert!(
            (BATCH..(lasting + 1) * BATCH).all(|number| there.contains(&number)),
            "after {commits} commits: {there:?}"
        );
        let last = committed.load(Ordering::SeqCst);
        for position in 1..=last {
            index
                .add(&batch(position), Some(position))
                .expect("a batch is added again");
        }
        index.commit().expect("the batches are committed");
        assert_eq!(
            rows(&index),
            (BATCH..(last + 1) * BATCH).collect::<Vec<_>>(),
            "after {commits} commits"
        );
    }

    #[test]
    fn what_was_committed_survives_a_power_cut() {
        for (commits, moment) in [
            (0, 100),
            (1, 0),
            (3, 5_000),
            (8, 1_000),
            (12, 20_000),
            (20, 3_000),
            (33, 60_000),
        ] {
            cut_after(commits, moment);
        }
    }
}
