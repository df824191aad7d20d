use ::model::Timestamp;
use serde_json::Value;

use super::{
    model::{RawLog, Scope, time},
    spans::{span_id, trace_id, typed},
};
use crate::{
    event::{Meta, Object},
    items::{
        Invalid,
        attributes::Attributes,
        container::{Member, Members, Read, Refused, json_length},
        log::{Log, LogLevel},
    },
};

pub(super) fn convert(
    raw: RawLog,
    resource: &Object,
    scope: &Scope,
    received_at: Timestamp,
    members: &mut Members<Log>,
) {
    let bytes = json_length(&raw.attributes) + json_length(&raw.body);
    if bytes > Log::MAX_BYTES {
        let error = Invalid::new(Log::INVALID, "too large");
        members.invalid.push(Refused { bytes, error });
        return;
    }
    let mut attributes = Attributes::read(Some(typed(raw.attributes)), &mut Meta::default());
    scope.describe(resource, &mut attributes);
    let level = LogLevel::from_severity_number(raw.severity_number)
        .unwrap_or_else(|| LogLevel::from_name(&raw.severity_text.to_ascii_lowercase()));
    let severity = if raw.severity_number > 0 {
        raw.severity_number
    } else {
        level.severity_number()
    };
    attributes.set_default("sentry.severity_number", severity);
    let text = if raw.severity_text.is_empty() {
        level.name()
    } else {
        &raw.severity_text
    };
    attributes.set_default("sentry.severity_text", text);
    if raw.observed_nanos > 0 {
        attributes.set_default("sentry.observed_timestamp_nanos", raw.observed_nanos.to_string());
    }
    if !raw.event_name.is_empty() {
        attributes.set_default("event.name", raw.event_name);
    }
    let log = Log {
        timestamp: time(raw.time_nanos)
            .or_else(|| time(raw.observed_nanos))
            .unwrap_or(received_at),
        trace_id: trace_id(&raw.trace_id),
        span_id: span_id(&raw.span_id),
        level,
        body: match raw.body {
            Value::Null => String::new(),
            Value::String(text) => text,
            value => value.to_string(),
        },
        attributes,
        meta: Meta::default(),
    };
    members.valid.push(Member { item: log, bytes });
}
