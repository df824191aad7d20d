//! Spans: what they are told by is short. Descriptions stay whole, for half a query is no query.

use protocol::event::{Event, Meta};
use serde_json::Value;

use crate::{
    limits::{CULPRIT, ENUM, trim, trim_field},
    notes::Place,
};

pub(super) fn spans(event: &mut Event, meta: &mut Meta) {
    let root = Place::root("spans");
    for (index, span) in event.spans.iter_mut().enumerate() {
        let place = root.index(index);
        trim_field(&mut span.op, ENUM, &place.key("op"), meta);
        trim_field(&mut span.origin, ENUM, &place.key("origin"), meta);
    }
    if let Some(info) = &mut event.transaction_info {
        let place = Place::root("transaction_info");
        trim_field(&mut info.original, CULPRIT, &place.key("original"), meta);
    }
    // The root span is told in the trace context.
    let root = Place::root("contexts");
    let place = root.key("trace");
    if let Some(Value::Object(trace)) = event.contexts.get_mut("trace") {
        for key in ["op", "origin"] {
            if let Some(Value::String(text)) = trace.get_mut(key) {
                trim(text, ENUM, &place.key(key), meta);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::transaction::tests::{SPAN, TRACE, span, transaction};

    #[test]
    fn operations_are_short_and_descriptions_whole() {
        let long = "x".repeat(200);
        let mut event = transaction(json!({
            "contexts": {"trace": {"trace_id": TRACE, "span_id": SPAN, "op": long, "origin": "manual"}},
            "spans": [span(json!({"op": long, "origin": long, "description": long}))],
        }));
        crate::trim(&mut event);
        let cut = format!("{}...", "x".repeat(125));
        assert_eq!(event.spans[0].op.as_deref(), Some(cut.as_str()));
        assert_eq!(event.spans[0].origin.as_deref(), Some(cut.as_str()));
        assert_eq!(event.spans[0].description.as_deref(), Some(long.as_str()));
        assert_eq!(event.contexts["trace"]["op"], cut.as_str());
        assert_eq!(event.contexts["trace"]["origin"], "manual");
        assert_eq!(event.meta.remarks(["contexts", "trace", "op"]).len(), 1);
    }
}
