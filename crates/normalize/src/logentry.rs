//! Log messages: parameters go into their template (`ingest.md` §3.2).

use protocol::event::{Event, LogEntry};
use serde_json::Value;

use crate::limits::{MESSAGE, cut_field};

pub(crate) fn normalize(event: &mut Event) {
    let Some(logentry) = &mut event.logentry else { return };
    if logentry.formatted.is_none()
        && let (Some(message), Some(params)) = (&logentry.message, &logentry.params)
    {
        logentry.formatted = format(message, params);
    }
    if logentry.formatted.is_none() || logentry.formatted == logentry.message {
        logentry.formatted = logentry.message.take();
    }
    cut_field(&mut logentry.formatted, MESSAGE);
    cut_field(&mut logentry.message, MESSAGE);
    // Two texts that differ only behind the cut are the same from now on.
    if logentry.formatted == logentry.message {
        logentry.message = None;
    }
    let LogEntry { formatted, message, .. } = logentry;
    if formatted.as_deref().unwrap_or_default().is_empty() && message.as_deref().unwrap_or_default().is_empty() {
        event.logentry = None;
    }
}

/// The text with its parameters; `None` when they do not fit the template.
fn format(template: &str, params: &Value) -> Option<String> {
    if template.contains('%') { percent(template, params) } else { braces(template, params) }
}

/// Which of the parameters is next.
struct Parameters<'a> {
    params: &'a Value,
    next: usize,
}

impl<'a> Parameters<'a> {
    fn next(&mut self) -> Option<&'a Value> {
        let value = match self.params {
            Value::Array(values) => values.get(self.next),
            // A single parameter that is no list, as Python's logging takes it.
            Value::Object(_) | Value::Null => None,
            value => (self.next == 0).then_some(value),
        };
        self.next += 1;
        value
    }

    fn named(&self, name: &str) -> Option<&'a Value> {
        match self.params {
            Value::Object(map) => map.get(name),
            Value::Array(values) => values.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
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
        let width = rest.find(|character: char| !matches!(character, '0'..='9' | '.' | '-' | '+' | ' ' | '#'))?;
        let (spec, after) = rest.split_at(width);
        let after = after.trim_start_matches(['h', 'l', 'L']);
        let conversion = after.chars().next().filter(|character| character.is_ascii_alphabetic() || *character == '@')?;
        rest = &after[conversion.len_utf8()..];
        let value = match name {
            Some(name) => params.named(name)?,
            None => params.next()?,
        };
        text.push_str(&converted(value, spec, conversion));
    }
    text.push_str(rest);
    Some(text)
}

fn converted(value: &Value, spec: &str, conversion: char) -> String {
    let (width, precision) = spec.split_once('.').unwrap_or((spec, ""));
    let precision = precision.parse::<usize>().ok().map(|precision| precision.min(30));
    let text = match (conversion, value) {
        ('f' | 'F', Value::Number(number)) => {
            format!("{:.*}", precision.unwrap_or(6), number.as_f64().unwrap_or_default())
        }
        ('d' | 'i' | 'u', Value::Number(number)) if number.is_f64() => {
            format!("{:.0}", number.as_f64().unwrap_or_default().trunc())
        }
        ('x', Value::Number(number)) if number.is_u64() => format!("{:x}", number.as_u64().unwrap_or_default()),
        ('X', Value::Number(number)) if number.is_u64() => format!("{:X}", number.as_u64().unwrap_or_default()),
        ('o', Value::Number(number)) if number.is_u64() => format!("{:o}", number.as_u64().unwrap_or_default()),
        ('s' | 'r' | '@', Value::String(text)) if precision.is_some() => {
            text.chars().take(precision.unwrap_or_default()).collect()
        }
        (_, value) => plain(value),
    };
    let left = width.contains('-');
    let zeros = !left && width.trim_start_matches(['+', ' ', '#']).starts_with('0');
    let width = width.trim_start_matches(['-', '+', ' ', '#', '0']).parse::<usize>().unwrap_or(0).min(200);
    match (left, zeros, text.strip_prefix('-')) {
        (true, ..) => format!("{text:<width$}"),
        (false, true, Some(digits)) if value.is_number() => format!("-{digits:0>0$}", width.saturating_sub(1)),
        (false, true, _) if value.is_number() => format!("{text:0>width$}"),
        _ => format!("{text:>width$}"),
    }
}

/// `{}`, `{0}`, `{name}`; doubled braces are braces.
fn braces(template: &str, params: &Value) -> Option<String> {
    let mut params = Parameters { params, next: 0 };
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    let mut replaced = false;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let (name, after) = rest.split_once('}')?;
        rest = after;
        // `{name:>10}` and `{name!r}` name the parameter before the mark.
        let name = name.split([':', '!']).next().unwrap_or(name).trim();
        let value = if name.is_empty() { params.next()? } else { params.named(name)? };
        text.push_str(&plain(value));
        replaced = true;
    }
    text.push_str(rest);
    // Without a place for a parameter nothing was meant to be formatted: the text stays as it is.
    replaced.then_some(text)
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
        assert_eq!(stored.get("logentry").cloned().unwrap_or(Value::Null), expected, "{logentry}");
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
        check(json!({"message": "hi %s", "params": ["x"]}), json!({"message": "hi %s", "formatted": "hi x", "params": ["x"]}));
        check(json!({"message": "a %s", "formatted": "given", "params": ["x"]}), json!({"message": "a %s", "formatted": "given", "params": ["x"]}));
        check(json!({"params": ["x"]}), json!(null));
        check(json!({"message": ""}), json!(null));
        check(json!("x".repeat(8393)), json!({"formatted": format!("{}...", "x".repeat(8189))}));
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
        check("%(a)s and %(b)05d", json!({"a": "x", "b": 42}), "x and 00042");
        check("%(missing)s", json!({"a": 1}), "%(missing)s");
        check("100%% of %.1f", json!([2.55]), "100% of 2.5");
        check("%-4s|%4s|%05d", json!(["a", "b", -7]), "a   |   b|-0007");
        check("%x %X %o", json!([255, 255, 8]), "ff FF 10");
        check("%r is %s", json!(["x", null]), "x is null");
        check("100%", json!(["x"]), "100%");
        check("%s", json!("alone"), "alone");
        check("{} of {}", json!([1, 2]), "1 of 2");
        check("{1} {0}", json!(["a", "b"]), "b a");
        check("{{}} {a!r} {b:>3}", json!({"a": "x", "b": [1]}), "{} x [1]");
        check("{", json!(["x"]), "{");
        check("{}", json!([]), "{}");
        check("no place {{", json!(["x"]), "no place {{");
        check("é%sé", json!(["ü"]), "éüé");
        check("%999999999s", json!(["x"]), &format!("{:>200}", "x"));
    }
}
