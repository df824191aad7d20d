//! JSON as SDKs really send it.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::Value;

use super::{Object, json_tree::Tree};

#[derive(Debug, thiserror::Error)]
#[error("invalid JSON: {0}")]
pub struct InvalidJson(#[from] serde_json::Error);

impl InvalidJson {
    pub(super) fn not_an_object() -> Self {
        Self(serde::de::Error::custom("expected an object"))
    }
}

/// .NET clients begin text with one.
pub(crate) fn skip_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Reads a value. What clients get wrong without meaning harm is mended: half a surrogate pair (JavaScript cuts text in
/// UTF-16) and numbers beyond a double (Python's integers). Nesting deeper than 128 is an error.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, InvalidJson> {
    Ok(read(bytes)?.0.into())
}

/// The same, as a tree. What is nested deeper than can be stored becomes text.
pub(super) fn parse_flat(bytes: &[u8]) -> Result<Tree<'_>, InvalidJson> {
    let (tree, depth) = read(bytes)?;
    if depth <= MAX_DEPTH {
        return Ok(tree);
    }
    let mut value = tree.into();
    flatten(&mut value);
    Ok(value.into())
}

/// With it, how deep it is.
pub(super) fn read(bytes: &[u8]) -> Result<(Tree<'_>, usize), InvalidJson> {
    let bytes = skip_byte_order_mark(bytes);
    // Checked at once, text is checked faster than string by string.
    let read = std::str::from_utf8(bytes).map_or_else(|_| Tree::from_slice(bytes), Tree::from_str);
    let (tree, depth) = match read {
        Ok(read) => read,
        Err(error) => match mend(bytes) {
            Cow::Owned(mended) => {
                let (tree, depth) = Tree::from_slice(&mended)?;
                // Its keys are parts of what was mended.
                (Value::from(tree).into(), depth)
            }
            Cow::Borrowed(_) => return Err(error.into()),
        },
    };
    if memmem::find(bytes, b"\\u0000").is_none() {
        return Ok((tree, depth));
    }
    let mut value = tree.into();
    replace_nul(&mut value);
    Ok((value.into(), depth))
}

/// Reads a text within an event that is JSON itself, by the same rules; `None` when it is not.
pub fn parse_embedded(text: &str) -> Option<Value> {
    let mut value = parse(text.as_bytes()).ok()?;
    flatten(&mut value);
    Some(value)
}

/// What is nested deeper becomes the text of its JSON. Reading an event may wrap a value once more (a bare list into
/// `values`), and what is stored must stay within the 128 levels that can be read back.
const MAX_DEPTH: usize = 100;

pub(crate) fn flatten(value: &mut Value) {
    flatten_below(value, MAX_DEPTH);
}

fn flatten_below(value: &mut Value, depth: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => *value = Value::String(value.to_string()),
        Value::Array(values) => values.iter_mut().for_each(|value| flatten_below(value, depth - 1)),
        Value::Object(map) => map.values_mut().for_each(|value| flatten_below(value, depth - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No SQL text can hold U+0000, so U+FFFD takes its place.
pub(crate) fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) => replace_nul_in(text),
        Value::Array(values) => values.iter_mut().for_each(replace_nul),
        Value::Object(map) => {
            if map.keys().any(|key| key.contains('\0')) {
                let renamed: Object = std::mem::take(map)
                    .into_iter()
                    .map(|(mut key, value)| {
                        replace_nul_in(&mut key);
                        (key, value)
                    })
                    .collect();
                *map = renamed;
            }
            map.values_mut().for_each(replace_nul);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace_nul_in(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// Puts U+FFFD for every half of a surrogate pair and quotes around every number that no double can hold.
fn mend(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = mend_string(bytes, at + 1, &mut mended, &mut copied),
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
                    .count();
                let number = &bytes[at..at + length];
                // Only what is too large for a double can be too large: shorter ones need not be looked at.
                if (length > 300 || number.iter().any(|byte| matches!(byte, b'e' | b'E'))) && is_infinite(number) {
                    mended.extend_from_slice(&bytes[copied..at]);
                    mended.push(b'"');
                    mended.extend_from_slice(number);
                    mended.push(b'"');
                    copied = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(bytes);
    }
    mended.extend_from_slice(&bytes[copied..]);
    Cow::Owned(mended)
}

fn is_infinite(number: &[u8]) -> bool {
    std::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .is_some_and(f64::is_infinite)
}

/// From behind the opening quote to behind the closing one.
fn mend_string(bytes: &[u8], mut at: usize, mended: &mut Vec<u8>, copied: &mut usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => match escaped_unit(bytes, at) {
                Some(0xd800..=0xdbff) if matches!(escaped_unit(bytes, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
                Some(0xd800..=0xdfff) => {
                    mended.extend_from_slice(&bytes[*copied..at]);
                    mended.extend_from_slice(b"\\ufffd");
                    at += 6;
                    *copied = at;
                }
                _ => at += 2,
            },
            _ => at += 1,
        }
    }
    at
}

/// The code unit of a `\uXXXX` that begins here.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mends_what_clients_get_wrong() {
        let check = |input: &str, expected: &str| {
            let value = parse(input.as_bytes()).unwrap_or_else(|error| panic!("{input}: {error}"));
            assert_eq!(value.to_string(), expected, "{input}");
        };
        check("\u{feff}{\"a\":1}", r#"{"a":1}"#);
        check(
            r#"["a\ud83d","\ude00b","\ud83d\ud83d\ude00","\\ud83d"]"#,
            r#"["a�","�b","�😀","\\ud83d"]"#,
        );
        check(
            r#"["x",1e999,-1E999,2e3,"1e999"]"#,
            r#"["x","1e999","-1E999",2000.0,"1e999"]"#,
        );
        let digits = "9".repeat(400);
        check(&format!("[{digits}]"), &format!("[\"{digits}\"]"));
        check(
            "[18446744073709551615,-9223372036854775808]",
            "[18446744073709551615,-9223372036854775808]",
        );
        check(r#"{"a\u0000b":["c\u0000"],"d":"e"}"#, r#"{"a�b":["c�"],"d":"e"}"#);
    }

    #[test]
    fn what_is_too_deep_becomes_text() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(parse_embedded(&nested(100)).unwrap().to_string(), nested(100));
        let cut = parse_embedded(&nested(120)).unwrap().to_string();
        assert_eq!(cut, format!("{}\"{}\"{}", "[".repeat(100), nested(20), "]".repeat(100)));
    }

    #[test]
    fn the_rest_is_an_error() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for input in [
            "",
            "{",
            "{\"a\":}",
            "\"\\ud83d",
            "\"\\u",
            "nan",
            "[1e999",
            deep.as_str(),
            "{}{}",
        ] {
            assert!(parse(input.as_bytes()).is_err(), "{input}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
