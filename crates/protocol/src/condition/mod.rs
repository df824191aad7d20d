//! Conditions on data: what inbound filters and sampling rules are written in (`ingest.md` §4).
//!
//! A [`Condition`] asks [`Fields`] by name and never fails on what it finds: a field that is absent or of another kind
//! does not match.

mod event;
mod glob;
mod health_checks;
mod network;
mod parse;

use std::{borrow::Cow, cmp::Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, json};

use core::net::IpAddr;

pub use self::{
    glob::{Glob, GlobError, Globs},
    health_checks::health_checks,
    network::{Network, ParseNetworkError},
    parse::ConditionError,
};

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl<'a> From<&'a str> for FieldValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> FieldValue<'a> {
    /// A JSON value, if it is neither null nor a structure.
    pub fn from_json(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.as_str().into()),
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Number(number) => Some(match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => Self::Float(number.as_f64()?),
            }),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Numbers with numbers, exact where both are integers, and texts with texts; other kinds have no order.
    fn compare(&self, other: &FieldValue<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(one), FieldValue::Integer(other)) => Some(one.cmp(other)),
            (Self::Text(one), FieldValue::Text(other)) => Some(one.cmp(other)),
            (one, other) => one.float()?.partial_cmp(&other.float()?),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "only an integer that is compared with a fraction comes here"
    )]
    fn float(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(_) | Self::Bool(_) => None,
        }
    }
}

/// What a condition asks.
pub trait Fields {
    fn get(&self, path: &str) -> Option<FieldValue<'_>>;

    /// The members of a list.
    fn list(&self, _path: &str) -> Option<Vec<&dyn Fields>> {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    const ALL: [(&'static str, Self); 4] = [
        ("gt", Self::Greater),
        ("gte", Self::GreaterOrEqual),
        ("lt", Self::Less),
        ("lte", Self::LessOrEqual),
    ];

    fn name(self) -> &'static str {
        let [(greater, _), (greater_or_equal, _), (less, _), (less_or_equal, _)] = Self::ALL;
        match self {
            Self::Greater => greater,
            Self::GreaterOrEqual => greater_or_equal,
            Self::Less => less,
            Self::LessOrEqual => less_or_equal,
        }
    }

    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The field equals the value, or one of a list of them; null is a field that is absent.
    Eq {
        name: String,
        value: Value,
        ignore_case: bool,
    },
    Compare {
        name: String,
        comparison: Comparison,
        value: Value,
    },
    Glob {
        name: String,
        globs: Globs,
    },
    /// The field is an IP address in one of the networks.
    Cidr {
        name: String,
        networks: Vec<Network>,
    },
    /// True when there is nothing in it.
    And(Vec<Condition>),
    /// False when there is nothing in it.
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// A member of the list matches. The names inside are those of a member.
    Any {
        name: String,
        inner: Box<Condition>,
    },
    All {
        name: String,
        inner: Box<Condition>,
    },
}

impl Condition {
    /// What always matches.
    pub fn everything() -> Self {
        Self::And(Vec::new())
    }

    pub fn eq(name: &str, value: impl Into<Value>) -> Self {
        Self::Eq {
            name: name.to_owned(),
            value: value.into(),
            ignore_case: false,
        }
    }

    pub fn matches(&self, fields: &dyn Fields) -> bool {
        match self {
            Self::Eq {
                name,
                value,
                ignore_case,
            } => {
                let field = fields.get(name);
                match value {
                    Value::Array(values) => values.iter().any(|value| equals(field.as_ref(), value, *ignore_case)),
                    value => equals(field.as_ref(), value, *ignore_case),
                }
            }
            Self::Compare {
                name,
                comparison,
                value,
            } => {
                let ordering = fields
                    .get(name)
                    .zip(FieldValue::from_json(value))
                    .and_then(|(field, value)| field.compare(&value));
                ordering.is_some_and(|ordering| comparison.accepts(ordering))
            }
            Self::Glob { name, globs } => {
                matches!(fields.get(name), Some(FieldValue::Text(text)) if globs.is_match(&text))
            }
            Self::Cidr { name, networks } => match fields.get(name) {
                Some(FieldValue::Text(text)) => text
                    .parse::<IpAddr>()
                    .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
                _ => false,
            },
            Self::And(inner) => inner.iter().all(|condition| condition.matches(fields)),
            Self::Or(inner) => inner.iter().any(|condition| condition.matches(fields)),
            Self::Not(inner) => !inner.matches(fields),
            Self::Any { name, inner } => fields
                .list(name)
                .is_some_and(|members| members.into_iter().any(|member| inner.matches(member))),
            Self::All { name, inner } => fields
                .list(name)
                .is_some_and(|members| members.into_iter().all(|member| inner.matches(member))),
        }
    }

    /// The form that [`Self::parse`] reads.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Eq {
                name,
                value,
                ignore_case: false,
            } => json!({"op": "eq", "name": name, "value": value}),
            Self::Eq { name, value, .. } => {
                json!({"op": "eq", "name": name, "value": value, "options": {"ignoreCase": true}})
            }
            Self::Compare {
                name,
                comparison,
                value,
            } => json!({"op": comparison.name(), "name": name, "value": value}),
            Self::Glob { name, globs } => {
                let patterns: Vec<&str> = globs.patterns().collect();
                let mut glob = json!({"op": "glob", "name": name, "value": patterns});
                if globs.ignores_case() {
                    glob["options"] = json!({"ignoreCase": true});
                }
                glob
            }
            Self::Cidr { name, networks } => {
                let networks: Vec<String> = networks.iter().map(Network::to_string).collect();
                json!({"op": "cidr", "name": name, "value": networks})
            }
            Self::And(inner) => json!({"op": "and", "inner": to_list(inner)}),
            Self::Or(inner) => json!({"op": "or", "inner": to_list(inner)}),
            Self::Not(inner) => json!({"op": "not", "inner": inner.to_json()}),
            Self::Any { name, inner } => json!({"op": "any", "name": name, "inner": inner.to_json()}),
            Self::All { name, inner } => json!({"op": "all", "name": name, "inner": inner.to_json()}),
        }
    }
}

fn to_list(conditions: &[Condition]) -> Vec<Value> {
    conditions.iter().map(Condition::to_json).collect()
}

fn equals(field: Option<&FieldValue<'_>>, value: &Value, ignore_case: bool) -> bool {
    match (field, FieldValue::from_json(value)) {
        (None, None) => value.is_null(),
        (Some(FieldValue::Text(one)), Some(FieldValue::Text(other))) if ignore_case => {
            glob::fold(one) == glob::fold(&other)
        }
        (Some(FieldValue::Bool(one)), Some(FieldValue::Bool(other))) => *one == other,
        (Some(field), Some(value)) => field.compare(&value) == Some(Ordering::Equal),
        _ => false,
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
