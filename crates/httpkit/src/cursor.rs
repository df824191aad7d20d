use std::{fmt, str::FromStr};

use http::{HeaderValue, Uri};

/// Where a page of a list begins: written `value:offset:is_previous` as Sentry's cursors, so that clients which look
/// inside find what they know. `value` is what the list is sorted by, `offset` tells apart rows with the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub value: i64,
    /// Large enough for an event id.
    pub offset: u128,
    pub direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The rows behind this place.
    Next,
    /// The rows before it.
    Previous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid cursor parameter.")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.split(':');
        let (Some(value), Some(offset), Some(previous), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CursorError);
        };
        Ok(Self {
            // Old clients send the value as a float.
            value: value
                .strip_suffix(".0")
                .unwrap_or(value)
                .parse()
                .map_err(|_| CursorError)?,
            offset: offset.parse().map_err(|_| CursorError)?,
            direction: match previous {
                "0" => Direction::Next,
                "1" => Direction::Previous,
                _ => return Err(CursorError),
            },
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.value,
            self.offset,
            i32::from(self.direction == Direction::Previous)
        )
    }
}

/// Where the pages before and after begin, and whether there is anything on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Links {
    pub previous: (Cursor, bool),
    pub next: (Cursor, bool),
}

impl Links {
    /// For a list that is short enough to come whole.
    pub fn whole() -> Self {
        let start = |direction| Cursor {
            value: 0,
            offset: 0,
            direction,
        };
        Self {
            previous: (start(Direction::Previous), false),
            next: (start(Direction::Next), false),
        }
    }

    /// The `Link` header: both relations, each saying in `results` whether it leads anywhere. `base` is the address of
    /// the server, `uri` what was asked for.
    pub fn header(&self, base: &str, uri: &Uri) -> HeaderValue {
        let part = |relation: &str, (cursor, results): (Cursor, bool)| {
            format!(
                "<{base}{}?{}cursor={cursor}>; rel=\"{relation}\"; results=\"{results}\"; cursor=\"{cursor}\"",
                uri.path(),
                other_parameters(uri),
            )
        };
        let text = format!("{}, {}", part("previous", self.previous), part("next", self.next));
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The query without its cursor, with an `&` behind when it is not empty.
fn other_parameters(uri: &Uri) -> String {
    let kept = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    kept.map(|pair| format!("{pair}&")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_they_are_written() {
        for text in ["1793527200000000:42:0", "0:0:1", "-5:0:0"] {
            assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
        }
        for bad in ["", "1", "1:2", "1:2:3", "1:2:0:0", "a:0:0", "99999999999999999999:0:0"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_link_header_keeps_the_other_parameters() {
        let uri: Uri = "/api/0/organizations/acme/issues/?query=a%20b&cursor=1:0:0&limit=2"
            .parse()
            .unwrap();
        let links = Links::whole();
        let header = links.header("http://x", &uri);
        let text = header.to_str().unwrap();
        assert!(text.starts_with("<http://x/api/0/organizations/acme/issues/?query=a%20b&limit=2&cursor=0:0:1>; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", "), "{text}");
    }
}
