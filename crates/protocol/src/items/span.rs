//! Spans that are sent alone, in the form of today (`ingest.md` §7.3); older forms are turned into it by
//! [`super::legacy_span`] and [`crate::otlp`].

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    attributes::Attributes,
    container::{self, Read},
    field,
};
use crate::event::{Meta, Object, SpanId, TraceId};

const MAX_LINKS: usize = 1000;

#[derive(Debug, Clone, PartialEq)]
pub struct StandaloneSpan {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_span_id: Option<SpanId>,
    pub name: String,
    /// `ok`, `error`, or one that is not known yet.
    pub status: String,
    /// Whether it is the root of its service's part of the trace.
    pub is_segment: bool,
    pub start_timestamp: Timestamp,
    pub end_timestamp: Timestamp,
    pub links: Vec<Link>,
    pub attributes: Attributes,
    pub meta: Meta,
}

/// Another span that caused this one without being its parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub sampled: bool,
    pub attributes: Attributes,
}

impl Read for StandaloneSpan {
    const INVALID: &'static str = "invalid_span";
    const MAX_BYTES: u64 = 10 << 20;

    fn read(mut map: Object, mut meta: Meta) -> Result<Self, String> {
        let missing = |field: &str| format!("`{field}` is missing or invalid");
        let time = |key: &str| map.get(key).and_then(field::timestamp).ok_or_else(|| missing(key));
        let (start_timestamp, end_timestamp) = (time("start_timestamp")?, time("end_timestamp")?);
        let trace_id = field::parsed(&mut map, "trace_id").filter(|id: &TraceId| !id.is_zero());
        let status = field::text(&mut map, "status").filter(|status| status.len() <= 64);
        let links = field::list(&mut map, "links").unwrap_or_default();
        let span = Self {
            trace_id: trace_id.ok_or_else(|| missing("trace_id"))?,
            span_id: field::parsed(&mut map, "span_id").ok_or_else(|| missing("span_id"))?,
            parent_span_id: field::parsed(&mut map, "parent_span_id"),
            name: field::text(&mut map, "name").ok_or_else(|| missing("name"))?,
            status: status.ok_or_else(|| missing("status"))?,
            is_segment: map.get("is_segment").and_then(Value::as_bool).unwrap_or(false),
            start_timestamp,
            end_timestamp,
            links: links.into_iter().take(MAX_LINKS).filter_map(Link::read).collect(),
            attributes: Attributes::read(field::take(&mut map, "attributes"), &mut meta),
            meta,
        };
        span.check()?;
        Ok(span)
    }
}

impl StandaloneSpan {
    /// What holds for a span of any form.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.start_timestamp > self.end_timestamp {
            return Err("it ends before it starts".to_owned());
        }
        Ok(())
    }

    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "parent_span_id": self.parent_span_id,
            "name": self.name,
            "status": self.status,
            "is_segment": self.is_segment,
            "start_timestamp": field::seconds(self.start_timestamp),
            "end_timestamp": field::seconds(self.end_timestamp),
            "attributes": self.attributes,
        });
        if !self.links.is_empty() {
            json["links"] = self.links.iter().map(Link::to_json).collect();
        }
        container::with_meta(json, &self.meta)
    }
}

impl Link {
    fn read(value: Value) -> Option<Self> {
        let Value::Object(mut map) = value else { return None };
        Some(Self {
            trace_id: field::parsed(&mut map, "trace_id")?,
            span_id: field::parsed(&mut map, "span_id")?,
            sampled: map.get("sampled").and_then(Value::as_bool).unwrap_or(false),
            // Too small a thing for remarks.
            attributes: Attributes::read(field::take(&mut map, "attributes"), &mut Meta::default()),
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "sampled": self.sampled,
            "attributes": self.attributes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::container::Members;

    fn with(key: &str, value: Value) -> Members<StandaloneSpan> {
        // The example of the reference.
        let mut span = json!({
            "trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ee", "name": "GET /", "status": "ok",
            "is_segment": true, "start_timestamp": 1_742_921_669.25, "end_timestamp": 1_742_921_669.75,
            "attributes": {"http.response.status_code": {"type": "integer", "value": 200}},
        });
        span[key] = value;
        Members::parse(json!({"items": [span]}).to_string().as_bytes(), Some(1)).unwrap()
    }

    #[test]
    fn a_span_is_read_as_it_was_written() {
        let link =
            json!({"trace_id": "6cf173d587eb48568a9b2e12dcfbea52", "span_id": "438f40bd3b4a41ef", "sampled": true});
        let members = with("links", json!([link, {"trace_id": "x"}, 7]));
        let span = members.valid.into_iter().next().unwrap().item;
        assert_eq!((span.links.len(), span.links[0].sampled), (1, true));
        assert_eq!(span.end_timestamp, Timestamp(1_742_921_669_750_000));
        let Value::Object(map) = span.to_json() else { panic!() };
        assert_eq!(StandaloneSpan::read(map, Meta::default()), Ok(span));
    }

    #[test]
    fn what_a_span_is_nothing_without() {
        for (key, value) in [
            ("trace_id", json!(null)),
            ("trace_id", json!("0".repeat(32))),
            ("span_id", json!("x")),
            ("name", json!(null)),
            ("status", json!(null)),
            ("start_timestamp", json!(null)),
            ("end_timestamp", json!("soon")),
            ("start_timestamp", json!(1_742_921_669.76)),
        ] {
            let members = with(key, value.clone());
            assert_eq!((members.valid.len(), members.invalid.len()), (0, 1), "{key} {value}");
            assert_eq!(members.invalid[0].error.reason, "invalid_span", "{key} {value}");
        }
        assert_eq!(with("status", json!("cancelled")).valid.len(), 1);
        assert_eq!(with("parent_span_id", json!("x")).valid[0].item.parent_span_id, None);
    }
}
