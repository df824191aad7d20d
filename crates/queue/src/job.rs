//! What a job is.

use std::{error::Error, time::Duration};

use model::{JobId, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use store::{
    Connection,
    jobs::{Lane, NewJob},
};

use crate::{Backoff, FinishError, Running};

/// Work that is to be done later, once: a few ids, and what is done with them. `C` is what it works with.
///
/// It is safe to run twice, because the process may end between its effects and the removal of its row; a job with
/// effects in the database calls [`Running::finish`], and then both are one transaction. What it is about may be gone
/// when it runs: then there is nothing to do.
pub trait Job<C>: Serialize + DeserializeOwned + Send {
    /// Stored: it is retired, and never given another meaning.
    const NAME: &'static str;
    const POLICY: Policy;
    /// How many jobs of a shard run at once; of an outbox always one.
    const AT_ONCE: usize = 4;
    /// After this time an attempt has failed.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// Of an outbox: what has to be done in order; it is the same for all kinds of jobs. Of a delivery: the receiver, so
    /// that a slow one holds up no other.
    fn shard(&self) -> String;

    /// Of an outbox: what it is about. Jobs of the same shard, kind and object are one call with what the last one says.
    fn object(&self) -> Option<String> {
        None
    }

    fn run(self, cx: &C, running: &Running) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// In order within the shard, which waits 2, 4, 8 s … 1 h as a whole, without end.
    Outbox,
    /// By itself; given up after the attempts of its backoff.
    Delivery(Backoff),
}

impl Policy {
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::Outbox => Lane::Outbox,
            Self::Delivery(_) => Lane::Delivery,
        }
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a job is not done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It failed, and is tried again by its policy.
    #[error("{0}")]
    Retry(#[source] BoxError),
    /// It failed, and somebody said when it is to be tried again.
    #[error("{1}")]
    RetryAfter(Duration, #[source] BoxError),
    /// It cannot be done yet, which is no failure.
    #[error("it is not time yet")]
    Later(Duration),
    /// It will never be done: a delivery becomes a dead letter at once. An outbox goes on as after any other failure,
    /// because what comes behind in its shard builds on it.
    #[error("{0}")]
    GiveUp(#[source] BoxError),
}

impl JobError {
    pub fn retry(error: impl Into<BoxError>) -> Self {
        Self::Retry(error.into())
    }

    pub fn give_up(error: impl Into<BoxError>) -> Self {
        Self::GiveUp(error.into())
    }
}

impl From<store::Error> for JobError {
    fn from(error: store::Error) -> Self {
        Self::retry(error)
    }
}

impl From<FinishError> for JobError {
    fn from(error: FinishError) -> Self {
        Self::retry(error)
    }
}

/// Writes a job, to be done once the transaction is committed; at once, or at a point in time.
pub async fn add<C, J: Job<C>>(
    db: &mut Connection,
    id: JobId,
    now: Timestamp,
    job: &J,
    due_at: Option<Timestamp>,
) -> Result<(), store::Error> {
    let payload = serde_json::to_string(job)?;
    let object = job.object().filter(|_| J::POLICY == Policy::Outbox);
    let row = NewJob {
        id,
        name: J::NAME,
        lane: J::POLICY.lane(),
        shard: &job.shard(),
        object: object.as_deref(),
        payload: &payload,
        created_at: now,
        due_at,
    };
    store::jobs::add(db, row).await
}
