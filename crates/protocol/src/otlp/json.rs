//! The same messages as JSON: names in camel case, ids in hex, whole numbers of 64 bits as texts.

use serde_json::{Value, json};

use super::{
    MAX_MEMBERS,
    model::{Group, RawLink, RawLog, RawSpan, Scope},
};
use crate::{
    event::Object,
    items::{Invalid, field},
};

/// How deep values may hold values.
const MAX_DEPTH: usize = 32;

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

pub(super) fn traces(body: &[u8]) -> Result<Vec<Group<RawSpan>>, Invalid> {
    groups(body, ["resourceSpans", "scopeSpans", "spans"], span)
}

pub(super) fn logs(body: &[u8]) -> Result<Vec<Group<RawLog>>, Invalid> {
    groups(body, ["resourceLogs", "scopeLogs", "logRecords"], log)
}

/// One span, without the resource that made it.
pub(super) fn single_span(payload: &[u8]) -> Result<RawSpan, Invalid> {
    Ok(span(field::object(payload)?))
}

fn groups<T>(body: &[u8], names: [&str; 3], member: fn(Object) -> T) -> Result<Vec<Group<T>>, Invalid> {
    let [of_resource, of_scope, members] = names;
    let mut body = field::object(body)?;
    let mut groups = Vec::new();
    let mut count = 0;
    for mut part in objects(&mut body, of_resource)? {
        let mut resource = field::child(&mut part, "resource").unwrap_or_default();
        let resource = attributes(&mut resource, MAX_DEPTH);
        for mut part in objects(&mut part, of_scope)? {
            let scope = scope(field::child(&mut part, "scope").unwrap_or_default());
            let members: Vec<T> = objects(&mut part, members)?.map(member).collect();
            count += members.len();
            if count > MAX_MEMBERS {
                return Err(Invalid::json("too many members"));
            }
            if !members.is_empty() {
                let resource = resource.clone();
                groups.push(Group {
                    resource,
                    scope,
                    members,
                });
            }
        }
    }
    Ok(groups)
}

/// A list of objects; one that is not there is empty.
fn objects(map: &mut Object, key: &str) -> Result<impl Iterator<Item = Object> + use<>, Invalid> {
    let list = match field::take(map, key) {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Invalid::json(format!("`{key}` is no list"))),
    };
    Ok(list.into_iter().filter_map(|value| match value {
        Value::Object(map) => Some(map),
        _ => None,
    }))
}

fn scope(mut map: Object) -> Scope {
    Scope {
        name: field::text(&mut map, "name").unwrap_or_default(),
        version: field::text(&mut map, "version").unwrap_or_default(),
        attributes: attributes(&mut map, MAX_DEPTH),
    }
}

fn span(mut map: Object) -> RawSpan {
    let mut status = field::child(&mut map, "status").unwrap_or_default();
    RawSpan {
        trace_id: id(&mut map, "traceId"),
        span_id: id(&mut map, "spanId"),
        parent_span_id: id(&mut map, "parentSpanId"),
        kind: named_number(&map, "kind", &KINDS),
        start_nanos: number(&map, "startTimeUnixNano"),
        end_nanos: number(&map, "endTimeUnixNano"),
        flags: number(&map, "flags"),
        name: field::text(&mut map, "name").unwrap_or_default(),
        attributes: attributes(&mut map, MAX_DEPTH),
        events: objects(&mut map, "events").into_iter().flatten().map(event).collect(),
        links: objects(&mut map, "links").into_iter().flatten().map(link).collect(),
        status_code: named_number(&status, "code", &STATUS_CODES),
        status_message: field::text(&mut status, "message").unwrap_or_default(),
    }
}

fn event(mut map: Object) -> Value {
    json!({
        "time_unix_nano": number(&map, "timeUnixNano"),
        "name": field::text(&mut map, "name").unwrap_or_default(),
        "attributes": attributes(&mut map, MAX_DEPTH),
    })
}

fn link(mut map: Object) -> RawLink {
    RawLink {
        trace_id: id(&mut map, "traceId"),
        span_id: id(&mut map, "spanId"),
        attributes: attributes(&mut map, MAX_DEPTH),
        flags: number(&map, "flags"),
    }
}

fn log(mut map: Object) -> RawLog {
    RawLog {
        time_nanos: number(&map, "timeUnixNano"),
        observed_nanos: number(&map, "observedTimeUnixNano"),
        severity_number: number(&map, "severityNumber"),
        severity_text: field::text(&mut map, "severityText").unwrap_or_default(),
        body: field::take(&mut map, "body")
            .map(|body| any(body, MAX_DEPTH))
            .unwrap_or_default(),
        attributes: attributes(&mut map, MAX_DEPTH),
        trace_id: id(&mut map, "traceId"),
        span_id: id(&mut map, "spanId"),
        event_name: field::text(&mut map, "eventName").unwrap_or_default(),
    }
}

fn id(map: &mut Object, key: &str) -> Vec<u8> {
    let text = field::text(map, key).unwrap_or_default();
    let digit = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = text.as_bytes().chunks(2).take(32).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    bytes.collect::<Option<_>>().unwrap_or_default()
}

fn number(map: &Object, key: &str) -> u64 {
    map.get(key).and_then(field::unsigned).unwrap_or(0)
}

/// A number, or one of its names.
fn named_number(map: &Object, key: &str, names: &[&str]) -> u64 {
    let name = map.get(key).and_then(Value::as_str);
    match name.and_then(|name| names.iter().position(|known| *known == name)) {
        Some(index) => u64::try_from(index).unwrap_or(0),
        None => number(map, key),
    }
}

fn attributes(map: &mut Object, depth: usize) -> Object {
    let list = field::list(map, "attributes").unwrap_or_default();
    key_values(list, depth)
}

fn key_values(list: Vec<Value>, depth: usize) -> Object {
    let pair = |value: Value| {
        let Value::Object(mut map) = value else { return None };
        let value = field::take(&mut map, "value")
            .map(|value| any(value, depth))
            .unwrap_or_default();
        Some((field::text(&mut map, "key")?, value))
    };
    list.into_iter().filter_map(pair).collect()
}

/// A value of any type, which is an object with one key.
fn any(value: Value, depth: usize) -> Value {
    let (Value::Object(mut map), Some(depth)) = (value, depth.checked_sub(1)) else {
        return Value::Null;
    };
    if let Some(value) = field::take(&mut map, "intValue") {
        // Beyond 2^53 it comes as a text.
        return match &value {
            Value::String(digits) => digits.parse::<i64>().map_or(Value::Null, Value::from),
            _ => value,
        };
    }
    for key in ["stringValue", "boolValue", "doubleValue", "bytesValue"] {
        match field::take(&mut map, key) {
            Some(value @ (Value::String(_) | Value::Bool(_) | Value::Number(_))) => return value,
            _ => continue,
        }
    }
    if let Some(mut list) = field::child(&mut map, "arrayValue") {
        let values = field::list(&mut list, "values").unwrap_or_default();
        return values.into_iter().map(|value| any(value, depth)).collect();
    }
    match field::child(&mut map, "kvlistValue") {
        Some(mut list) => Value::Object(key_values(field::list(&mut list, "values").unwrap_or_default(), depth)),
        None => Value::Null,
    }
}
