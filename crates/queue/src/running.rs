//! What a job knows of its own run.

use model::{JobId, Timestamp};
use store::Connection;

/// One attempt at a job.
#[derive(Debug, Clone)]
pub struct Running {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
    pub(crate) created_at: Timestamp,
    pub(crate) worker: i64,
    pub(crate) hold: Hold,
}

/// What its worker holds.
#[derive(Debug, Clone)]
pub(crate) enum Hold {
    Job,
    /// A whole shard, and of it the jobs for which this call does.
    Shard {
        shard: String,
        same: Vec<JobId>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// This worker seemed to be gone, so another one has it now: nothing of this attempt may stay.
    #[error("another worker has the job by now")]
    LeaseLost,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Running {
    pub fn job(&self) -> JobId {
        self.job
    }

    /// The first one is 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the job was written.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Removes the job in the transaction of its effects, so that both are committed or none. An error means that the
    /// transaction must not be committed.
    pub async fn finish(&self, tx: &mut Connection) -> Result<(), FinishError> {
        let held = match &self.hold {
            Hold::Job => store::jobs::delete_held(tx, self.worker, &[self.job]).await? == 1,
            Hold::Shard { shard, same } => store::jobs::delete_of_shard(tx, self.worker, shard, same).await?,
        };
        if held { Ok(()) } else { Err(FinishError::LeaseLost) }
    }

    /// Makes sure that no other worker has the job, up to the end of the transaction: for what is written before the job
    /// has ended.
    pub async fn hold(&self, tx: &mut Connection) -> Result<(), FinishError> {
        let held = match &self.hold {
            Hold::Job => store::jobs::holds(tx, self.worker, self.job).await?,
            Hold::Shard { shard, .. } => store::jobs::delete_of_shard(tx, self.worker, shard, &[]).await?,
        };
        if held { Ok(()) } else { Err(FinishError::LeaseLost) }
    }
}
