//! Spans: what a transaction was busy with, and the same sent alone.

use model::{EventId, Timestamp};
use serde_json::Value;

use super::{
    Entries, InvalidJson, Measurements, Object, SpanId, SpanStatus, TraceId,
    decode::{Decoder, Field, decode_object, schema},
    json,
    json_tree::Tree,
    text,
};

schema! {
    pub struct Span kind SPAN {
        span_id "span_id" Option<SpanId>;
        parent_span_id "parent_span_id" Option<SpanId>;
        trace_id "trace_id" Option<TraceId>;
        /// The root span of the service's part of the trace.
        segment_id "segment_id" Option<SpanId>;
        is_segment "is_segment" Option<bool>;
        /// The parent is in another service.
        is_remote "is_remote" Option<bool>;
        start_timestamp "start_timestamp" Option<Timestamp>;
        timestamp "timestamp" Option<Timestamp>;
        /// Milliseconds in which none of its children ran.
        exclusive_time "exclusive_time" Option<f64>, pii false;
        op "op" Option<String>, pii false;
        description "description" Option<String>, pii maybe;
        status "status" Option<SpanStatus>;
        origin "origin" Option<String>, pii false;
        kind "kind" Option<String>, pii false;
        platform "platform" Option<String>, pii false;
        same_process_as_parent "same_process_as_parent" Option<bool>;
        profile_id "profile_id" Option<EventId>;
        received "received" Option<Timestamp>;
        tags "tags" Entries, by texts, pii maybe;
        /// What is derived here, for searching: the description without its variable parts, its group…
        sentry_tags "sentry_tags" Entries, by texts, walk super::levels::sentry_tags;
        data "data" Object, walk super::levels::span_data;
        links "links" Vec<SpanLink>;
        measurements "measurements" Measurements;
    }
}
decode_object!(Span);

schema! {
    /// Another span that caused this one without being its parent.
    pub struct SpanLink {
        trace_id "trace_id" Option<TraceId>;
        span_id "span_id" Option<SpanId>;
        sampled "sampled" Option<bool>;
        attributes "attributes" Object, pii maybe;
    }
}
decode_object!(SpanLink);

impl Span {
    /// Reads a span that was sent alone, as leniently as an event; with it what had to be left out.
    pub fn from_slice(bytes: &[u8]) -> Result<(Self, Vec<super::FieldError>), InvalidJson> {
        let tree = json::parse_flat(bytes)?;
        let members = tree.into_members().map_err(|_| InvalidJson::not_an_object())?;
        let mut cx = Decoder::default();
        let span = Self::of_members(members, &mut cx);
        Ok((span, cx.into_errors()))
    }

    /// A text of `data`.
    pub fn data_text(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Value::as_str)
    }

    pub fn sentry_tag(&self, key: &str) -> Option<&str> {
        self.sentry_tags
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

/// The spans of a transaction. What is no span at all still is one member: it makes the transaction invalid
/// (`ingest.md` §7.1), so it must not get lost here.
pub(super) fn spans(tree: Tree<'_>, cx: &mut Decoder) -> Vec<Span> {
    match tree.into_list() {
        Ok(spans) => cx.each(spans, |span, cx| {
            // Left out, it would be missed by nobody; an empty one is found invalid.
            Some(Option::<Span>::read(span, cx).unwrap_or_default())
        }),
        Err(tree) => Vec::read(tree, cx),
    }
}

/// Texts by name; what is no text is told as JSON.
fn texts(value: Value, cx: &mut Decoder) -> Entries {
    let texts = Object::decode(value, cx).into_iter();
    Entries(
        texts
            .filter_map(|(name, value)| Some((name, text::json(value, cx)?)))
            .collect(),
    )
}
