//! MessagePack, as crash handlers and old clients write events: read into JSON values, bounded in depth and in size.

use serde_json::{Number, Value};

use crate::event::Object;

/// As deep as JSON is read.
const MAX_DEPTH: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MsgpackError {
    #[error("unexpected end")]
    UnexpectedEnd,
    #[error("nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("the type byte 0xc1 is never used")]
    UnknownType,
    #[error("a key of a map is a list or a map")]
    NestedKey,
    #[error("bytes behind the value")]
    TrailingBytes,
}

/// The one value that the bytes are.
pub fn to_json(bytes: &[u8]) -> Result<Value, MsgpackError> {
    let mut reader = Reader { bytes };
    let value = reader.value(MAX_DEPTH)?.into_json();
    if reader.bytes.is_empty() {
        Ok(value)
    } else {
        Err(MsgpackError::TrailingBytes)
    }
}

/// All values that stand one behind the other: crash handlers append breadcrumbs to a file. What follows a broken one is
/// lost, as it is when a process dies while it writes.
pub fn sequence(bytes: &[u8], max_values: usize) -> Vec<Value> {
    let mut reader = Reader { bytes };
    let mut values = Vec::new();
    while !reader.bytes.is_empty() && values.len() < max_values {
        match reader.value(MAX_DEPTH) {
            Ok(value) => values.push(value.into_json()),
            Err(_) => break,
        }
    }
    values
}

/// A map of names to values, binary ones as they are.
pub fn map(bytes: &[u8]) -> Result<Vec<(String, Element<'_>)>, MsgpackError> {
    let mut reader = Reader { bytes };
    match reader.value(MAX_DEPTH)? {
        Element::Map(map) => Ok(map),
        _ => Err(MsgpackError::UnknownType),
    }
}

