//! The parts of a form (RFC 7578), found in a body that is in memory. Parts are slices of it.

use memchr::memmem;
use percent_encoding::percent_decode_str;

const MAX_PARTS: usize = 1000;
/// The head of one part.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// RFC 2046 allows 70; some clients write more.
const MAX_BOUNDARY_BYTES: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    #[error("the content type names no boundary")]
    NoBoundary,
    #[error("no boundary is in the body")]
    NoParts,
    #[error("unexpected end of a part")]
    UnexpectedEnd,
    #[error("a part without a name")]
    NoName,
    #[error("the head of a part is longer than {MAX_HEAD_BYTES} bytes")]
    HeadTooLong,
    #[error("more than {MAX_PARTS} parts")]
    TooManyParts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    pub name: String,
    /// A part with a file name is a file.
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub body: &'a [u8],
}

impl Part<'_> {
    /// The text of a plain field.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(self.body);
        text.replace('\0', "\u{fffd}")
    }
}

/// The boundary that a content type names.
pub fn boundary(content_type: &str) -> Result<String, MultipartError> {
    let (_, parameters) = content_type.split_once(';').ok_or(MultipartError::NoBoundary)?;
    let found = Parameters(parameters).find(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    let (_, boundary) = found.ok_or(MultipartError::NoBoundary)?;
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY_BYTES {
        return Err(MultipartError::NoBoundary);
    }
    Ok(boundary)
}

/// The boundary of a form within a part, where no header names it: it is the first line.
pub fn boundary_of_body(body: &[u8]) -> Option<String> {
    let line = body.strip_prefix(b"--")?;
    let end = memchr::memchr(b'\n', line.get(..MAX_BOUNDARY_BYTES.min(line.len()))?)?;
    let boundary = std::str::from_utf8(&line[..end]).ok()?.trim_end();
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

/// All parts of a body.
pub fn parts<'a>(boundary: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, MultipartError> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let finder = memmem::Finder::new(&delimiter);
    let mut rest = match next_delimiter(&finder, body) {
        Some(start) => &body[start + delimiter.len()..],
        None => return Err(MultipartError::NoParts),
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        // White space may stand behind a boundary.
        let end = memchr::memchr(b'\n', rest).ok_or(MultipartError::UnexpectedEnd)?;
        rest = &rest[end + 1..];
        let (head, body) = head(rest)?;
        let end = next_delimiter(&finder, body).ok_or(MultipartError::UnexpectedEnd)?;
        if parts.len() == MAX_PARTS {
            return Err(MultipartError::TooManyParts);
        }
        parts.push(part(head, without_line_end(&body[..end]))?);
        rest = &body[end + delimiter.len()..];
    }
}

/// Where the next delimiter begins: at the start of a line, and with nothing behind it that makes it another text.
fn next_delimiter(delimiter: &memmem::Finder<'_>, body: &[u8]) -> Option<usize> {
    delimiter.find_iter(body).find(|at| {
        let behind = &body[at + delimiter.needle().len()..];
        let ends = matches!(behind.first(), None | Some(b'\r' | b'\n' | b' ' | b'\t')) || behind.starts_with(b"--");
        ends && (*at == 0 || body[at - 1] == b'\n')
    })
}

/// The line end before a delimiter belongs to it.
fn without_line_end(body: &[u8]) -> &[u8] {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    body.strip_suffix(b"\r").unwrap_or(body)
}

/// The lines up to an empty one, and what is behind it.
fn head(bytes: &[u8]) -> Result<(Vec<&[u8]>, &[u8]), MultipartError> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    loop {
        let end = memchr::memchr(b'\n', rest).ok_or(MultipartError::UnexpectedEnd)?;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        if bytes.len() - rest.len() > MAX_HEAD_BYTES {
            return Err(MultipartError::HeadTooLong);
        }
        if line.is_empty() {
            return Ok((lines, rest));
        }
        lines.push(line);
    }
}

fn part<'a>(head: Vec<&[u8]>, body: &'a [u8]) -> Result<Part<'a>, MultipartError> {
    let (mut name, mut filename, mut content_type) = (None, None, None);
    for line in head {
        let line = String::from_utf8_lossy(line).replace('\0', "\u{fffd}");
        let Some((header, value)) = line.split_once(':') else {
            continue;
        };
        if header.eq_ignore_ascii_case("content-type") {
            content_type = Some(value.trim().to_owned());
        } else if header.eq_ignore_ascii_case("content-disposition") {
            let parameters = value.split_once(';').map_or("", |(_, parameters)| parameters);
            for (parameter, value) in Parameters(parameters) {
                match parameter.to_ascii_lowercase().as_str() {
                    "name" => name = Some(value),
                    "filename" if filename.is_none() => filename = Some(value),
                    "filename*" => filename = extended(&value).or(filename),
                    _ => {}
                }
            }
        }
    }
    Ok(Part {
        name: name.ok_or(MultipartError::NoName)?,
        filename,
        content_type,
        body,
    })
}

