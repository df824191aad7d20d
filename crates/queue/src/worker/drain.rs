//! Does the jobs of a shard of the outbox, one after the other.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::JobId;
use store::jobs::{HeldShard, Job, Retry};
use tokio_util::sync::CancellationToken;

use super::{Tools, attempt::attempt};
use crate::{JobError, Running, backoff, registry::Registry, running::Hold};

/// How many jobs are read at once, and after how many that are done their rows are removed.
const BATCH: usize = 100;

/// For how many jobs one call does.
const SAME: i64 = 10_000;

/// A job that is not due yet is not asked more often than this.
pub(super) const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// After so many failures a shard counts as blocked: somebody has to look at it.
pub const BLOCKED: u32 = 10;

/// Calls that did their job, and that did not.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) done: AtomicU64,
    pub(super) failed: AtomicU64,
}

pub(super) struct Drain<C> {
    pub(super) cx: C,
    pub(super) registry: Arc<Registry<C>>,
    pub(super) tools: Tools,
    pub(super) worker: i64,
    pub(super) tally: Arc<Tally>,
    /// Nothing more is begun.
    pub(super) stop: CancellationToken,
}

/// How the work on a shard goes on.
enum Next {
    More,
    /// Nothing is left, the shard waits, or somebody else has it.
    End,
}

impl<C: Clone + Send + Sync + 'static> Drain<C> {
    /// Does the jobs of a shard that is held, up to the first that fails.
    pub(super) async fn run(self, shard: HeldShard) -> Result<(), store::Error> {
        let HeldShard { shard, mut attempts } = shard;
        loop {
            let mut db = self.tools.store.read().await?;
            let jobs = store::jobs::list_shard(&mut db, &shard, self.tools.now(), BATCH as i64).await?;
            drop(db);
            if jobs.is_empty() || self.stop.is_cancelled() {
                let mut tx = self.tools.store.begin().await?;
                if jobs.is_empty() {
                    store::jobs::remove_shard(&mut tx, self.worker, &shard).await?;
                } else {
                    store::jobs::release_shard(&mut tx, self.worker, &shard).await?;
                }
                return tx.commit().await;
            }
            match self.batch(&shard, jobs, &mut attempts).await? {
                Next::More => {}
                Next::End => return Ok(()),
            }
        }
    }

    async fn batch(&self, shard: &str, jobs: Vec<Job>, attempts: &mut u32) -> Result<Next, store::Error> {
        let mut done = Vec::new();
        let mut seen = HashSet::new();
        for job in jobs {
            if self.stop.is_cancelled() {
                break;
            }
            if seen.contains(&job.id) {
                continue;
            }
            let now = self.tools.now();
            let (same, last) = store::jobs::list_same(&mut *self.tools.store.read().await?, &job, now, SAME).await?;
            if same.is_empty() {
                // Somebody has dropped it meanwhile.
                continue;
            }
            let result = self.call(shard, &job, same.clone(), last, *attempts + 1).await;
            match result {
                Ok(()) => {
                    self.tally.done.fetch_add(1, Ordering::Relaxed);
                    *attempts = 0;
                    seen.extend(same.iter().copied());
                    done.extend(same);
                    if done.len() >= BATCH && !self.remove(shard, &mut done).await? {
                        return Ok(Next::End);
                    }
                }
                Err(error) => {
                    if self.remove(shard, &mut done).await? {
                        self.settle(shard, &job, *attempts, &error).await?;
                    }
                    return Ok(Next::End);
                }
            }
        }
        Ok(if self.remove(shard, &mut done).await? {
            Next::More
        } else {
            Next::End
        })
    }

    async fn call(
        &self,
        shard: &str,
        job: &Job,
        same: Vec<JobId>,
        last: Option<String>,
        number: u32,
    ) -> Result<(), JobError> {
        let running = Running {
            job: job.id,
            attempt: number,
            created_at: job.created_at,
            worker: self.worker,
            hold: Hold::Shard {
                shard: shard.to_owned(),
                same,
            },
        };
        let payload = last.unwrap_or_else(|| job.payload.clone());
        attempt(self.registry.kind(&job.name), payload, self.cx.clone(), running).await
    }

    /// Removes rows that are done; `false` when another worker has the shard by now.
    async fn remove(&self, shard: &str, done: &mut Vec<JobId>) -> Result<bool, store::Error> {
        if done.is_empty() {
            return Ok(true);
        }
        let mut tx = self.tools.store.begin().await?;
        let held = store::jobs::delete_of_shard(&mut tx, self.worker, shard, done).await?;
        tx.commit().await?;
        done.clear();
        Ok(held)
    }

    async fn settle(&self, shard: &str, job: &Job, attempts: u32, error: &JobError) -> Result<(), store::Error> {
        let now = self.tools.now();
        let (attempts, text, wait) = match error {
            JobError::Later(wait) => (attempts, None, (*wait).max(SHORTEST_WAIT)),
            JobError::RetryAfter(wait, error) => (attempts + 1, Some(with_causes(&**error)), *wait),
            JobError::Retry(error) | JobError::GiveUp(error) => {
                (attempts + 1, Some(with_causes(&**error)), backoff::outbox(attempts + 1))
            }
        };
        if let Some(text) = &text {
            self.tally.failed.fetch_add(1, Ordering::Relaxed);
            let blocked = attempts >= BLOCKED;
            tracing::warn!(job = %job.id, job.name = job.name, shard, attempts, blocked, error = text, "a job failed; its shard waits");
        }
        let retry = Retry {
            attempts,
            error: text.as_deref(),
            due_at: now + wait,
        };
        let mut tx = self.tools.store.begin().await?;
        store::jobs::settle_shard(&mut tx, self.worker, shard, now, retry).await?;
        tx.commit().await
    }
}

/// The longest text that is kept of an error.
const MAX_ERROR: usize = 2_000;

/// An error with all its causes.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        if text.len() > MAX_ERROR {
            break;
        }
        source = cause.source();
    }
    if text.len() > MAX_ERROR {
        text.truncate(text.floor_char_boundary(MAX_ERROR));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot send")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_kept_with_its_causes_and_within_bounds() {
        let io = |text: &str| Outer(std::io::Error::other(text.to_owned()));
        assert_eq!(with_causes(&io("refused")), "cannot send: refused");
        let long = with_causes(&io(&"é".repeat(5_000)));
        assert!(long.len() <= MAX_ERROR && long.starts_with("cannot send: é"));
    }
}
