//! Remarks on what was changed, cut or left out of an event: `_meta`, a tree beside the event with the same keys, in
//! which the key `""` holds what is to be said of the value at that place.
//!
//! ```text
//! {"extra": {"y": {"": {"rem": [["@creditcard:filter", "s", 4, 14]], "len": 24}}}}
//! ```

mod remark;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

pub use self::remark::{Remark, RemarkKind, Segment};
use super::{
    Object,
    decode::{Decoder, Field},
};

/// Places with remarks, their ways included; beyond it new ones are left out. A page shows far fewer, and a megabyte of
/// addresses must not become ten of remarks.
const MAX_NODES: usize = 2_000;
const MAX_REMARKS: usize = 100;
const MAX_ERRORS: usize = 20;
/// Bytes of JSON of an original value or of what is told with an error; larger ones are left out.
const MAX_VALUE: usize = 500;
const MAX_DEPTH: usize = 100;

/// The remarks of an event.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    tree: Object,
    nodes: usize,
}

impl PartialEq for Meta {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl Meta {
    /// `_meta` of an item that is no event; as lenient as that of one.
    pub fn from_value(value: Value) -> Self {
        Self::decode(value, &mut Decoder::default())
    }

    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    pub fn as_object(&self) -> &Object {
        &self.tree
    }

    /// The place to write at: `meta.at(["extra", "x"])`, further with [`At::key`] and [`At::index`].
    pub fn at<'s, S: Into<Segment<'s>>>(&mut self, path: impl IntoIterator<Item = S>) -> At<'_> {
        let root = At {
            node: Some(&mut self.tree),
            nodes: &mut self.nodes,
        };
        path.into_iter().fold(root, |at, segment| at.segment(segment.into()))
    }

    /// What was said of the value at a place: its `rem`, `err`, `len` and `val`.
    pub fn get<'s, S: Into<Segment<'s>>>(&self, path: impl IntoIterator<Item = S>) -> Option<&Object> {
        let mut node = &self.tree;
        for segment in path {
            node = match segment.into() {
                Segment::Key(key) => node.get(key)?.as_object()?,
                Segment::Index(index) => node.get(&index.to_string())?.as_object()?,
            };
        }
        node.get("")?.as_object()
    }

    /// The remarks on the value at a place.
    pub fn remarks<'s, S: Into<Segment<'s>>>(&self, path: impl IntoIterator<Item = S>) -> Vec<Remark<'_>> {
        let remarks = self.get(path).and_then(|entry| entry.get("rem")?.as_array());
        remarks.into_iter().flatten().filter_map(Remark::read).collect()
    }

    /// Every value that was kept because its field was invalid, with the way to it.
    pub fn original_values_mut(&mut self, mut visit: impl FnMut(&[String], &mut Value)) {
        fn descend(node: &mut Object, path: &mut Vec<String>, visit: &mut dyn FnMut(&[String], &mut Value)) {
            for (key, child) in node.iter_mut() {
                let Value::Object(child) = child else { continue };
                if key.is_empty() {
                    if let Some(value) = child.get_mut("val") {
                        visit(path, value);
                    }
                } else {
                    path.push(key.clone());
                    descend(child, path, visit);
                    path.pop();
                }
            }
        }
        descend(&mut self.tree, &mut Vec::new(), &mut visit);
    }

    /// The field is gone, and what was said of it.
    pub fn remove(&mut self, path: &[&str]) {
        self.take(path);
    }

    /// The field has another name now: `rename(&["logentry", "message"], &["logentry", "formatted"])`.
    pub fn rename(&mut self, from: &[&str], to: &[&str]) {
        let Some((last, way)) = to.split_last() else { return };
        if let Some(node) = self.take(from) {
            let added = count(&node);
            if let Some(parent) = self.at(way.iter().copied()).node
                && let Some(Value::Object(replaced)) = parent.insert((*last).to_owned(), Value::Object(node))
            {
                self.nodes = self.nodes.saturating_sub(count(&replaced));
            }
            self.nodes += added;
        }
    }

    /// Members of the list have other places now, or none: `renumber(["breadcrumbs", "values"], |old| old.checked_sub(5))`.
    pub fn renumber<'s, S: Into<Segment<'s>>>(
        &mut self,
        list: impl IntoIterator<Item = S>,
        new_index: impl Fn(usize) -> Option<usize>,
    ) {
        let node = list.into_iter().try_fold(&mut self.tree, |node, segment| {
            let child = match segment.into() {
                Segment::Key(key) => node.get_mut(key)?,
                Segment::Index(index) => node.get_mut(&index.to_string())?,
            };
            child.as_object_mut()
        });
        let Some(node) = node else { return };
        let mut removed = 0;
        *node = std::mem::take(node)
            .into_iter()
            .filter_map(|(key, child)| {
                let Ok(index) = key.parse::<usize>() else {
                    return Some((key, child));
                };
                if let Some(index) = new_index(index) {
                    return Some((index.to_string(), child));
                }
                removed += child.as_object().map_or(0, count);
                None
            })
            .collect();
        self.nodes = self.nodes.saturating_sub(removed);
    }

    /// Removes places of which nothing is said: ways to members that moved, and to those for which there was no room.
    pub fn prune(&mut self) {
        fn prune(node: &mut Object) -> usize {
            let mut nodes = 0;
            node.retain(|key, child| match child {
                Value::Object(child) if !key.is_empty() => {
                    let below = prune(child);
                    nodes += if child.is_empty() { 0 } else { below + 1 };
                    !child.is_empty()
                }
                _ => true,
            });
            nodes
        }
        self.nodes = prune(&mut self.tree);
    }

    fn node(&mut self, path: &[&str]) -> Option<&mut Object> {
        path.iter()
            .try_fold(&mut self.tree, |node, key| node.get_mut(*key)?.as_object_mut())
    }

    fn take(&mut self, path: &[&str]) -> Option<Object> {
        let (last, way) = path.split_last()?;
        let Some(Value::Object(node)) = self.node(way)?.shift_remove(*last) else {
            return None;
        };
        self.nodes = self.nodes.saturating_sub(count(&node));
        Some(node)
    }
}

