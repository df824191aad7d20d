//! Scripts that pages of others include: data gets into them as JSON, never as text.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;

/// Stands in a script where its data belongs.
const PLACE: &str = "__DATA__";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The script with its data: what would end a script element, or a line in older browsers, is escaped.
pub(crate) fn with_data(script: &str, data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("texts and flags have a form in JSON");
    let json = json
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    script.replacen(PLACE, &json, 1)
}

/// The answer for a script that any page may include, with `crossorigin` too.
pub(crate) fn response(script: String, cache: &'static str) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, script).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_leave_its_place() {
        let hostile = "</script>\u{2028}\"+alert(1)+\"__DATA__";
        let script = with_data("run(__DATA__);", &[hostile]);
        assert_eq!(script, "run([\"\\u003c/script>\\u2028\\\"+alert(1)+\\\"__DATA__\"]);");
    }
}
