//! Log messages: parameters go into their template (`ingest.md` §3.2).

use protocol::event::Event;
use serde_json::Value;

use crate::notes::{Place, notes};

pub(crate) fn normalize(event: &mut Event) {
    let Some(logentry) = &mut event.logentry else { return };
    let is_text = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if !is_text(&logentry.message) && !is_text(&logentry.formatted) {
        let was_sent = logentry.message.is_none() && logentry.formatted.is_none();
        event.logentry = None;
        if was_sent {
            notes!(event).invalid(&Place::root("logentry"), Value::Null, "no message present");
        }
        return;
    }
    let notes = &mut notes!(event);
    if let Some(params) = logentry
        .params
        .take_if(|params| !params.is_array() && !params.is_object())
    {
        let place = Place::root("logentry");
        notes.invalid(&place.key("params"), params, "expected message parameters");
    }
    if logentry.formatted.is_none()
        && let (Some(message), Some(params)) = (&logentry.message, &logentry.params)
    {
        logentry.formatted = format(message, params);
    }
    if logentry.formatted.is_none() || logentry.formatted == logentry.message {
        logentry.formatted = logentry.message.take();
        notes.meta.rename(&["logentry", "message"], &["logentry", "formatted"]);
    }
}

/// Two texts that differ only behind the cut are the same from then on.
pub(crate) fn after_trimming(event: &mut Event) {
    if let Some(logentry) = &mut event.logentry
        && logentry.formatted == logentry.message
    {
        logentry.message = None;
        event.meta.remove(&["logentry", "message"]);
    }
}

/// The text with its parameters; `None` when they do not fit the template.
fn format(template: &str, params: &Value) -> Option<String> {
    if template.contains('%') {
        percent(template, params)
    } else {
        braces(template, params)
    }
}

/// Which of the parameters is next.
struct Parameters<'a> {
    params: &'a Value,
    next: usize,
}

impl<'a> Parameters<'a> {
    fn next(&mut self) -> Option<&'a Value> {
        let value = self.params.as_array()?.get(self.next);
        self.next += 1;
        value.filter(|value| !value.is_null())
    }

    fn named(&self, name: &str) -> Option<&'a Value> {
        let value = match self.params {
            Value::Object(map) => map.get(name),
            Value::Array(values) => values.get(name.parse::<usize>().ok()?),
            _ => None,
        };
        value.filter(|value| !value.is_null())
    }
}

/// `%s`, `%(name)s`, `%5.2f`, `%%`: the forms of C's printf and Python's logging.
fn percent(template: &str, params: &Value) -> Option<String> {
    let mut params = Parameters { params, next: 0 };
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let name = match rest.strip_prefix('(') {
            Some(inner) => {
                let (name, after) = inner.split_once(')')?;
                rest = after;
                Some(name)
            }
            None => None,
        };
        // Width and precision are not heeded: the text is for reading, and it must be the one that Sentry makes.
        rest = rest.trim_start_matches([
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '-', '+', ' ', '#',
        ]);
        rest = rest.trim_start_matches(['h', 'l', 'L']);
        let conversion = *rest.as_bytes().first()?;
        let value = match name {
            Some(name) => params.named(name)?,
            None => params.next()?,
        };
        push_converted(&mut text, value, conversion)?;
        rest = &rest[1..];
    }
    text.push_str(rest);
    Some(text)
}

/// `None` when there is no such conversion.
fn push_converted(text: &mut String, value: &Value, conversion: u8) -> Option<()> {
    let converted = match (conversion, value.as_u64()) {
        (b'x', Some(number)) => format!("{number:x}"),
        (b'X', Some(number)) => format!("{number:X}"),
        (b'o', Some(number)) => format!("{number:o}"),
        (b'r', _) => value.to_string(),
        (b's' | b'd' | b'i' | b'u' | b'c' | b'x' | b'X' | b'o', _) => plain(value),
        (b'e' | b'E' | b'f' | b'F' | b'g' | b'G', _) => plain(value),
        _ => return None,
    };
    text.push_str(&converted);
    Some(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        value => value.to_string(),
    }
}

