//! Spans, whether they came in a transaction or alone: one shape in the index, and one in what is kept of them.

use std::borrow::Cow;

use model::{EventId, ProjectId, Timestamp};
use protocol::event::{Object, SpanId, TraceId};
use query::{Dataset, Known};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use store::events::Document;

use super::{
    Source,
    attributes::{self, Attribute},
    builder::Builder,
    search_text,
};

/// What is known of a span, borrowed from where it was read.
#[derive(Debug)]
pub(super) struct SpanFacts<'a> {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) name: &'a str,
    pub(super) is_failure: bool,
    pub(super) is_segment: bool,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) attributes: Vec<(Cow<'a, str>, Attribute<'a>)>,
}

impl<'a> SpanFacts<'a> {
    /// Of two attributes of one name the first stays.
    pub(super) fn add(&mut self, name: Cow<'a, str>, attribute: Attribute<'a>) {
        if !self.attributes.iter().any(|(known, _)| *known == name) {
            self.attributes.push((name, attribute));
        }
    }
}

impl<'a> SpanFacts<'a> {
    pub(super) fn add_data(&mut self, data: &'a Object) {
        for (name, value) in data {
            if !value.is_null() {
                self.add(name.into(), Attribute::Value(value));
            }
        }
    }

    pub(super) fn add_text(&mut self, name: &'static str, text: Option<&'a str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.add(name.into(), Attribute::Text(text));
        }
    }

    pub(super) fn add_number(&mut self, name: &'static str, number: Option<f64>) {
        if let Some(number) = number.filter(|number| number.is_finite()) {
            self.add(name.into(), Attribute::Number(number));
        }
    }

    /// Everything but what it shares with others.
    pub(super) fn builder(&self, project: ProjectId, received_at: Timestamp) -> Builder {
        let id = row_id(self.trace, self.span);
        let mut builder = Builder::new(Dataset::Spans, (project, id), &[self.start, self.end], received_at);
        builder.text(Known::Trace, Some(&self.trace.to_string()));
        builder.text(Known::Span, Some(&self.span.to_string()));
        builder.text(Known::ParentSpan, self.parent.map(|id| id.to_string()).as_deref());
        builder.flag(Known::IsSegment, Some(self.is_segment));
        builder.number(Known::Duration, duration(Some(self.start), Some(self.end)));
        for (name, attribute) in &self.attributes {
            attributes::add(&mut builder, name, *attribute);
        }
        attributes::conclude(&mut builder);
        builder.text(Known::Description, Some(self.name));
        builder.text(Known::Status, Some(self.status()));
        let description = builder.get(Known::Description).and_then(search_text::of_text);
        builder.search_text(description);
        builder
    }

    fn status(&self) -> &'static str {
        if self.is_failure { "internal_error" } else { "ok" }
    }

    /// In the form of today (`ingest.md` §7.3).
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("attributes have a form in JSON")
    }
}

impl Serialize for SpanFacts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seconds = |time: Timestamp| time.0 as f64 / 1e6;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("trace_id", &self.trace)?;
        map.serialize_entry("span_id", &self.span)?;
        map.serialize_entry("parent_span_id", &self.parent)?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("status", if self.is_failure { "error" } else { "ok" })?;
        map.serialize_entry("is_segment", &self.is_segment)?;
        map.serialize_entry("start_timestamp", &seconds(self.start))?;
        map.serialize_entry("end_timestamp", &seconds(self.end))?;
        map.serialize_entry("attributes", &Attributes(&self.attributes))?;
        map.end()
    }
}

struct Attributes<'a>(&'a [(Cow<'a, str>, Attribute<'a>)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, attribute)| (name, attribute)))
    }
}

/// Milliseconds.
pub(super) fn duration(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<f64> {
    let micros = end?.0.saturating_sub(start?.0);
    (micros >= 0).then_some(micros as f64 / 1e3)
}

/// A span is the same row whenever it is read: its own id, then its trace's, folded.
fn row_id(TraceId(trace): TraceId, SpanId(span): SpanId) -> EventId {
    EventId(std::array::from_fn(|place| match place {
        0..8 => span[place],
        _ => trace[place - 8] ^ trace[place],
    }))
}

/// One that was sent alone. Its form was checked when it was read; an id that is gone all the same makes a row of its own.
pub(super) fn document(source: &Source, span: &Value) -> Document {
    let text = |field: &str| span.get(field).and_then(Value::as_str);
    let time = |field: &str| {
        let seconds = span.get(field).and_then(Value::as_f64)?;
        Some(Timestamp((seconds * 1e6).round() as i64))
    };
    let own = source.id();
    let start = time("start_timestamp").unwrap_or(source.received_at);
    let mut facts = SpanFacts {
        trace: text("trace_id")
            .and_then(|id| id.parse().ok())
            .unwrap_or(TraceId(own.0)),
        span: text("span_id")
            .and_then(|id| id.parse().ok())
            .unwrap_or(SpanId(std::array::from_fn(|place| own.0[place]))),
        parent: text("parent_span_id").and_then(|id| id.parse().ok()),
        name: text("name").unwrap_or_default(),
        is_failure: text("status") == Some("error"),
        is_segment: span.get("is_segment").and_then(Value::as_bool) == Some(true),
        start,
        end: time("end_timestamp").unwrap_or(start),
        attributes: Vec::new(),
    };
    facts.attributes = attributes::of_json(span)
        .map(|(name, value)| (name.into(), Attribute::Value(value)))
        .collect();
    let builder = facts.builder(source.project, source.received_at);
    builder.finish(span.to_string())
}
