//! What both forms say, before it is turned into items.

use ::model::Timestamp;
use serde_json::Value;

use crate::{event::Object, items::attributes::Attributes};

/// What came of one scope of one resource.
#[derive(Debug, Default)]
pub(super) struct Group<T> {
    pub(super) resource: Object,
    pub(super) scope: Scope,
    pub(super) members: Vec<T>,
}

/// The library that made the spans or logs.
#[derive(Debug, Default, Clone)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) attributes: Object,
}

#[derive(Debug, Default)]
pub(super) struct RawSpan {
    pub(super) trace_id: Vec<u8>,
    pub(super) span_id: Vec<u8>,
    pub(super) parent_span_id: Vec<u8>,
    pub(super) name: String,
    pub(super) kind: u64,
    pub(super) start_nanos: u64,
    pub(super) end_nanos: u64,
    pub(super) attributes: Object,
    pub(super) events: Vec<Value>,
    pub(super) links: Vec<RawLink>,
    pub(super) status_code: u64,
    pub(super) status_message: String,
    pub(super) flags: u64,
}

#[derive(Debug, Default)]
pub(super) struct RawLink {
    pub(super) trace_id: Vec<u8>,
    pub(super) span_id: Vec<u8>,
    pub(super) attributes: Object,
    pub(super) flags: u64,
}

#[derive(Debug, Default)]
pub(super) struct RawLog {
    pub(super) time_nanos: u64,
    pub(super) observed_nanos: u64,
    pub(super) severity_number: u64,
    pub(super) severity_text: String,
    pub(super) body: Value,
    pub(super) attributes: Object,
    pub(super) trace_id: Vec<u8>,
    pub(super) span_id: Vec<u8>,
    pub(super) event_name: String,
}

impl Scope {
    /// Adds what resource and scope say to the attributes of one of their spans or logs.
    pub(super) fn describe(&self, resource: &Object, attributes: &mut Attributes) {
        for (name, value) in resource {
            attributes.set_default(&format!("resource.{name}"), value.clone());
        }
        for (name, text) in [
            ("instrumentation.name", &self.name),
            ("instrumentation.version", &self.version),
        ] {
            if !text.is_empty() {
                attributes.set_default(name, text.as_str());
            }
        }
        for (name, value) in &self.attributes {
            attributes.set_default(&format!("instrumentation.{name}"), value.clone());
        }
    }
}

/// Zero is no point in time.
pub(super) fn time(nanoseconds: u64) -> Option<Timestamp> {
    let micros = i64::try_from(nanoseconds / 1000).ok()?;
    (micros > 0 && micros <= crate::items::field::LAST_MICROSECOND).then_some(Timestamp(micros))
}
