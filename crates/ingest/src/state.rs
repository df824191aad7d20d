use std::sync::Arc;

use services::App;
use spool::Spool;
use tokio::sync::Semaphore;

use crate::{IngestConfig, body::Budget, metrics::Metrics, refusals::Refusals};

/// What the endpoints work with; cheap to clone.
#[derive(Debug, Clone)]
pub struct IngestState {
    pub(crate) app: App,
    pub(crate) spool: Arc<Spool>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) config: Arc<IngestConfig>,
    pub(crate) budget: Budget,
    /// A decoder holds up to 16 MiB, so only a few work at a time.
    pub(crate) checks: Arc<Semaphore>,
}

impl IngestState {
    pub fn new(app: App, spool: Arc<Spool>, metrics: Arc<Metrics>, config: IngestConfig) -> Self {
        Self {
            app,
            spool,
            metrics,
            refusals: Arc::default(),
            budget: Budget::new(config.max_buffered_bytes),
            checks: Arc::new(Semaphore::new(config.checks.max(1))),
            config: Arc::new(config),
        }
    }
}
