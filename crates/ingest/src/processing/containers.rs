//! Containers of logs, spans and metrics: their members go through the steps one by one, and what is left is kept
//! together.

use std::collections::BTreeMap;

use model::{DataCategory, EventId, Outcome};
use normalize::Context;
use protocol::items::{
    attributes::Attributes,
    container::{IngestSettings, Members, Refused},
};
use serde_json::Value;
use services::{events::document::Source, project_config::ProjectConfig};

use super::{
    item::{Processed, Quantities, RawItem},
    stored,
};

/// One kind of member.
pub(super) trait Member: Sized {
    /// What is left of it behind the steps.
    type Kept;

    /// What so many members of so many bytes count as.
    fn quantities(count: u64, bytes: u64) -> Quantities;

    /// Normalizes, filters and scrubs it.
    fn steps(self, cx: &MemberContext<'_>) -> Result<Self::Kept, Outcome>;

    /// Keeps all that are left of an item.
    fn keep(raw: &RawItem, kept: Vec<Self::Kept>, quantities: Quantities) -> Processed;
}

/// What is known about a member beside itself.
#[derive(Clone, Copy)]
pub(super) struct MemberContext<'a> {
    pub(super) raw: &'a RawItem,
    pub(super) config: &'a ProjectConfig,
    pub(super) settings: IngestSettings,
    /// Of the member as it was sent.
    pub(super) bytes: u64,
    /// Its number among those that could be read.
    number: u32,
}

impl MemberContext<'_> {
    pub(super) fn source(&self) -> Source {
        let RawItem { id, meta, .. } = self.raw;
        Source {
            project: meta.project,
            received_at: meta.received_at,
            position: id.position.0,
            item: id.item,
            member: self.number,
        }
    }
}

pub(super) fn process<T: Member>(
    raw: &RawItem,
    members: Members<T>,
    config: &ProjectConfig,
    done: &mut Vec<Processed>,
) {
    let mut dropped = Dropped::default();
    for Refused { bytes, error } in &members.invalid {
        dropped.add(stored::invalid(&raw.meta, error), *bytes);
    }
    let (mut kept, mut kept_bytes) = (Vec::new(), 0);
    for (number, member) in (0..).zip(members.valid) {
        let cx = MemberContext {
            raw,
            config,
            settings: members.settings,
            bytes: member.bytes,
            number,
        };
        match member.item.steps(&cx) {
            Ok(member) => {
                kept.push(member);
                kept_bytes += cx.bytes;
            }
            Err(outcome) => dropped.add(outcome, cx.bytes),
        }
    }
    for (outcome, (count, bytes)) in dropped.0 {
        done.push(Processed::Counted {
            origin: raw.origin(),
            outcome,
            quantities: T::quantities(count, bytes),
        });
    }
    if !kept.is_empty() {
        let count = u64::try_from(kept.len()).unwrap_or(u64::MAX);
        done.push(T::keep(raw, kept, T::quantities(count, kept_bytes)));
    }
}

/// Members that are not kept, and their bytes, by outcome.
#[derive(Default)]
struct Dropped(BTreeMap<Outcome, (u64, u64)>);

impl Dropped {
    fn add(&mut self, outcome: Outcome, bytes: u64) {
        let (count, sum) = self.0.entry(outcome).or_default();
        *count += 1;
        *sum += bytes;
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