/// A value in which binary ones are not yet copied.
#[derive(Debug, Clone, PartialEq)]
pub enum Element<'a> {
    Scalar(Value),
    Text(&'a [u8]),
    Binary(&'a [u8]),
    List(Vec<Element<'a>>),
    Map(Vec<(String, Element<'a>)>),
}

impl<'a> Element<'a> {
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Scalar(value) => value,
            // Old writers know no binary type, and none marks what is no UTF-8.
            Self::Text(bytes) | Self::Binary(bytes) => Value::String(text(bytes)),
            Self::List(list) => list.into_iter().map(Self::into_json).collect(),
            Self::Map(map) => map
                .into_iter()
                .map(|(key, value)| (key, value.into_json()))
                .collect::<Object>()
                .into(),
        }
    }
}

/// U+0000 cannot be stored.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.into_owned()
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], MsgpackError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(MsgpackError::UnexpectedEnd)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A big-endian number of so many bytes, 8 at most.
    fn unsigned(&mut self, length: usize) -> Result<u64, MsgpackError> {
        Ok(self
            .take(length)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn signed(&mut self, length: usize) -> Result<i64, MsgpackError> {
        let unused = 64 - 8 * length;
        Ok((self.unsigned(length)? << unused).cast_signed() >> unused)
    }

    fn length(&mut self, length: usize) -> Result<usize, MsgpackError> {
        usize::try_from(self.unsigned(length)?).map_err(|_| MsgpackError::UnexpectedEnd)
    }

    fn value(&mut self, depth: usize) -> Result<Element<'a>, MsgpackError> {
        let kind = self.take(1)?[0];
        Ok(match kind {
            0x00..=0x7f => Element::Scalar(kind.into()),
            0xe0..=0xff => Element::Scalar(kind.cast_signed().into()),
            0x80..=0x8f => self.map(usize::from(kind & 0x0f), depth)?,
            0x90..=0x9f => self.list(usize::from(kind & 0x0f), depth)?,
            0xa0..=0xbf => Element::Text(self.take(usize::from(kind & 0x1f))?),
            0xc0 => Element::Scalar(Value::Null),
            0xc1 => return Err(MsgpackError::UnknownType),
            0xc2 => Element::Scalar(false.into()),
            0xc3 => Element::Scalar(true.into()),
            0xc4..=0xc6 => {
                let length = self.length(1 << (kind - 0xc4))?;
                Element::Binary(self.take(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(1 << (kind - 0xc7))?;
                self.extension(length)?
            }
            0xca => {
                let float = f32::from_bits(u32::try_from(self.unsigned(4)?).unwrap_or_default());
                Element::Scalar(Number::from_f64(float.into()).map_or(Value::Null, Value::Number))
            }
            0xcb => {
                Element::Scalar(Number::from_f64(f64::from_bits(self.unsigned(8)?)).map_or(Value::Null, Value::Number))
            }
            0xcc..=0xcf => Element::Scalar(self.unsigned(1 << (kind - 0xcc))?.into()),
            0xd0..=0xd3 => Element::Scalar(self.signed(1 << (kind - 0xd0))?.into()),
            0xd4..=0xd8 => self.extension(1 << (kind - 0xd4))?,
            0xd9..=0xdb => {
                let length = self.length(1 << (kind - 0xd9))?;
                Element::Text(self.take(length)?)
            }
            0xdc | 0xdd => {
                let length = self.length(2 << (kind - 0xdc))?;
                self.list(length, depth)?
            }
            0xde | 0xdf => {
                let length = self.length(2 << (kind - 0xde))?;
                self.map(length, depth)?
            }
        })
    }

    /// Of the types that applications may define only one is common: -1, a point in time.
    fn extension(&mut self, length: usize) -> Result<Element<'a>, MsgpackError> {
        const TIMESTAMP: u8 = 0xff;
        let kind = self.take(1)?[0];
        let data = self.take(length)?;
        let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let seconds = match (kind, length) {
            (TIMESTAMP, 4) => number(data) as f64,
            (TIMESTAMP, 8) => {
                let both = number(data);
                (both & 0x3_ffff_ffff) as f64 + (both >> 34) as f64 / 1e9
            }
            (TIMESTAMP, 12) => number(&data[4..]).cast_signed() as f64 + number(&data[..4]) as f64 / 1e9,
            _ => return Ok(Element::Binary(data)),
        };
        Ok(Element::Scalar(seconds.into()))
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Element<'a>, MsgpackError> {
        let depth = depth.checked_sub(1).ok_or(MsgpackError::TooDeep)?;
        // Every element takes a byte at least: a length that was made up costs nothing.
        let mut list = Vec::with_capacity(length.min(self.bytes.len()).min(1024));
        for _ in 0..length {
            list.push(self.value(depth)?);
        }
        Ok(Element::List(list))
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Element<'a>, MsgpackError> {
        let depth = depth.checked_sub(1).ok_or(MsgpackError::TooDeep)?;
        let mut map = Vec::with_capacity(length.min(self.bytes.len()).min(1024));
        for _ in 0..length {
            let key = match self.value(depth)? {
                Element::Text(bytes) | Element::Binary(bytes) => text(bytes),
                Element::Scalar(key) => key.to_string(),
                // As texts, keys within keys would double in length with every level.
                Element::List(_) | Element::Map(_) => return Err(MsgpackError::NestedKey),
            };
            map.push((key, self.value(depth)?));
        }
        Ok(Element::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(to_json(bytes).unwrap().to_string(), expected, "{bytes:x?}");
    }

    #[test]
    fn a_key_is_no_map() {
        assert_eq!(to_json(&[0x81, 0x80, 0x01]), Err(MsgpackError::NestedKey));
        let within: Vec<u8> = std::iter::repeat_n(0x81, 90)
            .chain(std::iter::repeat_n(0x01, 200))
            .collect();
        assert_eq!(to_json(&within), Err(MsgpackError::NestedKey));
    }

    // The examples of the format's specification.
    #[test]
    fn every_type() {
        check(&[0x07], "7");
        check(&[0xff], "-1");
        check(&[0xc0], "null");
        check(&[0xc2], "false");
        check(&[0xc3], "true");
        check(&[0xcc, 0x80], "128");
        check(&[0xcd, 0x01, 0x00], "256");
        check(&[0xce, 0xff, 0xff, 0xff, 0xff], "4294967295");
        check(
            &[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "18446744073709551615",
        );
        check(&[0xd0, 0x80], "-128");
        check(&[0xd1, 0xff, 0x00], "-256");
        check(&[0xd2, 0x80, 0, 0, 0], "-2147483648");
        check(&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808");
        check(&[0xca, 0x3f, 0xc0, 0, 0], "1.5");
        check(&[0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "1.5");
        check(&[0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], "null");
        check(b"\xa2hi", r#""hi""#);
        check(b"\xd9\x02hi", r#""hi""#);
        check(b"\xda\x00\x02hi", r#""hi""#);
        check(b"\xdb\x00\x00\x00\x02hi", r#""hi""#);
        check(b"\xc4\x02h\x00", "\"h\u{fffd}\"");
        check(b"\xc5\x00\x02h\xff", "\"h\u{fffd}\"");
        check(b"\x92\x01\x02", "[1,2]");
        check(b"\xdc\x00\x02\x01\x02", "[1,2]");
        check(b"\xdd\x00\x00\x00\x01\x90", "[[]]");
        check(b"\x82\xa1a\x01\xa1b\x80", r#"{"a":1,"b":{}}"#);
        check(b"\xde\x00\x01\x07\x01", r#"{"7":1}"#);
        check(b"\xdf\x00\x00\x00\x00", "{}");
        check(b"\xd6\xff\x00\x00\x00\x0a", "10.0");
        check(b"\xd7\xff\x77\x35\x94\x00\x00\x00\x00\x0a", "10.5");
        check(b"\xc7\x0c\xff\x1d\xcd\x65\x00\x00\x00\x00\x00\x00\x00\x00\x0a", "10.5");
        check(b"\xd4\x01x", r#""x""#);
    }

    #[test]
    fn broken_bytes() {
        for bytes in [
            &b""[..],
            b"\xc1",
            b"\xa2h",
            b"\x92\x01",
            b"\xdd\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xffx",
            b"\xcd\x01",
            b"\xd4\x01",
            b"\x81\xa1a",
        ] {
            assert!(to_json(bytes).is_err(), "{bytes:x?}");
        }
        assert_eq!(to_json(&[0x01, 0x02]), Err(MsgpackError::TrailingBytes));
        assert!(to_json(&[&[0x91; 100][..], &[0x01]].concat()).is_ok());
        assert_eq!(to_json(&[0x91; 1_000_000]), Err(MsgpackError::TooDeep));
    }

    #[test]
    fn sequences_end_where_they_break() {
        let bytes = b"\x81\xa7message\xa1a\x81\xa7message\xa1b\x81\xa7mess";
        assert_eq!(sequence(bytes, 100).len(), 2);
        assert_eq!(sequence(bytes, 1).len(), 1);
        assert_eq!(sequence(b"", 1).len(), 0);
    }

    #[test]
    fn maps_keep_bytes() {
        let map = map(b"\x82\xa1a\xc4\x02\x00\xff\xa1b\xa1x").unwrap();
        assert_eq!(map[0].1.bytes(), Some(&b"\x00\xff"[..]));
        assert_eq!(map[1].1.bytes(), Some(&b"x"[..]));
        assert!(super::map(b"\x90").is_err());
    }
}
