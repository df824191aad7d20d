//! Logs (`ingest.md` §11).

use model::Timestamp;
use serde_json::{Value, json};

use super::{
    attributes::Attributes,
    container::{self, Read},
    field,
};
use crate::event::{Meta, Object, SpanId, TraceId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LogLevel {
    Trace,
    Debug,
    #[default]
    Info,
    Warn,
    Error,
    Fatal,
}

impl LogLevel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// What is unknown is an `info`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "warn" | "warning" => Self::Warn,
            "error" => Self::Error,
            "fatal" | "critical" => Self::Fatal,
            _ => Self::Info,
        }
    }

    /// The number that OpenTelemetry has for it, the first of four.
    pub fn severity_number(self) -> u64 {
        match self {
            Self::Trace => 1,
            Self::Debug => 5,
            Self::Info => 9,
            Self::Warn => 13,
            Self::Error => 17,
            Self::Fatal => 21,
        }
    }

    /// By OpenTelemetry's number; 0 says nothing.
    pub fn from_severity_number(number: u64) -> Option<Self> {
        Some(match number {
            1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    pub timestamp: Timestamp,
    /// `None` only of logs that came by another way than an envelope.
    pub trace_id: Option<TraceId>,
    pub span_id: Option<SpanId>,
    pub level: LogLevel,
    pub body: String,
    pub attributes: Attributes,
    pub meta: Meta,
}

impl Read for Log {
    const INVALID: &'static str = "invalid_log";
    const MAX_BYTES: u64 = 2 << 20;

    fn read(mut map: Object, mut meta: Meta) -> Result<Self, String> {
        let missing = |field: &str| format!("`{field}` is missing or invalid");
        let timestamp = map
            .get("timestamp")
            .and_then(field::timestamp)
            .ok_or_else(|| missing("timestamp"))?;
        let trace_id = Some(field::parsed(&mut map, "trace_id").ok_or_else(|| missing("trace_id"))?);
        let level = field::text(&mut map, "level").ok_or_else(|| missing("level"))?;
        let body = field::text(&mut map, "body").ok_or_else(|| missing("body"))?;
        let mut attributes = Attributes::read(field::take(&mut map, "attributes"), &mut meta);
        // Before it was an attribute it stood beside them.
        if let Some(number) = map.get("severity_number").and_then(field::unsigned) {
            attributes.set_default("sentry.severity_number", number);
        }
        attributes.set_default("sentry.severity_text", level.as_str());
        let level = LogLevel::from_name(&level);
        attributes.set_default("sentry.severity_number", level.severity_number());
        Ok(Self {
            timestamp,
            trace_id,
            span_id: field::parsed(&mut map, "span_id"),
            level,
            body,
            attributes,
            meta,
        })
    }
}

impl Log {
    /// Adds what is known when the log came, of how many bytes.
    pub fn observed(&mut self, received_at: Timestamp, bytes: u64) {
        let nanoseconds = received_at.0.saturating_mul(1000).to_string();
        self.attributes
            .set_default("sentry.observed_timestamp_nanos", nanoseconds);
        self.attributes.set("sentry.payload_size_bytes", bytes.into());
    }

    pub fn to_json(&self) -> Value {
        let json = json!({
            "timestamp": field::seconds(self.timestamp),
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "level": self.level.name(),
            "body": self.body,
            "attributes": self.attributes,
        });
        container::with_meta(json, &self.meta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::items::container::Members;

    fn with(key: &str, value: Value) -> Members<Log> {
        let mut log = json!({
            "timestamp": 1_795_228_775.442_808_9, "level": "warn", "body": "slow",
            "trace_id": "58af69ca6d3242669ec819910e01a875", "severity_number": 13,
            "attributes": {"n": {"value": 3, "type": "integer"}, "bad": {"value": "x", "type": "integer"}},
        });
        log[key] = value;
        Members::parse(json!({"items": [log]}).to_string().as_bytes(), Some(1)).unwrap()
    }

    #[test]
    fn a_log_is_read_as_it_was_written() {
        let mut log = with("span_id", json!("438f40bd3b4a41ee")).valid.remove(0).item;
        log.observed(Timestamp(1_795_230_000_000_000), 200);
        assert_eq!(log.level, LogLevel::Warn);
        assert_eq!(log.attributes.get("sentry.severity_number"), Some(&json!(13)));
        assert_eq!(log.attributes.text("sentry.severity_text"), Some("warn"));
        assert_eq!(
            log.attributes.text("sentry.observed_timestamp_nanos"),
            Some("1795230000000000000")
        );
        let json = log.to_json();
        assert_eq!(json["timestamp"], json!(1_795_228_775.442_809));
        assert_eq!(json["_meta"]["attributes"]["bad"][""]["err"][0][0], "invalid_data");
        let Value::Object(map) = json else { panic!() };
        let again = Log::read(map, log.meta.clone()).unwrap();
        assert_eq!(log.attributes.as_object_mut().shift_remove("bad"), Some(Value::Null));
        assert_eq!(again, log);
    }

    #[test]
    fn what_a_log_is_nothing_without() {
        for (key, value) in [
            ("timestamp", json!(null)),
            ("timestamp", json!("soon")),
            ("trace_id", json!(null)),
            ("trace_id", json!("0123")),
            ("level", json!(null)),
            ("body", json!(null)),
            ("body", json!(7)),
            ("body", json!("x".repeat(2 << 20))),
        ] {
            let members = with(key, value);
            assert_eq!(
                (members.valid.len(), members.invalid[0].error.reason),
                (0, "invalid_log"),
                "{key}"
            );
        }
        for (key, value) in [
            ("attributes", json!(null)),
            ("attributes", json!(7)),
            ("span_id", json!("x")),
        ] {
            assert_eq!(with(key, value).valid.len(), 1, "{key}");
        }
    }

    #[test]
    fn levels_and_their_numbers() {
        for level in [
            LogLevel::Trace,
            LogLevel::Debug,
            LogLevel::Info,
            LogLevel::Warn,
            LogLevel::Error,
            LogLevel::Fatal,
        ] {
            assert_eq!(LogLevel::from_name(level.name()), level);
            for number in 0..4 {
                assert_eq!(
                    LogLevel::from_severity_number(level.severity_number() + number),
                    Some(level)
                );
            }
        }
        assert_eq!(with("level", json!("verbose")).valid[0].item.level, LogLevel::Info);
        assert_eq!(LogLevel::from_severity_number(0), None);
        assert_eq!(LogLevel::from_severity_number(25), None);
    }
}
