//! Fields of a form that together are an event (`ingest.md` §1.1): `sentry` holds all of it as JSON, `sentry__1`,
//! `sentry__2` … hold pieces of that JSON, `sentry[user][id]` one value. What else there is belongs into `extra`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::{Object, json};

/// Keys behind each other in one name.
const MAX_DEPTH: usize = 20;
const MAX_FIELDS: usize = 1000;
/// As an event may be long (`ingest.md` §1.5).
const MAX_BYTES: usize = 1 << 20;

/// Collects the fields of a form.
#[derive(Debug, Clone, Default)]
pub struct EventFields {
    /// Single values.
    event: Object,
    /// Events as JSON, and one in pieces.
    wholes: Vec<String>,
    pieces: BTreeMap<u32, String>,
    extra: Object,
    count: usize,
    bytes: usize,
}

impl EventFields {
    /// `false`: there were too many, and this one is left out.
    pub fn push(&mut self, name: &str, value: &str) -> bool {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(name.len() + value.len());
        if self.count > MAX_FIELDS || self.bytes > MAX_BYTES {
            return false;
        }
        if name == "sentry" {
            self.wholes.push(value.to_owned());
        } else if let Some(number) = name.strip_prefix("sentry__").and_then(|digits| digits.parse().ok()) {
            self.pieces.insert(number, value.to_owned());
        } else if let Some(keys) = keys(name) {
            set(&mut self.event, &keys, value);
        } else {
            self.extra.insert(name.to_owned(), value.into());
        }
        true
    }

    pub fn is_empty(&self) -> bool {
        self.event.is_empty() && self.wholes.is_empty() && self.pieces.is_empty() && self.extra.is_empty()
    }

    /// The event that they are. What is said whole counts more for the id, single values for all else.
    pub fn event(&self) -> Object {
        let mut event = self.event.clone();
        let pieces: String = self.pieces.values().map(String::as_str).collect();
        let wholes = self.wholes.iter().map(String::as_str).chain([pieces.as_str()]);
        for whole in wholes.filter_map(|whole| json::parse(whole.as_bytes()).ok()) {
            if let Some(id) = whole.get("event_id").filter(|id| !id.is_null()) {
                event.insert("event_id".to_owned(), id.clone());
            }
            merge_below(&mut event, whole);
        }
        if !self.extra.is_empty() {
            let extra = Object::from_iter([("extra".to_owned(), Value::Object(self.extra.clone()))]);
            merge_below(&mut event, Value::Object(extra));
        }
        event
    }
}

/// The keys of `sentry[a][b]`.
fn keys(name: &str) -> Option<Vec<&str>> {
    let inner = name.strip_prefix("sentry[")?.strip_suffix(']')?;
    let keys: Vec<&str> = inner.split("][").collect();
    let valid = keys.len() <= MAX_DEPTH && keys.iter().all(|key| !key.is_empty() && !key.contains(['[', ']']));
    valid.then_some(keys)
}

fn set(map: &mut Object, keys: &[&str], value: &str) {
    match keys {
        [] => {}
        [key] => {
            map.insert((*key).to_owned(), value.into());
        }
        [key, rest @ ..] => {
            let child = map.entry(*key).or_insert_with(|| Value::Object(Object::new()));
            if !child.is_object() {
                *child = Value::Object(Object::new());
            }
            if let Value::Object(child) = child {
                set(child, rest, value);
            }
        }
    }
}

/// Adds what is not there yet; objects within are merged the same way.
pub fn merge_below(map: &mut Object, more: Value) {
    let Value::Object(more) = more else { return };
    for (key, value) in more {
        match map.get_mut(&key) {
            None | Some(Value::Null) => {
                map.insert(key, value);
            }
            Some(Value::Object(child)) => merge_below(child, value),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, &str)], expected: Value) {
        let mut event = EventFields::default();
        for (name, value) in fields {
            assert!(event.push(name, value));
        }
        assert_eq!(Value::Object(event.event()), expected);
    }

    #[test]
    fn every_way_to_write_an_event() {
        check(
            &[("sentry", r#"{"release":"a@1","tags":{"a":"b"}}"#)],
            json!({"release": "a@1", "tags": {"a": "b"}}),
        );
        check(
            &[("sentry__2", r#"se":"a@1"}"#), ("sentry__1", r#"{"relea"#)],
            json!({"release": "a@1"}),
        );
        check(
            &[("sentry__10", "}"), ("sentry__9", "1"), ("sentry__1", r#"{"a":"#)],
            json!({"a": 1}),
        );
        check(
            &[
                ("sentry[release]", "a@1"),
                ("sentry[user][id]", "7"),
                ("sentry[user][name]", "x"),
            ],
            json!({"release": "a@1", "user": {"id": "7", "name": "x"}}),
        );
        check(
            &[("guid", "x"), ("ver", "1.2")],
            json!({"extra": {"guid": "x", "ver": "1.2"}}),
        );
    }

    #[test]
    fn single_values_win_over_the_whole() {
        check(
            &[
                ("sentry[tags][a]", "1"),
                ("sentry", r#"{"tags":{"a":"2","b":"2"},"extra":{"guid":"y"}}"#),
                ("guid", "x"),
                ("ver", "1"),
            ],
            json!({"tags": {"a": "1", "b": "2"}, "extra": {"guid": "y", "ver": "1"}}),
        );
        check(&[("sentry[a]", "1"), ("sentry[a][b]", "2")], json!({"a": {"b": "2"}}));
    }

    #[test]
    fn what_is_none_of_it_is_extra() {
        let deep = format!("sentry{}", "[a]".repeat(MAX_DEPTH + 1));
        for name in [
            "sentry[]",
            "sentry[a",
            "sentry[a][]",
            "sentry[a[b]]",
            "sentry__x",
            "sentries",
            &deep,
        ] {
            check(&[(name, "1")], json!({"extra": {name: "1"}}));
        }
        check(&[("sentry", "no JSON"), ("sentry__1", "{")], json!({}));
        check(&[("sentry", "[1]")], json!({}));
    }

    #[test]
    fn there_is_an_end_to_them() {
        let mut fields = EventFields::default();
        for number in 0..MAX_FIELDS {
            assert!(fields.push(&number.to_string(), "x"));
        }
        assert!(!fields.push("one more", "x"));
        assert!(!EventFields::default().push("a", &"x".repeat(MAX_BYTES)));
    }
}
