//! Reading fields leniently: what is of the wrong type is left out and noted, never an error of the whole
//! (`ingest.md` §3). Nothing is coerced unless a field's rule says so.

use model::{EventId, Level, Timestamp};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Number, Value};

use super::{FieldError, Object};

/// More than a page can show, and a bound on what a hostile event can make of one megabyte.
const MAX_ERRORS: usize = 100;

/// Where the reader stands, and what it had to leave out.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    pub(super) errors: Vec<FieldError>,
    path: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Name(&'static str),
    Index(usize),
}

impl Decoder {
    pub(super) fn field<T: Field>(&mut self, name: &'static str, value: Value) -> T {
        self.with(name, value, T::decode)
    }

    pub(super) fn with<T>(&mut self, name: &'static str, value: Value, read: fn(Value, &mut Self) -> T) -> T {
        self.path.push(Segment::Name(name));
        let read = read(value, self);
        self.path.pop();
        read
    }

    pub(super) fn each<T>(
        &mut self,
        values: impl IntoIterator<Item = Value>,
        mut read: impl FnMut(Value, &mut Self) -> Option<T>,
    ) -> Vec<T> {
        let mut list = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            self.path.push(Segment::Index(index));
            list.extend(read(value, self));
            self.path.pop();
        }
        list
    }

    /// A value of the wrong kind at the place that is being read.
    pub(super) fn invalid(&mut self, value: Value, reason: &'static str) {
        self.push(FieldError::invalid(self.name(None), value, reason));
    }

    /// The same, one key further in.
    pub(super) fn invalid_at(&mut self, key: &str, value: Value, reason: &'static str) {
        self.push(FieldError::invalid(self.name(Some(key)), value, reason));
    }

    fn push(&mut self, error: FieldError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    fn name(&self, last: Option<&str>) -> String {
        let mut name = String::new();
        for segment in &self.path {
            let dot = if name.is_empty() { "" } else { "." };
            match segment {
                Segment::Name(segment) => name.extend([dot, segment]),
                Segment::Index(index) => name.extend([dot, &index.to_string()]),
            }
        }
        if let Some(last) = last {
            name.extend([if name.is_empty() { "" } else { "." }, last]);
        }
        name
    }
}

/// A field of a structure: absent, or read from any JSON value.
pub(super) trait Field: Default {
    fn decode(value: Value, cx: &mut Decoder) -> Self;
    fn is_absent(&self) -> bool;
    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// A value that is not null.
pub(super) trait Decode: Sized {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self>;
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

struct Encoded<'a, T>(&'a T);

impl<T: Decode> Serialize for Encoded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.encode(serializer)
    }
}

impl<T: Decode> Field for Option<T> {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        if value.is_null() { None } else { T::decode(value, cx) }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(key, &Encoded(value)),
            None => Ok(()),
        }
    }
}

macro_rules! decode {
    ($type:ty, |$value:ident, $cx:ident| $body:expr) => {
        impl Decode for $type {
            fn decode($value: Value, $cx: &mut Decoder) -> Option<Self> {
                $body
            }

            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }
    };
}

decode!(String, |value, cx| match value {
    Value::String(text) => Some(text),
    value => {
        cx.invalid(value, "expected a string");
        None
    }
});

decode!(bool, |value, cx| match value {
    Value::Bool(value) => Some(value),
    value => {
        cx.invalid(value, "expected a boolean");
        None
    }
});

decode!(u64, |value, cx| match value.as_number().and_then(unsigned) {
    Some(number) => Some(number),
    None => {
        cx.invalid(value, "expected an unsigned integer");
        None
    }
});

decode!(i64, |value, cx| match value.as_number().and_then(signed) {
    Some(number) => Some(number),
    None => {
        cx.invalid(value, "expected an integer");
        None
    }
});

decode!(Value, |value, _cx| Some(value));

decode!(
    EventId,
    |value, cx| match value.as_str().and_then(|text| text.parse().ok()) {
        Some(id) => Some(id),
        None => {
            cx.invalid(value, "expected an event id");
            None
        }
    }
);

