//! The outcomes of refused requests: gathered in memory and written now and then, so that somebody who sends what is
//! refused does not make the database work.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use store::outcomes::{OutcomeCounts, OutcomeKey};
use tokio_util::sync::CancellationToken;

use crate::{IngestState, error::Refusal};

/// How often they are written.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Most counts that are kept apart until they are written. Beyond it only the metrics count.
const CAPACITY: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<OutcomeCounts>);

impl Refusals {
    pub(crate) fn counts(&self) -> MutexGuard<'_, OutcomeCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, key: OutcomeKey, quantity: i64) {
        let mut counts = self.counts();
        if counts.len() < CAPACITY || counts.contains_key(&key) {
            *counts.entry(key).or_default() += quantity;
        }
    }
}

impl IngestState {
    pub(crate) fn count_refusal(&self, refusal: &Refusal) {
        self.metrics.request_refused(refusal.reason);
        let (Some(owner), Some(outcome)) = (refusal.owner, refusal.outcome.clone()) else {
            return;
        };
        let key = OutcomeKey {
            hour: self.app.now().truncate(OutcomeKey::HOUR),
            organization: owner.organization,
            project: owner.project,
            key: owner.key,
            category: refusal.kind.category(),
            outcome,
        };
        self.count_outcome(key, 1);
    }

    /// Counts what ended before the spool.
    pub(crate) fn count_outcome(&self, key: OutcomeKey, quantity: i64) {
        self.metrics.processed(&OutcomeCounts::from([(key.clone(), quantity)]));
        self.refusals.add(key, quantity);
    }

    /// Writes the counts until `stop`, and what is left then.
    pub async fn write_refusals(self, stop: CancellationToken) {
        loop {
            let stopped = tokio::time::timeout(WRITE_EVERY, stop.cancelled()).await.is_ok();
            if let Err(error) = self.write_refusals_now().await {
                tracing::warn!(error = %error, "the outcomes of refused requests could not be written");
            }
            if stopped {
                return;
            }
        }
    }

    async fn write_refusals_now(&self) -> Result<(), services::StoreError> {
        let counts = std::mem::take(&mut *self.refusals.counts());
        if counts.is_empty() {
            return Ok(());
        }
        let written = write(self, &counts).await;
        if written.is_err() {
            for (key, quantity) in counts {
                self.refusals.add(key, quantity);
            }
        }
        written
    }
}

async fn write(state: &IngestState, counts: &BTreeMap<OutcomeKey, i64>) -> Result<(), services::StoreError> {
    let mut tx = state.app.store.begin().await?;
    store::outcomes::add(&mut tx, counts).await?;
    tx.commit().await
}
