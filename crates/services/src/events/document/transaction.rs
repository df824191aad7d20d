//! Transactions, and their spans: the root span, which is the transaction itself, and those inside.

use model::Timestamp;
use protocol::event::{Event, Measurements, Span, SpanId, SpanStatus, TraceId};
use query::{Dataset, Known};
use store::events::{Document, Value as FieldValue};

use super::{
    attributes::Attribute,
    builder::Builder,
    event::{of_context, shared, trace_data},
    span::{self, SpanFacts},
};
use crate::events::ProcessedEvent;

/// What transactions have beside what all events have.
pub(super) fn describe(builder: &mut Builder, event: &Event) {
    builder.text(Known::Op, of_context(event, "trace", "op"));
    builder.text(Known::Status, of_context(event, "trace", "status"));
    let info = event.transaction_info.as_ref();
    builder.text(Known::Source, info.and_then(|info| info.source.as_deref()));
    builder.number(Known::Duration, span::duration(event.start_timestamp, event.timestamp));
    let trace = event.context("trace");
    let exclusive = trace.and_then(|trace| trace.get("exclusive_time")?.as_f64());
    builder.number(Known::SelfTime, exclusive);
    measurements(builder, &event.measurements);
    for (name, measurement) in event.breakdowns.iter().flat_map(|(_, breakdown)| breakdown.iter()) {
        // `ops.db` is what Discover calls `spans.db`.
        let kind = name.strip_prefix("ops.").unwrap_or(name);
        if let Some(value) = measurement.value {
            builder.named_number(&format!("spans.{kind}"), value);
        }
    }
}

fn measurements(builder: &mut Builder, measurements: &Measurements) {
    for (name, measurement) in measurements.iter() {
        if let Some(value) = measurement.value {
            builder.named_number(&format!("measurements.{name}"), value);
        }
    }
}

/// The root span first. What has no ids is no span.
pub(super) fn spans(processed: &ProcessedEvent) -> Vec<Document> {
    let Some(root) = Root::of(processed) else {
        return Vec::new();
    };
    let inner = processed.event.spans.iter().filter_map(|span| root.inner(span));
    std::iter::once(root.document()).chain(inner).collect()
}

/// The root span, with what all spans share.
struct Root<'a> {
    processed: &'a ProcessedEvent,
    trace: TraceId,
    span: SpanId,
    start: Timestamp,
    end: Timestamp,
    shared: Vec<(Known, FieldValue)>,
}

impl<'a> Root<'a> {
    fn of(processed: &'a ProcessedEvent) -> Option<Self> {
        let event = &processed.event;
        let end = event.timestamp?;
        let mut fields = Builder::new(
            Dataset::Spans,
            (processed.project, processed.id),
            &[],
            processed.received_at,
        );
        shared(&mut fields, event);
        let span: SpanId = of_context(event, "trace", "span_id")?.parse().ok()?;
        fields.text(Known::Segment, Some(&span.to_string()));
        Some(Self {
            processed,
            trace: of_context(event, "trace", "trace_id")?.parse().ok()?,
            span,
            start: event.start_timestamp?,
            end,
            shared: fields.into_fields(),
        })
    }

    fn document(&self) -> Document {
        let event = &self.processed.event;
        let parent = of_context(event, "trace", "parent_span_id").and_then(|id| id.parse().ok());
        let status = of_context(event, "trace", "status");
        let name = event.transaction.as_deref().unwrap_or_default();
        let mut facts = SpanFacts {
            trace: self.trace,
            span: self.span,
            parent,
            name,
            is_failure: is_failure(status),
            is_segment: true,
            start: self.start,
            end: self.end,
            attributes: Vec::new(),
        };
        if let Some(data) = trace_data(event) {
            facts.add_data(data);
        }
        facts.add_text("sentry.op", of_context(event, "trace", "op"));
        facts.add_text("sentry.origin", of_context(event, "trace", "origin"));
        facts.add_text("sentry.status", status);
        facts.add_text("sentry.description", Some(name));
        facts.add_text("sentry.platform", event.platform.as_deref());
        let trace = event.context("trace");
        let exclusive = trace.and_then(|trace| trace.get("exclusive_time")?.as_f64());
        facts.add_number("sentry.exclusive_time", exclusive);
        let mut builder = self.builder(&facts);
        measurements(&mut builder, &event.measurements);
        for (key, value) in &self.processed.summary.tags {
            if Known::of_tag(key).is_none() {
                builder.tag(key, value);
            }
        }
        builder.finish(facts.to_json())
    }

    /// A span of the transaction.
    fn inner(&self, span: &'a Span) -> Option<Document> {
        let mut facts = SpanFacts {
            trace: span.trace_id.unwrap_or(self.trace),
            span: span.span_id?,
            parent: span.parent_span_id,
            name: span.description.as_deref().or(span.op.as_deref()).unwrap_or_default(),
            is_failure: span.status.is_some_and(SpanStatus::is_failure),
            is_segment: false,
            start: span.start_timestamp?,
            end: span.timestamp?,
            attributes: Vec::new(),
        };
        facts.add_data(&span.data);
        for (name, value) in span.tags.iter() {
            facts.add(name.as_str().into(), Attribute::Text(value));
        }
        for (name, value) in span.sentry_tags.iter() {
            let name = match name.as_str() {
                // The description itself is kept as it was.
                "description" => "normalized_description",
                name => name,
            };
            facts.add(format!("sentry.{name}").into(), Attribute::Text(value));
        }
        facts.add_text("sentry.op", span.op.as_deref());
        facts.add_text("sentry.origin", span.origin.as_deref());
        facts.add_text("sentry.status", span.status.map(SpanStatus::name));
        facts.add_text("sentry.description", span.description.as_deref());
        facts.add_text("sentry.kind", span.kind.as_deref());
        facts.add_number("sentry.exclusive_time", span.exclusive_time);
        let mut builder = self.builder(&facts);
        measurements(&mut builder, &span.measurements);
        Some(builder.finish(facts.to_json()))
    }

    fn builder(&self, facts: &SpanFacts<'_>) -> Builder {
        let ProcessedEvent {
            project, received_at, ..
        } = *self.processed;
        let mut builder = facts.builder(project, received_at);
        builder.inherit(&self.shared);
        builder
    }
}

fn is_failure(status: Option<&str>) -> bool {
    status
        .and_then(|status| status.parse::<SpanStatus>().ok())
        .is_some_and(SpanStatus::is_failure)
}
