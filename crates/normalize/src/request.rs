//! The HTTP request: URL without query, headers by name, a body with structure where it has one (`ingest.md` §3.2).

use protocol::event::{Event, FieldError, Request, parse_cookies, parse_embedded};
use serde_json::{Map, Value};

use crate::limits::{PATH, cut, cut_field};

pub(crate) fn normalize(event: &mut Event) {
    let Some(request) = &mut event.request else { return };
    method(request, &mut event.errors);
    url(request);
    headers(request);
    body(request);
    if *request == Request::default() {
        event.request = None;
    }
}

fn method(request: &mut Request, errors: &mut Vec<FieldError>) {
    let Some(method) = &mut request.method else { return };
    method.make_ascii_uppercase();
    let allowed = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    if !(3..=32).contains(&method.len()) || !method.bytes().all(allowed) {
        let method = request.method.take().unwrap_or_default();
        errors.push(FieldError::invalid(
            "request.method",
            method,
            "expected the name of an HTTP method",
        ));
    }
}

/// Query and fragment have fields of their own; what stands there already is the truer form.
fn url(request: &mut Request) {
    let Some(url) = &mut request.url else { return };
    if let Some(start) = url.strip_suffix('…') {
        // Some client cut the URL itself.
        *url = format!("{start}...");
    }
    if let Some((rest, fragment)) = url.split_once('#') {
        if request.fragment.is_none() && !fragment.is_empty() {
            request.fragment = Some(fragment.to_owned());
        }
        *url = rest.to_owned();
    }
    if let Some((rest, query)) = url.split_once('?') {
        if request.query_string.is_empty() {
            request.query_string = protocol::query_pairs(query).collect();
        }
        *url = rest.to_owned();
    }
    cut(url, PATH);
}

fn headers(request: &mut Request) {
    for (name, _) in &mut request.headers {
        title_case(name);
    }
    let cookies = request
        .headers
        .extract_if(.., |(name, _)| name == "Cookie")
        .map(|(_, value)| value)
        .next();
    if let Some(cookies) = cookies {
        request.headers.retain(|(name, _)| name != "Cookie");
        if request.cookies.is_empty() {
            request.cookies = parse_cookies(&cookies);
        }
    }
    request.headers.sort_by(|(one, _), (other, _)| one.cmp(other));
}

/// `x-FOO-bar` is written `X-FOO-Bar`: the first letter of each word is raised, the others stay.
fn title_case(name: &mut String) {
    let starts_words = name
        .split('-')
        .all(|word| !word.starts_with(|letter: char| letter.is_ascii_lowercase()));
    if starts_words {
        return;
    }
    let mut start = true;
    *name = name
        .chars()
        .map(|letter| {
            let letter = if start { letter.to_ascii_uppercase() } else { letter };
            start = letter == '-';
            letter
        })
        .collect();
}

fn body(request: &mut Request) {
    let inferred = match &request.data {
        Some(Value::String(text)) => structure(text),
        _ => None,
    };
    let content_type = match inferred {
        Some((data, content_type)) => {
            request.data = Some(data);
            Some(content_type.to_owned())
        }
        None => request
            .header("Content-Type")
            .map(|header| header.split(';').next().unwrap_or(header).trim().to_owned())
            .filter(|content_type| !content_type.is_empty()),
    };
    if request.inferred_content_type.is_none() {
        request.inferred_content_type = content_type;
    }
    cut_field(&mut request.inferred_content_type, PATH);
}

