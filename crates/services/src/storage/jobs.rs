//! What is done to the event index every hour.

use std::time::Duration;

use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};

use crate::App;

/// Lets go of what has expired, and notes how much there is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Retain {}

impl Job<App> for Retain {
    const NAME: &'static str = "retain";
    const POLICY: Policy = Policy::Outbox;
    /// Files are rewritten.
    const TIMEOUT: Duration = Duration::from_secs(3600);

    fn shard(&self) -> String {
        Self::NAME.to_owned()
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        super::expire(app).await.map_err(JobError::retry)?;
        super::sample(app).await.map_err(JobError::retry)
    }
}
