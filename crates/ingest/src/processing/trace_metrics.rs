//! Metrics of applications.

use std::sync::Arc;

use model::{DataCategory, Outcome, Timestamp};
use protocol::{
    event::TraceId,
    items::{
        attributes::Attributes,
        container::{IngestSettings, Members},
        trace_metric::TraceMetric,
    },
};
use scrub::JsonKind;
use serde_json::Value;
use services::project_config::ProjectConfig;
use store::stored_items::StoredItemKind;

use super::{
    containers::{self, Member},
    item::{Processed, Quantities, RawItem},
    stored,
};

pub(super) fn process(raw: &Arc<RawItem>, config: &ProjectConfig, done: &mut Vec<Processed>) {
    match Members::<TraceMetric>::parse(&raw.payload, raw.headers.item_count) {
        Ok(members) => containers::process(raw, members, config, done),
        Err(error) => done.push(stored::refused(raw, &error)),
    }
}

impl Member for TraceMetric {
    const KIND: StoredItemKind = StoredItemKind::TraceMetric;

    fn trace_id(&self) -> Option<TraceId> {
        Some(self.trace_id)
    }

    fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    fn quantities(count: u64, _bytes: u64) -> Quantities {
        containers::counted(DataCategory::TraceMetric, count)
    }

    fn steps(
        mut self,
        _bytes: u64,
        settings: IngestSettings,
        raw: &RawItem,
        config: &ProjectConfig,
    ) -> Result<Value, Outcome> {
        self.timestamp.0 = self
            .timestamp
            .0
            .saturating_add(normalize::clock_drift(&containers::context(raw, config)));
        containers::infer(&mut self.attributes, settings, raw);
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
        Ok(json)
    }
}
