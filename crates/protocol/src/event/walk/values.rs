//! What there is to be visited in the types that fields have.

use model::{EventId, Timestamp};
use serde_json::Value;

use super::{Fate, Found, Kind, Pii, Place, Visitor, walk_json};
use crate::event::{Entries, EventType, Meta, Named, Object, SpanId, SpanStatus, ThreadId, TraceId, Values};

pub(in crate::event) trait Walk {
    /// Visits the value and what is in it. What is to be removed is so by the caller.
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate;

    fn kind(&self) -> Kind;
}

impl<T: Walk> Walk for Option<T> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        match self {
            Some(value) => value.walk(place, visitor),
            None => Fate::Keep,
        }
    }

    fn kind(&self) -> Kind {
        self.as_ref().map_or(Kind::NONE, Walk::kind)
    }
}

impl Walk for String {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if place.pii == Pii::False {
            return Fate::Keep;
        }
        visitor.visit(place, Found::Text(self))
    }

    fn kind(&self) -> Kind {
        Kind::STRING
    }
}

macro_rules! walk_numbers {
    ($($type:ty)*) => {$(
        impl Walk for $type {
            fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
                if place.pii == Pii::False {
                    return Fate::Keep;
                }
                visitor.visit(place, Found::Other)
            }

            fn kind(&self) -> Kind {
                Kind::NUMBER
            }
        }
    )*};
}
walk_numbers!(u64 i64 f64);

/// Types whose values say nothing about anybody.
macro_rules! walk_past {
    ($($type:ty: $kind:ident)*) => {$(
        impl Walk for $type {
            fn walk(&mut self, _place: &Place<'_>, _visitor: &mut dyn Visitor) -> Fate {
                Fate::Keep
            }

            fn kind(&self) -> Kind {
                Kind::$kind
            }
        }
    )*};
}
walk_past! {
    bool: BOOLEAN
    Timestamp: DATE_TIME
    model::Level: NONE
    EventId: NONE
    EventType: NONE
    TraceId: NONE
    SpanId: NONE
    SpanStatus: NONE
}

impl Walk for ThreadId {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        match self {
            Self::Number(number) => number.walk(place, visitor),
            Self::Text(text) => text.walk(place, visitor),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::NUMBER,
            Self::Text(_) => Kind::STRING,
        }
    }
}

impl Walk for Value {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        match self {
            Self::String(text) => text.walk(place, visitor),
            Self::Number(_) if place.pii != Pii::False => visitor.visit(place, Found::Other),
            Self::Array(values) => values.walk(place, visitor),
            Self::Object(map) => map.walk(place, visitor),
            Self::Null | Self::Bool(_) | Self::Number(_) => Fate::Keep,
        }
    }

    fn kind(&self) -> Kind {
        Kind::of(self)
    }
}

/// What no parser lets through. It could not be looked at without risking the stack, so it is not kept either.
const MAX_DEPTH: u16 = 200;

/// Whether to go into a container of values.
fn enter(place: &Place<'_>, visitor: &mut dyn Visitor) -> Option<Fate> {
    if place.depth > MAX_DEPTH {
        return Some(Fate::Remove);
    }
    (visitor.visit(place, Found::Other) == Fate::Remove).then_some(Fate::Remove)
}

impl Walk for Object {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if self.is_empty() || place.pii == Pii::False {
            return Fate::Keep;
        }
        if let Some(fate) = enter(place, visitor) {
            return fate;
        }
        for (key, value) in self.iter_mut() {
            walk_json(value, &place.child(key, Kind::of(value)), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::OBJECT
    }
}

impl Walk for Vec<Value> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if self.is_empty() || place.pii == Pii::False {
            return Fate::Keep;
        }
        if let Some(fate) = enter(place, visitor) {
            return fate;
        }
        for (index, value) in self.iter_mut().enumerate() {
            walk_json(value, &place.child(index, Kind::of(value)), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::ARRAY
    }
}

impl Walk for Vec<String> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if self.is_empty() || place.pii == Pii::False {
            return Fate::Keep;
        }
        if let Some(fate) = enter(place, visitor) {
            return fate;
        }
        for (index, text) in self.iter_mut().enumerate() {
            walk_member(text, &place.child(index, Kind::STRING), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::ARRAY
    }
}

/// Pairs: to selectors an object, though JSON has a list, for the order counts and a name may come twice.
impl Walk for Vec<(String, String)> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if self.is_empty() || place.pii == Pii::False {
            return Fate::Keep;
        }
        if let Some(fate) = enter(place, visitor) {
            return fate;
        }
        for (index, (name, text)) in self.iter_mut().enumerate() {
            walk_member(text, &place.pair(name, index, Kind::STRING), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::OBJECT
    }
}

impl Walk for Entries {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        if self.0.is_empty() || place.pii == Pii::False {
            return Fate::Keep;
        }
        if let Some(fate) = enter(place, visitor) {
            return fate;
        }
        for (name, text) in &mut self.0 {
            walk_member(text, &place.child(name.as_str(), Kind::STRING), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::OBJECT
    }
}

/// A text whose place cannot be empty: what is left of it when it is removed is the empty text.
fn walk_member(text: &mut String, place: &Place<'_>, visitor: &mut dyn Visitor) {
    if text.walk(place, visitor) == Fate::Remove {
        text.clear();
    }
}

/// A structure, of which there may be a list.
pub(in crate::event) trait Structure: Walk {}

impl<T: Structure> Walk for Vec<T> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        for (index, member) in self.iter_mut().enumerate() {
            let kind = member.kind();
            member.walk(&place.child(index, kind), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::ARRAY
    }
}

impl<T: Structure> Walk for Values<T> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        self.values.walk(&place.child("values", Kind::ARRAY), visitor);
        walk_other(&mut self.other, place, visitor);
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::NONE
    }
}

impl<T: Walk> Walk for Named<T> {
    fn walk(&mut self, place: &Place<'_>, visitor: &mut dyn Visitor) -> Fate {
        for (name, member) in &mut self.0 {
            let kind = member.kind();
            member.walk(&place.child(name.as_str(), kind), visitor);
        }
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::NONE
    }
}

/// What stands beside the fields of a structure: nobody knows what it is.
pub(in crate::event) fn walk_other(other: &mut Object, place: &Place<'_>, visitor: &mut dyn Visitor) {
    for (key, value) in other.iter_mut() {
        walk_json(value, &place.child(key, Kind::of(value)).with_pii(Pii::True), visitor);
    }
}

/// Remarks hold values that were not valid where they stood. They are looked at by those who have them in hand: the
/// walk is over the event, and who walks writes remarks.
impl Walk for Meta {
    fn walk(&mut self, _place: &Place<'_>, _visitor: &mut dyn Visitor) -> Fate {
        Fate::Keep
    }

    fn kind(&self) -> Kind {
        Kind::OBJECT
    }
}
