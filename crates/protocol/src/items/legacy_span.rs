//! Spans that are sent alone as they stood in a transaction: read as those are, and turned into the form of today.

use serde_json::Value;

use super::{Invalid, attributes::Attributes, container::Read, span::StandaloneSpan};
use crate::event::{Meta, Span};

/// Measurements that are web vitals have a place of their own among attributes (`ingest.md` §7.4).
const WEB_VITALS: &[&str] = &["lcp", "fcp", "fp", "cls", "inp", "fid", "ttfb"];

const UNNAMED: &str = "<unlabeled span>";

impl StandaloneSpan {
    /// The payload of an item `span` that is no container.
    pub fn parse_legacy(payload: &[u8]) -> Result<Self, Invalid> {
        let (span, errors) = Span::from_slice(payload).map_err(|error| Invalid::json(error.to_string()))?;
        let mut read = from_span(span).map_err(|detail| Invalid::new(Self::INVALID, detail))?;
        for error in errors.iter().filter_map(|error| error.name.as_deref()) {
            read.meta.at(error.split('.')).error("invalid_data");
        }
        Ok(read)
    }
}

fn from_span(span: Span) -> Result<StandaloneSpan, String> {
    let missing = |field: &str| format!("`{field}` is missing or invalid");
    let mut attributes = Attributes::default();
    for (name, value) in span.data {
        attributes.set(&name, value);
    }
    for (name, value) in span.tags.0.into_iter().chain(
        span.sentry_tags
            .0
            .into_iter()
            .map(|(name, value)| (format!("sentry.{name}"), value)),
    ) {
        attributes.set_default(&name, value);
    }
    for (name, measurement) in span.measurements.0 {
        let Some(value) = measurement.value else { continue };
        if WEB_VITALS.contains(&name.as_str()) {
            attributes.set_default(&format!("browser.web_vital.{name}.value"), value);
        } else {
            attributes.set_default(&name, value);
        }
    }
    let texts = [
        ("sentry.op", span.op.clone()),
        ("sentry.origin", span.origin),
        ("sentry.description", span.description.clone()),
        ("sentry.kind", span.kind),
        ("sentry.platform", span.platform),
        ("sentry.status", span.status.map(|status| status.name().to_owned())),
        ("sentry.segment.id", span.segment_id.map(|id| id.to_string())),
        ("sentry.profile_id", span.profile_id.map(|id| id.to_string())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            attributes.set_default(name, text);
        }
    }
    for (name, value) in [
        ("sentry.exclusive_time", span.exclusive_time.map(Value::from)),
        ("sentry.is_remote", span.is_remote.map(Value::from)),
    ] {
        attributes.set_default(name, value.unwrap_or_default());
    }
    let standalone = StandaloneSpan {
        trace_id: span
            .trace_id
            .filter(|id| !id.is_zero())
            .ok_or_else(|| missing("trace_id"))?,
        span_id: span.span_id.ok_or_else(|| missing("span_id"))?,
        parent_span_id: span.parent_span_id,
        name: span.description.or(span.op).unwrap_or_else(|| UNNAMED.to_owned()),
        status: if span.status.is_some_and(|status| status.is_failure()) {
            "error"
        } else {
            "ok"
        }
        .to_owned(),
        is_segment: span.is_segment.unwrap_or(false),
        start_timestamp: span.start_timestamp.ok_or_else(|| missing("start_timestamp"))?,
        end_timestamp: span.timestamp.ok_or_else(|| missing("timestamp"))?,
        links: Vec::new(),
        attributes,
        meta: Meta::default(),
    };
    standalone.check()?;
    Ok(standalone)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str, value: Value) -> Result<StandaloneSpan, Invalid> {
        let mut span = json!({
            "data": {"sentry.op": "ui.interaction.click", "release": "shop@1", "sentry.exclusive_time": 40},
            "description": "body > button", "op": "ui.interaction.click", "span_id": "981a909e94444ea4", "status": "cancelled",
            "start_timestamp": 1_795_228_988.605, "timestamp": 1_795_228_988.645, "tags": {"a": "b", "release": "other"},
            "trace_id": "0c9be8361aa6404eb0f4b41a12c2a78d", "origin": "auto.http.browser.inp", "exclusive_time": 40,
            "measurements": {"inp": {"value": 40, "unit": "millisecond"}, "mine": {"value": 1}},
            "is_segment": true, "segment_id": "981a909e94444ea4",
        });
        span[key] = value;
        StandaloneSpan::parse_legacy(span.to_string().as_bytes())
    }

    #[test]
    fn what_it_said_becomes_attributes() {
        let span = with("x", json!(1)).unwrap();
        assert_eq!(
            (span.name.as_str(), span.status.as_str(), span.is_segment),
            ("body > button", "ok", true)
        );
        for (name, expected) in [
            ("sentry.op", json!("ui.interaction.click")),
            ("sentry.origin", json!("auto.http.browser.inp")),
            ("sentry.segment.id", json!("981a909e94444ea4")),
            ("sentry.status", json!("cancelled")),
            ("sentry.exclusive_time", json!(40)),
            ("browser.web_vital.inp.value", json!(40.0)),
            ("mine", json!(1.0)),
            ("a", json!("b")),
            ("release", json!("shop@1")),
        ] {
            assert_eq!(span.attributes.get(name), Some(&expected), "{name}");
        }
        assert_eq!(with("status", json!("internal_error")).unwrap().status, "error");
        assert_eq!(with("description", json!(null)).unwrap().name, "ui.interaction.click");
    }

    #[test]
    fn what_is_no_span() {
        for (key, value) in [
            ("trace_id", json!("x")),
            ("span_id", json!(null)),
            ("start_timestamp", json!(null)),
            ("timestamp", json!(null)),
            ("timestamp", json!(1.0)),
        ] {
            assert_eq!(with(key, value).unwrap_err().reason, "invalid_span", "{key}");
        }
        assert_eq!(StandaloneSpan::parse_legacy(b"[]").unwrap_err().reason, "invalid_json");
        assert!(!with("parent_span_id", json!("x")).unwrap().meta.is_empty());
    }
}
