use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, Field},
    json_tree::{Members, Tree, object},
};

/// A list that SDKs wrap as `{"values": […]}`, send bare, or as the one member that there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Values<T> {
    pub values: Vec<T>,
    /// What stands beside `values`.
    pub other: Object,
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            other: Object::new(),
        }
    }
}

impl<T> Deref for Values<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.values
    }
}

impl<T> DerefMut for Values<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.values
    }
}

impl<T> From<Vec<T>> for Values<T> {
    fn from(values: Vec<T>) -> Self {
        Self {
            values,
            other: Object::new(),
        }
    }
}

impl<'a, T> IntoIterator for &'a Values<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

impl<T: Decode + Serialize> Field for Values<T> {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        match value {
            Value::Object(mut map) => match map.shift_remove("values") {
                Some(values @ Value::Object(_)) => {
                    let values = cx.with("values", Value::Array(vec![values]), Vec::decode);
                    Self { values, other: map }
                }
                Some(values) => Self {
                    values: cx.with("values", values, Vec::decode),
                    other: map,
                },
                None if map.is_empty() => Self::default(),
                None => cx
                    .with("values", Value::Array(vec![Value::Object(map)]), Vec::decode)
                    .into(),
            },
            value @ Value::Array(_) => cx.with("values", value, Vec::decode).into(),
            value => Vec::decode(value, cx).into(),
        }
    }

    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Self {
        let at_of = |members: &Members<'_>| {
            let mut members = members.iter();
            members.position(|(key, values)| key == "values" && matches!(values, Tree::List(_)))
        };
        match tree {
            Tree::Object(mut members) if let Some(at) = at_of(&members) => {
                let (_, values) = members.remove(at);
                Self {
                    values: cx.with("values", values, Vec::read),
                    other: object(members),
                }
            }
            Tree::List(_) => cx.with("values", tree, Vec::read).into(),
            tree => Self::decode(tree.into(), cx),
        }
    }

    fn is_absent(&self) -> bool {
        self.values.is_empty() && self.other.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

impl<T: Serialize> Serialize for Values<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("values", &self.values)?;
        for (key, value) in &self.other {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