/// `{}`, `{0}`, `{name}`. Anything else in braces is no template.
fn braces(template: &str, params: &Value) -> Option<String> {
    let mut params = Parameters { params, next: 0 };
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if !name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_')
        {
            return None;
        }
        let value = if name.is_empty() {
            params.next()?
        } else {
            params.named(name)?
        };
        text.push_str(before);
        text.push_str(&plain(value));
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(logentry: Value, expected: Value) {
        let mut event = read(json!({"logentry": logentry}));
        super::normalize(&mut event);
        let once = event.to_json();
        super::normalize(&mut event);
        assert_eq!(event.to_json(), once);
        let stored: Value = serde_json::from_str(&once).unwrap();
        assert_eq!(
            stored.get("logentry").cloned().unwrap_or(Value::Null),
            expected,
            "{logentry}"
        );
    }

    fn formatted(message: &str, params: Value) -> String {
        let mut event = read(json!({"logentry": {"message": message, "params": params}}));
        super::normalize(&mut event);
        event.logentry.unwrap().formatted.unwrap()
    }

    #[test]
    fn the_text_stands_in_formatted() {
        check(json!("hi"), json!({"formatted": "hi"}));
        check(json!({"message": "hi"}), json!({"formatted": "hi"}));
        check(json!({"message": "hi", "formatted": "hi"}), json!({"formatted": "hi"}));
        check(
            json!({"message": "hi %s", "params": ["x"]}),
            json!({"message": "hi %s", "formatted": "hi x", "params": ["x"]}),
        );
        check(
            json!({"message": "a %s", "formatted": "given", "params": ["x"]}),
            json!({"message": "a %s", "formatted": "given", "params": ["x"]}),
        );
        check(json!({"params": ["x"]}), json!(null));
        check(json!({"message": ""}), json!(null));
        let mut event = read(json!({"message": {"message": "x".repeat(8393), "formatted": "x".repeat(8394)}}));
        super::normalize(&mut event);
        crate::trim(&mut event);
        let logentry = serde_json::to_value(event.logentry).unwrap();
        assert_eq!(logentry, json!({"formatted": format!("{}...", "x".repeat(8189))}));
    }

    #[test]
    fn parameters_go_into_the_template() {
        let check = |message: &str, params: Value, expected: &str| {
            assert_eq!(formatted(message, params.clone()), expected, "{message} {params}");
        };
        check("hello %s", json!(["x"]), "hello x");
        check("hello {a}", json!({"a": 1}), "hello 1");
        check("%d items {}", json!([3]), "3 items {}");
        check("%s, %s", json!(["x"]), "%s, %s");
        check("%(a)s and %(b)05d", json!({"a": "x", "b": 42}), "x and 42");
        check("%(missing)s", json!({"a": 1}), "%(missing)s");
        check("100%% of %5.1f", json!([2.55]), "100% of 2.55");
        check("%-4s|%4s|%05d", json!(["a", "b", -7]), "a|b|-7");
        check("%x %X %o %ld", json!([255, 255, 8, 1.0]), "ff FF 10 1");
        check("%r is %s", json!(["x", {"a": [1]}]), "\"x\" is {\"a\":[1]}");
        check("%s", json!([null]), "%s");
        check("%y %é", json!(["x", "y"]), "%y %é");
        check("100%", json!(["x"]), "100%");
        check("%s", json!("alone"), "%s");
        check("{} of {}", json!([1, 2]), "1 of 2");
        check("{1} {0}", json!(["a", "b"]), "b a");
        check("{a!r}", json!({"a": "x"}), "{a!r}");
        check("{{a}}", json!({"a": "x"}), "{{a}}");
        check("{", json!(["x"]), "{");
        check("{}", json!([]), "{}");
        check("é%sé", json!(["ü"]), "éüé");
    }
}
