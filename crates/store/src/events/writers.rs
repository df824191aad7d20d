//! Adding rows and making them last.
//!
//! A day's commit carries a position: every row of the day from batches up to that position is in it. After a crash the
//! same batches are added again, in the same order, and a day skips those that it has. So a day never has a row twice,
//! and a writer may be dropped with all that it did not commit at any time: whoever wrote adds it again.

use std::sync::Arc;

use model::Timestamp;
use query::Dataset;
use tantivy::{
    FutureResult, Index, IndexWriter, Opstamp, Segment, SegmentMeta, TantivyDocument, TantivyError,
    index::SegmentId,
    indexer::{AddOperation, IndexWriterOptions, NoMergePolicy, SegmentWriter},
    query::Query,
};

use super::{
    Day, Document, EventIndex,
    day_index::{DayIndex, DayKey, OpenDay},
    event_index::Inner,
    payloads::{self, SegmentPayloads},
    removal::Marked,
    schema::{self, Fields},
};

/// Decides on the size that a hash table of words begins with, which is zeroed for each segment. Segments are small, and
/// it grows.
const ARENA_BYTES: usize = 1_000_000;

/// The writers of the days that are written to.
#[derive(Debug, Default)]
pub(super) struct Writers {
    /// The one that was used last is the last.
    open: Vec<DayWriter>,
    /// Of the batches that were added, and of those that were committed.
    position: Option<u64>,
    committed: Option<u64>,
    /// A day whose uncommitted rows were lost to an error, which who added them has perhaps not seen, and the last
    /// position that was added then. No later one is taken until they begin anew.
    lost: Option<(DayKey, Option<u64>)>,
}

/// Why rows could not be stored. All batches behind the last `Committed::position` are to be added again, in their
/// order; rows that are there nevertheless are skipped.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the {dataset} of {day} could not be stored")]
    Day {
        dataset: Dataset,
        day: Day,
        source: TantivyError,
    },
    #[error("rows of the {dataset} of {day} were lost before they were committed")]
    Lost { dataset: Dataset, day: Day },
}

impl DayKey {
    pub(super) fn error(self, source: TantivyError) -> WriteError {
        WriteError::Day {
            dataset: self.dataset,
            day: self.day,
            source,
        }
    }

    fn lost(self) -> WriteError {
        WriteError::Lost {
            dataset: self.dataset,
            day: self.day,
        }
    }
}

/// What lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Every batch that was added up to this position is committed; nothing was added if there is none.
    pub position: Option<u64>,
}