/// A value of RFC 5987: `UTF-8''gr%C3%B6%C3%9Fe.txt`.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    let decoded = percent_decode_str(text).decode_utf8_lossy().replace('\0', "\u{fffd}");
    charset.eq_ignore_ascii_case("utf-8").then_some(decoded)
}

/// Parameters of a header: `; name="a \"b\""; other=c`.
struct Parameters<'a>(&'a str);

impl Iterator for Parameters<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_start_matches([';', ' ', '\t']);
        let (name, rest) = text.split_once('=')?;
        let rest = rest.trim_start();
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => {
                let end = rest.find(';').unwrap_or(rest.len());
                (rest[..end].trim_end().to_owned(), &rest[end..])
            }
        };
        self.0 = rest;
        Some((name.trim().to_owned(), value))
    }
}

/// Up to the closing quote. A backslash escapes only a quote or itself: Windows writes paths with single ones.
fn quoted_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' if matches!(characters.peek(), Some((_, '"' | '\\'))) => {
                value.extend(characters.next().map(|(_, escaped)| escaped));
            }
            character => value.push(character),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Part<'_>>, MultipartError> {
        parts("x-Y", text.as_bytes())
    }

    #[test]
    fn boundaries() {
        let check = |content_type: &str, expected: Option<&str>| {
            assert_eq!(boundary(content_type).ok().as_deref(), expected, "{content_type}");
        };
        check("multipart/form-data; boundary=x-Y", Some("x-Y"));
        check("multipart/form-data; charset=utf-8; Boundary=\"a b\"", Some("a b"));
        check("multipart/form-data;boundary=x;y=z", Some("x"));
        check("multipart/form-data", None);
        check("multipart/form-data; boundary=", None);
        check(&format!("multipart/form-data; boundary={}", "x".repeat(300)), None);
        assert_eq!(
            boundary_of_body(b"----MultipartBoundary--x--\r\nabc").as_deref(),
            Some("--MultipartBoundary--x--")
        );
        assert_eq!(boundary_of_body(b"MDMP"), None);
        assert_eq!(boundary_of_body(b"--\r\n"), None);
    }

    #[test]
    fn fields_and_files() {
        let text = "preamble\r\n--x-Y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n\
            --x-Y \r\ncontent-disposition:form-data; name=file; filename=\"C:\\tmp\\\"b\\\".txt\"\r\nContent-Type: text/plain\r\n\r\n\
            x --x-Y y\r\n\r\n--x-Y\r\nContent-Disposition: form-data; name=\"e\"; filename=\"?\"; filename*=UTF-8''gr%C3%B6%C3%9Fe\r\n\r\n\
            \r\n--x-Y--\r\nepilogue";
        let parts = read(text).unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.filename.as_deref(), part.text()))
            .collect();
        assert_eq!(
            shown,
            [
                ("a", None, "1\r\n2".to_owned()),
                ("file", Some("C:\\tmp\"b\".txt"), "x --x-Y y\r\n".to_owned()),
                ("e", Some("größe"), String::new()),
            ]
        );
        assert_eq!(parts[1].content_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn lines_may_end_as_on_unix() {
        let parts = read("--x-Y\nContent-Disposition: form-data; name=a\n\n1\n--x-Y--").unwrap();
        assert_eq!(parts[0].body, b"1");
        assert_eq!(read("--x-Y--").unwrap(), []);
    }

    #[test]
    fn broken_forms() {
        let check = |text: &str, expected: MultipartError| assert_eq!(read(text).unwrap_err(), expected, "{text}");
        check("", MultipartError::NoParts);
        check("--x-Z\r\n", MultipartError::NoParts);
        check("--x-Y", MultipartError::UnexpectedEnd);
        check(
            "--x-Y\r\nContent-Disposition: form-data; name=a\r\n",
            MultipartError::UnexpectedEnd,
        );
        check(
            "--x-Y\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue\r\n",
            MultipartError::UnexpectedEnd,
        );
        check(
            "--x-Y\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x-Y--",
            MultipartError::NoName,
        );
        check("--x-Y\r\n\r\n1\r\n--x-Y--", MultipartError::NoName);
        let long = format!("--x-Y\r\nx: {}\r\n\r\n1\r\n--x-Y--", "y".repeat(MAX_HEAD_BYTES));
        check(&long, MultipartError::HeadTooLong);
        let many = "--x-Y\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n".repeat(MAX_PARTS + 1);
        check(&format!("{many}--x-Y--"), MultipartError::TooManyParts);
    }
}
