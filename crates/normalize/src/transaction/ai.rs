//! Calls of language models: what kind of step it was, which model answered, how much it read and wrote. Sentry's SDKs
//! and those of others name the same things in part only.

use protocol::event::{Event, Measurements, Object};
use serde_json::{Value, json};

const NAME: &str = "gen_ai.operation.name";
const TOTAL: &str = "gen_ai.usage.total_tokens";

/// Of the root span and of those below it, for errors as for transactions.
pub(super) fn normalize(event: &mut Event) {
    for span in &mut event.spans {
        complete(&mut span.data, span.op.as_deref(), &span.measurements);
    }
    if let Some(Value::Object(trace)) = event.contexts.get_mut("trace") {
        let op = trace.get("op").and_then(Value::as_str).map(str::to_owned);
        let mut data = match trace.get_mut("data") {
            Some(Value::Object(data)) => std::mem::take(data),
            _ => Object::new(),
        };
        complete(&mut data, op.as_deref(), &Measurements::default());
        if !data.is_empty() {
            trace.insert("data".to_owned(), Value::Object(data));
        }
    }
}

fn complete(data: &mut Object, op: Option<&str>, measurements: &Measurements) {
    let name = data.get(NAME).and_then(Value::as_str);
    let is_of_model = |op: &&str| op.starts_with("ai.") || op.starts_with("gen_ai.");
    let Some(step) = name.or(op.filter(is_of_model)) else {
        return;
    };
    let step = step_of(step);
    data.insert("gen_ai.operation.type".to_owned(), json!(step));
    // What SDKs of the first years measured.
    for (key, measurement) in [
        (TOTAL, "ai_total_tokens_used"),
        ("gen_ai.usage.input_tokens", "ai_prompt_tokens_used"),
        ("gen_ai.usage.output_tokens", "ai_completion_tokens_used"),
    ] {
        if let Some(value) = measurements.value(measurement) {
            data.entry(key).or_insert_with(|| json!(value));
        }
    }
    let tokens = |key: &str| data.get(key).and_then(Value::as_f64);
    let (read, written) = (
        tokens("gen_ai.usage.input_tokens"),
        tokens("gen_ai.usage.output_tokens"),
    );
    if data.get(TOTAL).is_none_or(Value::is_null) && (read.is_some() || written.is_some()) {
        let total = read.unwrap_or_default() + written.unwrap_or_default();
        data.insert(TOTAL.to_owned(), json!(total));
    }
    if let Some(model) = data.get("gen_ai.request.model").cloned() {
        data.entry("gen_ai.response.model").or_insert(model);
    }
}

fn step_of(operation: &str) -> &'static str {
    match operation.strip_prefix("gen_ai.").unwrap_or(operation) {
        "invoke_agent"
        | "create_agent"
        | "ai.generateText"
        | "ai.streamText"
        | "ai.pipeline.generate_object"
        | "ai.pipeline.generate_text"
        | "ai.pipeline.stream_object"
        | "ai.pipeline.stream_text" => "agent",
        "execute_tool" | "ai.toolCall" => "tool",
        "handoff" => "handoff",
        _ => "ai_client",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::transaction::tests::{SPAN, TRACE, span, transaction};

    #[track_caller]
    fn check(op: &str, data: Value, measurements: Value, expected: Value) {
        let mut event =
            transaction(json!({"spans": [span(json!({"op": op, "data": data, "measurements": measurements}))]}));
        super::normalize(&mut event);
        super::normalize(&mut event);
        assert_eq!(Value::Object(event.spans[0].data.clone()), expected, "{op} {data}");
    }

    #[test]
    fn steps_are_told_by_name_or_operation() {
        for (op, step) in [
            ("gen_ai.chat", "ai_client"),
            ("gen_ai.invoke_agent", "agent"),
            ("gen_ai.execute_tool", "tool"),
            ("gen_ai.handoff", "handoff"),
            ("ai.pipeline.generate_text", "agent"),
            ("ai.pipeline", "ai_client"),
            ("ai.toolCall", "tool"),
        ] {
            check(op, json!({}), json!({}), json!({"gen_ai.operation.type": step}));
        }
        let named = |step: &str| json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.operation.type": step});
        check("own", named("forged"), json!({}), named("agent"));
        check(
            "own",
            json!({"gen_ai.request.model": "m"}),
            json!({}),
            json!({"gen_ai.request.model": "m"}),
        );
        check("ai", json!({}), json!({}), json!({}));
    }

    #[test]
    fn models_and_tokens() {
        check(
            "gen_ai.chat",
            json!({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 7}),
            json!({}),
            json!({
                "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 7,
                "gen_ai.operation.type": "ai_client", "gen_ai.usage.total_tokens": 12.0, "gen_ai.response.model": "m",
            }),
        );
        check(
            "gen_ai.chat",
            json!({"gen_ai.usage.total_tokens": 3, "gen_ai.usage.output_tokens": 7}),
            json!({"ai_prompt_tokens_used": {"value": 2}}),
            json!({
                "gen_ai.usage.total_tokens": 3, "gen_ai.usage.output_tokens": 7, "gen_ai.operation.type": "ai_client",
                "gen_ai.usage.input_tokens": 2.0,
            }),
        );
    }

    #[test]
    fn the_root_span_too() {
        let trace = json!({"trace_id": TRACE, "span_id": SPAN, "op": "gen_ai.invoke_agent"});
        let mut event = transaction(json!({"contexts": {"trace": trace}}));
        super::normalize(&mut event);
        assert_eq!(
            event.contexts["trace"]["data"],
            json!({"gen_ai.operation.type": "agent"})
        );
    }
}
