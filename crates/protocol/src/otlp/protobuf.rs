//! Messages of `opentelemetry-proto`, by the numbers of their fields.

use serde_json::{Number, Value, json};

use super::{
    MAX_MEMBERS,
    model::{Group, RawLink, RawLog, RawSpan, Scope},
    wire::{Fields, WireError},
};
use crate::{base64, event::Object, items::Invalid};

/// How deep values may hold values.
const MAX_DEPTH: usize = 32;

impl From<WireError> for Invalid {
    fn from(error: WireError) -> Self {
        Self::new("invalid_proto", error.to_string())
    }
}

pub(super) fn traces(body: &[u8]) -> Result<Vec<Group<RawSpan>>, Invalid> {
    Ok(groups(body, span)?)
}

pub(super) fn logs(body: &[u8]) -> Result<Vec<Group<RawLog>>, Invalid> {
    Ok(groups(body, log)?)
}

/// Traces and logs have the same two levels above their members, with the same numbers.
fn groups<T: Default>(body: &[u8], member: fn(&[u8]) -> Result<T, WireError>) -> Result<Vec<Group<T>>, WireError> {
    let mut groups = Vec::new();
    let mut count = 0;
    for of_resource in each(body, 1)? {
        let mut resource = Object::new();
        for message in each(of_resource, 1)? {
            for attribute in each(message, 1)? {
                key_value(attribute, &mut resource, MAX_DEPTH)?;
            }
        }
        for of_scope in each(of_resource, 2)? {
            let mut group = Group {
                resource: resource.clone(),
                scope: Scope::default(),
                members: Vec::new(),
            };
            for field in Fields(of_scope) {
                let field = field?;
                match field.number {
                    1 => group.scope = scope(field.bytes()?)?,
                    2 => {
                        count += 1;
                        if count > MAX_MEMBERS {
                            return Err(WireError::TooManyMembers);
                        }
                        group.members.push(member(field.bytes()?)?);
                    }
                    _ => {}
                }
            }
            // Whoever sends scopes without end and nothing in them gets no copies of the resource.
            if !group.members.is_empty() {
                groups.push(group);
            }
        }
    }
    Ok(groups)
}

/// The messages in the fields of a number.
fn each(message: &[u8], number: u64) -> Result<Vec<&[u8]>, WireError> {
    let mut found = Vec::new();
    for field in Fields(message) {
        let field = field?;
        if field.number == number {
            found.push(field.bytes()?);
        }
    }
    Ok(found)
}

fn scope(message: &[u8]) -> Result<Scope, WireError> {
    let mut scope = Scope::default();
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => scope.name = field.text()?,
            2 => scope.version = field.text()?,
            3 => key_value(field.bytes()?, &mut scope.attributes, MAX_DEPTH)?,
            _ => {}
        }
    }
    Ok(scope)
}

fn span(message: &[u8]) -> Result<RawSpan, WireError> {
    let mut span = RawSpan::default();
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => span.trace_id = field.bytes()?.to_vec(),
            2 => span.span_id = field.bytes()?.to_vec(),
            4 => span.parent_span_id = field.bytes()?.to_vec(),
            5 => span.name = field.text()?,
            6 => span.kind = field.number()?,
            7 => span.start_nanos = field.number()?,
            8 => span.end_nanos = field.number()?,
            9 => key_value(field.bytes()?, &mut span.attributes, MAX_DEPTH)?,
            11 => span.events.push(event(field.bytes()?)?),
            13 => span.links.push(link(field.bytes()?)?),
            15 => {
                for field in Fields(field.bytes()?) {
                    let field = field?;
                    match field.number {
                        2 => span.status_message = field.text()?,
                        3 => span.status_code = field.number()?,
                        _ => {}
                    }
                }
            }
            16 => span.flags = field.number()?,
            _ => {}
        }
    }
    Ok(span)
}

fn event(message: &[u8]) -> Result<Value, WireError> {
    let (mut time, mut name, mut attributes) = (0, String::new(), Object::new());
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => time = field.number()?,
            2 => name = field.text()?,
            3 => key_value(field.bytes()?, &mut attributes, MAX_DEPTH)?,
            _ => {}
        }
    }
    Ok(json!({"time_unix_nano": time, "name": name, "attributes": attributes}))
}

fn link(message: &[u8]) -> Result<RawLink, WireError> {
    let mut link = RawLink::default();
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => link.trace_id = field.bytes()?.to_vec(),
            2 => link.span_id = field.bytes()?.to_vec(),
            4 => key_value(field.bytes()?, &mut link.attributes, MAX_DEPTH)?,
            6 => link.flags = field.number()?,
            _ => {}
        }
    }
    Ok(link)
}

fn log(message: &[u8]) -> Result<RawLog, WireError> {
    let mut log = RawLog::default();
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => log.time_nanos = field.number()?,
            2 => log.severity_number = field.number()?,
            3 => log.severity_text = field.text()?,
            5 => log.body = any(field.bytes()?, MAX_DEPTH)?,
            6 => key_value(field.bytes()?, &mut log.attributes, MAX_DEPTH)?,
            9 => log.trace_id = field.bytes()?.to_vec(),
            10 => log.span_id = field.bytes()?.to_vec(),
            11 => log.observed_nanos = field.number()?,
            12 => log.event_name = field.text()?,
            _ => {}
        }
    }
    Ok(log)
}

fn key_value(message: &[u8], into: &mut Object, depth: usize) -> Result<(), WireError> {
    let (mut key, mut value) = (String::new(), Value::Null);
    for field in Fields(message) {
        let field = field?;
        match field.number {
            1 => key = field.text()?,
            2 => value = any(field.bytes()?, depth)?,
            _ => {}
        }
    }
    into.insert(key, value);
    Ok(())
}

/// A value of any type: the last of its fields counts.
fn any(message: &[u8], depth: usize) -> Result<Value, WireError> {
    let depth = depth.checked_sub(1).ok_or(WireError::TooDeep)?;
    let mut value = Value::Null;
    for field in Fields(message) {
        let field = field?;
        value = match field.number {
            1 => field.text()?.into(),
            2 => (field.number()? != 0).into(),
            3 => field.number()?.cast_signed().into(),
            4 => Number::from_f64(f64::from_bits(field.number()?)).map_or(Value::Null, Value::Number),
            5 => {
                let mut list = Vec::new();
                for element in each(field.bytes()?, 1)? {
                    list.push(any(element, depth)?);
                }
                Value::Array(list)
            }
            6 => {
                let mut map = Object::new();
                for pair in each(field.bytes()?, 1)? {
                    key_value(pair, &mut map, depth)?;
                }
                Value::Object(map)
            }
            7 => base64::encode(field.bytes()?).into(),
            _ => value,
        };
    }
    Ok(value)
}
