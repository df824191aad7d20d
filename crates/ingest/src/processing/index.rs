//! From committed batches into the event index.
//!
//! The index commits on its own, some time after the database. Until it has, the decisions on the items of a batch stay
//! in the database and the records in the spool; whatever happens in between, a crash or a full disk, the batches are
//! read again and added to those indexes that have not committed them.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use model::Timestamp;
use services::project_config;
use spool::{Batch, Entry, Position};
use store::{
    events::{Document, WriteError},
    index_batches::{self, Decision, IndexBatch},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    BATCH_BYTES, BATCH_RECORDS, Processor, RELEASE_EVERY, RETRY_FIRST, RETRY_MOST,
    commit::Committed,
    decode,
    item::{Processed, Save},
    own_thread::{OwnThread, Panicked},
};

/// How long rows stay invisible at most while more of them keep coming.
const COMMIT_EVERY: Duration = Duration::from_millis(500);

/// How long to wait for more before what is there is committed.
const COMMIT_IDLE: Duration = Duration::from_millis(30);

/// The rows of a committed batch.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) documents: Vec<Document>,
    /// Behind the batch.
    pub(super) position: Position,
}

impl Rows {
    /// Takes the rows of the accepted items out of a batch.
    pub(super) fn of(items: Vec<Processed>, committed: &Committed, position: Position) -> Self {
        let decisions: HashMap<usize, &Decision> = committed.decisions.iter().map(|(at, what)| (*at, what)).collect();
        let mut documents = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if let (Some(decision), Processed::Save { what, .. }) = (decisions.get(&index), item) {
                documents.extend(decided(what, decision));
            }
        }
        Self { documents, position }
    }
}

/// The rows of an item as they were decided on.
fn decided(what: Save, decision: &Decision) -> impl Iterator<Item = Document> + use<> {
    let (sequence, hash) = (decision.sequence, decision.hash.clone());
    what.into_documents().into_iter().map(move |mut document| {
        document.sequence = sequence;
        if document.dataset.has_issues() {
            document.hash.clone_from(&hash);
        }
        document
    })
}

#[derive(Debug, thiserror::Error)]
enum CatchUpError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the spool cannot be read")]
    Read(#[from] spool::ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("a step ended: {0}")]
    Step(#[from] Panicked),
}

/// The event index as processing writes it.
pub(super) struct Indexer<'a> {
    processor: &'a Processor,
    late: &'a CancellationToken,
    thread: OwnThread,
    /// Behind the newest batch that was added.
    added: Position,
    /// Since when there is something to commit.
    dirty_since: Option<Instant>,
    /// Whether that takes the memory it may.
    is_full: bool,
    /// When the newest row that was added was received.
    newest: Timestamp,
}

impl<'a> Indexer<'a> {
    pub(super) fn new(processor: &'a Processor, start: Position, late: &'a CancellationToken) -> std::io::Result<Self> {
        Ok(Self {
            processor,
            late,
            thread: OwnThread::new("index")?,
            added: start,
            dirty_since: None,
            is_full: false,
            newest: Timestamp(0),
        })
    }

    /// Adds the rows of batch after batch, commits them, and lets the spool go behind them.
    pub(super) async fn run(mut self, mut batches: mpsc::Receiver<Rows>) {
        self.processor.app.intake.begin();
        if !self.recover().await {
            return;
        }
        loop {
            let wait = match self.dirty_since {
                Some(since) => COMMIT_IDLE.min(COMMIT_EVERY.saturating_sub(since.elapsed())),
                None => RELEASE_EVERY,
            };
            match tokio::time::timeout(wait, batches.recv()).await {
                Ok(Some(rows)) => {
                    if !self.add(rows).await {
                        return;
                    }
                    if !self.is_full && self.dirty_since.is_none_or(|since| since.elapsed() < COMMIT_EVERY) {
                        continue;
                    }
                }
                Ok(None) => {
                    self.commit_surely().await;
                    return;
                }
                Err(_) => {}
            }
            if !self.commit_surely().await {
                return;
            }
        }
    }

