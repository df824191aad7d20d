//! Going through the rows that a question is about, segment by segment, with a second thread where there are many.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use query::{Condition, Expr};
use tantivy::{DocId, SegmentReader};

use crate::events::{
    Bindings, EventIndex, Hidden, Limits, QuestionError, Scope,
    budget::Budget,
    columns::BLOCK,
    filter::{self, Reading, Rows},
    hash_texts::Texts,
    segment_cache::SegmentCache,
};

/// Rows are gathered to so many before their columns are read: looks into dictionaries are made once for all of them.
const CHUNK: usize = 16 * BLOCK;

/// A second thread pays from so many rows on.
const MANY_ROWS: u64 = 50_000;

/// One leaves a core to what comes in, and more than two take the memory of as many partial answers.
const THREADS: usize = 2;

/// What every part of the work on one question needs.
pub(super) struct Scan<'a> {
    pub(super) scope: &'a Scope,
    pub(super) filter: &'a Expr<Condition>,
    /// Which issues rows belong to, where the question is about them.
    pub(super) bindings: Option<&'a Bindings>,
    pub(super) user_hashes: &'a SegmentCache<Vec<u64>>,
    pub(super) budget: Budget,
    pub(super) hash_texts: &'a SegmentCache<Texts>,
    hidden: Arc<Vec<Hidden>>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        index: &'a EventIndex,
        scope: &'a Scope,
        filter: &'a Expr<Condition>,
        bindings: Option<&'a Bindings>,
        limits: &Limits,
    ) -> Self {
        Self {
            scope,
            filter,
            bindings,
            user_hashes: &index.0.user_hashes,
            hash_texts: &index.0.hash_texts,
            budget: Budget::new(limits),
            hidden: index.hidden(),
        }
    }

    pub(super) fn reading(&self) -> Reading<'_> {
        Reading {
            hidden: &self.hidden,
            hash_texts: self.hash_texts,
            budget: &self.budget,
        }
    }

    /// The rows of a segment, unless it is seen at once that there are none.
    pub(super) fn rows<'s>(&self, segment: &'s SegmentReader) -> Result<Option<Rows<'s>>, QuestionError> {
        let rows = filter::rows(segment, self.scope, self.filter, self.reading())?;
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }

    /// Gives rows in ascending order, many at once.
    pub(super) fn each(
        &self,
        rows: &mut Rows<'_>,
        mut visit: impl FnMut(&[DocId]) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        let mut chunk = Vec::new();
        rows.for_each(&self.budget, |docs| {
            chunk.extend_from_slice(docs);
            if chunk.len() < CHUNK {
                return Ok(());
            }
            visit(&chunk)?;
            chunk.clear();
            Ok(())
        })?;
        if chunk.is_empty() { Ok(()) } else { visit(&chunk) }
    }
}

/// Has the work done for each segment, and gives what each thread has made of its segments.
pub(in crate::events) fn share_out<'s, S: Send>(
    segments: &[(usize, &'s SegmentReader)],
    make: impl Fn() -> Result<S, QuestionError> + Sync,
    work: impl Fn(&mut S, usize, &'s SegmentReader) -> Result<(), QuestionError> + Sync,
) -> Result<Vec<S>, QuestionError> {
    // The large ones first, so that no thread is left with one at the end.
    let mut segments = segments.to_vec();
    segments.sort_by_key(|(_, segment)| std::cmp::Reverse(segment.max_doc()));
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let run = || {
        let mut state = make()?;
        while let Some((number, segment)) = segments.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            work(&mut state, *number, segment).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(state)
    };
    let rows: u64 = segments.iter().map(|(_, segment)| u64::from(segment.num_docs())).sum();
    let others = if rows < MANY_ROWS {
        0
    } else {
        segments.len().min(THREADS) - 1
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(run)).collect();
        let mut states = vec![run()];
        for thread in others {
            states.push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        states.into_iter().collect()
    })
}
