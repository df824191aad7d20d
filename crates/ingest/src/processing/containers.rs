//! Containers of logs, spans and metrics: their members go through the steps one by one, and what is left is kept
//! together.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use model::{DataCategory, EventId, Outcome, Timestamp};
use normalize::Context;
use protocol::{
    event::TraceId,
    items::{
        attributes::Attributes,
        container::{IngestSettings, Members, Refused},
    },
};
use serde_json::Value;
use services::project_config::ProjectConfig;
use store::stored_items::StoredItemKind;

use super::{
    item::{Processed, Quantities, RawItem},
    stored::{self, Keys},
};

/// One kind of member.
pub(super) trait Member: Sized {
    const KIND: StoredItemKind;

    fn trace_id(&self) -> Option<TraceId>;
    fn timestamp(&self) -> Timestamp;
    fn attributes(&self) -> &Attributes;

    /// What so many members of so many bytes count as.
    fn quantities(count: u64, bytes: u64) -> Quantities;

    /// Normalizes, filters and scrubs it, and gives the form that is stored.
    fn steps(
        self,
        bytes: u64,
        settings: IngestSettings,
        raw: &RawItem,
        config: &ProjectConfig,
    ) -> Result<Value, Outcome>;
}

/// What is kept, and what is counted of the rest.
#[derive(Default)]
struct Sorted {
    kept: Vec<Value>,
    keys: Keys,
    /// Of more than one trace.
    is_mixed: bool,
    kept_bytes: u64,
    dropped: BTreeMap<Outcome, (u64, u64)>,
}

pub(super) fn process<T: Member>(
    raw: &Arc<RawItem>,
    members: Members<T>,
    config: &ProjectConfig,
    done: &mut Vec<Processed>,
) {
    let mut sorted = Sorted::default();
    for Refused { bytes, error } in &members.invalid {
        sorted.drop(stored::invalid(&raw.meta, error), *bytes);
    }
    for member in members.valid {
        let (trace_id, timestamp) = (member.item.trace_id(), member.item.timestamp());
        let name = |name: &str| member.item.attributes().text(name).map(str::to_owned);
        let (release, environment) = (name("sentry.release"), name("sentry.environment"));
        match member.item.steps(member.bytes, members.settings, raw, config) {
            Ok(json) => sorted.keep(json, member.bytes, trace_id, timestamp, release, environment),
            Err(outcome) => sorted.drop(outcome, member.bytes),
        }
    }
    for (outcome, (count, bytes)) in sorted.dropped {
        done.push(Processed::Counted {
            origin: raw.origin(),
            outcome,
            quantities: T::quantities(count, bytes),
        });
    }
    if sorted.kept.is_empty() {
        return;
    }
    let count = u64::try_from(sorted.kept.len()).unwrap_or(u64::MAX);
    let payload = serde_json::json!({ "items": sorted.kept }).to_string();
    let quantities = T::quantities(count, sorted.kept_bytes);
    done.push(stored::keep(
        raw,
        T::KIND,
        sorted.keys,
        Bytes::from(payload),
        quantities,
    ));
}

impl Sorted {
    fn drop(&mut self, outcome: Outcome, bytes: u64) {
        let (count, sum) = self.dropped.entry(outcome).or_default();
        *count += 1;
        *sum += bytes;
    }

    fn keep(
        &mut self,
        json: Value,
        bytes: u64,
        trace_id: Option<TraceId>,
        timestamp: Timestamp,
        release: Option<String>,
        environment: Option<String>,
    ) {
        let key = trace_id.map(|id| id.to_string()).unwrap_or_default();
        if self.kept.is_empty() {
            self.keys.key = key;
        } else if self.is_mixed || self.keys.key != key {
            self.is_mixed = true;
            self.keys.key.clear();
        }
        self.keys.timestamp = Some(
            self.keys
                .timestamp
                .map_or(timestamp, |earliest| earliest.min(timestamp)),
        );
        self.keys.release = self.keys.release.take().or(release);
        self.keys.environment = self.keys.environment.take().or(environment);
        self.kept_bytes += bytes;
        self.kept.push(json);
    }
}

/// What the request that brought a member tells about it.
pub(super) fn context<'a>(raw: &'a RawItem, config: &'a ProjectConfig) -> Context<'a> {
    let id = raw.event_id().unwrap_or(EventId([0; 16]));
    Context {
        sent_at: raw.envelope.sent_at,
        client_ip: raw.meta.client_ip,
        user_agent: raw.meta.user_agent.as_deref(),
        sdk_client: raw.meta.sdk_client.as_deref(),
        transaction_names: Some(&config.transaction_names),
        geo: config.geo.as_deref(),
        ..Context::new(raw.meta.received_at, id)
    }
}

/// Adds what the SDK asked to find out: the browser, and the address of whoever sent.
pub(super) fn infer(attributes: &mut Attributes, settings: IngestSettings, raw: &RawItem) {
    let address = raw.meta.client_ip.map(|ip| ip.to_string());
    if attributes.text("client.address") == Some("{{auto}}") {
        attributes.set("client.address", address.clone().map_or(Value::Null, Value::from));
    }
    if let Some(address) = address.filter(|_| settings.infer_ip) {
        attributes.set_default("client.address", address);
    }
    let own = attributes.text("user_agent.original").map(str::to_owned);
    let user_agent = own.or_else(|| raw.meta.user_agent.clone().filter(|_| settings.infer_user_agent));
    let Some(user_agent) = user_agent else { return };
    if let Some(browser) = &normalize::user_agent::parse(&user_agent).browser {
        attributes.set_default("browser.name", browser.family.as_str());
        if !browser.version.is_empty() {
            attributes.set_default("browser.version", browser.version.join("."));
        }
    }
}

/// A category that counts members.
pub(super) fn counted(category: DataCategory, count: u64) -> Quantities {
    vec![(category, count)]
}
