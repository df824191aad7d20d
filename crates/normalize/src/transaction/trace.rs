//! The trace context of a transaction, which is its root span.

use protocol::event::{
    Event, SpanStatus, TraceId,
    meta::{Remark, RemarkKind},
};
use serde_json::{Value, json};

use crate::Context;

pub(super) fn normalize(event: &mut Event, cx: &Context<'_>) {
    let Some(Value::Object(trace)) = event.contexts.get_mut("trace") else {
        return;
    };
    let is_zero = |id: &Value| id.as_str()?.parse::<TraceId>().ok().map(TraceId::is_zero);
    if trace.get("trace_id").and_then(is_zero) == Some(true) {
        trace.insert("trace_id".to_owned(), json!(cx.event_id));
        let mut remarks = event.meta.at(["contexts", "trace", "trace_id"]);
        remarks.remark(Remark::new("nil_trace_id", RemarkKind::Substituted));
    }
    trace.entry("op").or_insert_with(|| json!("default"));
    let status = trace.get("status").and_then(SpanStatus::from_json);
    let status = status.unwrap_or(SpanStatus::Unknown);
    trace.insert("status".to_owned(), json!(status));
    let own: Option<TraceId> = trace
        .get("trace_id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    for span in &mut event.spans {
        if span.trace_id.is_none_or(TraceId::is_zero) {
            span.trace_id = own;
        }
    }
}
