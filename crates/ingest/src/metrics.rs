//! What ingestion tells `/metrics` and the health check.

use std::sync::atomic::{AtomicBool, Ordering};

use model::{DataCategory, Outcome};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use store::outcomes::OutcomeCounts;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    category: String,
    outcome: String,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    reason: &'static str,
}

/// Counters of ingestion.
#[derive(Debug, Default)]
pub struct Metrics {
    outcomes: Family<OutcomeLabels, Counter>,
    quarantined: Counter,
    accepted: Counter,
    refused: Family<RefusedLabels, Counter>,
    stalled: AtomicBool,
}

impl Metrics {
    pub fn register(&self, registry: &mut Registry) {
        registry.register("ingest_items", "Items by what became of them", self.outcomes.clone());
        registry.register(
            "ingest_requests_accepted",
            "Requests that were accepted",
            self.accepted.clone(),
        );
        registry.register(
            "ingest_requests_refused",
            "Requests that were refused, by reason",
            self.refused.clone(),
        );
        registry.register(
            "ingest_quarantined",
            "Items put into quarantine",
            self.quarantined.clone(),
        );
    }

    /// Counts what a committed batch or a refused request held.
    pub fn processed(&self, counts: &OutcomeCounts) {
        for (key, quantity) in counts {
            self.count(key.category, &key.outcome, u64::try_from(*quantity).unwrap_or(0));
        }
    }

    fn count(&self, category: DataCategory, outcome: &Outcome, quantity: u64) {
        let labels = OutcomeLabels {
            category: category.name().to_owned(),
            outcome: outcome.kind.name().to_owned(),
            reason: outcome.reason.clone().into_owned(),
        };
        self.outcomes.get_or_create(&labels).inc_by(quantity);
    }

    pub(crate) fn request_accepted(&self) {
        self.accepted.inc();
    }

    pub(crate) fn request_refused(&self, reason: &'static str) {
        self.refused.get_or_create(&RefusedLabels { reason }).inc();
    }

    pub(crate) fn quarantined(&self) {
        self.quarantined.inc();
    }

    pub(crate) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Whether processing waits for a database that refuses.
    pub fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }
}
