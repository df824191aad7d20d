use std::{fmt, str::FromStr};

/// The id of an event: a UUID, written as 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event id: expected a UUID of 32 hex digits")]
pub struct ParseEventIdError;

impl EventId {
    /// A random id (UUID version 4).
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the system's random source answers");
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl FromStr for EventId {
    type Err = ParseEventIdError;

    /// 32 hex digits in any case, with or without the four dashes of a UUID.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.as_bytes();
        let dashed = text.len() == 36;
        if !dashed && text.len() != 32 {
            return Err(ParseEventIdError);
        }
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (index, &byte) in text.iter().enumerate() {
            if dashed && matches!(index, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return Err(ParseEventIdError);
                }
                continue;
            }
            let value = char::from(byte).to_digit(16).ok_or(ParseEventIdError)?;
            bytes[digits / 2] = bytes[digits / 2] << 4 | u8::try_from(value).unwrap_or(0);
            digits += 1;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_in_any_case() {
        let id: EventId = "FC6D8C0C-43FC-4630-AD85-0EE518F1B9D0".parse().unwrap();
        assert_eq!(id.to_string(), "fc6d8c0c43fc4630ad850ee518f1b9d0");
        assert_eq!("fc6d8c0c43fc4630ad850ee518f1b9d0".parse(), Ok(id));
        for bad in [
            "",
            "x",
            "fc6d8c0c43fc4630ad850ee518f1b9d",
            "fc6d8c0c-43fc4630ad850ee518f1b9d0----",
            "éééééééééééééééé",
        ] {
            assert!(bad.parse::<EventId>().is_err(), "{bad}");
        }
    }
}
