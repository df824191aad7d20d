//! Files that somebody sent, handed out so that a browser never takes them for pages of ours: always as a download,
//! with their type taken at its word, and without rights should they be shown after all.

use std::ops::Range;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::files::FileReader;

use crate::{ApiError, ErrorKind};

/// What stays as it is in `filename*` (RFC 5987, 3.2.1).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The bytes that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// None of them are there.
    Nothing,
}

/// The answer that hands out a file, or the range of it that the request asks for. `name` is one that is safe to save
/// under.
pub fn file(request: &HeaderMap, reader: &FileReader, name: &str, content_type: &str) -> Response {
    let (size, etag) = (reader.file().size, etag(reader));
    if named(request, header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|known| known.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let (status, range) = match asked(request, size, &etag) {
        Asked::Nothing => return unsatisfiable(size),
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
    };
    let length = range.end - range.start;
    let part = format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1));
    let mut response = (status, Body::from_stream(reader.stream(range))).into_response();
    let headers = response.headers_mut();
    set_headers(headers, name, content_type);
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    insert(headers, header::ETAG, &etag);
    if status == StatusCode::PARTIAL_CONTENT {
        insert(headers, header::CONTENT_RANGE, &part);
    }
    response
}

/// The same for what is held in memory.
pub fn bytes(content: Bytes, name: &str, content_type: &str) -> Response {
    let mut response = content.into_response();
    set_headers(response.headers_mut(), name, content_type);
    response
}

fn etag(reader: &FileReader) -> String {
    format!("\"{}\"", reader.file().checksum)
}

fn named(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn set_headers(headers: &mut HeaderMap, name: &str, content_type: &str) {
    let content_type =
        HeaderValue::try_from(content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, content_type);
    insert(headers, header::CONTENT_DISPOSITION, &disposition(name));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    // Nobody but the one who may read it: not a proxy either.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

/// The name twice: in signs that every client reads, and in full.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        utf8_percent_encode(name, KEPT)
    )
}

fn unsatisfiable(size: u64) -> Response {
    let error = ApiError::new(ErrorKind::RangeNotSatisfiable, "The file has no such bytes.");
    let mut response = error.into_response();
    insert(
        response.headers_mut(),
        header::CONTENT_RANGE,
        &format!("bytes */{size}"),
    );
    response
}

/// One range is answered; a request for several, or in another unit, is answered whole, as RFC 9110, 14.2 allows.
fn asked(request: &HeaderMap, size: u64, etag: &str) -> Asked {
    // The client has a part of a file that is another one by now.
    if named(request, header::IF_RANGE).is_some_and(|known| known != etag) {
        return Asked::Whole;
    }
    named(request, header::RANGE).map_or(Asked::Whole, |text| range(text, size))
}

fn range(text: &str, size: u64) -> Asked {
    let Some(range) = text.trim().strip_prefix("bytes=") else {
        return Asked::Whole;
    };
    let Some((first, last)) = range.split_once('-').filter(|_| !range.contains(',')) else {
        return Asked::Whole;
    };
    let number = |text: &str| {
        let digits = text.trim();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large lies behind every file.
        is_number.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.trim().is_empty() => first..size,
        (None, Some(count)) if first.trim().is_empty() => size.saturating_sub(count)..size,
        _ => return Asked::Whole,
    };
    if range.start < range.end {
        Asked::Part(range)
    } else {
        Asked::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_stretch_of_bytes() {
        for (text, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-1000", Asked::Part(90..100)),
            ("bytes=-5", Asked::Part(95..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=99-99", Asked::Part(99..100)),
            ("bytes=5-99999999999999999999", Asked::Part(5..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=99999999999999999999-", Asked::Nothing),
            ("bytes=9-5", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("lines=0-1", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
        ] {
            assert_eq!(range(text, 100), expected, "{text}");
        }
        assert_eq!(range("bytes=0-", 0), Asked::Nothing);
    }

    #[test]
    fn the_name_stands_in_the_header_twice() {
        assert_eq!(
            disposition("größe \"1\".txt"),
            "attachment; filename=\"gr__e _1_.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt"
        );
    }
}
