//! Does what is due.

mod attempt;
mod drain;
mod others;
mod periodic;
mod rooms;
mod round;

use std::{sync::Arc, time::Duration};

use model::{IdGenerator, SharedClock, Timestamp};
use store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use self::drain::BLOCKED;
use self::round::Round;
use crate::Registry;

/// How often it is looked whether something is due: the wall clock may be moved.
const POLL: Duration = Duration::from_millis(200);

/// How long is waited when the database is in trouble.
const TROUBLE: Duration = Duration::from_secs(1);

/// How long the stop waits for what is being done; the rest is done after the next start.
const STOP: Duration = Duration::from_secs(5);

/// Rung after the commit of a job, so that it need not wait for the next look.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// What a worker needs beside the jobs' own.
#[derive(Debug, Clone)]
pub struct Tools {
    pub store: Store,
    pub clock: SharedClock,
    pub ids: Arc<IdGenerator>,
    pub wake: Wake,
    /// After how long without a beat a worker is gone. All workers of a database have the same.
    pub gone_after: Duration,
}

impl Tools {
    pub const GONE_AFTER: Duration = Duration::from_secs(20);

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What [`Worker::run_due`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunDue {
    /// Calls that did their job; one may do for several.
    pub done: u64,
    pub failed: u64,
}

/// One of those who do what is due. Several may work on one database.
#[derive(Debug)]
pub struct Worker<C> {
    cx: C,
    registry: Arc<Registry<C>>,
    tools: Tools,
    /// By which it holds jobs.
    id: i64,
}

impl<C: Clone + Send + Sync + 'static> Worker<C> {
    pub fn new(cx: C, registry: Arc<Registry<C>>, tools: Tools) -> Self {
        let id = tools.ids.next();
        Self {
            cx,
            registry,
            tools,
            id,
        }
    }

    /// Takes what all workers before held, because the caller knows that none of them is there any more.
    pub async fn take_over(&self) -> Result<(), store::Error> {
        others::take_over(&self.tools).await
    }

    /// Whether nothing is due, and nobody works on something.
    pub async fn is_all_done(&self) -> Result<bool, store::Error> {
        if periodic::is_due(&self.tools, &self.registry).await? {
            return Ok(false);
        }
        let now = self.tools.now();
        let mut db = self.tools.store.read().await?;
        // Who holds something is asked first: what it writes is due by the time it lets go.
        Ok(store::jobs::count_other_holders(&mut db, self.id).await? == 0
            && store::jobs::free_shards(&mut db, now, 1).await?.is_empty()
            && store::jobs::due_shards(&mut db, now, 1).await?.is_empty())
    }

    /// Works until the stop.
    pub async fn run(self, stop: CancellationToken) -> Result<(), std::convert::Infallible> {
        let wake = self.tools.wake.clone();
        let mut round = Round::new(self);
        while !stop.is_cancelled() {
            let wait = match round.step().await {
                // What was held back by the limit of a round is due now.
                Ok(true) => Duration::ZERO,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::error!(error = %error, "jobs could not be taken or noted as done; it is tried again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = round.one_ends(), if wait == POLL => {}
                () = wake.0.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Err(error) = round.stop(STOP).await {
            tracing::error!(error = %error, "what the worker had done could not be noted; some of it is done again");
        }
        Ok(())
    }

    /// Does what is due and what follows from it, and ends when nothing is due and nobody works on something.
    pub async fn run_due(self) -> Result<RunDue, store::Error> {
        let mut round = Round::new(self);
        loop {
            let more = round.step().await?;
            if more {
                continue;
            }
            if round.is_idle() {
                if !round.others_work().await? {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            } else {
                tokio::select! {
                    () = round.one_ends() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        }
        let ran = round.ran();
        round.stop(STOP).await?;
        Ok(ran)
    }
}
