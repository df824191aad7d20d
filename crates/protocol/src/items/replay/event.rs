use model::Timestamp;
use serde_json::Value;

use crate::{
    event::{Event, Object, json},
    items::{Invalid, field, id::ReplayId},
};

pub(super) const INVALID: &str = "invalid_replay";

/// The longest list of URLs, of errors and of traces; what is behind it is left out.
const MAX_LIST: usize = 100;
const MAX_SEGMENT: u64 = 65_535;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplayType {
    #[default]
    Session,
    /// Kept in memory until there was an error.
    Buffer,
}

impl ReplayType {
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Buffer => "buffer",
        }
    }
}

/// An item `replay_event`: what is known of a segment beside its recording.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayEvent {
    pub replay_id: ReplayId,
    pub segment_id: u32,
    pub replay_type: ReplayType,
    /// Only the first segment knows it.
    pub started: Option<Timestamp>,
    pub urls: Vec<String>,
    pub error_ids: Vec<String>,
    pub trace_ids: Vec<String>,
    /// What it shares with other events: user, request, SDK, tags, contexts.
    pub event: Event,
}

impl ReplayEvent {
    pub fn parse(payload: &[u8]) -> Result<Self, Invalid> {
        let value = json::parse(payload).map_err(|error| Invalid::new(INVALID, error.to_string()))?;
        let Value::Object(mut map) = value else {
            return Err(Invalid::new(INVALID, "expected an object"));
        };
        let invalid = |field: &str| Invalid::new(INVALID, format!("`{field}` is missing or invalid"));
        let replay_id = match field::text(&mut map, "replay_id") {
            Some(id) => id.parse().ok(),
            None => map
                .get("event_id")
                .and_then(Value::as_str)
                .and_then(|id| id.parse().ok()),
        };
        let segment_id = field::take(&mut map, "segment_id").as_ref().and_then(field::unsigned);
        let segment_id = segment_id
            .filter(|segment| *segment <= MAX_SEGMENT)
            .and_then(|segment| u32::try_from(segment).ok());
        let replay_type = match field::text(&mut map, "replay_type").as_deref() {
            Some("buffer") => ReplayType::Buffer,
            _ => ReplayType::Session,
        };
        let started = field::take(&mut map, "replay_start_timestamp")
            .as_ref()
            .and_then(field::timestamp);
        let replay_id: ReplayId = replay_id.ok_or_else(|| invalid("replay_id"))?;
        let segment_id = segment_id.ok_or_else(|| invalid("segment_id"))?;
        let urls = texts(&mut map, "urls").ok_or_else(|| invalid("urls"))?;
        let error_ids = ids(&mut map, "error_ids").ok_or_else(|| invalid("error_ids"))?;
        let trace_ids = ids(&mut map, "trace_ids").ok_or_else(|| invalid("trace_ids"))?;
        map.insert("event_id".to_owned(), replay_id.into());
        let event = Event::from_json(Value::Object(map)).map_err(|error| Invalid::new(INVALID, error.to_string()))?;
        Ok(Self {
            replay_id,
            segment_id,
            replay_type,
            started,
            urls,
            error_ids,
            trace_ids,
            event,
        })
    }

    pub fn to_json(&self) -> Value {
        let mut value: Value = serde_json::from_str(&self.event.to_json()).expect("an event is written as JSON");
        let fields = [
            ("type", "replay_event".into()),
            ("replay_id", self.replay_id.into()),
            ("segment_id", self.segment_id.into()),
            ("replay_type", self.replay_type.name().into()),
            (
                "replay_start_timestamp",
                self.started.map_or(Value::Null, field::seconds),
            ),
            ("urls", self.urls.as_slice().into()),
            ("error_ids", self.error_ids.as_slice().into()),
            ("trace_ids", self.trace_ids.as_slice().into()),
        ];
        for (key, field) in fields {
            value[key] = field;
        }
        value
    }
}