decode!(Level, |value, cx| {
    let level = match &value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64().and_then(Level::from_number),
        _ => None,
    };
    if level.is_none() {
        cx.invalid(value, "expected a level");
    }
    level
});

impl Decode for Timestamp {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        let time = match &value {
            // Date and time are parted by a T: what else the parser takes, SDKs do not mean.
            Value::String(text) if matches!(text.as_bytes().get(10), Some(b'T' | b't')) => text.parse().ok(),
            Value::Number(number) => number.as_f64().and_then(seconds),
            _ => None,
        };
        if time.is_none() {
            cx.invalid(value, "expected a timestamp");
        }
        time
    }

    /// Unix seconds, as payloads carry them.
    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.micros() % 1_000_000 == 0 {
            serializer.serialize_i64(self.seconds())
        } else {
            #[expect(clippy::cast_precision_loss, reason = "exact for 285 years around 1970")]
            let micros = self.micros() as f64;
            serializer.serialize_f64(micros / 1e6)
        }
    }
}

/// Up to the end of the year 9999, as for texts.
fn seconds(seconds: f64) -> Option<Timestamp> {
    const LIMIT: f64 = 253_402_300_800.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    (seconds.abs() < LIMIT).then(|| Timestamp((seconds * 1e6).round() as i64))
}

fn unsigned(number: &Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked"
        )]
        (0.0..1.8e19).contains(&float).then_some(float as u64)
    })
}

fn signed(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        (float.abs() < 9.2e18).then_some(float as i64)
    })
}

impl Field for Object {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        match value {
            Value::Object(map) => map,
            Value::Null => Self::new(),
            value => {
                cx.invalid(value, "expected an object");
                Self::new()
            }
        }
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

/// Lists of texts, numbers and pairs; each member that cannot be read is left out.
impl<T: Decode + Serialize> Field for Vec<T> {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        match value {
            Value::Array(values) => cx.each(values, Option::<T>::decode),
            Value::Null => Self::new(),
            value => {
                cx.invalid(value, "expected an array");
                Self::new()
            }
        }
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

decode!((String, String), |value, cx| match value {
    Value::Array(pair) if pair.len() == 2 && pair.iter().all(Value::is_string) => {
        let mut texts = pair.into_iter().filter_map(|value| match value {
            Value::String(text) => Some(text),
            _ => None,
        });
        texts.next().zip(texts.next())
    }
    value => {
        cx.invalid(value, "expected a pair");
        None
    }
});

/// Declares a structure of an event: its fields with their keys in JSON, and everything else under `other`.
macro_rules! schema {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident $key:literal $type:ty $(, by $read:path)?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// What has no field here, as it was sent.
            pub other: $crate::event::Object,
        }

        impl $name {
            fn read(map: $crate::event::Object, cx: &mut $crate::event::decode::Decoder) -> Self {
                let mut this = Self::default();
                for (key, value) in map {
                    match key.as_str() {
                        $($key => {
                            this.$field = $crate::event::decode::schema!(@read cx, $key, value $(, $read)?);
                        })*
                        _ if value.is_null() => {}
                        _ => {
                            this.other.insert(key, value);
                        }
                    }
                }
                this
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !$crate::event::decode::Field::is_absent(&self.$field) {
                    $crate::event::decode::Field::encode(&self.$field, $key, &mut map)?;
                })*
                for (key, value) in &self.other {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    };
    (@read $cx:ident, $key:literal, $value:ident) => { $cx.field($key, $value) };
    (@read $cx:ident, $key:literal, $value:ident, $read:path) => { $cx.with($key, $value, $read) };
}
pub(super) use schema;

/// A structure that is read from an object and from nothing else.
macro_rules! decode_object {
    ($name:ident) => {
        impl $crate::event::decode::Decode for $name {
            fn decode(value: serde_json::Value, cx: &mut $crate::event::decode::Decoder) -> Option<Self> {
                match value {
                    serde_json::Value::Object(map) => Some(Self::read(map, cx)),
                    value => {
                        cx.invalid(value, "expected an object");
                        None
                    }
                }
            }

            fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }
    };
}
pub(super) use decode_object;
