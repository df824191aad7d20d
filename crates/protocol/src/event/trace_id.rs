//! The ids of traces and spans.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::decode::{Decode, Decoder};

/// The id of a trace: a UUID, written as 32 lower-case hex digits. Zero is read, for SDKs without a trace send it; it is
/// replaced when the event is normalized.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub [u8; 16]);

/// The id of a span: 16 lower-case hex digits. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub [u8; 8]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseTraceIdError {
    #[error("expected {0} hex digits")]
    Form(usize),
    /// What SDKs send for no span.
    #[error("the id of a span is not zero")]
    Zero,
}

impl FromStr for TraceId {
    type Err = ParseTraceIdError;

    /// In any case, with or without the dashes of a UUID.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<model::EventId>() {
            Ok(model::EventId(bytes)) => Ok(Self(bytes)),
            Err(_) => Err(ParseTraceIdError::Form(32)),
        }
    }
}

impl TraceId {
    pub fn is_zero(self) -> bool {
        self.0 == [0; 16]
    }
}

impl FromStr for SpanId {
    type Err = ParseTraceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseTraceIdError::Form(16));
        }
        match u64::from_str_radix(text, 16) {
            Ok(0) => Err(ParseTraceIdError::Zero),
            Ok(number) => Ok(Self(number.to_be_bytes())),
            Err(_) => Err(ParseTraceIdError::Form(16)),
        }
    }
}

macro_rules! hex_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl Decode for $name {
            fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
                let id = value.as_str().map(str::parse);
                if let Some(Ok(id)) = id {
                    return Some(id);
                }
                cx.invalid(value, concat!("expected a ", stringify!($name)));
                None
            }

            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }
    };
}

hex_id!(TraceId);
hex_id!(SpanId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sdks_send() {
        let trace: TraceId = "6CF173D5-87EB-4856-8A9B-2E12DCFBEA52".parse().unwrap();
        assert_eq!(trace.to_string(), "6cf173d587eb48568a9b2e12dcfbea52");
        assert_eq!(
            "438F40BD3B4A41EE".parse::<SpanId>().unwrap().to_string(),
            "438f40bd3b4a41ee"
        );
        for bad in ["", "x", "438f40bd3b4a41e", "438f40bd3b4a41ee0", "+38f40bd3b4a41ee"] {
            assert_eq!(bad.parse::<SpanId>(), Err(ParseTraceIdError::Form(16)), "{bad}");
            assert_eq!(bad.parse::<TraceId>(), Err(ParseTraceIdError::Form(32)), "{bad}");
        }
        assert_eq!("0".repeat(16).parse::<SpanId>(), Err(ParseTraceIdError::Zero));
        assert!("0".repeat(32).parse::<TraceId>().unwrap().is_zero());
        assert!(!trace.is_zero());
    }
}