    /// `false` when it is too late for another try.
    async fn add(&mut self, rows: Rows) -> bool {
        self.added = rows.position;
        if rows.documents.is_empty() {
            return true;
        }
        self.dirty_since.get_or_insert_with(Instant::now);
        let newest = rows.documents.iter().map(|document| document.received_at).max();
        self.newest = self.newest.max(newest.unwrap_or(self.newest));
        match self.write(rows.documents, rows.position).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(error = %chain(&error), "rows could not be added to the event index");
                self.recover().await
            }
        }
    }

    async fn write(&mut self, documents: Vec<Document>, position: Position) -> Result<(), CatchUpError> {
        let index = self.processor.app.events.clone();
        let work = move || index.add(&documents, Some(position.0)).map(|()| index.is_full());
        self.is_full = self.thread.run(work).await??;
        Ok(())
    }

    /// `false` when it is too late for another try: the next start goes on.
    async fn commit_surely(&mut self) -> bool {
        // Taken before the end of the spool: what is received meanwhile is not spoken of.
        let (now, end) = (self.processor.app.now(), self.processor.spool.end());
        if self.dirty_since.is_some()
            && let Err(error) = self.commit().await
        {
            tracing::error!(error = %chain(&error), "the event index could not be committed");
            if !self.recover().await {
                return false;
            }
        }
        let is_all = self.added >= end;
        self.processor
            .app
            .intake
            .is_through(if is_all { now } else { self.newest });
        if let Err(error) = self.processor.spool.release(self.added).await {
            tracing::error!(error = %error, "passed parts of the spool could not be removed");
        }
        true
    }

    /// Makes what was added durable and visible, and forgets how it was decided.
    async fn commit(&mut self) -> Result<(), CatchUpError> {
        let index = self.processor.app.events.clone();
        self.thread.run(move || index.commit()).await??;
        let mut tx = self.processor.app.store.begin().await?;
        index_batches::delete_until(&mut tx, self.added.0).await?;
        tx.commit().await?;
        // What waits for the index has its turn.
        self.processor.app.jobs.wake();
        self.dirty_since = None;
        self.is_full = false;
        Ok(())
    }

    /// Tries until everything that the database has decided on is in the index. `false` when it is too late.
    async fn recover(&mut self) -> bool {
        let mut wait = RETRY_FIRST;
        loop {
            match self.catch_up().await {
                Ok(()) => {
                    self.processor.metrics.set_stalled(false);
                    return true;
                }
                Err(error) => {
                    self.processor.metrics.set_stalled(true);
                    tracing::error!(error = %chain(&error), retry.seconds = wait.as_secs_f64(), "the event index is behind");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.late.cancelled() => return false,
                    }
                    wait = (wait * 2).min(RETRY_MOST);
                }
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), CatchUpError> {
        let batches = index_batches::list(&mut *self.processor.app.store.read().await?).await?;
        for batch in &batches {
            let documents = self.read_again(batch).await?;
            self.write(documents, Position(batch.position)).await?;
            self.added = self.added.max(Position(batch.position));
            self.dirty_since.get_or_insert_with(Instant::now);
        }
        if self.dirty_since.is_some() {
            self.commit().await?;
        }
        if !batches.is_empty() {
            tracing::info!(batches = batches.len(), "the event index has caught up");
        }
        Ok(())
    }

    /// Takes the records of a batch through the steps once more. What was decided then holds, whatever the settings say
    /// now: only how secrets are removed and texts are cut follows today's.
    async fn read_again(&self, batch: &IndexBatch) -> Result<Vec<Document>, CatchUpError> {
        let mut decisions: HashMap<(u64, u32), &Decision> = batch
            .decisions
            .iter()
            .map(|decision| ((decision.record, decision.item), decision))
            .collect();
        let mut documents = Vec::new();
        let mut position = Position(batch.start);
        while position.0 < batch.position {
            let read = self
                .processor
                .spool
                .read_from(position, BATCH_BYTES, BATCH_RECORDS)
                .await?;
            if read.next == position {
                break;
            }
            position = read.next;
            for item in self.decode_again(read, batch.position).await? {
                let Processed::Save { what, item, .. } = item else {
                    continue;
                };
                if let Some(decision) = decisions.remove(&(item.id.position.0, item.id.item)) {
                    documents.extend(decided(what, decision));
                }
            }
        }
        if !decisions.is_empty() {
            // Their project was deleted meanwhile, or the spool is damaged, which it has said then.
            tracing::warn!(
                items = decisions.len(),
                "accepted items are not there any more and stay out of the event index"
            );
        }
        Ok(documents)
    }

    async fn decode_again(&self, read: Batch, until: u64) -> Result<Vec<Processed>, CatchUpError> {
        let entries: Vec<Entry> = read
            .entries
            .into_iter()
            .filter(|entry| entry.position.0 < until)
            .collect();
        let metas: Vec<decode::Meta> = entries.iter().map(decode::meta).collect();
        let mut configs = decode::Configs::new();
        for meta in metas.iter().filter_map(|meta| meta.as_ref().ok()) {
            for project in [Some(meta.project), meta.trace_root].into_iter().flatten() {
                if let std::collections::hash_map::Entry::Vacant(entry) = configs.entry(project)
                    && let Some(config) =
                        project_config::get_accepting_all(&self.processor.app, meta.organization, project).await?
                {
                    entry.insert(config);
                }
            }
        }
        let configs = Arc::new(configs);
        let work = move || {
            let (mut items, mut done) = (Vec::new(), 0);
            while done < entries.len() {
                let (some, decoded) = decode::first(entries[done..].iter().zip(&metas[done..]), &configs);
                items.extend(some);
                done += decoded;
            }
            items
        };
        Ok(self.thread.run(work).await?)
    }
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
