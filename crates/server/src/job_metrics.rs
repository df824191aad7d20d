//! What `/metrics` tells of jobs.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use services::App;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    name: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfName {
    name: String,
}

/// As it is when somebody asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobMetrics {
    depth: Family<OfState, Gauge>,
    age: Family<OfName, Gauge>,
    lag: Family<OfName, Gauge>,
    blocked: Gauge,
}

impl JobMetrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("jobs", "Jobs by kind and state", metrics.depth.clone());
        registry.register(
            "job_age_seconds",
            "Since when the oldest job that is not done was written",
            metrics.age.clone(),
        );
        registry.register(
            "job_lag_seconds",
            "Since when the job that waits for the longest time has been due",
            metrics.lag.clone(),
        );
        registry.register(
            "job_shards_blocked",
            "Shards of the outbox that failed ten times or more",
            metrics.blocked.clone(),
        );
        metrics
    }

    /// Counts anew. Where the database does not answer, the old figures stay; health tells of that.
    pub(crate) async fn look(&self, app: &App) {
        let overview = match services::jobs::overview(app).await {
            Ok(overview) => overview,
            Err(error) => {
                tracing::warn!(error = %error, "jobs could not be counted");
                return;
            }
        };
        let now = app.now();
        let seconds = |since| i64::try_from(now.since(since).as_secs()).unwrap_or(i64::MAX);
        self.depth.clear();
        self.age.clear();
        self.lag.clear();
        for depth in overview.depths {
            let state = OfState {
                name: depth.name.clone(),
                state: depth.state.name(),
            };
            self.depth.get_or_create(&state).set(depth.jobs);
            let name = OfName { name: depth.name };
            if depth.state != store::jobs::State::Dead {
                let age = self.age.get_or_create(&name);
                age.set(age.get().max(seconds(depth.oldest)));
            }
            if let Some(since) = depth.due_since {
                self.lag.get_or_create(&name).set(seconds(since));
            }
        }
        self.blocked.set(overview.blocked);
    }
}
