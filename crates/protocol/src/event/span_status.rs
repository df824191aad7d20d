use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::decode::{Decode, Decoder};

/// How a span or a transaction ended: the codes of gRPC, by their numbers (`ingest.md` §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanStatus {
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    InternalError,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a trace status")]
pub struct ParseSpanStatusError;

impl SpanStatus {
    /// In the order of their numbers.
    pub const ALL: [Self; 17] = [
        Self::Ok,
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::OutOfRange,
        Self::Unimplemented,
        Self::InternalError,
        Self::Unavailable,
        Self::DataLoss,
        Self::Unauthenticated,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::InvalidArgument => "invalid_argument",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::PermissionDenied => "permission_denied",
            Self::ResourceExhausted => "resource_exhausted",
            Self::FailedPrecondition => "failed_precondition",
            Self::Aborted => "aborted",
            Self::OutOfRange => "out_of_range",
            Self::Unimplemented => "unimplemented",
            Self::InternalError => "internal_error",
            Self::Unavailable => "unavailable",
            Self::DataLoss => "data_loss",
            Self::Unauthenticated => "unauthenticated",
        }
    }

    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// A name or a number, as SDKs send either.
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => name.parse().ok(),
            Value::Number(number) => Self::from_number(number.as_u64()?),
            _ => None,
        }
    }

    /// Whether it counts into the failure rate.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::Cancelled | Self::Unknown)
    }
}

impl FromStr for SpanStatus {
    type Err = ParseSpanStatusError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            // Words of OpenTelemetry and of the first SDKs with tracing.
            "error" | "failure" | "unknown_error" => Ok(Self::InternalError),
            "success" => Ok(Self::Ok),
            name => Self::ALL
                .into_iter()
                .find(|status| status.name() == name)
                .ok_or(ParseSpanStatusError),
        }
    }
}

impl Serialize for SpanStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Decode for SpanStatus {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        let status = Self::from_json(&value);
        if status.is_none() {
            cx.invalid(value, "expected a trace status");
        }
        status
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_numbers_are_read() {
        for (number, status) in SpanStatus::ALL.into_iter().enumerate() {
            assert_eq!(status.name().parse(), Ok(status));
            assert_eq!(SpanStatus::from_json(&json!(number)), Some(status));
        }
        for (value, expected) in [
            (json!(5), Some(SpanStatus::NotFound)),
            (json!("error"), Some(SpanStatus::InternalError)),
            (json!("success"), Some(SpanStatus::Ok)),
            (json!(17), None),
            (json!(404), None),
            (json!(1.5), None),
            (json!("404"), None),
            (json!("OK"), None),
            (json!("canceled"), None),
            (json!(true), None),
        ] {
            assert_eq!(SpanStatus::from_json(&value), expected, "{value}");
        }
    }

    #[test]
    fn three_of_them_are_no_failures() {
        let fine = SpanStatus::ALL.into_iter().filter(|status| !status.is_failure());
        assert_eq!(
            fine.map(SpanStatus::name).collect::<Vec<_>>(),
            ["ok", "cancelled", "unknown"]
        );
    }
}
