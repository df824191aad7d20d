//! The known fields of parts that are kept as JSON: a field whose value is of another kind is left out and noted, like
//! those of the structures.

use model::EventId;
use serde::Serialize;
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, Field},
    text::{self, address as hex, lenient},
};

/// Reads the value of a field that is not null.
pub(super) type Read = fn(Value, &mut Decoder) -> Option<Value>;

/// What becomes of fields that are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    Kept,
    Dropped,
}

/// The known fields of an object.
pub(super) struct Shape {
    pub(super) fields: &'static [(&'static str, Read)],
    pub(super) others: Others,
}

impl Shape {
    pub(super) fn read(&self, value: Value, cx: &mut Decoder) -> Object {
        let mut map = Object::decode(value, cx);
        self.check(&mut map, cx);
        map
    }

    pub(super) fn check(&self, map: &mut Object, cx: &mut Decoder) {
        let known = |name: &str| self.fields.iter().find(|(field, _)| *field == name);
        let mut gone = false;
        for (name, value) in map.iter_mut() {
            match known(name) {
                Some(_) if value.is_null() => gone = true,
                Some((name, read)) => {
                    *value = cx.with(name, value.take(), *read).unwrap_or_default();
                    gone |= value.is_null();
                }
                None => gone |= self.others == Others::Dropped,
            }
        }
        if gone {
            map.retain(|name, value| match known(name) {
                Some(_) => !value.is_null(),
                None => self.others == Others::Kept,
            });
        }
    }
}

/// Any type that can be a field of a structure.
pub(super) fn typed<T: Decode + Serialize>(value: Value, cx: &mut Decoder) -> Option<Value> {
    let read = T::decode(value, cx)?;
    serde_json::to_value(read).ok()
}

pub(super) fn string(value: Value, cx: &mut Decoder) -> Option<Value> {
    match value {
        Value::String(_) => Some(value),
        value => typed::<String>(value, cx),
    }
}

/// A text, or what has one.
pub(super) fn primitive(value: Value, cx: &mut Decoder) -> Option<Value> {
    lenient(value, cx).map(Value::String)
}

pub(super) fn boolean(value: Value, cx: &mut Decoder) -> Option<Value> {
    typed::<bool>(value, cx)
}

pub(super) fn unsigned(value: Value, cx: &mut Decoder) -> Option<Value> {
    typed::<u64>(value, cx)
}

pub(super) fn signed(value: Value, cx: &mut Decoder) -> Option<Value> {
    typed::<i64>(value, cx)
}

pub(super) fn float(value: Value, cx: &mut Decoder) -> Option<Value> {
    if value.is_number() {
        return Some(value);
    }
    cx.invalid(value, "expected a floating point number");
    None
}

pub(super) fn object(value: Value, cx: &mut Decoder) -> Option<Value> {
    if value.is_object() {
        return Some(value);
    }
    cx.invalid(value, "expected an object");
    None
}

pub(super) fn array(value: Value, cx: &mut Decoder) -> Option<Value> {
    if value.is_array() {
        return Some(value);
    }
    cx.invalid(value, "expected an array");
    None
}

pub(super) fn strings(value: Value, cx: &mut Decoder) -> Option<Value> {
    let Value::Array(values) = value else {
        return array(value, cx);
    };
    Some(Value::Array(cx.each(values, string)))
}

/// An id of 32 hex digits, with dashes or without; written without.
pub(super) fn id(value: Value, cx: &mut Decoder) -> Option<Value> {
    typed::<EventId>(value, cx)
}

/// The same, written with dashes.
pub(super) fn uuid(value: Value, cx: &mut Decoder) -> Option<Value> {
    let id = EventId::decode(value, cx)?.to_string();
    Some(Value::String(dashed(&id)))
}

/// 32 hex digits in the five parts of a UUID.
pub(super) fn dashed(digits: &str) -> String {
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}

pub(super) fn address(value: Value, cx: &mut Decoder) -> Option<Value> {
    hex(value, cx).map(Value::String)
}

pub(super) fn headers(value: Value, cx: &mut Decoder) -> Option<Value> {
    pairs(text::headers(value, cx))
}

pub(super) fn cookies(value: Value, cx: &mut Decoder) -> Option<Value> {
    pairs(text::cookies(value, cx))
}

fn pairs(pairs: Vec<(String, String)>) -> Option<Value> {
    (!pairs.is_empty()).then(|| serde_json::to_value(pairs).ok()).flatten()
}

