use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use model::SharedClock;

use crate::{Position, SpoolConfig, disk::Disk, quarantine::Quarantine, segment::Segment};

/// What the handles and the writing thread share. Only the writing thread changes `state` and the files.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) folder: PathBuf,
    pub(crate) config: SpoolConfig,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) quarantine: Arc<Quarantine>,
    pub(crate) clock: SharedClock,
    /// Bytes of the appends that wait for the writing thread.
    pub(crate) queued_bytes: AtomicU64,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(options: crate::OpenOptions, state: State) -> Self {
        let crate::OpenOptions {
            folder,
            config,
            disk,
            quarantine,
            clock,
            processed: _,
        } = options;
        Self {
            folder,
            config,
            disk,
            quarantine,
            clock,
            queued_bytes: AtomicU64::new(0),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn depth(&self) -> Depth {
        let queued_bytes = self.queued_bytes.load(Ordering::Relaxed);
        self.state().depth(queued_bytes)
    }
}

#[derive(Debug)]
pub(crate) struct State {
    /// By position; never empty once open.
    pub(crate) segments: VecDeque<Segment>,
    /// Where the next record will lie. Behind the last segment's end after a failed write.
    pub(crate) next: Position,
    pub(crate) next_ordinal: u64,
    /// Everything before it has been processed durably.
    pub(crate) released: Position,
    /// The ordinal of the first record that is not released.
    pub(crate) released_ordinal: u64,
}

impl State {
    /// The segment that holds the first synced byte at or behind `position`.
    pub(crate) fn segment_behind(&self, position: Position) -> Option<&Segment> {
        let index = self.segments.partition_point(|segment| segment.end() <= position);
        self.segments.range(index..).find(|segment| segment.bytes > 0)
    }

    /// The end of what is synced. Where nothing is left it is what was released: `next` may lie behind a gap that a
    /// failed write left, and a reader would wait for what is in front of it in vain.
    pub(crate) fn end(&self) -> Position {
        self.segments
            .iter()
            .rev()
            .find(|segment| segment.bytes > 0)
            .map_or(self.released, Segment::end)
    }

    /// Synced bytes that are not released.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments
            .iter()
            .rev()
            .map_while(|segment| {
                let bytes = segment.end().since(segment.start.max(self.released));
                (bytes > 0 || segment.bytes == 0).then_some(bytes)
            })
            .sum()
    }

    fn depth(&self, queued_bytes: u64) -> Depth {
        let bytes = self.bytes();
        Depth {
            bytes,
            records: if bytes == 0 {
                0
            } else {
                self.next_ordinal.saturating_sub(self.released_ordinal)
            },
            oldest: self
                .segment_behind(self.released)
                .map(|segment| segment.start.max(self.released)),
            end: self.end(),
            queued_bytes,
            segments: self.segments.len(),
            disk_bytes: self.segments.iter().map(|segment| segment.bytes).sum(),
        }
    }
}

/// How much lies in the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Synced and not yet released.
    pub bytes: u64,
    /// Synced and not yet released. Damaged records count until they are passed.
    pub records: u64,
    /// The first record that is not released.
    pub oldest: Option<Position>,
    /// The end of what is synced.
    pub end: Position,
    /// Bytes of the appends that wait to be written.
    pub queued_bytes: u64,
    pub segments: usize,
    /// Bytes of all segments, with those that were passed and wait for their minute.
    pub disk_bytes: u64,
}
