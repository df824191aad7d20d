//! The index of one dataset and day.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use model::Timestamp;
use query::Dataset;
use tantivy::{
    DocAddress, Index, IndexReader, IndexSettings, IndexSortByField, Order, ReloadPolicy, Searcher, SegmentMeta,
    TantivyError, directory::error::OpenReadError, index::SegmentId, store::Compressor,
};

use super::{
    Day, QuestionError,
    damage::{Unreadable, check_files, find_files, guarded},
    files::{DayFiles, sync_folder},
    merging::{self, Pace},
    payloads::{self, Block, PayloadFile, Payloads},
    schema::{self, Fields},
    words,
};

/// A day of so many rows is held against its checksums when it is first opened: some tens of milliseconds.
const CHECKED_AT_ONCE: u64 = 50_000;

/// What a day is known by, and the name of its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DayKey {
    pub(super) day: Day,
    pub(super) dataset: Dataset,
}

impl DayKey {
    pub(super) fn folder(self, root: &Path) -> PathBuf {
        root.join(self.dataset.name()).join(self.day.to_string())
    }
}

/// One day's index; opened when it is first needed.
#[derive(Debug)]
pub(super) struct DayIndex {
    pub(super) key: DayKey,
    pub(super) folder: PathBuf,
    open: Mutex<Option<OpenDay>>,
    /// For which pace, and those below, there is nothing to merge; none if there may be.
    settled: Mutex<Option<Pace>>,
    /// Its files were held against their checksums, or written by this process.
    checked: AtomicBool,
    /// When it was first seen that nobody had asked since the last look; unset by who asks.
    idle_since: Mutex<Option<Timestamp>>,
    /// How often questions began to see something else.
    reloads: AtomicU64,
}

#[derive(Clone)]
pub(super) struct OpenDay {
    pub(super) index: Index,
    pub(super) fields: Arc<Fields>,
    reader: IndexReader,
    now: Arc<Snapshot>,
}

/// The segments that a question sees. Files that it needs stay open, so that they may be deleted meanwhile.
struct Snapshot {
    searcher: Searcher,
    payloads: HashMap<SegmentId, Arc<PayloadFile>>,
}

impl std::fmt::Debug for OpenDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpenDay").field(self.index.directory()).finish()
    }
}

impl DayIndex {
    pub(super) fn new(root: &Path, key: DayKey) -> Self {
        Self {
            key,
            folder: key.folder(root),
            open: Mutex::default(),
            settled: Mutex::default(),
            checked: AtomicBool::new(false),
            idle_since: Mutex::default(),
            reloads: AtomicU64::new(0),
        }
    }

    pub(super) fn reloads(&self) -> u64 {
        self.reloads.load(Ordering::Acquire)
    }