/// Nodes of a subtree, itself included, without the `""`.
fn count(node: &Object) -> usize {
    let children = node.iter().filter(|(key, _)| !key.is_empty());
    1 + children
        .filter_map(|(_, child)| Some(count(child.as_object()?)))
        .sum::<usize>()
}

/// A place in the tree; what is said there is left out when the tree is full.
#[derive(Debug)]
pub struct At<'a> {
    node: Option<&'a mut Object>,
    nodes: &'a mut usize,
}

impl At<'_> {
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.segment(Segment::Key(key))
    }

    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.segment(Segment::Index(index))
    }

    #[must_use]
    pub fn segment(self, segment: Segment<'_>) -> Self {
        let Self { node, nodes } = self;
        let node = node.and_then(|node| match segment {
            Segment::Key(key) => child(node, key, nodes),
            Segment::Index(index) => child(node, &index.to_string(), nodes),
        });
        Self { node, nodes }
    }

    /// What a rule did.
    pub fn remark(&mut self, remark: Remark<'_>) -> &mut Self {
        self.push("rem", MAX_REMARKS, || remark.into())
    }

    /// The text ends here now: what was said of parts behind the end is gone.
    pub fn cut(&mut self, end: usize) -> &mut Self {
        let entry = self
            .node
            .as_deref_mut()
            .and_then(|node| node.get_mut("")?.as_object_mut());
        if let Some(Value::Array(remarks)) = entry.and_then(|entry| entry.get_mut("rem")) {
            remarks.retain(|remark| {
                let range = Remark::read(remark).and_then(|remark| remark.range);
                range.is_none_or(|(_, stop)| stop <= end)
            });
        }
        self
    }

    /// Puts these in the place of all remarks on parts of the text; those on the whole value stay.
    pub fn replace_remarks<'r>(&mut self, remarks: impl IntoIterator<Item = Remark<'r>>) -> &mut Self {
        if let Some(entry) = self.entry()
            && let Value::Array(list) = entry.entry("rem").or_insert_with(|| Value::Array(Vec::new()))
        {
            list.retain(|remark| Remark::read(remark).is_some_and(|remark| remark.range.is_none()));
            let left = MAX_REMARKS.saturating_sub(list.len());
            list.extend(remarks.into_iter().take(left).map(Value::from));
        }
        self
    }

    /// Why the value is not as it was sent, for example [`super::FieldError::INVALID_DATA`].
    pub fn error(&mut self, kind: &str) -> &mut Self {
        self.push("err", MAX_ERRORS, || kind.into())
    }

    /// The same with more: `error_with("invalid_data", json!({"reason": "expected a string"}))`.
    pub fn error_with(&mut self, kind: &str, data: Value) -> &mut Self {
        self.push("err", MAX_ERRORS, || json!([kind, data]))
    }

    /// The length before the first change, in characters of a text or members of a list; a later one does not count.
    pub fn original_length(&mut self, length: usize) -> &mut Self {
        if let Some(entry) = self.entry() {
            entry.entry("len").or_insert_with(|| length.into());
        }
        self
    }

    /// What an invalid field held, if it is small.
    pub fn original_value(&mut self, value: &Value) -> &mut Self {
        if fits(value)
            && let Some(entry) = self.entry()
        {
            entry.entry("val").or_insert_with(|| value.clone());
        }
        self
    }

    fn push(&mut self, list: &str, limit: usize, item: impl FnOnce() -> Value) -> &mut Self {
        if let Some(entry) = self.entry()
            && let Value::Array(list) = entry.entry(list).or_insert_with(|| Value::Array(Vec::new()))
            && list.len() < limit
        {
            list.push(item());
        }
        self
    }

    fn entry(&mut self) -> Option<&mut Object> {
        let node = self.node.as_deref_mut()?;
        node.entry("").or_insert_with(|| Object::new().into()).as_object_mut()
    }
}

