//! Attributes of logs, spans and metrics: values that say their type (`ingest.md` §7.3).
//!
//! ```text
//! {"http.response.status_code": {"type": "integer", "value": 200}}
//! ```

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::event::{Meta, Object};

/// Of one log, span or metric.
const MAX_ATTRIBUTES: usize = 1000;
const MAX_NAME_CHARS: usize = 200;

/// Attributes by name, each `{"type", "value"}`, some with a `unit`. One whose value was not of its type is null.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Object);

impl Attributes {
    /// Takes what is valid. The rest leaves a remark under `attributes` in `meta`.
    pub(crate) fn read(value: Option<Value>, meta: &mut Meta) -> Self {
        let Some(Value::Object(map)) = value else {
            return Self::default();
        };
        let mut read = Object::new();
        for (name, value) in map {
            if read.len() == MAX_ATTRIBUTES || name.chars().count() > MAX_NAME_CHARS {
                let shown: String = name.chars().take(MAX_NAME_CHARS).collect();
                meta.at(["attributes", &shown]).error("too_large");
                continue;
            }
            if name.is_empty() {
                continue;
            }
            let attribute = match value {
                Value::Null => continue,
                Value::Object(attribute) => typed(attribute),
                value => Err(value),
            };
            let attribute = attribute.unwrap_or_else(|value| {
                let reason = json!({"reason": "expected a value of the attribute's type"});
                meta.at(["attributes", &name])
                    .error_with("invalid_data", reason)
                    .original_value(&value);
                Value::Null
            });
            read.insert(name, attribute);
        }
        Self(read)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)?.get("value")
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Sets an attribute by the type of its value.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Some(attribute) = of_value(value) {
            self.0.insert(name.to_owned(), attribute);
        }
    }

    /// Sets one that is not there.
    pub fn set_default(&mut self, name: &str, value: impl Into<Value>) {
        if self.0.get(name).is_none_or(Value::is_null) {
            self.set(name, value.into());
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_object(&self) -> &Object {
        &self.0
    }

    /// For what looks for secrets in them.
    pub fn as_object_mut(&mut self) -> &mut Object {
        &mut self.0
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// An attribute whose value is of its type; what is written another way is put right.
fn typed(mut attribute: Object) -> Result<Value, Value> {
    let value = attribute.shift_remove("value").unwrap_or_default();
    let kind = attribute.get("type").and_then(Value::as_str).unwrap_or_default();
    let value = match (kind, value) {
        ("string", Value::String(text)) => Value::String(text),
        ("boolean", Value::Bool(value)) => Value::Bool(value),
        ("integer", value) => integer(&value).ok_or(value)?,
        ("double", Value::Number(number)) => number.as_f64().map_or(Value::Null, Value::from),
        ("array", Value::Array(list)) if is_uniform(&list) => Value::Array(list),
        (_, value) => return Err(value),
    };
    let mut typed = Object::new();
    typed.insert("type".to_owned(), kind.into());
    typed.insert("value".to_owned(), value);
    if let Some(Value::String(unit)) = attribute.shift_remove("unit") {
        typed.insert("unit".to_owned(), unit.into());
    }
    Ok(Value::Object(typed))
}

/// JavaScript writes numbers that it cannot hold as texts, and whole numbers with a fraction of nothing.
fn integer(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(value.clone()),
        Value::Number(number) => {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9.2e18).then(|| (float as i64).into())
        }
        Value::String(digits) => digits
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| digits.parse::<u64>().map(Value::from))
            .ok(),
        _ => None,
    }
}

/// Whether all elements are texts, or all are numbers, or all are booleans.
fn is_uniform(list: &[Value]) -> bool {
    let all = |is: fn(&Value) -> bool| list.iter().all(is);
    all(Value::is_string) || all(Value::is_number) || all(Value::is_boolean)
}

