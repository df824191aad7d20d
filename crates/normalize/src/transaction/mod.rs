//! Transactions: a name that can be grouped by, spans with all their times, measurements with units and what follows
//! from them (`ingest.md` §7).
//!
//! [`validate`] is the first step of all: a transaction without its times or its trace says nothing. The rest runs when
//! contexts and user agent are there, because rules look at both.

mod ai;
mod breakdowns;
mod clusterer;
mod exclusive_time;
mod interval;
mod measurements;
mod name;
mod name_rules;
mod performance_score;
mod span_description;
mod span_tags;
mod spans;
mod trace;
mod units;
mod validate;

use protocol::event::{Event, EventType, SpanStatus};

pub use self::{
    clusterer::{MERGE_AT, cluster, sample_name},
    name::clean_name,
    name_rules::{NameRule, NameRules, Redaction},
};
pub(crate) use self::{
    interval::milliseconds, performance_score::rate, span_tags::of_one as span_tags, spans::default_op,
    validate::validate,
};
use crate::Context;

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    if event.kind != EventType::Transaction {
        // What other events say of this kind is not read by anything.
        event.measurements.clear();
        ai::normalize(event);
        return;
    }
    name::normalize(event, cx);
    trace::normalize(event, cx);
    spans::normalize(event);
    ai::normalize(event);
    exclusive_time::normalize(event);
    measurements::normalize(event);
    performance_score::normalize(event);
    breakdowns::normalize(event);
    span_tags::normalize(event);
}

/// How the transaction ended, as far as its SDK said.
fn trace_status(event: &Event) -> Option<SpanStatus> {
    event.context("trace")?.get("status").and_then(SpanStatus::from_json)
}

#[cfg(test)]
pub(crate) mod tests;
