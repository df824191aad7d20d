//! The HTTP request: URL without query, headers by name, a body with structure where it has one (`ingest.md` §3.2).

use protocol::event::{Event, FieldError, Object, Request, parse_cookies, parse_embedded};
use serde_json::{Map, Value};

use crate::notes::{Notes, Place, notes};

pub(crate) fn normalize(event: &mut Event) {
    let Some(request) = &mut event.request else { return };
    let notes = &mut notes!(event);
    method(request, notes);
    url(request);
    headers(request, notes);
    body(request);
    if *request == Request::default() {
        event.request = None;
    }
}

fn method(request: &mut Request, notes: &mut Notes<'_>) {
    let Some(method) = &mut request.method else { return };
    method.make_ascii_uppercase();
    let allowed = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    if !(3..=32).contains(&method.len()) || !method.bytes().all(allowed) {
        let method = request.method.take().unwrap_or_default();
        let place = Place::root("request");
        notes.refused(&place.key("method"), method, FieldError::INVALID_DATA);
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
}

fn headers(request: &mut Request, notes: &mut Notes<'_>) {
    let place = Place::root("request");
    // An SDK that sends objects notes by name what it scrubbed; here they are lists.
    for (field, pairs) in [
        ("headers", &request.headers),
        ("cookies", &request.cookies),
        ("query_string", &request.query_string),
    ] {
        if !notes.meta.is_empty() {
            // A number is taken for a place, and the empty name is where the list itself is spoken of.
            let is_name = |name: &str| !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit());
            for (index, (name, _)) in pairs.iter().enumerate().filter(|(_, (name, _))| is_name(name)) {
                notes
                    .meta
                    .rename(&["request", field, name], &["request", field, &index.to_string(), "1"]);
            }
        }
    }
    let list = std::mem::take(&mut request.headers);
    let (list, cookies) = clean_headers(list, "Cookie", |new_index| {
        notes.meta.renumber(place.key("headers").path(), new_index);
    });
    request.headers = list;
    if let Some(cookies) = cookies
        && request.cookies.is_empty()
    {
        request.cookies = parse_cookies(&cookies);
    }
}

/// Names in one form, sorted by them, and without the header that holds cookies, which is given apart. Who has notes on
/// single headers is told where they went.
fn clean_headers(
    headers: Vec<(String, String)>,
    cookies: &str,
    moved: impl FnOnce(&dyn Fn(usize) -> Option<usize>),
) -> (Vec<(String, String)>, Option<String>) {
    let mut numbered: Vec<(usize, (String, String))> = headers.into_iter().enumerate().collect();
    for (_, (name, _)) in &mut numbered {
        title_case(name);
    }
    let mut taken = None;
    numbered.retain_mut(|(_, (name, value))| {
        let is_cookie = name == cookies;
        if is_cookie && taken.is_none() {
            taken = Some(std::mem::take(value));
        }
        !is_cookie
    });
    numbered.sort_by(|(_, (one, _)), (_, (other, _))| one.cmp(other));
    moved(&|old| numbered.iter().position(|(index, _)| *index == old));
    (numbered.into_iter().map(|(_, header)| header).collect(), taken)
}

/// The `response` context is treated as a request is.
pub(crate) fn response(context: &mut Object) {
    let pairs = |value: &Value| serde_json::from_value::<Vec<(String, String)>>(value.clone()).ok();
    let (headers, cookies) = match context.get("headers").and_then(pairs) {
        Some(headers) => clean_headers(headers, "Set-Cookie", |_| {}),
        None => (Vec::new(), None),
    };
    let content_type = match context.get("data") {
        // Nobody answers with a form.
        Some(Value::String(text)) => match json(text) {
            Some((data, content_type)) => {
                context.insert("data".to_owned(), data);
                Some(content_type.to_owned())
            }
            None => declared_type(&headers),
        },
        _ => declared_type(&headers),
    };
    let mut set = |name: &str, value: Value| {
        context.entry(name).or_insert(value);
    };
    if let Some(content_type) = content_type {
        set("inferred_content_type", Value::String(content_type));
    }
    let values = |pairs: Vec<(String, String)>| {
        let pairs = pairs.into_iter();
        Value::Array(pairs.map(|(name, value)| Value::from(vec![name, value])).collect())
    };
    if let Some(cookies) = cookies {
        set("cookies", values(parse_cookies(&cookies)));
    }
    if headers.is_empty() {
        context.shift_remove("headers");
    } else {
        context.insert("headers".to_owned(), values(headers));
    }
}

fn declared_type(headers: &[(String, String)]) -> Option<String> {
    let (_, header) = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"))?;
    let content_type = header.split(';').next().unwrap_or(header).trim();
    (!content_type.is_empty()).then(|| content_type.to_owned())
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
        None => declared_type(&request.headers),
    };
    if request.inferred_content_type.is_none() {
        request.inferred_content_type = content_type;
    }
}

/// What a text is that holds an object or a list.
fn json(text: &str) -> Option<(Value, &'static str)> {
    // A text that begins otherwise is neither: most bodies need no parser.
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    parse_embedded(text).map(|value| (value, "application/json"))
}

fn structure(text: &str) -> Option<(Value, &'static str)> {
    if let Some(found) = json(text) {
        return Some(found);
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

    #[test]
    fn notes_move_with_their_header() {
        let mut event = read(json!({"request": {"headers": [["b", "1"], ["Cookie", "x=y"], ["a", "2"]]}}));
        event.meta.at(["request", "headers", "0", "1"]).error("of b");
        event.meta.at(["request", "headers", "1", "1"]).error("of the cookie");
        super::normalize(&mut event);
        assert!(
            event
                .meta
                .get(["request", "headers", "1", "1"])
                .is_some_and(|entry| entry["err"] == json!(["of b"]))
        );
        assert_eq!(event.meta.get(["request", "headers", "0", "1"]), None);
    }

    #[test]
    fn responses_are_treated_alike() {
        let mut event = read(json!({"contexts": {"response": {
            "headers": {"content-type": "application/json; x", "set-cookie": "a=b", "x": ["1", "2"]},
            "data": "{\"a\":1}", "status_code": 200.0,
        }}}));
        let super::Value::Object(response) = &mut event.contexts["response"] else {
            panic!()
        };
        super::response(response);
        let once = response.clone();
        super::response(response);
        assert_eq!(*response, once);
        let expected = json!({
            "headers": [["Content-Type", "application/json; x"], ["X", "1,2"]], "cookies": [["a", "b"]],
            "data": {"a": 1}, "inferred_content_type": "application/json", "status_code": 200,
        });
        assert_eq!(super::Value::Object(once), expected);
    }
}
