use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use model::ProjectId;
use query::Dataset;

use super::{
    Day, QuestionError, Scope,
    budget::Budget,
    day_index::{DayIndex, DayKey, DayReader},
    filter::Reading,
    hash_texts::Texts,
    segment_cache::SegmentCache,
    writers::Writers,
};

/// Errors, transactions, spans and logs, by days. Cheap to clone.
///
/// Every method blocks: async callers go to the blocking pool. Any number of threads may ask while one writes.
#[derive(Debug, Clone)]
pub struct EventIndex(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) folder: PathBuf,
    pub(super) config: IndexConfig,
    pub(super) days: RwLock<BTreeMap<DayKey, Arc<DayIndex>>>,
    pub(super) writers: Mutex<Writers>,
    /// Held by what merges: one at a time, in all days.
    pub(super) upkeep: Mutex<()>,
    hidden: RwLock<Arc<Vec<Hidden>>>,
    /// How often rows were hidden.
    hides: AtomicU64,
    /// The grouping hashes of segments.
    pub(super) hash_texts: SegmentCache<Texts>,
    /// By ordinal, the hash of each user of a segment: what users are counted by.
    pub(super) user_hashes: SegmentCache<Vec<u64>>,
}

#[derive(Debug, Clone)]
pub struct IndexConfig {
    /// Days that are written to at the same time; a further one takes the place of the one that waited longest.
    pub open_writers: usize,
    /// Of rows that are not yet in files, by day: what [`EventIndex::is_full`] goes by. Twice as much is the most.
    pub writer_memory_bytes: usize,
    /// A segment is not merged beyond so many rows.
    pub max_segment_rows: u32,
}

impl Default for IndexConfig {
    fn default() -> Self {
        Self {
            open_writers: 4,
            writer_memory_bytes: 24 << 20,
            max_segment_rows: 500_000,
        }
    }
}

/// Rows that no question may see any more, though they may still be there: those of the hash up to the sequence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hidden {
    pub project: ProjectId,
    pub hash: String,
    pub sequence: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("the folder of the event index {} cannot be read", folder.display())]
pub struct OpenError {
    folder: PathBuf,
    source: io::Error,
}

impl EventIndex {
    /// Finds out which days there are. None is opened or locked before it is needed.
    pub fn open(folder: &Path, config: IndexConfig) -> Result<Self, OpenError> {
        let days = list_days(folder).map_err(|source| OpenError {
            folder: folder.to_owned(),
            source,
        })?;
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            config,
            days: RwLock::new(days),
            writers: Mutex::default(),
            upkeep: Mutex::default(),
            hidden: RwLock::default(),
            hides: AtomicU64::new(0),
            hash_texts: SegmentCache::default(),
            user_hashes: SegmentCache::default(),
        })))
    }

    /// From now on, no question sees these rows. They replace those that were hidden before.
    pub fn hide(&self, hidden: Vec<Hidden>) {
        *self.0.hidden.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(hidden);
        self.0.hides.fetch_add(1, Ordering::Release);
    }

    /// What finding rows needs, for a question that began with these.
    pub(super) fn reading<'a>(&'a self, hidden: &'a [Hidden], budget: &'a Budget) -> Reading<'a> {
        Reading {
            hidden,
            hash_texts: &self.0.hash_texts,
            budget,
        }
    }

    /// Stands for what questions see: as long as it is the same, a question has the same answer.
    pub fn changes(&self) -> u64 {
        let mut state = DefaultHasher::new();
        self.0.hides.load(Ordering::Acquire).hash(&mut state);
        for day in self.0.days() {
            (day.key, day.reloads()).hash(&mut state);
        }
        state.finish()
    }

    pub fn hidden(&self) -> Arc<Vec<Hidden>> {
        Arc::clone(&self.0.hidden.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The days that rows of the scope may be in, oldest first. A day that cannot be read is moved aside and left out.
    pub(super) fn readers(&self, scope: &Scope) -> Result<Vec<DayReader>, QuestionError> {
        if scope.projects.is_empty() || scope.start >= scope.end {
            return Ok(Vec::new());
        }
        let wanted = |key: DayKey| {
            key.day.start() < scope.end && scope.start < key.day.end() && scope.datasets.contains(&key.dataset)
        };
        self.open_readers(self.0.days().into_iter().filter(|day| wanted(day.key)))
    }

    /// Every day of every dataset, newest first.
    pub(super) fn all_readers(&self) -> Result<Vec<DayReader>, QuestionError> {
        self.open_readers(self.0.days().into_iter().rev())
    }

    fn open_readers(&self, days: impl Iterator<Item = Arc<DayIndex>>) -> Result<Vec<DayReader>, QuestionError> {
        let mut readers = Vec::new();
        for day in days {
            if self.0.sound(&day)? {
                readers.push(day.reader()?);
            }
        }
        Ok(readers)
    }
}

impl Inner {
    /// All days, oldest first.
    pub(super) fn days(&self) -> Vec<Arc<DayIndex>> {
        let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
        days.values().cloned().collect()
    }

    pub(super) fn day(&self, key: DayKey) -> Option<Arc<DayIndex>> {
        let days = self.days.read().unwrap_or_else(PoisonError::into_inner);
        days.get(&key).cloned()
    }

    /// The day, made if it is not there. `writers` is locked.
    pub(super) fn day_to_write(&self, key: DayKey) -> tantivy::Result<Arc<DayIndex>> {
        if let Some(day) = self.day(key)
            && self.sound(&day)?
        {
            return Ok(day);
        }
        let new = Arc::new(DayIndex::new(&self.folder, key));
        new.create()?;
        let mut days = self.days.write().unwrap_or_else(PoisonError::into_inner);
        days.insert(key, Arc::clone(&new));
        Ok(new)
    }

    pub(super) fn writers(&self) -> MutexGuard<'_, Writers> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list_days(folder: &Path) -> io::Result<BTreeMap<DayKey, Arc<DayIndex>>> {
    let mut days = BTreeMap::new();
    for dataset in Dataset::ALL {
        let entries = match fs::read_dir(folder.join(dataset.name())) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            // What is not named like a day is none of ours.
            if let Some(Ok(day)) = entry.file_name().to_str().map(str::parse::<Day>) {
                let key = DayKey { day, dataset };
                days.insert(key, Arc::new(DayIndex::new(folder, key)));
            }
        }
    }
    Ok(days)
}