    fn idle_since(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the files of a day that nobody has asked for since `since`.
    pub(super) fn close_idle(&self, now: Timestamp, since: Timestamp) {
        if *self.idle_since().get_or_insert(now) <= since {
            self.close();
        }
    }

    fn settled(&self) -> MutexGuard<'_, Option<Pace>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There may be something to merge.
    pub(super) fn changed(&self) {
        *self.settled() = None;
    }

    /// There is nothing to merge, as long as no more comes than that.
    pub(super) fn settle(&self, pace: Pace) {
        *self.settled() = Some(pace);
    }

    pub(super) fn is_settled(&self, pace: Pace) -> bool {
        *self.settled() >= Some(pace)
    }

    fn state(&self) -> MutexGuard<'_, Option<OpenDay>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is on disk, which must be.
    pub(super) fn open(&self) -> tantivy::Result<OpenDay> {
        let mut state = self.state();
        if let Some(open) = &*state {
            return Ok(open.clone());
        }
        let open = open(&self.folder)?;
        Ok(state.insert(open).clone())
    }

    /// Opens it if it is not open, and looks for damage as far as that is quickly done.
    pub(super) fn try_open(&self) -> Result<(), Unreadable> {
        let mut state = self.state();
        if state.is_some() {
            return Ok(());
        }
        let open = guarded(|| open(&self.folder))?;
        if !self.is_checked() && open.now.rows() <= CHECKED_AT_ONCE {
            check_files(&self.folder)?;
            self.checked();
        } else {
            find_files(&self.folder)?;
        }
        *state = Some(open);
        Ok(())
    }

    /// Nothing was ever committed here: it is about to be made, or its making was interrupted.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        match fs::read_dir(&self.folder) {
            Ok(entries) => {
                for entry in entries {
                    if !entry?.file_name().as_encoded_bytes().starts_with(b".") {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(super) fn create(&self) -> tantivy::Result<()> {
        create(&self.folder)?;
        self.checked();
        Ok(())
    }

    pub(super) fn checked(&self) {
        self.checked.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_checked(&self) -> bool {
        self.checked.load(Ordering::Relaxed)
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().is_some()
    }

    /// To be opened anew by who needs it next. Who has it open may read on.
    pub(super) fn close(&self) {
        *self.state() = None;
    }

    /// After a commit or merge: what is committed is what questions see.
    pub(super) fn reload(&self) -> tantivy::Result<()> {
        if let Some(open) = &mut *self.state() {
            open.now = Snapshot::take(&open.reader, Some(&open.now))?;
        }
        self.reloads.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// What is committed, without opening the day if it is not open.
    pub(super) fn segments(&self) -> tantivy::Result<Vec<SegmentMeta>> {
        self.committed()?.searchable_segment_metas()
    }

    fn committed(&self) -> tantivy::Result<Index> {
        let open = self.state().as_ref().map(|open| open.index.clone());
        open.map_or_else(|| Index::open(DayFiles::open(&self.folder)?), Ok)
    }

    /// The segments that are to become one, or one that is to be packed, if any.
    pub(super) fn next_merge(&self, pace: Pace, max_rows: u32) -> tantivy::Result<Option<Vec<SegmentId>>> {
        let index = self.committed()?;
        // Whoever knows a segment keeps its files from being deleted: the list ends here.
        let segments = index.searchable_segment_metas()?;
        let next = merging::next(&segments, pace, max_rows);
        if next.is_some() || pace == Pace::Busy {
            return Ok(next);
        }
        for segment in segments {
            let id = segment.id();
            if payloads::can_be_packed(&index.segment(segment))? {
                return Ok(Some(vec![id]));
            }
        }
        Ok(None)
    }

    pub(super) fn reader(&self) -> tantivy::Result<DayReader> {
        let open = self.open()?;
        *self.idle_since() = None;
        Ok(DayReader {
            dataset: self.key.dataset,
            day: self.key.day,
            searcher: open.now.searcher.clone(),
            snapshot: open.now,
        })
    }
}

fn open(folder: &Path) -> tantivy::Result<OpenDay> {
    let mut index = Index::open(DayFiles::open(folder)?)?;
    index.set_tokenizers(words::tokenizers());
    index.register_plugin(Arc::new(Payloads));
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
    // Nothing is kept in tantivy's document store.
    let reader: IndexReader = reader.doc_store_cache_num_blocks(0).try_into()?;
    Ok(OpenDay {
        now: Snapshot::take(&reader, None)?,
        fields: Arc::new(Fields::of(&index.schema())?),
        index,
        reader,
    })
}

impl Snapshot {
    fn take(reader: &IndexReader, before: Option<&Self>) -> tantivy::Result<Arc<Self>> {
        let mut attempts = 0..5;
        loop {
            attempts.next();
            reader.reload()?;
            let searcher = reader.searcher();
            match payload_files(&searcher, before) {
                // A merge was faster, and its sources are gone: they are not in the next list of segments.
                Err(TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_))) if !attempts.is_empty() => {}
                payloads => {
                    let payloads = payloads?;
                    return Ok(Arc::new(Self { searcher, payloads }));
                }
            }
        }
    }

    fn rows(&self) -> u64 {
        self.searcher.num_docs()
    }
}

fn payload_files(
    searcher: &Searcher,
    before: Option<&Snapshot>,
) -> tantivy::Result<HashMap<SegmentId, Arc<PayloadFile>>> {
    let mut files = HashMap::new();
    for segment in searcher.segment_readers() {
        let id = segment.segment_id();
        let open = before.and_then(|before| before.payloads.get(&id)).map(Arc::clone);
        let file = open.map_or_else(|| PayloadFile::of(segment).map(Arc::new), Ok)?;
        files.insert(id, file);
    }
    Ok(files)
}

fn create(folder: &Path) -> tantivy::Result<()> {
    fs::create_dir_all(folder)?;
    let settings = IndexSettings {
        sort_by_field: Some(IndexSortByField {
            field: schema::sorted_by().to_owned(),
            order: Order::Asc,
        }),
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    Index::builder()
        .schema(schema::schema())
        .settings(settings)
        .register_plugin(Arc::new(Payloads))
        .open_or_create(DayFiles::open(folder)?)?;
    // The names of the day and of the dataset have to last too.
    let mut parents = folder.ancestors().skip(1).take(2);
    Ok(parents.try_for_each(sync_folder)?)
}

/// A day as it was when the question began.
pub(super) struct DayReader {
    pub(super) dataset: Dataset,
    pub(super) day: Day,
    pub(super) searcher: Searcher,
    snapshot: Arc<Snapshot>,
}

impl DayReader {
    /// Unpacks the block that the row lies in: some hundred microseconds, but nothing if it is the `block` of the row
    /// (of the same segment) that was read before.
    pub(super) fn payload(&self, row: DocAddress, block: &mut Option<Block>) -> Result<Bytes, QuestionError> {
        let segment = self.searcher.segment_reader(row.segment_ord).segment_id();
        let file = self.snapshot.payloads.get(&segment);
        let file = file.expect("a snapshot has the payloads of all its segments");
        Ok(Bytes::copy_from_slice(file.payload(row.doc_id, block)?))
    }
}
