//! Items that are no events: logs, metrics, spans, reports, replays.

use protocol::event::{
    Event, Meta,
    walk::{Fate, Found, Kind, Pii, Place, Visitor, walk_attributes, walk_json},
};
use serde_json::Value;

use crate::Scrubber;

/// What a JSON object is that is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    Log,
    TraceMetric,
    /// A span of the second form: what describes it is in its attributes.
    Span,
    /// What a user wrote on an event.
    UserReport,
}

impl JsonKind {
    fn kind(self) -> Kind {
        match self {
            Self::Log => Kind::LOG,
            Self::TraceMetric => Kind::TRACE_METRIC,
            Self::Span => Kind::SPAN,
            Self::UserReport => Kind::NONE,
        }
    }

    fn level(self, key: &str) -> Pii {
        match (self, key) {
            (Self::Log, "body") | (Self::UserReport, "comments") | (_, "attributes") => Pii::True,
            (Self::Span, "name" | "links") | (Self::UserReport, "name" | "email") => Pii::Maybe,
            (Self::Log, "timestamp" | "trace_id" | "span_id" | "level" | "severity_number")
            | (Self::TraceMetric, "timestamp" | "trace_id" | "span_id" | "name" | "type" | "value" | "unit")
            | (
                Self::Span,
                "trace_id" | "span_id" | "parent_span_id" | "status" | "is_segment" | "is_remote" | "kind"
                | "start_timestamp" | "end_timestamp",
            )
            | (Self::UserReport, "event_id") => Pii::False,
            _ => Pii::True,
        }
    }
}

impl Scrubber {
    /// A JSON object of this kind. Its remarks are in its `_meta`.
    pub fn json(&self, kind: JsonKind, value: &mut Value) {
        let Value::Object(map) = value else { return };
        if self.is_empty() {
            return;
        }
        let mut meta = map.shift_remove("_meta").map(Meta::from_value).unwrap_or_default();
        let root = Place::root(kind.kind(), Pii::True);
        let mut visitor = self.visitor(&mut meta);
        for (key, value) in map.iter_mut() {
            let place = root.child(key, Kind::of(value)).with_pii(kind.level(key));
            match value {
                Value::Object(attributes) if key == "attributes" => {
                    if walk_attributes(attributes, &place, &mut visitor) == Fate::Remove {
                        *value = Value::Null;
                    }
                }
                value => walk_json(value, &place, &mut visitor),
            }
        }
        drop(visitor);
        self.original_values(&mut meta, kind.kind());
        if !meta.is_empty() {
            map.insert("_meta".to_owned(), Value::Object(meta.as_object().clone()));
        }
    }

    /// What is known of a replay beside its recording: what it shares with events, and the pages that were visited.
    pub fn replay_event(&self, event: &mut Event, urls: &mut [String]) {
        self.event(event);
        let root = Place::root(Kind::REPLAY, Pii::True);
        let list = root.child("urls", Kind::ARRAY);
        let mut visitor = self.visitor(&mut event.meta);
        for (index, url) in urls.iter_mut().enumerate() {
            if visitor.visit(&list.child(index, Kind::STRING), Found::Text(url)) == Fate::Remove {
                url.clear();
            }
        }
    }

    /// An event of a recording. Only its texts are looked at, each for itself: what they belong to is told by numbers
    /// in other events, and names of attributes say nothing about what a page shows.
    pub fn replay_recording(&self, event: &mut Value) {
        if self.is_empty() {
            return;
        }
        let root = Place::root(Kind::REPLAY, Pii::True);
        let place = root.child(0, Kind::STRING);
        each_text(event, &mut |text| {
            // Nobody has a place for remarks on single frames of a film, and those on one text say nothing of the next.
            let mut meta = Meta::default();
            if self.visitor(&mut meta).visit(&place, Found::Text(text)) == Fate::Remove {
                text.clear();
            }
        });
    }
}

fn each_text(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, change)),
        Value::Object(map) => map.values_mut().for_each(|value| each_text(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
