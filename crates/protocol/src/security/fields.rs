//! Renames the fields of a report: browsers write them in kebab case or in camel case, events in snake case.

use serde_json::Value;

use crate::event::Object;

/// How a field is read: `None` leaves it out.
pub(super) type Read = fn(&Value) -> Option<Value>;

/// The key in the event, the keys that browsers use, and what the value must be.
pub(super) struct Field(
    pub(super) &'static str,
    pub(super) &'static [&'static str],
    pub(super) Read,
);

/// Takes the fields out of the report, in their own order. A field of the wrong kind is left out: what browsers send is
/// not ours to mend, and a report with a broken line number is still a report.
pub(super) fn take(report: &mut Object, fields: &[Field]) -> Object {
    let mut interface = Object::new();
    for Field(name, keys, read) in fields {
        for key in [*name].iter().chain(*keys) {
            let Some(value) = report.shift_remove(*key) else {
                continue;
            };
            if let Some(value) = read(&value)
                && !interface.contains_key(*name)
            {
                interface.insert((*name).to_owned(), value);
            }
        }
    }
    interface
}

pub(super) fn text(value: &Value) -> Option<Value> {
    value.is_string().then(|| value.clone())
}

pub(super) fn boolean(value: &Value) -> Option<Value> {
    value.is_boolean().then(|| value.clone())
}

/// Chromium sends numbers, old Firefox their texts.
pub(super) fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => number.as_u64().map(Value::from),
        Value::String(text) => text.trim().parse::<u64>().ok().map(Value::from),
        _ => None,
    }
}

pub(super) fn fraction(value: &Value) -> Option<Value> {
    value.as_f64().map(Value::from)
}

pub(super) fn texts(value: &Value) -> Option<Value> {
    let texts = value.as_array()?;
    Some(texts.iter().filter(|text| text.is_string()).cloned().collect())
}

pub(super) fn any(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}