/// A list of texts, cut to its limit; what is no text is left out.
fn texts(map: &mut Object, key: &str) -> Option<Vec<String>> {
    match field::take(map, key) {
        None => Some(Vec::new()),
        Some(Value::Array(list)) => Some(
            list.into_iter()
                .filter_map(|value| match value {
                    Value::String(text) => Some(text.replace('\0', "\u{fffd}")),
                    _ => None,
                })
                .take(MAX_LIST)
                .collect(),
        ),
        Some(_) => None,
    }
}

/// A list of ids of 32 hex digits. A replay that points to what cannot be is refused.
fn ids(map: &mut Object, key: &str) -> Option<Vec<String>> {
    let Some(value) = field::take(map, key) else {
        return Some(Vec::new());
    };
    let Value::Array(list) = value else {
        return None;
    };
    let id = |value: &Value| Some(value.as_str()?.parse::<model::EventId>().ok()?.to_string());
    list.iter()
        .filter(|value| !value.is_null())
        .take(MAX_LIST)
        .map(id)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(key: &str, value: Value) -> Result<ReplayEvent, Invalid> {
        let mut json = json!({
            "type": "replay_event", "replay_id": "cdf0ed15653d450a9f81a04d26b0213a", "segment_id": 0, "replay_type": "buffer",
            "replay_start_timestamp": 1_795_228_988.221_4, "timestamp": 1_795_228_988.649,
            "urls": ["http://127.0.0.1/shop"], "error_ids": ["c40e0126a65e4878a53d3bd991c2f688"], "trace_ids": [],
            "platform": "javascript", "user": {"id": "42"}, "tags": {"a": "b"}, "release": "shop@1",
        });
        json[key] = value;
        ReplayEvent::parse(json.to_string().as_bytes())
    }

    #[test]
    fn what_was_written_is_read_as_the_same() {
        let replay = with("dist", json!("7")).unwrap();
        assert_eq!((replay.segment_id, replay.replay_type), (0, ReplayType::Buffer));
        assert_eq!(replay.event.release.as_deref(), Some("shop@1"));
        assert_eq!(replay.started, Some(Timestamp(1_795_228_988_221_400)));
        let stored = replay.to_json();
        assert_eq!(stored["type"], "replay_event");
        assert_eq!(stored["event_id"], "cdf0ed15653d450a9f81a04d26b0213a");
        assert_eq!(ReplayEvent::parse(stored.to_string().as_bytes()), Ok(replay));
    }

    #[test]
    fn ids_and_segments_must_be_valid() {
        for (key, value) in [
            ("replay_id", json!("x")),
            ("replay_id", json!(null)),
            ("segment_id", json!(null)),
            ("segment_id", json!(-1)),
            ("segment_id", json!(65_536)),
            ("error_ids", json!(["x"])),
            ("error_ids", json!([1])),
            ("error_ids", json!("c40e0126a65e4878a53d3bd991c2f688")),
            ("trace_ids", json!(["0123"])),
            ("urls", json!("http://127.0.0.1/")),
        ] {
            assert_eq!(
                with(key, value.clone()).unwrap_err().reason,
                "invalid_replay",
                "{key} {value}"
            );
        }
        assert_eq!(ReplayEvent::parse(b"[]").unwrap_err().reason, "invalid_replay");
        assert_eq!(with("segment_id", json!(65_535)).unwrap().segment_id, 65_535);
        assert_eq!(
            with("replay_type", json!("x")).unwrap().replay_type,
            ReplayType::Session
        );
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(with("urls", json!(vec!["u"; 101])).unwrap().urls.len(), 100);
        let ids = vec!["c40e0126-a65e-4878-a53d-3bd991c2f688"; 101];
        let replay = with("error_ids", json!(ids)).unwrap();
        assert_eq!(replay.error_ids, vec!["c40e0126a65e4878a53d3bd991c2f688"; 100]);
    }
}
