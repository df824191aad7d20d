use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Batch, Depth, OpenError, OpenOptions, OpenReport, Position, ReadError, ReleaseError, open, read,
    state::Shared,
    writer::{Append, Command, Writer},
};

/// The sizes of a spool.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpoolConfig {
    /// Most bytes that may wait to be processed. Beyond it appends are refused.
    pub max_bytes: u64,
    /// A segment file that has this many bytes is closed and a new one is begun.
    pub segment_bytes: u64,
    /// Most bytes that are written before a sync, but for a single record that is larger.
    pub batch_bytes: u64,
    /// Most appends that wait to be written.
    pub queue_records: usize,
    /// Most bytes of appends that wait to be written, but for a single record that is larger.
    pub queue_bytes: u64,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self {
            max_bytes: 4 << 30,
            segment_bytes: 64 << 20,
            batch_bytes: 8 << 20,
            queue_records: 1024,
            queue_bytes: 64 << 20,
        }
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    #[error("too many requests wait to be written to the spool")]
    Busy,
    #[error("the spool is full")]
    Full,
    #[error("a record of {0} bytes is larger than the spool may become")]
    TooLarge(u64),
    #[error("cannot write to the spool")]
    Disk(#[source] Arc<io::Error>),
    #[error("the spool is closed")]
    Closed,
}

/// The writing thread has ended: nothing new will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the spool is closed")]
pub struct Closed;

/// A handle of the log; clones are the same log. The writing thread ends with the last handle, or by [`Self::close`].
#[derive(Debug, Clone)]
pub struct Spool {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    synced: watch::Receiver<Position>,
}

impl Spool {
    /// Opens the log in a folder, which nothing else may have open. Blocks; reads the newest segment as a whole.
    pub fn open(options: OpenOptions) -> Result<(Self, OpenReport), OpenError> {
        let (state, report) = open::recover(&options)?;
        let (commands, inbox) = mpsc::channel(options.config.queue_records.max(1));
        let (synced_sender, synced) = watch::channel(state.end());
        let shared = Arc::new(Shared::new(options, state));
        let writer = Writer::new(Arc::clone(&shared), inbox, synced_sender);
        std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(|| writer.run())
            .map_err(OpenError::Thread)?;
        Ok((
            Self {
                shared,
                commands,
                synced,
            },
            report,
        ))
    }

    /// Adds a record, and returns when it is synced. Refuses at once when too many wait or the spool is full.
    ///
    /// When the future is dropped the record may or may not be written.
    pub async fn append(&self, meta: Vec<u8>, body: Bytes) -> Result<Position, AppendError> {
        let (answer, answered) = oneshot::channel();
        let append = Append { meta, body, answer };
        let bytes = append.record_bytes();
        if bytes > self.shared.config.max_bytes || bytes > u64::from(u32::MAX) {
            return Err(AppendError::TooLarge(bytes));
        }
        self.queue(bytes)?;
        if let Err(error) = self.commands.try_send(Command::Append(append)) {
            self.shared.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(match error {
                mpsc::error::TrySendError::Full(_) => AppendError::Busy,
                mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
            });
        }
        answered.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Counts the bytes that are about to wait, if they may.
    fn queue(&self, bytes: u64) -> Result<(), AppendError> {
        let limit = self.shared.config.queue_bytes;
        self.shared
            .queued_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |queued| {
                (queued == 0 || queued + bytes <= limit).then_some(queued + bytes)
            })
            .map(|_| ())
            .map_err(|_| AppendError::Busy)
    }

    /// Reads synced records from `position` on: at least one if there is one, and otherwise within both limits.
    pub async fn read_from(
        &self,
        position: Position,
        max_bytes: usize,
        max_records: usize,
    ) -> Result<Batch, ReadError> {
        let shared = Arc::clone(&self.shared);
        let read = tokio::task::spawn_blocking(move || read::read(&shared, position, max_bytes, max_records));
        read.await.unwrap_or(Err(ReadError::Closed))
    }

    /// Waits until there is something behind `position`; returns the end of what is synced.
    pub async fn wait_beyond(&self, position: Position) -> Result<Position, Closed> {
        let mut synced = self.synced.clone();
        let end = synced.wait_for(|end| *end > position).await.map_err(|_| Closed)?;
        Ok(*end)
    }

    /// Notes that everything before `position` is processed durably, and deletes segments that were passed more than a
    /// minute ago. To be called again every few seconds, even with the same position: only calls delete.
    pub async fn release(&self, position: Position) -> Result<(), ReleaseError> {
        let (answer, answered) = oneshot::channel();
        self.commands
            .send(Command::Release { position, answer })
            .await
            .map_err(|_| ReleaseError::Closed)?;
        answered.await.unwrap_or(Err(ReleaseError::Closed))
    }

    /// How much there is to process.
    pub fn depth(&self) -> Depth {
        self.shared.depth()
    }

    /// The end of what is synced.
    pub fn end(&self) -> Position {
        *self.synced.borrow()
    }

    /// Whether the writing thread has ended.
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Ends the writing thread when all appends that were made before are answered. Reading still works.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.commands.send(Command::Close { answer }).await.is_ok() {
            answered.await.ok();
        }
    }
}
