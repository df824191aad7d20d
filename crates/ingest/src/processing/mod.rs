//! From the spool to the store: batches of records are decoded, their items taken through the pure steps, and each batch
//! is committed in one transaction with the position behind it.
//!
//! A batch is decoded while the one before it is committed. What breaks a step goes to the quarantine and does not hold
//! up what is behind it; what the database cannot take just now is tried again until it can.

mod commit;
mod decode;
mod event;
mod item;
mod quarantine;

use std::{sync::Arc, time::Duration};

use services::App;
use spool::{Batch, Position, Spool, quarantine::Quarantine};
use store::spool_positions;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

pub use quarantine::{ExpireError, ReplayError, expire, replay};

/// How much is taken from the spool at once.
const BATCH_BYTES: usize = 4 << 20;
const BATCH_RECORDS: usize = 500;

/// How long to wait before a failed batch is tried again: at first, and at most.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// How often passed segments are looked at for deletion when nothing happens.
const RELEASE_EVERY: Duration = Duration::from_secs(10);

/// How long processing goes on after the stop. What is left then stays in the spool for the next start.
const DRAIN: Duration = Duration::from_secs(4);

/// The parts that processing works with.
#[derive(Debug, Clone)]
pub struct Processor {
    pub app: App,
    pub spool: Arc<Spool>,
    pub quarantine: Arc<Quarantine>,
    pub metrics: Arc<Metrics>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("the spool cannot be read")]
    Read(#[from] spool::ReadError),
    #[error("the spool was closed while it was being processed")]
    Closed,
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("a processing task ended: {0}")]
    Task(String),
}

/// A decoded batch with the position behind it.
#[derive(Debug)]
pub(crate) struct DecodedBatch {
    pub(crate) items: Vec<item::Processed>,
    pub(crate) next: Position,
}

impl Processor {
    /// Processes until `stop`, and then on until everything that was accepted is committed, but for a few seconds only:
    /// a long spool, or a database that is away, does not hold up the stop.
    pub async fn run(self, stop: CancellationToken) -> Result<(), ProcessError> {
        let mut db = self.app.store.read().await?;
        let start = Position(spool_positions::get(&mut db, spool_positions::SHARD).await?);
        drop(db);
        let late = CancellationToken::new();
        // One batch waits decoded while one is committed: that bounds the memory.
        let (sender, receiver) = mpsc::channel(1);
        let work = async {
            tokio::try_join!(
                self.decode(start, sender, &stop, &late),
                self.commit(start, receiver, &late)
            )
        };
        let limit = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
            late.cancel();
            // The batch at hand is still brought to its end.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            done = work => done.map(drop),
            () = limit => Ok(()),
        }
    }

    /// Reads and decodes batch after batch.
    async fn decode(
        &self,
        start: Position,
        batches: mpsc::Sender<DecodedBatch>,
        stop: &CancellationToken,
        late: &CancellationToken,
    ) -> Result<(), ProcessError> {
        let mut position = start;
        while !late.is_cancelled() {
            let batch = self.spool.read_from(position, BATCH_BYTES, BATCH_RECORDS).await?;
            if batch.next == position {
                // Nothing to read: after `stop` this is the end, since nothing new is accepted then.
                tokio::select! {
                    biased;
                    waited = self.spool.wait_beyond(position) => {
                        waited.map_err(|_| ProcessError::Closed)?;
                    }
                    () = stop.cancelled() => return Ok(()),
                }
                continue;
            }
            position = batch.next;
            match self.decode_batch(batch, &batches).await {
                // Nobody commits any more: the spool keeps the rest.
                Err(ProcessError::Closed) if late.is_cancelled() => return Ok(()),
                decoded => decoded?,
            }
        }
        Ok(())
    }

    /// Decodes a batch in parts that fit into memory, whatever it holds when it is decompressed.
    async fn decode_batch(&self, batch: Batch, batches: &mpsc::Sender<DecodedBatch>) -> Result<(), ProcessError> {
        let batch = Arc::new(batch);
        let mut done = 0;
        loop {
            let part = Arc::clone(&batch);
            let work = tokio::task::spawn_blocking(move || decode::first(&part.entries[done..]));
            let (items, decoded) = work.await.map_err(|error| ProcessError::Task(error.to_string()))?;
            done += decoded;
            // Behind the last entry there may be damage that is passed as well.
            let next = if done == batch.entries.len() {
                batch.next
            } else {
                batch.entries[done].position
            };
            batches
                .send(DecodedBatch { items, next })
                .await
                .map_err(|_| ProcessError::Closed)?;
            if done == batch.entries.len() {
                return Ok(());
            }
        }
    }

    /// Commits batch after batch and lets the spool go behind them.
    async fn commit(
        &self,
        start: Position,
        mut batches: mpsc::Receiver<DecodedBatch>,
        late: &CancellationToken,
    ) -> Result<(), ProcessError> {
        let mut committed = start;
        loop {
            match tokio::time::timeout(RELEASE_EVERY, batches.recv()).await {
                Ok(Some(batch)) => {
                    if !self.commit_surely(&batch, late).await {
                        return Ok(());
                    }
                    committed = batch.next;
                }
                Ok(None) => return Ok(()),
                Err(_) => {}
            }
            if let Err(error) = self.spool.release(committed).await {
                tracing::error!(error = %error, "passed parts of the spool could not be removed");
            }
        }
    }

    /// Tries until the batch is committed: accepted bytes are never given up because the database is away or full.
    /// `false` when it is too late for another try; the spool then keeps the batch for the next start.
    async fn commit_surely(&self, batch: &DecodedBatch, late: &CancellationToken) -> bool {
        let mut wait = RETRY_FIRST;
        loop {
            match commit::batch(self, batch).await {
                Ok(counts) => {
                    self.metrics.processed(&counts);
                    self.metrics.set_stalled(false);
                    return true;
                }
                Err(error) => {
                    self.metrics.set_stalled(true);
                    tracing::error!(error = %error, retry.seconds = wait.as_secs_f64(), "a batch could not be committed");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = late.cancelled() => return false,
                    }
                    wait = (wait * 2).min(RETRY_MOST);
                }
            }
        }
    }
}
