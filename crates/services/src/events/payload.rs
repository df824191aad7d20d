//! Reads an event's payload, which may be anything: every step answers "not there" instead of failing.

use model::Timestamp;
use serde_json::{Map, Value};

/// The text under `key`; numbers and booleans count as text, an empty text as absent.
pub fn text(value: &Value, key: &str) -> Option<String> {
    scalar(value.get(key)?).filter(|text| !text.is_empty())
}

/// A text, number or boolean as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

pub fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

pub fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

pub fn object<'a>(value: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    value.get(key)?.as_object().filter(|object| !object.is_empty())
}

/// The elements of an interface that holds a list: `{"values": […]}`, a bare list, or one object alone.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match value.get(key) {
        Some(Value::Array(list)) => list,
        Some(single @ Value::Object(object)) => match object.get("values") {
            Some(Value::Array(list)) => list,
            Some(_) => &[],
            None => std::slice::from_ref(single),
        },
        _ => &[],
    }
}

/// Key and value pairs, sent as an object or as a list of pairs.
pub fn pairs<'a>(value: &'a Value, key: &str) -> Vec<(String, &'a Value)> {
    match value.get(key) {
        Some(Value::Object(object)) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Some(Value::Array(list)) => {
            let pair = |pair: &'a Value| {
                let pair = pair.as_array()?;
                Some((scalar(pair.first()?)?, pair.get(1)?))
            };
            list.iter().filter_map(pair).collect()
        }
        _ => Vec::new(),
    }
}

/// RFC 3339 or seconds since 1970.
pub fn timestamp(value: &Value, key: &str) -> Option<Timestamp> {
    match value.get(key)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => {
            let micros = seconds.as_f64()? * 1e6;
            // The casts of Rust saturate, so what is out of range stays at the end of time.
            micros.is_finite().then_some(Timestamp(micros.round() as i64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_come_in_three_forms() {
        for payload in [
            json!({"x": {"values": [{"a": 1}]}}),
            json!({"x": [{"a": 1}]}),
            json!({"x": {"a": 1}}),
        ] {
            assert_eq!(list(&payload, "x"), [json!({"a": 1})]);
        }
        for payload in [
            json!({}),
            json!({"x": null}),
            json!({"x": "y"}),
            json!({"x": {"values": null}}),
        ] {
            assert!(list(&payload, "x").is_empty());
        }
    }

    #[test]
    fn pairs_come_in_two_forms() {
        for payload in [
            json!({"x": {"a": "b"}}),
            json!({"x": [["a", "b"], ["broken"], 7, [null, 1]]}),
        ] {
            assert_eq!(pairs(&payload, "x"), [("a".to_owned(), &json!("b"))]);
        }
    }

    #[test]
    fn times_are_text_or_seconds() {
        let expected = Timestamp(1_795_229_165_635_000);
        assert_eq!(timestamp(&json!({"t": 1_795_229_165.635}), "t"), Some(expected));
        assert_eq!(timestamp(&json!({"t": expected.to_string()}), "t"), Some(expected));
        assert_eq!(timestamp(&json!({"t": "soon"}), "t"), None);
        assert_eq!(timestamp(&json!({"t": 1e300}), "t"), Some(Timestamp(i64::MAX)));
    }
}
