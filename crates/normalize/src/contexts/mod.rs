//! Contexts: each says its type, names and versions are told apart, and there is always a trace.

mod device;
mod os;
mod runtime;

use protocol::event::{Event, EventType, Object, SpanId, TraceId};
use serde_json::{Value, json};

use crate::{
    Context,
    notes::{Notes, Place, notes},
    request,
};

pub(crate) fn normalize(event: &mut Event, cx: &Context<'_>) {
    for (name, context) in &mut event.contexts {
        let Value::Object(context) = context else { continue };
        if !context.get("type").is_some_and(Value::is_string) {
            context.insert("type".to_owned(), Value::String(name.clone()));
        }
        let kind = text(context, "type").unwrap_or(name);
        match kind {
            "os" => os::normalize(context),
            "runtime" => runtime::normalize(context),
            "browser" => whole_name(context, "browser"),
            "device" => device::normalize(context),
            "response" => request::response(context),
            _ => {}
        }
    }
    if event.kind != EventType::Transaction {
        trace(&mut event.contexts, cx, &mut notes!(event));
    }
}

fn text<'a>(context: &'a Object, field: &str) -> Option<&'a str> {
    context.get(field)?.as_str().filter(|text| !text.is_empty())
}

fn set(context: &mut Object, field: &str, text: &str) {
    context.insert(field.to_owned(), Value::String(text.to_owned()));
}

/// Name and version in one, which is what tags are made of.
fn whole_name(context: &mut Object, field: &str) {
    let Some(name) = text(context, "name") else { return };
    let whole = match text(context, "version") {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    };
    set(context, field, &whole);
}

/// An error belongs to a trace, if only to its own: what refers to traces need not ask whether there is one.
fn trace(contexts: &mut Object, cx: &Context<'_>, notes: &mut Notes<'_>) {
    let root = Place::root("contexts");
    let place = root.key("trace");
    let was_sent = contexts.contains_key("trace");
    let trace = contexts.entry("trace").or_insert_with(|| json!({}));
    let Value::Object(trace) = trace else { return };
    trace.entry("type").or_insert_with(|| json!("trace"));
    let id = text(trace, "trace_id").and_then(|id| id.parse::<TraceId>().ok());
    let id = id.filter(|id| !id.is_zero()).map(|id| id.to_string());
    if id.is_none() {
        if let Some(zero) = trace.shift_remove("trace_id") {
            notes.invalid(&place.key("trace_id"), zero, "not a valid trace id");
        } else if was_sent {
            notes.missing(&place.key("trace_id"));
        }
    }
    let id = id.unwrap_or_else(|| cx.event_id.to_string());
    set(trace, "trace_id", &id);
    let span = text(trace, "span_id").and_then(|id| id.parse::<SpanId>().ok());
    if span.is_none() {
        if was_sent {
            notes.missing(&place.key("span_id"));
        }
        // The first half, unless that is no id of a span.
        let (first, second) = id.split_at(16);
        set(
            trace,
            "span_id",
            if first.bytes().all(|digit| digit == b'0') {
                second
            } else {
                first
            },
        );
    }
    trace.entry("status").or_insert_with(|| json!("unknown"));
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
        check(
            json!({"trace": {"trace_id": "4C79F60C-1121-4EB3-8604-F4AE0781BFB2", "span_id": "FA90FDEAD5F74052", "status": 5}}),
            json!({"trace": {"trace_id": "4c79f60c11214eb38604f4ae0781bfb2", "span_id": "fa90fdead5f74052", "status": "not_found", "type": "trace"}}),
        );
    }

    #[test]
    fn what_is_wrong_with_a_trace_is_noted() {
        let errors = |trace: Value| {
            let mut event = read(json!({"contexts": {"trace": trace}}));
            super::normalize(&mut event, &context());
            let mut names: Vec<String> = event.errors.into_iter().filter_map(|error| error.name).collect();
            names.sort_unstable();
            names
        };
        let ids = ["contexts.trace.span_id", "contexts.trace.trace_id"];
        assert_eq!(errors(json!({})), ids);
        assert_eq!(errors(json!({"trace_id": "0".repeat(32), "span_id": 5})), ids);
        for status in [json!("404"), json!("foo"), json!(17), json!(null)] {
            let valid = json!({"trace_id": "a".repeat(32), "span_id": "b".repeat(16), "status": status});
            let expected: &[&str] = if status.is_null() {
                &[]
            } else {
                &["contexts.trace.status"]
            };
            assert_eq!(errors(valid), expected, "{status}");
        }
    }

    #[test]
    fn each_says_its_type() {
        let mut event = read(json!({"contexts": {
            "os": {"name": "Linux"}, "foo": {"type": "runtime", "name": 5}, "empty": {}, "bar": {"type": 5}, "no": 5,
        }}));
        super::normalize(&mut event, &context());
        assert_eq!(
            event.contexts["os"],
            json!({"name": "Linux", "os": "Linux", "type": "os"})
        );
        assert_eq!(event.contexts["foo"], json!({"type": "runtime"}));
        assert_eq!(event.contexts["empty"], json!({"type": "empty"}));
        assert_eq!(event.contexts["bar"], json!({"type": "bar"}));
        assert!(!event.contexts.contains_key("no"));
        let names: Vec<_> = event.errors.iter().filter_map(|error| error.name.as_deref()).collect();
        assert_eq!(names, ["contexts.foo.name", "contexts.no"]);
    }

    #[test]
    fn names_and_versions_are_one_text_too() {
        check_one(
            "browser",
            json!({"name": "Firefox", "version": "119.0"}),
            json!("Firefox 119.0"),
        );
        check_one("browser", json!({"name": "Firefox"}), json!("Firefox"));
        check_one("browser", json!({"version": "1"}), json!(null));
        check_one(
            "os",
            json!({"name": "Windows", "version": "10.0.19041"}),
            json!("Windows 10.0.19041"),
        );
        check_one(
            "runtime",
            json!({"name": "CPython", "version": "3.13"}),
            json!("CPython 3.13"),
        );
        check_one("runtime", json!({"name": "CPython"}), json!(null));
    }

    #[track_caller]
    fn check_one(kind: &str, sent: Value, whole: Value) {
        let mut event = read(json!({"contexts": {kind: sent}}));
        super::normalize(&mut event, &context());
        let found = event.contexts[kind].get(kind).cloned().unwrap_or_default();
        assert_eq!(found, whole, "{sent}");
    }
}
