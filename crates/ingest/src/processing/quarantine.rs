//! What could not be processed: putting it aside, taking it up again, letting it go after its time.

use std::{sync::Arc, time::Duration};

use model::{DataCategory, Outcome, Timestamp};
use spool::{
    AppendError, ReadError, Spool,
    quarantine::{DAMAGE, Quarantine, QuarantineEntry, QuarantineError, QuarantineId},
};
use store::outcomes::{OutcomeCounts, OutcomeKey};

use super::{
    Processor, decode,
    item::{RawItem, SpooledItem},
};
use crate::RecordMeta;

/// How long an entry is kept (design §3).
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why something could not be put aside. It is tried again with its batch.
#[derive(Debug, thiserror::Error)]
pub(super) enum PutAsideError {
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    #[error("the item cannot be read again")]
    Read(#[from] ReadError),
}

/// Puts an item aside as it was received.
pub(super) async fn put(processor: &Processor, item: &SpooledItem, error: &str) -> Result<(), PutAsideError> {
    let now = processor.app.now();
    let (entry, body) = match read_again(&processor.spool, item.id).await? {
        Some(raw) => raw.to_record(now, error).map_err(QuarantineError::Describe)?,
        None => (damaged(item, now, error), Vec::new()),
    };
    Ok(put_entry(processor, entry, body).await?)
}

async fn read_again(spool: &Spool, id: QuarantineId) -> Result<Option<RawItem>, ReadError> {
    let batch = spool.read_from(id.position, 1, 1).await?;
    let entry = batch.entries.into_iter().find(|entry| entry.position == id.position);
    let item = tokio::task::spawn_blocking(move || decode::item(&entry?, id.item)).await;
    Ok(item.ok().flatten())
}

/// Of an item that the spool lost since it was read.
fn damaged(item: &SpooledItem, quarantined_at: Timestamp, error: &str) -> QuarantineEntry {
    QuarantineEntry {
        id: item.id,
        received_at: Some(item.origin.received_at),
        quarantined_at,
        project_id: Some(item.origin.project),
        kind: DAMAGE.to_owned(),
        error: format!("{error}; what was received is damaged in the spool since"),
        meta: Vec::new(),
    }
}

pub(super) async fn put_record(
    processor: &Processor,
    entry: &QuarantineEntry,
    body: &[u8],
) -> Result<(), PutAsideError> {
    let entry = QuarantineEntry {
        quarantined_at: processor.app.now(),
        ..entry.clone()
    };
    Ok(put_entry(processor, entry, body.to_vec()).await?)
}

/// Returns when the entry is synced, since the transaction that follows lets the spool go.
async fn put_entry(processor: &Processor, entry: QuarantineEntry, body: Vec<u8>) -> Result<(), QuarantineError> {
    let (id, kind, error) = (entry.id, entry.kind.clone(), entry.error.clone());
    let quarantine = Arc::clone(&processor.quarantine);
    let written = tokio::task::spawn_blocking(move || quarantine.put(&entry, &body)).await;
    if written.unwrap_or(Err(QuarantineError::Corrupt(id)))? {
        processor.metrics.quarantined();
        tracing::error!(quarantine.id = %id, item.kind = %kind, error = %error, "an item is in quarantine");
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there is no quarantine entry {0}")]
    NotFound(QuarantineId),
    #[error("quarantine entry {0} holds damaged bytes of the spool, which no replay can mend")]
    Damage(QuarantineId),
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    #[error(transparent)]
    Spool(#[from] AppendError),
}

/// Puts an entry at the end of the spool and takes it out of the quarantine. What breaks again comes back.
pub async fn replay(spool: &Spool, quarantine: &Quarantine, id: QuarantineId) -> Result<(), ReplayError> {
    let (entry, body) = quarantine.get(id)?.ok_or(ReplayError::NotFound(id))?;
    if entry.kind == DAMAGE {
        return Err(ReplayError::Damage(id));
    }
    spool.append(entry.meta, body).await?;
    // A crash here leaves both; the event's id is then counted once.
    quarantine.remove(id)?;
    Ok(())
}

/// Lets entries go that have been there for 30 days: only now their items have an outcome.
pub async fn expire(processor: &Processor) -> Result<usize, ExpireError> {
    let now = processor.app.now();
    let mut expired = 0;
    let mut after = None;
    loop {
        let entries = processor.quarantine.list(after, 100)?;
        let Some(last) = entries.last() else { return Ok(expired) };
        after = Some(last.entry.id);
        for listed in &entries {
            if now.since(listed.entry.quarantined_at) < LIFETIME {
                continue;
            }
            if let Some((entry, _)) = processor.quarantine.get(listed.entry.id)? {
                count(processor, &entry, now).await?;
            }
            processor.quarantine.remove(listed.entry.id)?;
            expired += 1;
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExpireError {
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

async fn count(processor: &Processor, entry: &QuarantineEntry, now: Timestamp) -> Result<(), store::Error> {
    // What has no readable description belongs to nobody who could be told.
    let Ok(meta) = serde_json::from_slice::<RecordMeta>(&entry.meta) else {
        return Ok(());
    };
    let key = OutcomeKey {
        hour: now.truncate(OutcomeKey::HOUR),
        organization: meta.organization,
        project: meta.project,
        key: meta.key,
        category: DataCategory::Error,
        outcome: Outcome::invalid("internal"),
    };
    let counts = OutcomeCounts::from([(key, 1)]);
    let mut tx = processor.app.store.begin().await?;
    store::outcomes::add(&mut tx, &counts).await?;
    tx.commit().await?;
    processor.metrics.processed(&counts);
    Ok(())
}
