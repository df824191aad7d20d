use std::{fmt, str::FromStr};

use sha1::{Digest as _, Sha1};

/// The SHA-1 of some content, written as 40 lower-case hex digits: what Sentry's clients know blobs and files by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum(pub [u8; 20]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-1 checksum: expected 40 hex digits")]
pub struct ParseChecksumError;

impl Checksum {
    pub fn of(content: &[u8]) -> Self {
        Self(Sha1::digest(content).into())
    }
}

impl FromStr for Checksum {
    type Err = ParseChecksumError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 40 {
            return Err(ParseChecksumError);
        }
        let mut bytes = [0; 20];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            for digit in digits {
                let value = char::from(*digit).to_digit(16).ok_or(ParseChecksumError)?;
                *byte = *byte << 4 | u8::try_from(value).unwrap_or(0);
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_and_read_as_hex() {
        // The example of FIPS 180-1.
        let checksum = Checksum::of(b"abc");
        assert_eq!(checksum.to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!("A9993E364706816ABA3E25717850C26C9CD0D89D".parse(), Ok(checksum));
        for bad in [
            "",
            "a9993e364706816aba3e25717850c26c9cd0d8",
            "g9993e364706816aba3e25717850c26c9cd0d89d",
            "éééééééééééééééééééé",
        ] {
            assert_eq!(bad.parse::<Checksum>(), Err(ParseChecksumError), "{bad}");
        }
    }
}
