//! Reading fields leniently: what is of the wrong type is left out and noted, never an error of the whole
//! (`ingest.md` §3). Nothing is coerced unless a field's rule says so.

use std::{borrow::Cow, fmt::Write as _};

use model::{EventId, Level, Timestamp};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Number, Value, json};

use super::{
    FieldError, Meta, Object,
    json_tree::{Members, Tree},
    meta,
};

/// More than a page can show, and a bound on what a hostile event can make of one megabyte.
const MAX_ERRORS: usize = 100;

/// Where the reader stands, and what it had to leave out.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    notes: Vec<Note>,
    path: Vec<Segment>,
    /// It was read before, and may have been scrubbed since: what stands for an address need not be one.
    pub(super) is_stored: bool,
}

#[derive(Debug, Clone)]
enum Segment {
    Name(&'static str),
    Key(String),
    /// A member of a list: its place as it was sent, and the one that it has when those before it were left out.
    Index {
        sent: usize,
        kept: usize,
    },
}

/// What was left out, and where.
#[derive(Debug)]
struct Note {
    path: Vec<Segment>,
    /// How much of the path still is there.
    kept: usize,
    reason: Cow<'static, str>,
    value: Value,
}

impl Decoder {
    pub(super) fn field<T: Field>(&mut self, name: &'static str, tree: Tree<'_>) -> T {
        self.with(name, tree, T::read)
    }

    pub(super) fn with<V, T>(&mut self, name: &'static str, value: V, read: impl FnOnce(V, &mut Self) -> T) -> T {
        self.path.push(Segment::Name(name));
        let read = read(value, self);
        self.path.pop();
        read
    }

    /// A member of an object that has no fixed keys.
    pub(super) fn with_key<T>(&mut self, key: &str, value: Value, read: impl FnOnce(Value, &mut Self) -> T) -> T {
        self.path.push(Segment::Key(key.to_owned()));
        let read = read(value, self);
        self.path.pop();
        read
    }

    /// One half of a pair.
    pub(super) fn with_index<T>(&mut self, index: usize, value: Value, read: fn(Value, &mut Self) -> T) -> T {
        self.path.push(Segment::Index {
            sent: index,
            kept: index,
        });
        let read = read(value, self);
        self.path.pop();
        read
    }

    pub(super) fn each<V, T>(
        &mut self,
        values: impl IntoIterator<Item = V>,
        mut read: impl FnMut(V, &mut Self) -> Option<T>,
    ) -> Vec<T> {
        let mut list = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let noted = self.notes.len();
            self.path.push(Segment::Index {
                sent: index,
                kept: list.len(),
            });
            let member = read(value, self);
            self.path.pop();
            if member.is_none() {
                // There is nothing in the list that it could be said of, so it is said of the list.
                for note in &mut self.notes[noted..] {
                    note.kept = note.kept.min(self.path.len());
                }
            }
            list.extend(member);
        }
        list
    }

    /// Those of an object; anything else is of the wrong kind.
    pub(super) fn members<'j>(&mut self, tree: Tree<'j>) -> Option<Members<'j>> {
        tree.into_members()
            .map_err(|tree| self.invalid(tree.into(), "expected an object"))
            .ok()
    }

    /// A value of the wrong kind at the place that is being read.
    pub(super) fn invalid(&mut self, value: Value, reason: impl Into<Cow<'static, str>>) {
        if self.notes.len() < MAX_ERRORS {
            self.notes.push(Note {
                path: self.path.clone(),
                kept: self.path.len(),
                reason: reason.into(),
                value,
            });
        }
    }

    /// The same, one key further in.
    pub(super) fn invalid_at(&mut self, key: &str, value: Value, reason: &'static str) {
        self.with_key(key, value, |value, cx| cx.invalid(value, reason));
    }

    pub(super) fn into_errors(self) -> Vec<FieldError> {
        self.notes.into_iter().map(Note::into_error).collect()
    }

    /// Tells what was left out: in the event's errors, and beside the place where it was.
    pub(super) fn finish(self, errors: &mut Vec<FieldError>, meta: &mut Meta) {
        for note in self.notes {
            let place = note.path[..note.kept].iter().map(|segment| match segment {
                Segment::Name(name) => meta::Segment::Key(name),
                Segment::Key(key) => meta::Segment::Key(key),
                Segment::Index { kept, .. } => meta::Segment::Index(*kept),
            });
            meta.at(place)
                .error_with(FieldError::INVALID_DATA, json!({"reason": note.reason}))
                .original_value(&note.value);
            errors.push(note.into_error());
        }
        meta.prune();
    }
}

impl Note {
    fn into_error(self) -> FieldError {
        FieldError::invalid(name(&self.path), self.value, &self.reason)
    }
}

/// The dotted path, as the payload was sent.
fn name(path: &[Segment]) -> String {
    let mut name = String::new();
    for segment in path {
        if !name.is_empty() {
            name.push('.');
        }
        match segment {
            Segment::Name(segment) => name.push_str(segment),
            Segment::Key(segment) => name.push_str(segment),
            Segment::Index { sent, .. } => write!(name, "{sent}").expect("a text takes all that is written"),
        }
    }
    name
}

/// A field of a structure: absent, or read from any JSON value.
pub(super) trait Field: Default {
    fn decode(value: Value, cx: &mut Decoder) -> Self;

