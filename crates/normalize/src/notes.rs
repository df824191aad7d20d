//! What is said of a field that was changed: in the errors of the event, and in `_meta` beside its place.

use std::fmt;

use protocol::event::{
    Event, FieldError, Meta, Object,
    meta::{At, Segment},
};
use serde_json::{Value, json};

/// The way to a field. It is written out only when there is something to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    segment: Segment<'a>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(key: &'a str) -> Self {
        Self {
            parent: None,
            segment: Segment::Key(key),
        }
    }

    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self {
            parent: Some(self),
            segment: Segment::Key(key),
        }
    }

    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            segment: Segment::Index(index),
        }
    }

    pub(crate) fn path(&self) -> Vec<Segment<'a>> {
        let mut path = Vec::new();
        let mut place = Some(self);
        while let Some(this) = place {
            path.push(this.segment);
            place = this.parent;
        }
        path.reverse();
        path
    }
}

/// Dotted, as errors name fields.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        match self.segment {
            Segment::Key(key) => f.write_str(key),
            Segment::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Where notes go, while other parts of the event are changed.
pub(crate) struct Notes<'a> {
    pub(crate) errors: &'a mut Vec<FieldError>,
    pub(crate) meta: &'a mut Meta,
}

/// The notes of an event, borrowed apart from its other fields.
macro_rules! notes {
    ($event:expr) => {
        $crate::notes::Notes {
            errors: &mut $event.errors,
            meta: &mut $event.meta,
        }
    };
}
pub(crate) use notes;

/// More than anybody reads, and a bound on what a hostile event can make of one megabyte.
const MAX_ERRORS: usize = 200;

impl Notes<'_> {
    pub(crate) fn at(&mut self, place: &Place<'_>) -> At<'_> {
        self.meta.at(place.path())
    }

    /// Tells of what is not one field's.
    pub(crate) fn push(&mut self, error: impl FnOnce() -> FieldError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error());
        }
    }

    /// The field was removed, for its value is not what it must be.
    pub(crate) fn invalid(&mut self, place: &Place<'_>, value: impl Into<Value>, reason: &str) {
        let value = value.into();
        let mut at = self.at(place);
        at.error_with(FieldError::INVALID_DATA, json!({"reason": reason}));
        if !value.is_null() {
            at.original_value(&value);
        }
        self.push(|| FieldError::invalid(place.to_string(), value, reason));
    }

    /// The field was removed, for a reason that its value tells by itself.
    pub(crate) fn refused(&mut self, place: &Place<'_>, value: impl Into<Value>, kind: &'static str) {
        let value = value.into();
        self.at(place).error(kind).original_value(&value);
        self.push(|| FieldError {
            kind: Some(kind.to_owned()),
            reason: None,
            ..FieldError::invalid(place.to_string(), value, "")
        });
    }

    /// A part has a field that nobody knows; it was removed.
    pub(crate) fn unknown(&mut self, place: &Place<'_>) {
        self.at(place).error(FieldError::INVALID_ATTRIBUTE);
        self.push(|| FieldError::new(FieldError::INVALID_ATTRIBUTE, place.to_string()));
    }

    /// A part lacks a field that it must have. Said once, however often the event is normalized.
    pub(crate) fn missing(&mut self, place: &Place<'_>) {
        let has_error = |entry: &Object| entry.contains_key("err");
        if self.errors.len() >= MAX_ERRORS || self.meta.get(place.path()).is_some_and(has_error) {
            return;
        }
        let error = FieldError::new(FieldError::MISSING_ATTRIBUTE, place.to_string());
        // There may have been no room for the remark.
        if !self.errors.contains(&error) {
            self.at(place).error(FieldError::MISSING_ATTRIBUTE);
            self.errors.push(error);
        }
    }
}

/// Errors that are not of one field's value.
pub(crate) fn note_error(event: &mut Event, place: &Place<'_>, error: FieldError, data: Value) {
    let kind = error.kind.clone().unwrap_or_default();
    event.meta.at(place.path()).error_with(&kind, data);
    event.errors.push(error);
}
