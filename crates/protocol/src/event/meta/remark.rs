//! What is said of a value.

use serde_json::{Value, json};

/// One step of the way to a value. Indices stand in `_meta` as texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> From<&'a str> for Segment<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl<'a> From<&'a String> for Segment<'a> {
    fn from(key: &'a String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What was done to a value, or to a part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    Annotated,
    Removed,
    Substituted,
    Masked,
    Pseudonymized,
    Encrypted,
}

impl RemarkKind {
    const ALL: [Self; 6] = [
        Self::Annotated,
        Self::Removed,
        Self::Substituted,
        Self::Masked,
        Self::Pseudonymized,
        Self::Encrypted,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Annotated => "a",
            Self::Removed => "x",
            Self::Substituted => "s",
            Self::Masked => "m",
            Self::Pseudonymized => "p",
            Self::Encrypted => "e",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Which rule did what, and where in the text as it is now (bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remark<'a> {
    pub rule: &'a str,
    pub kind: RemarkKind,
    pub range: Option<(usize, usize)>,
}

impl<'a> Remark<'a> {
    /// On the whole value.
    pub fn new(rule: &'a str, kind: RemarkKind) -> Self {
        Self {
            rule,
            kind,
            range: None,
        }
    }

    #[must_use]
    pub fn between(self, start: usize, end: usize) -> Self {
        Self {
            range: Some((start, end)),
            ..self
        }
    }

    pub(super) fn read(value: &'a Value) -> Option<Self> {
        let parts = value.as_array()?;
        let text = |at: usize| parts.get(at).and_then(Value::as_str);
        let number = |at: usize| parts.get(at)?.as_u64()?.try_into().ok();
        let remark = Self::new(text(0)?, RemarkKind::from_code(text(1)?)?);
        match parts.len() {
            2 => Some(remark),
            4 => Some(remark.between(number(2)?, number(3)?)),
            _ => None,
        }
    }
}

impl From<Remark<'_>> for Value {
    fn from(remark: Remark<'_>) -> Self {
        let (rule, kind) = (remark.rule, remark.kind.code());
        match remark.range {
            Some((start, end)) => json!([rule, kind, start, end]),
            None => json!([rule, kind]),
        }
    }
}
