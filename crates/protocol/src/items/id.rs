//! Ids that are hex digits on the wire; those of traces and spans are in [`crate::event`].

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected hex digits that are not all zero")]
pub struct ParseIdError;

macro_rules! hex_ids {
    ($($(#[$doc:meta])* $name:ident $bytes:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub [u8; $bytes]);

            impl $name {
                /// Of bytes that may be too many, too few, or all zero.
                pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                    let bytes: [u8; $bytes] = bytes.try_into().ok()?;
                    (bytes != [0; $bytes]).then_some(Self(bytes))
                }
            }

            impl FromStr for $name {
                type Err = ParseIdError;

                /// Hex digits in any case, with or without the dashes of a UUID.
                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    let bytes = parse::<$bytes>(text).ok_or(ParseIdError)?;
                    Self::from_slice(&bytes).ok_or(ParseIdError)
                }
            }

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

            impl From<$name> for Value {
                fn from(id: $name) -> Self {
                    Self::String(id.to_string())
                }
            }
        )*
    };
}

hex_ids! {
    SessionId 16;
    /// Of a check-in that was begun; one that is absent or zero means the latest.
    CheckInId 16;
    ReplayId 16;
    ProfileId 16;
    /// Of one run of a continuous profiler, whose chunks share it.
    ProfilerId 16;
    ChunkId 16;
}

fn parse<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    let dashed = N == 16 && text.len() == 36;
    if !dashed && text.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    let mut digits = 0;
    for (index, &byte) in text.iter().enumerate() {
        if dashed && matches!(index, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let value = u8::try_from(char::from(byte).to_digit(16)?).ok()?;
        let place = bytes.get_mut(digits / 2)?;
        *place = *place << 4 | value;
        digits += 1;
    }
    (digits == N * 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hex_digits_with_or_without_dashes_and_never_zero() {
        let id: SessionId = "6CF173D5-87EB-4856-8A9B-2E12DCFBEA52".parse().unwrap();
        assert_eq!(id.to_string(), "6cf173d587eb48568a9b2e12dcfbea52");
        assert_eq!(id.to_string().parse(), Ok(id));
        let all_zero = "0".repeat(32);
        for bad in ["", "x", "438f40bd3b4a41e", "438f40bd3b4a41eg", &all_zero, "éééééééé"] {
            assert!(bad.parse::<SessionId>().is_err(), "{bad}");
        }
        assert_eq!(SessionId::from_slice(&[0; 16]), None);
        assert_eq!(SessionId::from_slice(&[1; 9]), None);
    }
}