fn structure(text: &str) -> Option<(Value, &'static str)> {
    // A text that begins otherwise is no object and no list: most bodies need no parser.
    let json = if text.trim_start().starts_with(['{', '[']) {
        parse_embedded(text)
    } else {
        None
    };
    if let Some(value) = json {
        return Some((value, "application/json"));
    }
    if !text.is_ascii() || ["<?xml", "{", "["].iter().any(|start| text.starts_with(start)) || !text.contains('=') {
        return None;
    }
    let mut form = Map::new();
    for (name, value) in protocol::query_pairs(text) {
        form.insert(name, Value::String(value));
    }
    let has_value = form.values().any(|value| value != "");
    has_value.then_some((Value::Object(form), "application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(request: Value, expected: Value) {
        let mut event = read(json!({"request": request}));
        super::normalize(&mut event);
        let once = event.to_json();
        super::normalize(&mut event);
        assert_eq!(event.to_json(), once);
        let stored: Value = serde_json::from_str(&once).unwrap();
        assert_eq!(
            stored.get("request").cloned().unwrap_or_default(),
            expected,
            "{request}"
        );
    }

    #[test]
    fn urls_are_taken_apart() {
        check(
            json!({"url": "http://a.com/x?a=b&c=d#frag"}),
            json!({"url": "http://a.com/x", "query_string": [["a", "b"], ["c", "d"]], "fragment": "frag"}),
        );
        check(
            json!({"url": "/x?a=b", "query_string": "z=1"}),
            json!({"url": "/x", "query_string": [["z", "1"]]}),
        );
        check(
            json!({"url": "http://a.com/#/app?x=1"}),
            json!({"url": "http://a.com/", "fragment": "/app?x=1"}),
        );
        check(json!({"url": "http://a.com/x…"}), json!({"url": "http://a.com/x..."}));
        check(json!({"url": "http://a.com/?"}), json!({"url": "http://a.com/"}));
    }

    #[test]
    fn methods_are_checked() {
        check(json!({"method": "get"}), json!({"method": "GET"}));
        check(
            json!({"method": "VERSION-CONTROL"}),
            json!({"method": "VERSION-CONTROL"}),
        );
        for bad in ["x", "GE T", "GÉT", &"A".repeat(33)] {
            check(json!({"method": bad, "url": "/"}), json!({"url": "/"}));
        }
        let mut event = read(json!({"request": {"method": "x"}}));
        super::normalize(&mut event);
        assert_eq!((event.request, event.errors.len()), (None, 1));
    }

    #[test]
    fn headers_are_named_alike() {
        check(
            json!({"headers": [["x-FOO-bar", "1"], ["accept", "b"], ["Accept", "a"]]}),
            json!({"headers": [["Accept", "b"], ["Accept", "a"], ["X-FOO-Bar", "1"]]}),
        );
        check(
            json!({"headers": {"cookie": "a=b; c=d"}}),
            json!({"cookies": [["a", "b"], ["c", "d"]]}),
        );
        check(
            json!({"headers": {"Cookie": "a=b"}, "cookies": {"x": "y"}}),
            json!({"cookies": [["x", "y"]]}),
        );
    }

    #[test]
    fn bodies_get_their_structure() {
        let body = |text: &str, expected: Value, content_type: Option<&str>| {
            let mut event =
                read(json!({"request": {"data": text, "headers": {"content-type": "text/x; charset=utf-8"}}}));
            super::normalize(&mut event);
            let request = event.request.unwrap();
            assert_eq!(request.data, Some(expected), "{text}");
            assert_eq!(
                request.inferred_content_type.as_deref(),
                content_type.or(Some("text/x")),
                "{text}"
            );
        };
        let form = Some("application/x-www-form-urlencoded");
        body("a=b&c=d", json!({"a": "b", "c": "d"}), form);
        body("a=%00&b=c", json!({"a": "\u{fffd}", "b": "c"}), form);
        body(r#"{"a":"\u0000"}"#, json!({"a": "\u{fffd}"}), Some("application/json"));
        body("a=1&a=2", json!({"a": "2"}), form);
        body("a=", json!("a="), None);
        body("a=b&c=é", json!("a=b&c=é"), None);
        body("[1]", json!([1]), Some("application/json"));
        body("{\"a\":", json!("{\"a\":"), None);
        body("<?xml a=b", json!("<?xml a=b"), None);
        body("\"text\"", json!("\"text\""), None);
        body("plain", json!("plain"), None);
        check(json!({"data": {"a": 1}}), json!({"data": {"a": 1}}));
    }
}
