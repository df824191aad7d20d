//! Tables as CSV (RFC 4180), to be opened in a spreadsheet.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};

/// A text that stays one field, and that no spreadsheet takes for a formula.
pub(crate) fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A file to be saved; its disposition names it.
pub(crate) fn file(disposition: &'static str, text: String) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_stays_one_field_and_is_no_formula() {
        for (text, expected) in [
            ("web-crawlers", "web-crawlers"),
            ("Sampled:1000,1002", "\"Sampled:1000,1002\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("", ""),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
