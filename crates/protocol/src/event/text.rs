//! Fields whose rules let a value of another type stand for a text, and lists of pairs of texts.

use core::net::IpAddr;
use std::ops::Deref;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    Object,
    decode::{Decoder, Field},
    json_tree::Tree,
};
use crate::query_string;

/// The text of a scalar as Python writes it: the first SDKs were in Python, and stored values look so ever since.
/// Fractions are cut; a float too large to be exact is refused.
fn scalar(value: Value) -> Result<String, Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(true) => Ok("True".to_owned()),
        Value::Bool(false) => Ok("False".to_owned()),
        Value::Number(number) if number.is_f64() => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
            Some(float) if float.abs() < EXACT => Ok((float as i64).to_string()),
            _ => Err(Value::Number(number)),
        },
        Value::Number(number) => Ok(number.to_string()),
        value => Err(value),
    }
}

/// A text, or the text of a number or boolean.
pub(super) fn lenient(value: Value, cx: &mut Decoder) -> Option<String> {
    if value.is_null() {
        return None;
    }
    scalar(value)
        .map_err(|value| cx.invalid(value, "expected a primitive value"))
        .ok()
}

/// A text, or any value as compact JSON.
pub(super) fn json(value: Value, _cx: &mut Decoder) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        value => Some(value.to_string()),
    }
}

/// An IP address, or `{{auto}}`.
pub(super) fn ip_address(value: Value, cx: &mut Decoder) -> Option<String> {
    let text = Option::<String>::decode(value, cx)?;
    if cx.is_stored || text == "{{auto}}" || text.parse::<IpAddr>().is_ok() {
        Some(text)
    } else {
        cx.invalid(Value::String(text), "expected an ip address");
        None
    }
}

/// A memory address: a number, or the text of one in decimal or after `0x`. Written in hex.
pub(super) fn address(value: Value, cx: &mut Decoder) -> Option<String> {
    let address = match &value {
        Value::Null => return None,
        Value::Number(number) => number.as_u64(),
        Value::String(text) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
        _ => None,
    };
    match address {
        Some(address) => Some(format!("{address:#x}")),
        None => {
            cx.invalid(value, "expected an address");
            None
        }
    }
}

/// Lines of source: a line that is null is empty, for its place counts.
pub(super) fn lines(tree: Tree<'_>, cx: &mut Decoder) -> Vec<String> {
    match tree.into_list() {
        Ok(lines) => cx.each(lines, |line, cx| {
            if line.is_null() {
                return Some(String::new());
            }
            Option::read(line, cx)
        }),
        Err(tree) => Vec::read(tree, cx),
    }
}

/// A fingerprint: texts and what has a text, nulls left out.
pub(super) fn fingerprint(value: Value, cx: &mut Decoder) -> Vec<String> {
    match value {
        Value::Array(parts) => cx.each(parts, lenient),
        value => Vec::decode(value, cx),
    }
}

/// Tags: an object or a list of pairs. A pair of which one half is null is left out without a word.
pub(super) fn tags(value: Value, cx: &mut Decoder) -> Vec<(String, String)> {
    match value {
        Value::Object(map) => {
            // An object has no order, and of tags of one name the first counts.
            let mut map: Vec<(String, Value)> = map.into_iter().collect();
            map.sort_by(|(one, _), (other, _)| one.cmp(other));
            let mut tags = Vec::with_capacity(map.len());
            for (key, value) in map {
                match scalar(value) {
                    Ok(value) => tags.push((key, value)),
                    Err(Value::Null) => {}
                    Err(value) => cx.invalid_at(&key, value, "expected a primitive value"),
                }
            }
            tags
        }
        Value::Array(pairs) => cx.each(pairs, |pair, cx| {
            let [key, value] = two(pair, cx)?;
            let key = cx.with_index(0, key, lenient);
            key.zip(cx.with_index(1, value, lenient))
        }),
        value => Vec::decode(value, cx),
    }
}

fn two(pair: Value, cx: &mut Decoder) -> Option<[Value; 2]> {
    match pair {
        Value::Null => None,
        Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
            Ok(pair) => Some(pair),
            Err(pair) => {
                cx.invalid(Value::Array(pair), "expected a pair");
                None
            }
        },
        pair => {
            cx.invalid(pair, "expected a pair");
            None
        }
    }
}

/// Headers: an object or a list of pairs; several values of one name are joined.
pub(super) fn headers(value: Value, cx: &mut Decoder) -> Vec<(String, String)> {
    pairs(value, cx, header_value)
}

fn header_value(value: Value, cx: &mut Decoder) -> Option<String> {
    match value {
        Value::Array(values) => Some(cx.each(values, header_value).join(",")),
        value => lenient(value, cx),
    }
}

/// A query: the text that it was, an object, or a list of pairs.
pub(super) fn query(value: Value, cx: &mut Decoder) -> Vec<(String, String)> {
    match value {
        Value::String(text) => query_string::pairs(&text).collect(),
        value => pairs(value, cx, json),
    }
}

/// Cookies: the text of the header, an object, or a list of pairs.
pub(super) fn cookies(value: Value, cx: &mut Decoder) -> Vec<(String, String)> {
    match value {
        Value::String(text) => {
            let cookies = parse_cookies(&text);
            if cookies.len() < cookie_texts(&text).count() {
                cx.invalid(Value::String(text), "the cookie is missing a name/value pair");
            }
            cookies
        }
        value => pairs(value, cx, Option::decode),
    }
}

/// The cookies of a `Cookie` header; what is no pair is left out.
pub fn parse_cookies(text: &str) -> Vec<(String, String)> {
    let pairs = cookie_texts(text).filter_map(|cookie| cookie.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn cookie_texts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|cookie| !cookie.is_empty())
}

fn pairs(value: Value, cx: &mut Decoder, read: fn(Value, &mut Decoder) -> Option<String>) -> Vec<(String, String)> {
    match value {
        Value::Object(map) => {
            let pairs = map.into_iter().filter(|(_, value)| !value.is_null());
            pairs
                .filter_map(|(name, value)| {
                    let value = cx.with_key(&name, value, read)?;
                    Some((name, value))
                })
                .collect()
        }
        Value::Array(pairs) => cx.each(pairs, |pair, cx| {
            let [name, value] = two(pair, cx)?;
            let name = cx.with_index(0, name, lenient);
            name.zip(cx.with_index(1, value, read))
        }),
        value => Vec::decode(value, cx),
    }
}

/// Variables of a frame: an object; a list is one by index.
pub(super) fn variables(value: Value, cx: &mut Decoder) -> Object {
    match value {
        Value::Array(values) => values
            .into_iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        value => Object::decode(value, cx),
    }
}

/// Names with a text each, in order: an object in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries(pub Vec<(String, String)>);

impl Deref for Entries {
    type Target = [(String, String)];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Field for Entries {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        let map = Object::decode(value, cx);
        let mut entries = Vec::with_capacity(map.len());
        for (name, value) in map {
            match value {
                Value::String(text) => entries.push((name, text)),
                Value::Null => {}
                value => cx.invalid_at(&name, value, "expected a string"),
            }
        }
        Self(entries)
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}
