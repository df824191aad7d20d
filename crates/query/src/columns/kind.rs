//! What the values of a column are, for those who show them.

use crate::{Aggregate, Column, Field, Kind, search::meaning::is_duration};

/// As Sentry names the types of values in `meta`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    String,
    /// Of texts.
    Array,
    Integer,
    Number,
    Duration,
    Percentage,
    Rate,
    Boolean,
    Date,
}

impl ValueType {
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Array => "array",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Percentage => "percentage",
            Self::Rate => "rate",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }
}

impl Column {
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Field(field) => type_of_field(field),
            Self::Aggregate(aggregate) => type_of_aggregate(aggregate),
            Self::Equation(_) => ValueType::Number,
        }
    }

    /// As Sentry names the units of values in `meta`.
    pub fn unit(&self) -> Option<&'static str> {
        match (self, self.value_type()) {
            (_, ValueType::Duration) => Some("millisecond"),
            (Self::Aggregate(Aggregate::PerSecond), _) => Some("1/second"),
            (Self::Aggregate(Aggregate::PerMinute), _) => Some("1/minute"),
            _ => None,
        }
    }
}

fn type_of_field(field: &Field) -> ValueType {
    const SHARES: &[&str] = &[
        "measurements.frames_frozen_rate",
        "measurements.frames_slow_rate",
        "measurements.stall_percentage",
    ];
    match field.kind() {
        Kind::Text | Kind::EventId | Kind::Project | Kind::Issue => ValueType::String,
        Kind::Texts => ValueType::Array,
        Kind::Flag => ValueType::Boolean,
        Kind::Time => ValueType::Date,
        Kind::Duration => ValueType::Duration,
        Kind::Number if is_duration(field) => ValueType::Duration,
        Kind::Number => match field {
            Field::Number(name) if SHARES.contains(&name.as_str()) => ValueType::Percentage,
            _ => ValueType::Number,
        },
    }
}

pub(crate) fn type_of_aggregate(aggregate: &Aggregate) -> ValueType {
    match aggregate {
        Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_) | Aggregate::CountMiserable(_) => {
            ValueType::Integer
        }
        Aggregate::Percentile(field, _)
        | Aggregate::Average(field)
        | Aggregate::Sum(field)
        | Aggregate::Min(field)
        | Aggregate::Max(field)
        | Aggregate::Any(field) => type_of_field(field),
        Aggregate::LastSeen | Aggregate::FirstSeen => ValueType::Date,
        Aggregate::LatestEvent => ValueType::String,
        Aggregate::PerMinute | Aggregate::PerSecond => ValueType::Rate,
        Aggregate::FailureRate => ValueType::Percentage,
        Aggregate::Apdex(_) | Aggregate::UserMisery(_) => ValueType::Number,
    }
}
