//! From the spool to the store: batches of records are decoded, their items taken through the pure steps, and each batch
//! is committed in one transaction with the position behind it.
//!
//! A batch is decoded while the one before it is committed, and the one before that goes into the event index. What breaks
//! a step goes to the quarantine and does not hold up what is behind it; what the database or the index cannot take just
//! now is tried again until it can.

mod crashes;
mod decode; // a record becomes items,
mod envelope; // the items of an envelope together
mod requests; // also one that is no envelope // files that make or mend its event

mod attachments; // one file a kind
mod check_ins;
mod client_reports;
mod containers; // of logs, spans and metrics
mod event;
mod logs;
mod metrics;
mod profiles;
mod replays;
mod sessions;
mod spans;
mod stored; // what several kinds share: keeping items whole
mod trace_metrics;
mod user_reports;

mod blobs;
mod commit;
mod index;
mod item;
mod own_thread;
mod quarantine;

use std::{sync::Arc, time::Duration};

use services::{
    App,
    project_config::{self, ProjectConfig},
};
use spool::{Batch, Entry, Position, Spool, quarantine::Quarantine};
use store::spool_positions;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::own_thread::{OwnThread, Panicked};
use crate::metrics::Metrics;

pub use quarantine::{ExpireError, ReplayError, expire, replay};

/// How much is taken from the spool at once.
const BATCH_BYTES: usize = 8 << 20;
const BATCH_RECORDS: usize = 500;

/// How long to wait before a failed batch is tried again: at first, and at most.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// How often passed segments are looked at for deletion when nothing happens.
const RELEASE_EVERY: Duration = Duration::from_secs(2);

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
    #[error("a step of processing panicked")]
    Panicked,
    #[error("a thread could not be started")]
    Thread(#[from] std::io::Error),
}

/// A decoded batch with the position behind it.
#[derive(Debug)]
pub(crate) struct DecodedBatch {
    pub(crate) items: Vec<item::Processed>,
    /// Of its first record.
    pub(crate) start: Position,
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
        let (rows, indexed) = mpsc::channel(1);
        let indexer = index::Indexer::new(&self, start, &late)?;
        let work = async {
            tokio::try_join!(
                self.decode(start, sender, &stop, &late),
                self.commit(receiver, rows, &late),
                async {
                    indexer.run(indexed).await;
                    Ok(())
                }
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
        let thread = OwnThread::new("decode")?;
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
            position = match self.decode_batch(&thread, position, batch, &batches, late).await {
                // Nobody commits any more: the spool keeps the rest.
                Err(ProcessError::Closed) if late.is_cancelled() => return Ok(()),
                decoded => decoded?,
            };
        }
        Ok(())
    }

    /// Decodes of a batch what fits into memory when it is decompressed, at least a record, and returns the position
    /// behind. The rest is read again: a small part by itself would cost a commit of its own.
    async fn decode_batch(
        &self,
        thread: &OwnThread,
        start: Position,
        batch: Batch,
        batches: &mpsc::Sender<DecodedBatch>,
        late: &CancellationToken,
    ) -> Result<Position, ProcessError> {
        let metas: Vec<decode::Meta> = batch.entries.iter().map(decode::meta).collect();
        let Some(configs) = self.configs(&metas, late).await else {
            return Err(ProcessError::Closed);
        };
        // Before it is decoded: no batch waits beside the one that is handed over.
        let slot = batches.reserve().await.map_err(|_| ProcessError::Closed)?;
        let work = move || {
            let (items, decoded) = decode::first(batch.entries.iter().zip(&metas), &configs);
            // Behind the last entry there may be damage that is passed as well.
            let next = batch.entries.get(decoded).map_or(batch.next, |entry| entry.position);
            (items, next)
        };
        let (mut items, next) = thread.run(work).await.map_err(|Panicked| ProcessError::Panicked)?;
        if !blobs::prepare(self, &mut items, late).await {
            return Err(ProcessError::Closed);
        }
        slot.send(DecodedBatch { items, start, next });
        Ok(next)
    }

    /// The settings of all projects of a batch. Without them nothing can be processed, so a database that is away is
    /// waited for; the spool keeps what comes meanwhile. `None` when it is too late to wait.
    async fn configs(&self, metas: &[decode::Meta], late: &CancellationToken) -> Option<decode::Configs> {
        let mut configs = decode::Configs::new();
        let projects = metas
            .iter()
            .filter_map(|meta| meta.as_ref().ok())
            .flat_map(|meta| [Some(meta.project), meta.trace_root].map(|project| (meta.organization, project)));
        for (organization, project) in projects {
            let Some(project) = project.filter(|project| !configs.contains_key(project)) else {
                continue;
            };
            let mut wait = RETRY_FIRST;
            loop {
                match project_config::get(&self.app, organization, project).await {
                    Ok(Some(config)) => {
                        configs.insert(project, config);
                        break;
                    }
                    Ok(None) => break,
                    Err(error) => {
                        self.metrics.set_stalled(true);
                        tracing::error!(error = %error, retry.seconds = wait.as_secs_f64(), "the settings of a project could not be read");
                        tokio::select! {
                            () = tokio::time::sleep(wait) => {}
                            () = late.cancelled() => return None,
                        }
                        wait = (wait * 2).min(RETRY_MOST);
                    }
                }
            }
        }
        Some(configs)
    }

    /// Commits batch after batch and hands their rows on to the event index.
    async fn commit(
        &self,
        mut batches: mpsc::Receiver<DecodedBatch>,
        rows: mpsc::Sender<index::Rows>,
        late: &CancellationToken,
    ) -> Result<(), ProcessError> {
        loop {
            // Before it is committed: its rows do not wait beside those that are handed over.
            let Ok(slot) = rows.reserve().await else {
                // It is too late for the index: the next start goes on from what was decided.
                return Ok(());
            };
            let Some(batch) = batches.recv().await else {
                return Ok(());
            };
            let Some(committed) = self.commit_surely(&batch, late).await else {
                return Ok(());
            };
            slot.send(index::Rows::of(batch.items, &committed, batch.next));
        }
    }

    /// Tries until the batch is committed: accepted bytes are never given up because the database is away or full.
    /// `None` when it is too late for another try; the spool then keeps the batch for the next start.
    async fn commit_surely(&self, batch: &DecodedBatch, late: &CancellationToken) -> Option<commit::Committed> {
        let mut wait = RETRY_FIRST;
        loop {
            match commit::batch(self, batch).await {
                Ok(committed) => {
                    self.metrics.processed(&committed.counts);
                    self.metrics.set_stalled(false);
                    return Some(committed);
                }
                Err(error) => {
                    self.metrics.set_stalled(true);
                    tracing::error!(error = %error, retry.seconds = wait.as_secs_f64(), "a batch could not be committed");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = late.cancelled() => return None,
                    }
                    wait = (wait * 2).min(RETRY_MOST);
                }
            }
        }
    }
}

/// Takes records through every step before the store, as the worker does, and says how many items were finished: for
/// benchmarks.
pub fn process_without_store(entries: &[Entry], config: &Arc<ProjectConfig>) -> usize {
    let metas: Vec<decode::Meta> = entries.iter().map(decode::meta).collect();
    let configs = decode::Configs::from([(config.project, Arc::clone(config))]);
    let (mut done, mut finished) = (0, 0);
    while done < entries.len() {
        let (items, decoded) = decode::first(entries[done..].iter().zip(&metas[done..]), &configs);
        finished += items
            .iter()
            .filter(|item| matches!(item, item::Processed::Save { .. }))
            .count();
        done += decoded;
    }
    finished
}
