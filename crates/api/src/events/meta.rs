//! `_meta`: remarks on fields that were cut or changed, in the shape of the answer instead of the event's.

use std::collections::BTreeMap;

use protocol::event::{Event, Object};
use serde::Serialize;
use serde_json::{Value, json};

use super::{entries::Entry, tags::TagView};

#[derive(Debug, Serialize)]
pub(crate) struct MetaView<'a> {
    /// By the entry's place in `entries`.
    entries: BTreeMap<String, Value>,
    message: Option<&'a Value>,
    user: Option<&'a Value>,
    contexts: Option<&'a Value>,
    sdk: Option<&'a Value>,
    context: Option<&'a Value>,
    packages: Option<&'a Value>,
    /// By the tag's place in `tags`.
    tags: BTreeMap<String, Value>,
}

impl<'a> MetaView<'a> {
    pub(super) fn of(event: &'a Event, entries: &[Entry<'_>], tags: &[TagView]) -> Self {
        let meta = event.meta.as_object();
        let logentry = meta.get("logentry");
        Self {
            entries: entries
                .iter()
                .enumerate()
                .filter_map(|(index, entry)| {
                    Some((index.to_string(), json!({ "data": renamed(meta.get(entry.source())?) })))
                })
                .collect(),
            message: logentry.and_then(|logentry| logentry.get("formatted").or_else(|| logentry.get("message"))),
            user: meta.get("user"),
            contexts: meta.get("contexts"),
            sdk: meta.get("sdk"),
            context: meta.get("extra"),
            packages: meta.get("modules"),
            tags: meta
                .get("tags")
                .and_then(Value::as_object)
                .map_or_else(BTreeMap::new, |remarks| of_tags(event, remarks, tags)),
        }
    }
}

/// Remarks on tags name the tag by its key, or by its place in the list that the SDK sent.
fn of_tags(event: &Event, remarks: &Object, tags: &[TagView]) -> BTreeMap<String, Value> {
    let of_tag = |(key, remark): (&String, &Value)| {
        let sent = key.parse::<usize>().ok().and_then(|index| event.tags.get(index));
        let (key, remark) = match sent {
            Some((key, _)) => (key, remark.get("1")?),
            None => (key, remark),
        };
        let place = tags.iter().position(|tag| tag.key == *key)?;
        Some((place.to_string(), json!({ "value": remark })))
    };
    remarks.iter().filter_map(of_tag).collect()
}

/// Fields that have another name in the answer.
const RENAMED: [(&str, &str); 14] = [
    ("abs_path", "absPath"),
    ("api_target", "apiTarget"),
    ("colno", "colNo"),
    ("held_locks", "heldLocks"),
    ("in_app", "inApp"),
    ("inferred_content_type", "inferredContentType"),
    ("instruction_addr", "instructionAddr"),
    ("lineno", "lineNo"),
    ("query_string", "query"),
    ("raw_function", "rawFunction"),
    ("raw_stacktrace", "rawStacktrace"),
    ("source_link", "sourceLink"),
    ("symbol_addr", "symbolAddr"),
    ("thread_id", "threadId"),
];

/// Below these, keys are the user's.
const OF_THE_USER: [&str; 7] = ["", "cookies", "data", "env", "headers", "query_string", "vars"];

fn renamed(meta: &Value) -> Value {
    let Value::Object(object) = meta else {
        return meta.clone();
    };
    let rename = |(key, value): (&String, &Value)| {
        let name = RENAMED
            .iter()
            .find(|(from, _)| from == key)
            .map_or(key.as_str(), |(_, to)| to);
        let value = if OF_THE_USER.contains(&key.as_str()) {
            value.clone()
        } else {
            renamed(value)
        };
        (name.to_owned(), value)
    };
    Value::Object(object.iter().map(rename).collect())
}
