//! JSON as it is read, before its parts come to where they belong.
//!
//! The members of an object that become fields of a structure need no map: their keys are compared once, and are parts
//! of the text that is read. A map is made of what is kept as it was sent.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value, de};

use super::Object;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree<'j> {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree<'j>>),
    /// No key is there twice.
    Object(Members<'j>),
    /// A list or an object that was read before.
    Value(Box<Value>),
}

/// Of an object, in the order in which they came.
pub(crate) type Members<'j> = Vec<(Cow<'j, str>, Tree<'j>)>;

impl<'j> Tree<'j> {
    /// With it, how many lists and objects lie within each other at most.
    pub(super) fn from_str(text: &'j str) -> Result<(Self, usize), serde_json::Error> {
        Reader::read(serde_json::Deserializer::from_str(text))
    }

    pub(super) fn from_slice(bytes: &'j [u8]) -> Result<(Self, usize), serde_json::Error> {
        Reader::read(serde_json::Deserializer::from_slice(bytes))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Those of an object; anything else comes back.
    pub(super) fn into_members(self) -> Result<Members<'j>, Self> {
        match self {
            Self::Object(members) => Ok(members),
            Self::Value(value) => match *value {
                Value::Object(map) => Ok(members(map)),
                value => Err(value.into()),
            },
            other => Err(other),
        }
    }

    /// The members of a list; anything else comes back.
    pub(super) fn into_list(self) -> Result<Vec<Self>, Self> {
        match self {
            Self::List(values) => Ok(values),
            Self::Value(value) => match *value {
                Value::Array(values) => Ok(values.into_iter().map(Self::from).collect()),
                value => Err(value.into()),
            },
            other => Err(other),
        }
    }

    pub(super) fn is_empty_list(&self) -> bool {
        match self {
            Self::List(values) => values.is_empty(),
            Self::Value(value) => value.as_array().is_some_and(Vec::is_empty),
            _ => false,
        }
    }
}

pub(super) fn members(map: Object) -> Members<'static> {
    let members = map.into_iter();
    members.map(|(key, value)| (Cow::Owned(key), value.into())).collect()
}

impl From<Value> for Tree<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            value @ (Value::Array(_) | Value::Object(_)) => Self::Value(Box::new(value)),
        }
    }
}

impl From<Tree<'_>> for Value {
    fn from(tree: Tree<'_>) -> Self {
        match tree {
            Tree::Null => Self::Null,
            Tree::Bool(value) => Self::Bool(value),
            Tree::Number(number) => Self::Number(number),
            Tree::Text(text) => Self::String(text),
            Tree::List(values) => Self::Array(values.into_iter().map(Self::from).collect()),
            Tree::Object(members) => Self::Object(object(members)),
            Tree::Value(value) => *value,
        }
    }
}

pub(super) fn object(members: Members<'_>) -> Object {
    let mut map = Object::with_capacity(members.len());
    for (key, tree) in members {
        map.insert(key.into_owned(), tree.into());
    }
    map
}

/// Of a key that comes twice, the last value holds, at the place of the first.
fn without_repeated(members: Members<'_>) -> Tree<'_> {
    /// So many are compared with each other sooner than looked up.
    const FEW: usize = 16;
    let is_repeated = if members.len() <= FEW {
        let mut rest = members.as_slice();
        std::iter::from_fn(|| {
            let ((key, _), others) = rest.split_first()?;
            rest = others;
            Some(others.iter().any(|(other, _)| other == key))
        })
        .any(|is_repeated| is_repeated)
    } else {
        let mut keys = HashSet::with_capacity(members.len());
        members.iter().any(|(key, _)| !keys.insert(key.as_ref()))
    };
    if is_repeated {
        Value::Object(object(members)).into()
    } else {
        Tree::Object(members)
    }
}

/// Reads with room made at once: what stands side by side in an event, as frames and their lines, is mostly of one size.
#[derive(Debug, Default)]
struct Reader {
    /// How many members the last object and the last list had, by how deep they lay.
    objects: Vec<usize>,
    lists: Vec<usize>,
}

/// Room is made for so many members at most: the next one may be much smaller.
const MOST_ROOM: usize = 64;

impl Reader {
    fn read<'j, R: de::Read<'j>>(
        mut input: serde_json::Deserializer<R>,
    ) -> Result<(Tree<'j>, usize), serde_json::Error> {
        let mut reader = Self::default();
        let node = Node {
            reader: &mut reader,
            depth: 0,
        };
        let tree = node.deserialize(&mut input)?;
        input.end()?;
        Ok((tree, reader.objects.len().max(reader.lists.len())))
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
struct Node<'r> {
    reader: &'r mut Reader,
    depth: usize,
}

impl Node<'_> {
    fn below(&mut self) -> Node<'_> {
        Node {
            reader: self.reader,
            depth: self.depth + 1,
        }
    }
}