impl EventIndex {
    /// Adds the rows of a batch, each to its day. They are seen and last when they are committed.
    ///
    /// `position` rises from batch to batch, and a batch that is added again has the same position and rows. Rows
    /// without a position stand outside of that order: they are added whenever they are given.
    pub fn add(&self, documents: &[Document], position: Option<u64>) -> Result<(), WriteError> {
        let mut days: Vec<(DayKey, Vec<&Document>)> = Vec::new();
        for document in documents {
            let key = DayKey {
                day: Day::of(document.timestamp),
                dataset: document.dataset,
            };
            match days.iter_mut().find(|(other, _)| *other == key) {
                Some((_, rows)) => rows.push(document),
                None => days.push((key, vec![document])),
            }
        }
        let mut writers = self.0.writers();
        if let (Some(position), Some((key, last))) = (position, writers.lost) {
            if Some(position) > last {
                return Err(key.lost());
            }
            writers.lost = None;
        }
        writers.position = writers.position.max(position);
        for (key, rows) in days {
            // A day at a time, so that at any moment a day has all rows of a batch or none.
            if let Err(error) = writers.add(&self.0, key, &rows, position) {
                if position.is_some() {
                    writers.lose(key);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the rows that wait for a commit take the memory they may. More of them can be added, but then they become
    /// segments before the commit, and a small one may be left for it.
    pub fn is_full(&self) -> bool {
        let memory = self.0.config.writer_memory_bytes;
        let is_full = |writer: &DayWriter| writer.has_flushed || writer.waiting_bytes() >= memory;
        self.0.writers().open.iter().any(is_full)
    }

    /// When it returns, all rows that were added last, and questions see them.
    pub fn commit(&self) -> Result<Committed, WriteError> {
        let mut writers = self.0.writers();
        writers.commit()?;
        if let Some((key, _)) = writers.lost {
            return Err(key.lost());
        }
        writers.committed = writers.position;
        Ok(Committed {
            position: writers.committed,
        })
    }
}

impl Writers {
    fn add(&mut self, index: &Inner, key: DayKey, rows: &[&Document], position: Option<u64>) -> Result<(), WriteError> {
        let memory = index.config.writer_memory_bytes;
        self.with(index, key, |writer| writer.add(rows, position, memory))
    }

    fn commit(&mut self) -> Result<(), WriteError> {
        let keys: Vec<_> = self.open.iter().map(|writer| writer.day.key).collect();
        let mut first_error = None;
        // One day that cannot be written keeps no other from lasting.
        for key in keys {
            if let Err(error) = self.with_open(key, DayWriter::commit) {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Does something with the writer of a day, which is opened if need be.
    pub(super) fn with<T>(
        &mut self,
        index: &Inner,
        key: DayKey,
        work: impl FnOnce(&mut DayWriter) -> tantivy::Result<T>,
    ) -> Result<T, WriteError> {
        if !self.is_open(key) {
            self.make_room(index.config.open_writers)?;
            let day = index.day_to_write(key).map_err(|source| key.error(source))?;
            let writer = DayWriter::open(day).map_err(|source| key.error(source))?;
            self.open.push(writer);
        }
        self.with_open(key, work)
    }

    pub(super) fn with_if_open(
        &mut self,
        key: DayKey,
        work: impl FnOnce(&mut DayWriter) -> tantivy::Result<()>,
    ) -> Result<(), WriteError> {
        if self.is_open(key) {
            self.with_open(key, work)?;
        }
        Ok(())
    }

    /// After an error the writer is gone, with all that it had not committed: what it is in the middle of is unknown.
    fn with_open<T>(
        &mut self,
        key: DayKey,
        work: impl FnOnce(&mut DayWriter) -> tantivy::Result<T>,
    ) -> Result<T, WriteError> {
        let place = self.open.iter().position(|writer| writer.day.key == key);
        let mut writer = self.open.remove(place.expect("the writer of this day is open"));
        match work(&mut writer) {
            Ok(done) => {
                self.open.push(writer);
                Ok(done)
            }
            Err(source) => {
                writer.day.close();
                if writer.uncommitted {
                    self.lose(key);
                }
                Err(key.error(source))
            }
        }
    }

    /// Closes writers, those that were not used for longest first, until another one may be opened.
    fn make_room(&mut self, open_writers: usize) -> Result<(), WriteError> {
        while self.open.len() >= open_writers.max(1) {
            let Some(place) = self.open.iter().position(|writer| !writer.merging) else {
                return Ok(());
            };
            let key = self.open[place].day.key;
            self.with_open(key, DayWriter::commit)?;
            self.open.pop();
        }
        Ok(())
    }

    /// Closes the writers that nothing was added to since `since`.
    pub(super) fn close_idle(&mut self, now: Timestamp, since: Timestamp) -> Result<(), WriteError> {
        for writer in &mut self.open {
            writer.idle_since.get_or_insert(now);
        }
        let idle = |writer: &DayWriter| !writer.merging && writer.idle_since.is_some_and(|time| time <= since);
        while let Some(writer) = self.open.iter().find(|writer| idle(writer)) {
            let key = writer.day.key;
            self.with_open(key, DayWriter::commit)?;
            self.open.pop();
        }
        Ok(())
    }

    pub(super) fn has_uncommitted(&self, key: DayKey) -> bool {
        let writer = self.open.iter().find(|writer| writer.day.key == key);
        writer.is_some_and(|writer| writer.uncommitted)
    }

    pub(super) fn is_open(&self, key: DayKey) -> bool {
        self.open.iter().any(|writer| writer.day.key == key)
    }

    /// Whether nothing was added to the day since `since`.
    pub(super) fn is_quiet(&self, key: DayKey, since: Timestamp) -> bool {
        let writer = self.open.iter().find(|writer| writer.day.key == key);
        writer.is_none_or(|writer| writer.idle_since.is_some_and(|time| time <= since))
    }

    /// Like `forget`, but who added the rows will add them again.
    pub(super) fn abandon(&mut self, key: DayKey) {
        if self.has_uncommitted(key) {
            self.lose(key);
        }
        self.forget(key);
    }

    fn lose(&mut self, key: DayKey) {
        let last = self.lost.map_or(self.position, |(_, last)| last.max(self.position));
        self.lost = Some((key, last));
        self.position = self.committed;
    }

    /// Forgets the writer of a day, and what it has not committed.
    pub(super) fn forget(&mut self, key: DayKey) {
        self.open.retain(|writer| writer.day.key != key);
    }
}

/// The writer of one day.
pub(super) struct DayWriter {
    day: Arc<DayIndex>,
    open: OpenDay,
    /// Commits, deletes and merges. Rows go to `building`: tantivy's own queue is bounded by rows, not by bytes.
    writer: IndexWriter,
    building: Option<Building>,
    /// The rows of batches up to here were added.
    position: Option<u64>,
    uncommitted: bool,
    /// Some of what is not committed is in files.
    has_flushed: bool,
    /// A merge runs on this writer, which has to stay open.
    pub(super) merging: bool,
    /// When it was first seen idle.
    idle_since: Option<Timestamp>,
}

/// A segment that rows are added to.
struct Building {
    segment: Segment,
    writer: SegmentWriter,
}

impl std::fmt::Debug for DayWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DayWriter")
            .field("key", &self.day.key)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl DayWriter {
    fn open(day: Arc<DayIndex>) -> tantivy::Result<Self> {
        let open = day.open()?;
        let options = IndexWriterOptions::builder().num_merge_threads(1).build();
        let writer: IndexWriter = open.index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let position = committed_position(&open.index)?;
        Ok(Self {
            day,
            open,
            writer,
            building: None,
            position,
            uncommitted: false,
            has_flushed: false,
            merging: false,
            idle_since: None,
        })
    }

    fn add(&mut self, rows: &[&Document], position: Option<u64>, memory: usize) -> tantivy::Result<()> {
        if position.is_some() && self.position >= position {
            return Ok(());
        }
        self.idle_since = None;
        self.uncommitted = true;
        for document in rows {
            self.add_row(document)?;
            if self.waiting_bytes() >= 2 * memory {
                self.flush()?;
                self.has_flushed = true;
            }
        }
        self.position = self.position.max(position);
        Ok(())
    }

    /// What the rows take that are in no segment yet.
    fn waiting_bytes(&self) -> usize {
        self.building.as_ref().map_or(0, |building| building.writer.mem_usage())
    }

    fn add_row(&mut self, document: &Document) -> tantivy::Result<()> {
        let building = match &mut self.building {
            Some(building) => building,
            none => none.insert(Building::begin(&self.open.index)?),
        };
        let row = AddOperation {
            // The order among deletes, of which there are none while a segment is built.
            opstamp: Opstamp::default(),
            document: self.open.fields.row(document),
        };
        building.writer.add_document::<TantivyDocument>(row)?;
        let payloads = building.writer.custom_plugin_writer_mut(payloads::EXTENSION);
        let payloads = payloads.and_then(|writer| writer.as_any_mut().downcast_mut::<SegmentPayloads>());
        let (high, low) = schema::id_halves(document.id);
        payloads
            .expect("every index is opened with the plugin of payloads")
            .push((document.sequence, high, low), document.payload.clone());
        Ok(())
    }

    /// Writes the segment at hand to its files; the next commit takes it.
    fn flush(&mut self) -> tantivy::Result<()> {
        let Some(Building { segment, writer }) = self.building.take() else {
            return Ok(());
        };
        let rows = writer.max_doc();
        writer.finalize()?;
        let segment = segment.with_max_doc(rows);
        // Sorting went through a temporary file, which the next collection of garbage may take.
        segment.meta().untrack_temp_docstore();
        self.writer.add_segment(segment.meta().clone())
    }

    pub(super) fn commit(&mut self) -> tantivy::Result<()> {
        if !self.uncommitted {
            return Ok(());
        }
        self.flush()?;
        self.commit_tantivy()?;
        self.uncommitted = false;
        self.has_flushed = false;
        self.day.changed();
        self.day.reload()
    }

    /// Marks rows as deleted, those that were not committed so far too.
    pub(super) fn delete(&mut self, query: impl Fn(&Fields) -> Box<dyn Query>) -> tantivy::Result<Marked> {
        self.commit()?;
        let before = alive_rows(&self.open.index)?;
        self.writer.delete_query(query(&self.open.fields))?;
        self.commit_tantivy()?;
        let marked = self.open.index.searchable_segment_metas()?;
        let marked = marked
            .iter()
            .filter(|segment| segment.has_deletes())
            .map(SegmentMeta::id);
        Ok(Marked {
            rows: before - alive_rows(&self.open.index)?,
            segments: marked.collect(),
        })
    }

    /// To be waited for without a lock.
    pub(super) fn start_merge(&mut self, segments: &[SegmentId]) -> FutureResult<Option<SegmentMeta>> {
        self.merging = true;
        self.writer.merge(segments)
    }

    /// Deletes the files that nothing needs any more, when questions see what took their place.
    pub(super) fn collect_garbage(&mut self) -> tantivy::Result<()> {
        self.day.reload()?;
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    /// Makes what tantivy has last, with the position.
    fn commit_tantivy(&mut self) -> tantivy::Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        if let Some(position) = self.position {
            commit.set_payload(&position.to_string());
        }
        commit.commit()?;
        Ok(())
    }
}

impl Building {
    fn begin(index: &Index) -> tantivy::Result<Self> {
        let segment = index.new_segment();
        let writer = SegmentWriter::for_segment(ARENA_BYTES, segment.clone())?;
        Ok(Self { segment, writer })
    }
}

fn alive_rows(index: &Index) -> tantivy::Result<u64> {
    let segments = index.searchable_segment_metas()?;
    Ok(segments.iter().map(|segment| u64::from(segment.num_docs())).sum())
}

fn committed_position(index: &Index) -> tantivy::Result<Option<u64>> {
    let payload = index.load_metas()?.payload;
    let position = payload.map(|text| text.parse());
    position.transpose().map_err(|_| {
        TantivyError::InvalidArgument("the commit of this day carries something that is no position".to_owned())
    })
}