/// A frame's or thread's lock: one of Java's monitors.
pub(super) static LOCK: Shape = Shape {
    fields: &[
        ("type", lock_type),
        ("address", string),
        ("package_name", string),
        ("class_name", string),
        ("thread_id", thread_id),
    ],
    others: Others::Dropped,
};

fn lock_type(value: Value, cx: &mut Decoder) -> Option<Value> {
    // Held, waited for, slept on, blocked by (`ingest.md` §3.2).
    if matches!(value.as_i64(), Some(1 | 2 | 4 | 8)) {
        return Some(value);
    }
    cx.invalid(value, "expected lock reason type");
    None
}

fn thread_id(value: Value, cx: &mut Decoder) -> Option<Value> {
    typed::<super::ThreadId>(value, cx)
}

pub(super) fn lock(value: Value, cx: &mut Decoder) -> Object {
    LOCK.read(value, cx)
}

/// Locks by address.
pub(super) fn locks(value: Value, cx: &mut Decoder) -> Object {
    members(value, cx, |value, cx| {
        let lock = LOCK.read(value, cx);
        (!lock.is_empty()).then_some(Value::Object(lock))
    })
}

/// Registers by name.
pub(super) fn registers(value: Value, cx: &mut Decoder) -> Object {
    members(value, cx, address)
}

fn members(value: Value, cx: &mut Decoder, read: Read) -> Object {
    let map = Object::decode(value, cx);
    map.into_iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(name, value)| {
            let value = cx.with_key(&name, value, read)?;
            Some((name, value))
        })
        .collect()
}

/// What the server itself notes at a frame.
static FRAME_DATA: Shape = Shape {
    fields: &[
        ("sourcemap", string),
        ("orig_function", string),
        ("orig_filename", string),
        ("orig_lineno", unsigned),
        ("orig_colno", unsigned),
        ("orig_in_app", signed),
    ],
    others: Others::Kept,
};

pub(super) fn frame_data(value: Value, cx: &mut Decoder) -> Object {
    FRAME_DATA.read(value, cx)
}

static GEO: Shape = Shape {
    fields: &[
        ("country_code", string),
        ("city", string),
        ("subdivision", string),
        ("region", string),
    ],
    others: Others::Kept,
};

pub(super) fn geo(value: Value, cx: &mut Decoder) -> Object {
    GEO.read(value, cx)
}

static SDK_SETTINGS: Shape = Shape {
    fields: &[("infer_ip", infer_ip)],
    others: Others::Dropped,
};

fn infer_ip(value: Value, cx: &mut Decoder) -> Option<Value> {
    if matches!(value.as_str(), Some("auto" | "never" | "legacy")) {
        return Some(value);
    }
    cx.invalid(value, "expected auto, never or legacy");
    None
}

pub(super) fn sdk_settings(value: Value, cx: &mut Decoder) -> Object {
    SDK_SETTINGS.read(value, cx)
}

/// What an operating system says of an error, in a mechanism.
static MECHANISM_META: Shape = Shape {
    fields: &[
        ("errno", |value, cx| part(&ERRNO, value, cx)),
        ("signal", |value, cx| part(&SIGNAL, value, cx)),
        ("mach_exception", |value, cx| part(&MACH_EXCEPTION, value, cx)),
        ("ns_error", |value, cx| part(&NS_ERROR, value, cx)),
    ],
    others: Others::Dropped,
};

static ERRNO: Shape = Shape {
    fields: &[("number", signed), ("name", string)],
    others: Others::Dropped,
};

static SIGNAL: Shape = Shape {
    fields: &[
        ("number", signed),
        ("code", signed),
        ("name", string),
        ("code_name", string),
    ],
    others: Others::Dropped,
};

static MACH_EXCEPTION: Shape = Shape {
    fields: &[
        ("exception", signed),
        ("code", unsigned),
        ("subcode", unsigned),
        ("name", string),
    ],
    others: Others::Dropped,
};

static NS_ERROR: Shape = Shape {
    fields: &[("code", signed), ("domain", string)],
    others: Others::Dropped,
};

fn part(shape: &Shape, value: Value, cx: &mut Decoder) -> Option<Value> {
    let part = shape.read(value, cx);
    (!part.is_empty()).then_some(Value::Object(part))
}

pub(super) fn mechanism_meta(value: Value, cx: &mut Decoder) -> Object {
    MECHANISM_META.read(value, cx)
}
