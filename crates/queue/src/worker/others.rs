//! The other workers of the database: whether they are there, and what they leave behind.

use std::{collections::HashMap, time::Duration};

use store::jobs::Lapsed;
use tokio::time::Instant;

use super::Tools;
use crate::backoff;

/// A job whose worker was gone so often before it had ended waits: it may be what ends them.
const SUSPICIOUS: u32 = 3;

/// How often the beats are read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The beats of the others, by a clock that does not step.
#[derive(Debug, Default)]
pub(super) struct Others {
    beats: HashMap<i64, (i64, Instant)>,
    looked_at: Option<Instant>,
}

impl Others {
    /// Takes their jobs from workers that are gone.
    pub(super) async fn look(&mut self, tools: &Tools, me: i64) -> Result<(), store::Error> {
        let now = Instant::now();
        let every = LOOK_EVERY.min(tools.gone_after / 4);
        if self.looked_at.is_some_and(|at| now.duration_since(at) < every) {
            return Ok(());
        }
        self.looked_at = Some(now);
        let mut workers = store::jobs::list_workers(&mut *tools.store.read().await?).await?;
        workers.retain(|(worker, _)| *worker != me);
        self.beats
            .retain(|known, _| workers.iter().any(|(worker, _)| worker == known));
        for (worker, beat) in workers {
            let seen = self.beats.entry(worker).or_insert((beat, now));
            if seen.0 != beat {
                *seen = (beat, now);
            } else if now.duration_since(seen.1) >= tools.gone_after {
                let mut tx = tools.store.begin().await?;
                let lapsed = store::jobs::release_of(&mut tx, worker, beat).await?;
                note(&mut tx, tools, &lapsed).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

pub(super) async fn take_over(tools: &Tools) -> Result<(), store::Error> {
    let mut tx = tools.store.begin().await?;
    let lapsed = store::jobs::release_all(&mut tx).await?;
    note(&mut tx, tools, &lapsed).await?;
    tx.commit().await
}

async fn note(tx: &mut store::Tx, tools: &Tools, lapsed: &[Lapsed]) -> Result<(), store::Error> {
    if !lapsed.is_empty() {
        tracing::info!(
            jobs.lapsed = lapsed.len(),
            "jobs of a worker that is gone are done again"
        );
    }
    let now = tools.now();
    for one in lapsed {
        let (Lapsed::Job { lapses, .. } | Lapsed::Shard { lapses, .. }) = one;
        if let Some(too_many) = lapses.checked_sub(SUSPICIOUS) {
            let wait = backoff::outbox(too_many + 1);
            store::jobs::hold_back(tx, one, now, now + wait).await?;
            tracing::warn!(job = ?one, "a job waits: several times its worker was gone before it had ended");
        }
    }
    Ok(())
}
