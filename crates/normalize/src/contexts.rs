//! Contexts: each says its type, and there is always a trace.

use protocol::event::{Event, EventType, Object};
use serde_json::{Value, json};

use crate::Context;

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    for (name, context) in &mut event.contexts {
        if let Value::Object(context) = context {
            context.entry("type").or_insert_with(|| Value::String(name.clone()));
        }
    }
    if event.kind != EventType::Transaction {
        trace(&mut event.contexts, cx);
    }
}

/// An error belongs to a trace, if only to its own: what refers to traces need not ask whether there is one.
fn trace(contexts: &mut Object, cx: &Context<'_>) {
    let own = cx.event_id.to_string();
    let trace = contexts.entry("trace").or_insert_with(|| json!({}));
    let Value::Object(trace) = trace else { return };
    trace.entry("type").or_insert_with(|| json!("trace"));
    if !is_id(trace.get("trace_id"), 32) {
        trace.insert("trace_id".to_owned(), json!(own));
    }
    if !is_id(trace.get("span_id"), 16) {
        let span = trace
            .get("trace_id")
            .and_then(Value::as_str)
            .and_then(|id| id.get(..16))
            .unwrap_or(&own[..16])
            .to_owned();
        trace.insert("span_id".to_owned(), json!(span));
    }
    trace.entry("status").or_insert_with(|| json!("unknown"));
}

/// Hex digits, not all of them zero; dashes as in a UUID are let through.
fn is_id(value: Option<&Value>, digits: usize) -> bool {
    let Some(Value::String(text)) = value else { return false };
    let hex = || text.bytes().filter(|byte| *byte != b'-');
    hex().count() == digits && hex().all(|byte| byte.is_ascii_hexdigit()) && hex().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::{context, read};

    #[track_caller]
    fn check(contexts: Value, expected: Value) {
        let mut event = read(json!({"contexts": contexts}));
        super::normalize(&mut event, &context());
        let once = event.clone();
        super::normalize(&mut event, &context());
        assert_eq!(event, once);
        assert_eq!(Value::Object(event.contexts), expected, "{contexts}");
    }

    #[test]
    fn there_is_always_a_trace() {
        let own = json!({"type": "trace", "trace_id": "0102030405060708090a0b0c0d0e0f10", "span_id": "0102030405060708", "status": "unknown"});
        check(json!({}), json!({"trace": own}));
        check(
            json!({"trace": {"trace_id": "0".repeat(32), "span_id": "x", "type": "trace"}}),
            json!({"trace": own}),
        );
        let trace =
            json!({"trace_id": "a".repeat(32), "span_id": "b".repeat(16), "op": "x", "status": "ok", "type": "trace"});
        check(json!({"trace": trace}), json!({"trace": trace}));
    }

    #[test]
    fn each_says_its_type() {
        let mut event = read(json!({"contexts": {"os": {"name": "Linux"}, "foo": {"type": "runtime"}, "empty": {}}}));
        super::normalize(&mut event, &context());
        assert_eq!(event.contexts["os"], json!({"name": "Linux", "type": "os"}));
        assert_eq!(event.contexts["foo"], json!({"type": "runtime"}));
        assert_eq!(event.contexts["empty"], json!({"type": "empty"}));
    }
}
