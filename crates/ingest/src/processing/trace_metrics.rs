//! Metrics of applications.

use bytes::Bytes;
use model::{DataCategory, Outcome, Timestamp};
use protocol::{
    event::TraceId,
    items::{container::Members, trace_metric::TraceMetric},
};
use scrub::JsonKind;
use serde_json::Value;
use services::project_config::ProjectConfig;
use store::stored_items::StoredItemKind;

use super::{
    containers::{self, Member, MemberContext},
    item::{Processed, Quantities, RawItem},
    stored::{self, Keys},
};

pub(super) fn process(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    match Members::<TraceMetric>::parse(&raw.payload, raw.headers.item_count) {
        Ok(members) => containers::process(raw, members, config, done),
        Err(error) => done.push(stored::refused(raw, &error)),
    }
}

/// A metric, and what it is found by.
pub(super) struct KeptMetric {
    json: Value,
    trace_id: TraceId,
    timestamp: Timestamp,
    release: Option<String>,
    environment: Option<String>,
}

impl Member for TraceMetric {
    type Kept = KeptMetric;

    fn quantities(count: u64, _bytes: u64) -> Quantities {
        containers::counted(DataCategory::TraceMetric, count)
    }

    fn steps(mut self, cx: &MemberContext<'_>) -> Result<KeptMetric, Outcome> {
        let (raw, config) = (cx.raw, cx.config);
        let drift = normalize::clock_drift(&containers::context(raw, config));
        self.timestamp.0 = self.timestamp.0.saturating_add(drift);
        containers::infer(&mut self.attributes, cx.settings, raw);
        let item = filter::Item {
            trace_metric_name: Some(&self.name),
            release: self.attributes.text("sentry.release"),
            ..filter::Item::default()
        };
        let user_agent = self.attributes.text("user_agent.original");
        if let Some(reason) = stored::filtered(config, &raw.meta, user_agent, item) {
            return Err(reason.into());
        }
        let mut json = self.to_json();
        config.scrubber.json(JsonKind::TraceMetric, &mut json);
        let name = |name: &str| self.attributes.text(name).map(str::to_owned);
        Ok(KeptMetric {
            json,
            trace_id: self.trace_id,
            timestamp: self.timestamp,
            release: name("sentry.release"),
            environment: name("sentry.environment"),
        })
    }

    fn keep(raw: &RawItem, kept: Vec<KeptMetric>, quantities: Quantities) -> Processed {
        let keys = keys(&kept);
        let items: Vec<Value> = kept.into_iter().map(|metric| metric.json).collect();
        let payload = serde_json::json!({ "items": items }).to_string();
        stored::keep(raw, StoredItemKind::TraceMetric, keys, Bytes::from(payload), quantities)
    }
}

/// What metrics that are kept together are found by: their trace, if it is one.
fn keys(kept: &[KeptMetric]) -> Keys {
    let first = kept.first().map(|metric| metric.trace_id);
    let trace = first.filter(|first| kept.iter().all(|metric| metric.trace_id == *first));
    Keys {
        key: trace.map(|id| id.to_string()).unwrap_or_default(),
        timestamp: kept.iter().map(|metric| metric.timestamp).min(),
        release: kept.iter().find_map(|metric| metric.release.clone()),
        environment: kept.iter().find_map(|metric| metric.environment.clone()),
        ..Keys::default()
    }
}
