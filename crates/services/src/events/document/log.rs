//! Logs.

use model::Timestamp;
use query::{Dataset, Known};
use serde_json::Value;
use store::events::Document;

use super::{
    Source,
    attributes::{self, Attribute},
    builder::Builder,
    search_text,
};

pub(super) fn document(source: &Source, log: &Value) -> Document {
    let text = |field: &str| log.get(field).and_then(Value::as_str);
    let time = log.get("timestamp").and_then(Value::as_f64);
    let times: Vec<_> = time
        .map(|seconds| Timestamp((seconds * 1e6).round() as i64))
        .into_iter()
        .collect();
    let id = (source.project, source.id());
    let mut builder = Builder::new(Dataset::Logs, id, &times, source.received_at);
    builder.text(Known::Level, text("level"));
    builder.text(Known::Message, text("body"));
    builder.text(Known::Trace, text("trace_id"));
    builder.text(Known::Span, text("span_id"));
    for (name, value) in attributes::of_json(log) {
        attributes::add(&mut builder, name, Attribute::Value(value));
    }
    attributes::conclude(&mut builder);
    builder.search_text(text("body").and_then(search_text::of_text));
    builder.finish(log.to_string())
}
