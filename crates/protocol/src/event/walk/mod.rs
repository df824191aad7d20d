//! A walk over everything that an event holds, for those who look at values by place and kind instead of by field:
//! scrubbing does (`ingest.md` §5.3).
//!
//! Every structure that [`super::decode::schema!`] declares takes part with every field. A field whose line says
//! nothing else may hold personal data, so a new one is scrubbed until somebody decides that it need not be.

mod values;

use serde_json::Value;

pub(super) use self::values::{Structure, Walk, walk_other};
pub use super::levels::walk_attributes;
use super::{
    Event, Meta, Span,
    meta::{At, Segment},
};

/// Whether personal data is to be looked for in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pii {
    /// Never.
    False,
    /// By those who name the place.
    Maybe,
    /// Always.
    True,
}

/// What a value is: a kind of JSON value, a structure of the event, or both; a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Kind(u32);

impl Kind {
    pub const NONE: Self = Self(0);
    pub const STRING: Self = Self(1);
    pub const NUMBER: Self = Self(1 << 1);
    pub const BOOLEAN: Self = Self(1 << 2);
    pub const DATE_TIME: Self = Self(1 << 3);
    pub const ARRAY: Self = Self(1 << 4);
    pub const OBJECT: Self = Self(1 << 5);
    pub const BINARY: Self = Self(1 << 6);
    pub const EVENT: Self = Self(1 << 7);
    pub const EXCEPTION: Self = Self(1 << 8);
    pub const STACKTRACE: Self = Self(1 << 9);
    pub const FRAME: Self = Self(1 << 10);
    pub const REQUEST: Self = Self(1 << 11);
    pub const USER: Self = Self(1 << 12);
    pub const LOGENTRY: Self = Self(1 << 13);
    pub const THREAD: Self = Self(1 << 14);
    pub const BREADCRUMB: Self = Self(1 << 15);
    pub const SPAN: Self = Self(1 << 16);
    pub const SDK: Self = Self(1 << 17);
    pub const MINIDUMP: Self = Self(1 << 18);
    pub const HEAP_MEMORY: Self = Self(1 << 19);
    pub const STACK_MEMORY: Self = Self(1 << 20);
    pub const ATTACHMENTS: Self = Self(1 << 21);
    pub const REPLAY: Self = Self(1 << 22);
    pub const LOG: Self = Self(1 << 23);
    pub const TRACE_METRIC: Self = Self(1 << 24);
    /// The text of a log entry.
    pub const MESSAGE: Self = Self(1 << 25);

    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they have something in common.
    pub const fn is_any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NONE,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(_) => Self::NUMBER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }
}

/// Where a value stands: the last step, and behind it the way from the root. On the stack, so that a walk allocates
/// nothing.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    segment: Option<Segment<'a>>,
    /// In a list of pairs: which one. Its value stands there in JSON, whatever its name.
    pair: Option<usize>,
    pub kind: Kind,
    pub pii: Pii,
    depth: u16,
}

impl<'a> Place<'a> {
    pub fn root(kind: Kind, pii: Pii) -> Self {
        Self {
            parent: None,
            segment: None,
            pair: None,
            kind,
            pii,
            depth: 0,
        }
    }

    /// A value within, of the same level.
    #[must_use]
    pub fn child(&'a self, segment: impl Into<Segment<'a>>, kind: Kind) -> Self {
        Self {
            parent: Some(self),
            segment: Some(segment.into()),
            pair: None,
            kind,
            pii: self.pii,
            depth: self.depth.saturating_add(1),
        }
    }

    #[must_use]
    pub fn with_pii(self, pii: Pii) -> Self {
        Self { pii, ..self }
    }

    #[must_use]
    pub fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The value of a pair in a list of them.
    #[must_use]
    pub fn pair(&'a self, name: &'a str, index: usize, kind: Kind) -> Self {
        Self {
            pair: Some(index),
            ..self.child(name, kind)
        }
    }

    /// `None` at the root.
    pub fn segment(&self) -> Option<Segment<'a>> {
        self.segment
    }

    /// The name of the value in what holds it; members of lists have none.
    pub fn key(&self) -> Option<&'a str> {
        match self.segment {
            Some(Segment::Key(key)) => Some(key),
            _ => None,
        }
    }

    pub fn parent(&self) -> Option<&'a Self> {
        self.parent
    }

    /// The value, what holds it, and so on to the root.
    pub fn ancestors(&self) -> impl Iterator<Item = &Place<'_>> + Clone {
        std::iter::successors(Some(self), |place| place.parent)
    }

    /// The way to the value from the root, as `_meta` has it.
    pub fn path(&self) -> Vec<Segment<'_>> {
        let mut path = Vec::new();
        for place in self.ancestors() {
            match (place.pair, place.segment) {
                (Some(index), _) => path.extend([Segment::Index(1), Segment::Index(index)]),
                (None, Some(segment)) => path.push(segment),
                (None, None) => {}
            }
        }
        path.reverse();
        path
    }

    /// Where remarks on the value are written.
    pub fn meta<'m>(&self, meta: &'m mut Meta) -> At<'m> {
        let Some(parent) = self.parent else {
            return meta.at::<Segment<'_>>([]);
        };
        let at = parent.meta(meta);
        match (self.pair, self.segment) {
            (Some(index), _) => at.index(index).index(1),
            (None, Some(segment)) => at.segment(segment),
            (None, None) => at,
        }
    }
}

/// What is found at a place.
#[derive(Debug)]
pub enum Found<'v> {
    Text(&'v mut String),
    /// A number, list or object; of the latter two, what is in them is visited next.
    Other,
}

/// What is to become of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Keep,
    /// It becomes null, or a field without a value.
    Remove,
}

pub trait Visitor {
    /// Called with each value that may hold personal data (not with truth values, and not with the structures
    /// themselves); with a container before what is in it.
    fn visit(&mut self, place: &Place<'_>, found: Found<'_>) -> Fate;
}

impl Span {
    /// A span that was sent alone.
    pub fn walk(&mut self, visitor: &mut dyn Visitor) {
        Walk::walk(self, &Place::root(Kind::SPAN, Pii::True), visitor);
    }
}

impl Event {
    pub fn walk(&mut self, visitor: &mut dyn Visitor) {
        let root = Place::root(Kind::EVENT, Pii::True);
        Walk::walk(self, &root, visitor);
    }
}

/// Visits a JSON value and what is in it; all of the level of its place.
pub fn walk_json(value: &mut Value, place: &Place<'_>, visitor: &mut dyn Visitor) {
    if value.walk(place, visitor) == Fate::Remove {
        *value = Value::Null;
    }
}

#[cfg(test)]
mod tests;