    /// The same, for what has parts that need not become values before.
    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Self {
        Self::decode(tree.into(), cx)
    }

    fn is_absent(&self) -> bool;
    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// A value that is not null.
pub(super) trait Decode: Sized {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self>;

    /// As [`Field::read`].
    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Option<Self> {
        Self::decode(tree.into(), cx)
    }

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

    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Self {
        if tree.is_null() { None } else { T::read(tree, cx) }
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
        time.map(storable_time)
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

/// The end of the year 9999, as for texts.
const LIMIT: i64 = 253_402_300_800;

fn seconds(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_precision_loss, reason = "it is exact")]
    let limit = LIMIT as f64;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    (seconds.abs() < limit).then(|| Timestamp((seconds * 1e6).round() as i64))
}

/// The point in time that is read back when this one is stored: far from 1970 a double has no room for microseconds.
pub fn storable_time(time: Timestamp) -> Timestamp {
    const EXACT: u64 = 1 << 53;
    let micros = time.micros().clamp(1 - LIMIT * 1_000_000, LIMIT * 1_000_000 - 1);
    if micros.unsigned_abs() < EXACT {
        Timestamp(micros)
    } else {
        Timestamp(micros - micros % 1_000_000)
    }
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
        <Self as Field>::read(value.into(), cx)
    }

    fn read(tree: Tree<'_>, cx: &mut Decoder) -> Self {
        match tree.into_list() {
            Ok(values) => cx.each(values, Option::<T>::read),
            Err(Tree::Null) => Self::new(),
            Err(tree) => {
                cx.invalid(tree.into(), "expected an array");
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
///
/// A line is `field "key" Type`, then what differs from the rule, in this order:
/// - `by function`: reads the value or the tree, when the type alone does not say how;
/// - `pii maybe` or `pii false`: whether personal data is looked for in it (`ingest.md` §5.3); it is, unless said
///   otherwise;
/// - `walk function`: visits the value, when parts of it differ in that.
macro_rules! schema {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(kind $kind:ident)? {
            $(
                $(#[$field_meta:meta])*
                $field:ident $key:literal $type:ty $(, by $read:path)? $(, pii $pii:tt)? $(, walk $walk:path)?;
            )*
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
            fn of_members(
                members: $crate::event::json_tree::Members<'_>,
                cx: &mut $crate::event::decode::Decoder,
            ) -> Self {
                let mut this = Self::default();
                for (key, tree) in members {
                    match &*key {
                        $($key => {
                            this.$field = $crate::event::decode::schema!(@read cx, $key, tree $(, $read)?);
                        })*
                        _ if tree.is_null() => {}
                        _ => {
                            this.other.insert(key.into_owned(), tree.into());
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

        impl $crate::event::walk::Structure for $name {}

        impl $crate::event::walk::Walk for $name {
            fn walk(
                &mut self,
                place: &$crate::event::walk::Place<'_>,
                visitor: &mut dyn $crate::event::walk::Visitor,
            ) -> $crate::event::walk::Fate {
                $($crate::event::decode::schema!(
                    @visit self.$field, $key, place, visitor, ($($pii)?), ($($walk)?)
                );)*
                $crate::event::walk::walk_other(&mut self.other, place, visitor);
                $crate::event::walk::Fate::Keep
            }

            fn kind(&self) -> $crate::event::walk::Kind {
                $crate::event::decode::schema!(@kind $($kind)?)
            }
        }
    };
    (@visit $field:expr, $key:literal, $place:ident, $visitor:ident, (false), ()) => {};
    (@visit $field:expr, $key:literal, $place:ident, $visitor:ident, ($($pii:tt)?), ($($walk:path)?)) => {
        if !$crate::event::decode::Field::is_absent(&$field) {
            let kind = $crate::event::walk::Walk::kind(&$field);
            let pii = $crate::event::decode::schema!(@pii $($pii)?);
            let walk = $crate::event::decode::schema!(@walk $($walk)?);
            if walk(&mut $field, &$place.child($key, kind).with_pii(pii), $visitor) == $crate::event::walk::Fate::Remove {
                $field = Default::default();
            }
        }
    };
    (@pii) => { $crate::event::walk::Pii::True };
    (@pii maybe) => { $crate::event::walk::Pii::Maybe };
    (@walk) => { $crate::event::walk::Walk::walk };
    (@walk $walk:path) => { $walk };
    (@kind) => { $crate::event::walk::Kind::NONE };
    (@kind $kind:ident) => { $crate::event::walk::Kind::$kind };
    (@read $cx:ident, $key:literal, $tree:ident) => { $cx.field($key, $tree) };
    (@read $cx:ident, $key:literal, $tree:ident, $read:path) => {
        $cx.with($key, $tree.into(), $read)
    };
}
pub(super) use schema;

/// A structure that is read from an object and from nothing else.
macro_rules! decode_object {
    ($name:ident) => {
        impl $crate::event::decode::Decode for $name {
            fn decode(value: serde_json::Value, cx: &mut $crate::event::decode::Decoder) -> Option<Self> {
                $crate::event::decode::Decode::read(value.into(), cx)
            }

            fn read(tree: $crate::event::json_tree::Tree<'_>, cx: &mut $crate::event::decode::Decoder) -> Option<Self> {
                let members = cx.members(tree)?;
                Some(Self::of_members(members, cx))
            }

            fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }
    };
}
pub(super) use decode_object;