fn child<'a>(node: &'a mut Object, key: &str, nodes: &mut usize) -> Option<&'a mut Object> {
    // The empty key is taken by the remarks themselves; a field of that name has none.
    if key.is_empty() {
        return None;
    }
    if !node.contains_key(key) {
        if *nodes >= MAX_NODES {
            return None;
        }
        *nodes += 1;
        node.insert(key.to_owned(), Object::new().into());
    }
    node.get_mut(key)?.as_object_mut()
}

/// Whether a value is small enough to be told.
pub(super) fn fits(value: &Value) -> bool {
    fn size(value: &Value, left: usize) -> Option<usize> {
        let own = match value {
            Value::String(text) => text.len() + 2,
            Value::Number(_) => 8,
            _ => 4,
        };
        let left = left.checked_sub(own)?;
        match value {
            Value::Array(values) => values.iter().try_fold(left, |left, value| size(value, left)),
            Value::Object(map) => map
                .iter()
                .try_fold(left, |left, (key, value)| size(value, left.checked_sub(key.len() + 3)?)),
            _ => Some(left),
        }
    }
    size(value, MAX_VALUE).is_some()
}

/// What SDKs sent is kept where it has the form that it must have, and the rest is left out without a word.
impl Field for Meta {
    fn decode(value: Value, _cx: &mut Decoder) -> Self {
        let mut meta = Self::default();
        if let Value::Object(map) = value {
            meta.tree = valid_node(map, MAX_DEPTH, &mut meta.nodes);
        }
        meta
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tree.serialize(serializer)
    }
}

fn valid_node(map: Object, depth: usize, nodes: &mut usize) -> Object {
    let mut node = Object::new();
    for (key, child) in map {
        let Value::Object(child) = child else { continue };
        let child = if key.is_empty() {
            valid_entry(child)
        } else if depth == 0 || *nodes >= MAX_NODES {
            continue;
        } else {
            *nodes += 1;
            let child = valid_node(child, depth - 1, nodes);
            *nodes -= usize::from(child.is_empty());
            child
        };
        if !child.is_empty() {
            node.insert(key, Value::Object(child));
        }
    }
    node
}

fn valid_entry(map: Object) -> Object {
    let mut entry = Object::new();
    for (key, value) in map {
        let value = match (key.as_str(), value) {
            ("rem", Value::Array(remarks)) => valid_list(remarks, MAX_REMARKS, |remark| Remark::read(remark).is_some()),
            ("err", Value::Array(errors)) => valid_list(errors, MAX_ERRORS, is_error),
            ("len", value) if value.is_u64() => Some(value),
            ("val", value) if !value.is_null() && fits(&value) => Some(value),
            _ => None,
        };
        if let Some(value) = value {
            entry.insert(key, value);
        }
    }
    entry
}

fn valid_list(mut list: Vec<Value>, limit: usize, is_valid: fn(&Value) -> bool) -> Option<Value> {
    list.retain(is_valid);
    list.truncate(limit);
    (!list.is_empty()).then_some(Value::Array(list))
}

/// `"kind"`, or `["kind", {…}]`.
fn is_error(error: &Value) -> bool {
    match error {
        Value::String(_) => true,
        Value::Array(parts) => matches!(parts.as_slice(), [Value::String(_), data @ Value::Object(_)] if fits(data)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