impl<'j> DeserializeSeed<'j> for Node<'_> {
    type Value = Tree<'j>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Tree<'j>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Node<'_> {
    type Value = Tree<'j>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree<'j>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree<'j>, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree<'j>, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree<'j>, E> {
        Ok(Number::from_f64(value).map_or(Tree::Null, Tree::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree<'j>, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'j>, E> {
        Ok(Tree::Null)
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, mut list: A) -> Result<Tree<'j>, A::Error> {
        let room = *last(&mut self.reader.lists, self.depth);
        let Some(first) = list.next_element_seed(self.below())? else {
            return Ok(Tree::List(Vec::new()));
        };
        let mut values = Vec::with_capacity(room.clamp(1, MOST_ROOM));
        values.push(first);
        while let Some(value) = list.next_element_seed(self.below())? {
            values.push(value);
        }
        *last(&mut self.reader.lists, self.depth) = values.len();
        Ok(Tree::List(values))
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut object: A) -> Result<Tree<'j>, A::Error> {
        let room = *last(&mut self.reader.objects, self.depth);
        let Some(first) = object.next_key_seed(Key)? else {
            return Ok(Tree::Object(Vec::new()));
        };
        let mut members = Vec::with_capacity(room.clamp(1, MOST_ROOM));
        members.push((first, object.next_value_seed(self.below())?));
        while let Some(key) = object.next_key_seed(Key)? {
            members.push((key, object.next_value_seed(self.below())?));
        }
        *last(&mut self.reader.objects, self.depth) = members.len();
        Ok(without_repeated(members))
    }
}

/// A key without escapes is a part of the text.
struct Key;

impl<'j> DeserializeSeed<'j> for Key {
    type Value = Cow<'j, str>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Cow<'j, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'j> Visitor<'j> for Key {
    type Value = Cow<'j, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'j str) -> Result<Cow<'j, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Cow<'j, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Tree<'_> {
        let (tree, depth) = Tree::from_str(text).unwrap();
        assert_eq!(Tree::from_slice(text.as_bytes()).unwrap(), (tree.clone(), depth));
        tree
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let many: Vec<String> = (0..40).map(|number| format!("\"k{number}\":{number}")).collect();
        let many = format!("{{{}}}", many.join(","));
        let wide = format!("[{}]", vec!["{\"a\":1}"; 1_000].join(","));
        for text in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "1.5e3",
            r#""\u00e9\n""#,
            "[]",
            "{}",
            r#"{"a":1}"#,
            r#"{"b\u0061\n":{"c":[]}}"#,
            r#"[1,[2,3],[],{"a":[4]},{"b":{},"a":null,"b2":7}]"#,
            r#"{"frames":[{"line":1,"vars":{"x":"1"}},{"line":2},{"line":3,"vars":{"y":[]},"more":1}]}"#,
            many.as_str(),
            wide.as_str(),
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from(read(text)).to_string(), expected.to_string());
            assert_eq!(Value::from(Tree::from(expected.clone())), expected);
        }
    }

    #[test]
    fn the_last_of_a_repeated_key_holds() {
        let many: Vec<String> = (0..40).map(|number| format!("\"k{}\":{number}", number % 39)).collect();
        let many = format!("{{{}}}", many.join(","));
        for text in [r#"{"a":1,"b":2,"a":{"c":3,"c":4}}"#, many.as_str()] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from(read(text)).to_string(), expected.to_string());
            let members = read(text).into_members().unwrap();
            assert_eq!(object(members).len(), expected.as_object().unwrap().len());
        }
    }

    #[test]
    fn says_how_deep_it_is() {
        let depth = |text| Tree::from_str(text).unwrap().1;
        assert_eq!(["1", "[]", "[[]]", r#"{"a":[{}],"b":{}}"#].map(depth), [0, 1, 2, 3]);
    }

    #[test]
    fn refuses_what_serde_json_refuses() {
        let deep = "[".repeat(200);
        for text in ["", "{", "[1,]", "{\"a\" 1}", "{1:2}", "1 2", deep.as_str()] {
            let expected = serde_json::from_str::<Value>(text).unwrap_err();
            let error = Tree::from_str(text).unwrap_err();
            assert_eq!(error.to_string(), expected.to_string(), "{text}");
        }
    }
}