/// An attribute of a value that says no type; `None` for null.
fn of_value(value: Value) -> Option<Value> {
    let kind = match &value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "double",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(list) if is_uniform(list) => "array",
        // What has parts is kept as its JSON.
        Value::Array(_) | Value::Object(_) => return Some(json!({"type": "string", "value": value.to_string()})),
    };
    Some(json!({"type": kind, "value": value}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> (Attributes, Meta) {
        let mut meta = Meta::default();
        let attributes = Attributes::read(Some(value), &mut meta);
        (attributes, meta)
    }

    #[test]
    fn values_of_every_type() {
        let check = |kind: &str, value: Value, expected: Value| {
            let (attributes, meta) = read(json!({"a": {"type": kind, "value": value}}));
            assert_eq!(attributes.get("a"), Some(&expected), "{kind} {value}");
            assert!(meta.is_empty(), "{kind} {value}");
        };
        check("string", json!("x"), json!("x"));
        check("boolean", json!(true), json!(true));
        check("integer", json!(-7), json!(-7));
        check("integer", json!("9007199254740993"), json!(9_007_199_254_740_993_i64));
        check("integer", json!("18446744073709551615"), json!(u64::MAX));
        check("integer", json!(3.0), json!(3));
        check("double", json!(3), json!(3.0));
        check("array", json!(["a", "b"]), json!(["a", "b"]));
        check("array", json!([1, 2.5]), json!([1, 2.5]));
        check("array", json!([]), json!([]));
        let (attributes, _) = read(json!({"a": {"type": "double", "value": 1.5, "unit": "second", "x": 1}}));
        assert_eq!(
            attributes.as_object()["a"],
            json!({"type": "double", "value": 1.5, "unit": "second"})
        );
    }

    #[test]
    fn a_value_of_another_type_is_nulled_with_a_remark() {
        for (kind, value) in [
            ("string", json!(1)),
            ("boolean", json!("true")),
            ("integer", json!(1.5)),
            ("integer", json!("x")),
            ("double", json!("1.5")),
            ("array", json!([1, "a"])),
            ("array", json!([[1]])),
            ("object", json!({})),
            ("", json!("x")),
        ] {
            let (attributes, meta) =
                read(json!({"a": {"type": kind, "value": value}, "b": {"type": "integer", "value": 1}}));
            assert_eq!(attributes.as_object()["a"], Value::Null, "{kind} {value}");
            assert!(
                meta.get(["attributes", "a"]).unwrap().contains_key("err"),
                "{kind} {value}"
            );
            assert_eq!(attributes.get("b"), Some(&json!(1)));
        }
        let (attributes, meta) = read(json!({"a": "bare", "b": null, "": {"type": "string", "value": "x"}}));
        assert_eq!((attributes.len(), attributes.get("a")), (1, None));
        assert!(meta.get(["attributes", "a"]).is_some());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let many: Object = (0..1001)
            .map(|number| (number.to_string(), json!({"type": "integer", "value": 1})))
            .collect();
        let (attributes, meta) = read(Value::Object(many));
        assert_eq!(attributes.len(), MAX_ATTRIBUTES);
        assert!(meta.get(["attributes", "1000"]).is_some());
        let (attributes, meta) = read(json!({"x".repeat(201): {"type": "integer", "value": 1}}));
        assert!(attributes.is_empty() && !meta.is_empty());
    }

    #[test]
    fn what_is_set_has_the_type_of_its_value() {
        let mut attributes = Attributes::default();
        for value in [json!("x"), json!(1), json!(1.5), json!(true), json!(["a"])] {
            attributes.set("a", value.clone());
            let (again, meta) = read(Value::Object(attributes.as_object().clone()));
            assert_eq!(again.get("a"), Some(&value));
            assert!(meta.is_empty());
        }
        attributes.set("b", json!({"c": 1}));
        assert_eq!(attributes.text("b"), Some(r#"{"c":1}"#));
        attributes.set("n", Value::Null);
        attributes.set_default("b", "other");
        attributes.set_default("d", 7);
        assert_eq!(
            (attributes.len(), attributes.text("b"), attributes.get("d")),
            (3, Some(r#"{"c":1}"#), Some(&json!(7)))
        );
    }
}
