//! Metrics of applications, each value with the trace that it belongs to (`ingest.md` §11).

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    attributes::Attributes,
    container::{self, Read},
    field,
};
use crate::event::{Meta, Object, SpanId, TraceId};

const MAX_NAME_CHARS: usize = 200;

/// The units that are more than a name (`ingest.md` §7.4); any other is `none`.
const UNITS: &[&str] = &[
    "nanosecond",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "bit",
    "byte",
    "kilobyte",
    "kibibyte",
    "megabyte",
    "mebibyte",
    "gigabyte",
    "gibibyte",
    "terabyte",
    "tebibyte",
    "petabyte",
    "pebibyte",
    "exabyte",
    "exbibyte",
    "ratio",
    "percent",
    "none",
];

#[derive(Debug, Clone, PartialEq)]
pub struct TraceMetric {
    pub timestamp: Timestamp,
    pub trace_id: TraceId,
    pub span_id: Option<SpanId>,
    pub name: String,
    /// `counter`, `gauge`, `distribution`, or one that is not known yet.
    pub kind: String,
    pub value: f64,
    pub unit: Option<String>,
    pub attributes: Attributes,
    pub meta: Meta,
}

impl Read for TraceMetric {
    const INVALID: &'static str = "invalid_trace_metric";
    const MAX_BYTES: u64 = 1 << 20;

    fn read(mut map: Object, mut meta: Meta) -> Result<Self, String> {
        let missing = |field: &str| format!("`{field}` is missing or invalid");
        let timestamp = map
            .get("timestamp")
            .and_then(field::timestamp)
            .ok_or_else(|| missing("timestamp"))?;
        let trace_id = field::parsed(&mut map, "trace_id").ok_or_else(|| missing("trace_id"))?;
        let name =
            field::text(&mut map, "name").filter(|name| !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS);
        let kind = field::text(&mut map, "type").filter(|kind| !kind.is_empty() && kind.len() <= 32);
        let unit = field::text(&mut map, "unit").map(|unit| match UNITS.contains(&unit.as_str()) {
            true => unit,
            false => {
                meta.at(["unit"]).error("invalid_data").original_value(&unit.into());
                "none".to_owned()
            }
        });
        Ok(Self {
            timestamp,
            trace_id,
            span_id: field::parsed(&mut map, "span_id"),
            name: name.ok_or_else(|| missing("name"))?,
            kind: kind.ok_or_else(|| missing("type"))?,
            value: map
                .get("value")
                .and_then(Value::as_f64)
                .ok_or_else(|| missing("value"))?,
            unit,
            attributes: Attributes::read(field::take(&mut map, "attributes"), &mut meta),
            meta,
        })
    }
}

impl TraceMetric {
    pub fn to_json(&self) -> Value {
        let json = json!({
            "timestamp": field::seconds(self.timestamp),
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "name": self.name,
            "type": self.kind,
            "value": self.value,
            "unit": self.unit,
            "attributes": self.attributes,
        });
        container::with_meta(json, &self.meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::container::Members;

    fn with(key: &str, value: Value) -> Members<TraceMetric> {
        let mut metric = json!({
            "timestamp": 1_795_228_930.783, "trace_id": "6b7a76cd2ca443169863e08d0a3340f0", "span_id": "baa5d45fbd0dcb28",
            "name": "clicks", "type": "counter", "value": 2, "attributes": {"page": {"value": "/shop", "type": "string"}},
        });
        metric[key] = value;
        Members::parse(json!({"items": [metric]}).to_string().as_bytes(), Some(1)).unwrap()
    }

    #[test]
    fn a_metric_is_read_as_it_was_written() {
        let metric = with("unit", json!("second")).valid.remove(0).item;
        let Value::Object(map) = metric.to_json() else { panic!() };
        assert_eq!(TraceMetric::read(map, Meta::default()), Ok(metric));
        let custom = with("unit", json!("bananas")).valid.remove(0).item;
        assert_eq!(custom.unit.as_deref(), Some("none"));
        assert_eq!(custom.to_json()["_meta"]["unit"][""]["val"], "bananas");
        assert_eq!(with("type", json!("summary")).valid[0].item.kind, "summary");
    }

    #[test]
    fn what_a_metric_is_nothing_without() {
        for (key, value) in [
            ("timestamp", json!(null)),
            ("trace_id", json!("x")),
            ("name", json!("")),
            ("name", json!("x".repeat(201))),
            ("type", json!(null)),
            ("value", json!("2")),
            ("value", json!(null)),
        ] {
            let members = with(key, value);
            assert_eq!(
                (members.valid.len(), members.invalid[0].error.reason),
                (0, "invalid_trace_metric"),
                "{key}"
            );
        }
    }
}
