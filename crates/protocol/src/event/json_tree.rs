//! Reading a value with room made at once: what stands side by side in an event, as frames and their lines, is mostly of
//! one size, and maps that grow are hashed anew each time.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value, de};

use super::Object;

/// How many members the last object and the last list had, by how deep they lay.
#[derive(Debug, Default)]
pub(super) struct JsonTree {
    objects: Vec<usize>,
    lists: Vec<usize>,
}

/// Room is made for so many members at most: the next one may be much smaller.
const MOST_ROOM: usize = 64;

impl JsonTree {
    pub(super) fn from_str(text: &str) -> Result<Value, serde_json::Error> {
        Self::read(serde_json::Deserializer::from_str(text))
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Result<Value, serde_json::Error> {
        Self::read(serde_json::Deserializer::from_slice(bytes))
    }

    fn read<'de, R: de::Read<'de>>(mut input: serde_json::Deserializer<R>) -> Result<Value, serde_json::Error> {
        let mut tree = Self::default();
        let value = Node {
            tree: &mut tree,
            depth: 0,
        }
        .deserialize(&mut input)?;
        input.end()?;
        Ok(value)
    }
}

/// The size of the last one of this depth.
fn last(sizes: &mut Vec<usize>, depth: usize) -> &mut usize {
    if sizes.len() <= depth {
        sizes.resize(depth + 1, 0);
    }
    &mut sizes[depth]
}

/// A value to be read, so deep in the tree.
struct Node<'t> {
    tree: &'t mut JsonTree,
    depth: usize,
}

impl Node<'_> {
    fn below(&mut self) -> Node<'_> {
        Node {
            tree: self.tree,
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let room = *last(&mut self.tree.lists, self.depth);
        let Some(first) = list.next_element_seed(self.below())? else {
            return Ok(Value::Array(Vec::new()));
        };
        let mut values = Vec::with_capacity(room.min(MOST_ROOM));
        values.push(first);
        while let Some(value) = list.next_element_seed(self.below())? {
            values.push(value);
        }
        *last(&mut self.tree.lists, self.depth) = values.len();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        let room = *last(&mut self.tree.objects, self.depth);
        let Some(mut key) = object.next_key::<String>()? else {
            return Ok(Value::Object(Object::new()));
        };
        let mut members = Object::with_capacity(room.min(MOST_ROOM));
        loop {
            members.insert(key, object.next_value_seed(self.below())?);
            match object.next_key()? {
                Some(next) => key = next,
                None => break,
            }
        }
        *last(&mut self.tree.objects, self.depth) = members.len();
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "1.5e3",
            r#""\u00e9\n""#,
            "[]",
            "{}",
            r#"[1,[2,3],[],{"a":[4]},{"b":{},"a":null,"b":7}]"#,
            r#"{"frames":[{"line":1,"vars":{"x":"1"}},{"line":2},{"line":3,"vars":{"y":[]},"more":1}]}"#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(JsonTree::from_str(text).unwrap(), expected, "{text}");
            assert_eq!(
                JsonTree::from_slice(text.as_bytes()).unwrap().to_string(),
                expected.to_string()
            );
        }
        let wide = format!("[{}]", vec!["{\"a\":1}"; 1_000].join(","));
        assert_eq!(JsonTree::from_str(&wide).unwrap().to_string(), wide);
    }

    #[test]
    fn refuses_what_serde_json_refuses() {
        let deep = "[".repeat(200);
        for text in ["", "{", "[1,]", "{\"a\" 1}", "1 2", deep.as_str()] {
            let expected = serde_json::from_str::<Value>(text).unwrap_err();
            assert_eq!(
                JsonTree::from_str(text).unwrap_err().to_string(),
                expected.to_string(),
                "{text}"
            );
        }
    }
}
