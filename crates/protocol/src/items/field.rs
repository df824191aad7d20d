//! Reading the fields of an object, as lenient as SDKs need it: a field of the wrong type is an absent one, unless the
//! kind's rules say that the item is nothing without it.

use std::str::FromStr;

use model::Timestamp;
use serde_json::Value;

use super::Invalid;
use crate::event::{Object, json};

/// Reads a payload that is one JSON object.
pub(crate) fn object(payload: &[u8]) -> Result<Object, Invalid> {
    let mut value = json::parse(payload).map_err(|error| Invalid::json(error.to_string()))?;
    json::flatten(&mut value);
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Invalid::json("expected an object")),
    }
}

/// The same rules for an object that was read in another way.
pub(crate) fn clean(map: &mut Object) {
    let mut value = Value::Object(std::mem::take(map));
    json::flatten(&mut value);
    json::replace_nul(&mut value);
    if let Value::Object(cleaned) = value {
        *map = cleaned;
    }
}

/// Takes a value out; null is absent.
pub(crate) fn take(map: &mut Object, key: &str) -> Option<Value> {
    map.shift_remove(key).filter(|value| !value.is_null())
}

pub(crate) fn text(map: &mut Object, key: &str) -> Option<String> {
    match take(map, key)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn child(map: &mut Object, key: &str) -> Option<Object> {
    match take(map, key)? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

pub(crate) fn list(map: &mut Object, key: &str) -> Option<Vec<Value>> {
    match take(map, key)? {
        Value::Array(list) => Some(list),
        _ => None,
    }
}

/// What has a form as text: an id, a point in time.
pub(crate) fn parsed<T: FromStr>(map: &mut Object, key: &str) -> Option<T> {
    text(map, key)?.parse().ok()
}

/// A whole number that is not negative; written as a number or as its digits.
pub(crate) fn unsigned(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64()?;
            // Some languages write every number with a fraction.
            (float.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&float)).then_some(float as u64)
        }),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
}

/// A finite number that is not negative.
pub(crate) fn duration(value: &Value) -> Option<f64> {
    value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Seconds since 1970 as a number or its digits, or RFC 3339.
pub(crate) fn timestamp(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => of_seconds(number.as_f64()?),
        Value::String(text) => text
            .parse()
            .ok()
            .filter(|time: &Timestamp| (0..=LAST_MICROSECOND).contains(&time.0))
            .or_else(|| of_seconds(text.parse().ok()?)),
        _ => None,
    }
}

/// The end of the year 9999: what lies behind it has no RFC 3339 form.
pub(crate) const LAST_MICROSECOND: i64 = 253_402_300_799_999_999;

pub(crate) fn of_seconds(seconds: f64) -> Option<Timestamp> {
    let micros = (seconds * 1e6).round();
    (0.0..=LAST_MICROSECOND as f64)
        .contains(&micros)
        .then_some(Timestamp(micros as i64))
}

/// Seconds since 1970 with microseconds, as items carry them.
pub(crate) fn seconds(time: Timestamp) -> Value {
    (time.0 as f64 / 1e6).into()
}

/// At most so many characters.
pub(crate) fn cut(mut text: String, max_chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max_chars) {
        text.truncate(end);
    }
    text
}

/// A release that can be stored: neither empty nor with what would end a line or a path, and not too long.
pub(crate) fn release(text: &str) -> Option<&str> {
    let text = text.trim();
    let bad = |byte: u8| matches!(byte, b'/' | b'\\' | b'\n' | b'\r' | b'\t' | b'\x0c' | b'\0');
    let reserved = matches!(text, "" | "." | ".." | "latest") || text.eq_ignore_ascii_case("latest");
    (!reserved && text.len() <= MAX_RELEASE_BYTES && !text.bytes().any(bad)).then_some(text)
}

const MAX_RELEASE_BYTES: usize = 250;

/// An environment that can be stored; the empty one is none.
pub(crate) fn environment(text: &str) -> Option<&str> {
    let bad = |byte: u8| matches!(byte, b'/' | b'\n' | b'\r' | b'\x0c' | b'\0');
    let reserved = text.eq_ignore_ascii_case("none");
    (!reserved && text.chars().count() <= MAX_ENVIRONMENT_CHARS && !text.bytes().any(bad)).then_some(text)
}

const MAX_ENVIRONMENT_CHARS: usize = 64;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn points_in_time_come_as_numbers_and_texts() {
        let check =
            |value: Value, expected: Option<i64>| assert_eq!(timestamp(&value).map(|time| time.0), expected, "{value}");
        check(json!(1_795_228_775.442_808_9), Some(1_795_228_775_442_809));
        check(json!("1795228775.5"), Some(1_795_228_775_500_000));
        check(json!("2026-11-21T02:42:25.624Z"), Some(1_795_228_945_624_000));
        check(json!(0), Some(0));
        for bad in [
            json!(-1),
            json!(1e300),
            json!("soon"),
            json!(null),
            json!([1]),
            json!("nan"),
            json!("1e400"),
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn names_of_releases_and_environments() {
        for good in ["shop@1.4.2", "1", " a b "] {
            assert!(release(good).is_some(), "{good}");
        }
        for bad in ["", " ", ".", "..", "latest", "Latest", "a/b", "a\nb", &"x".repeat(251)] {
            assert!(release(bad).is_none(), "{bad}");
        }
        for bad in ["None", "a/b", "a\rb", &"x".repeat(65)] {
            assert!(environment(bad).is_none(), "{bad}");
        }
        assert_eq!(environment("production"), Some("production"));
    }

    #[test]
    fn numbers() {
        let check = |value: Value, expected: Option<u64>| assert_eq!(unsigned(&value), expected, "{value}");
        check(json!(3), Some(3));
        check(json!(3.0), Some(3));
        check(json!("17"), Some(17));
        for bad in [
            json!(-1),
            json!(1.5),
            json!("-1"),
            json!(""),
            json!("1x"),
            json!(1e300),
            json!(true),
        ] {
            check(bad, None);
        }
        assert_eq!(cut("äöü".to_owned(), 2), "äö");
    }
}
