//! The filters and tests of templates. None makes more than [`MOST`] bytes.

use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, Rest, ValueKind},
};

const MOST: usize = super::MOST_VALUE_BYTES;

/// By name, with what each does.
pub const FILTERS: &[(&str, &str)] = &[
    (
        "truncate",
        "truncate(200): at most so many characters, three dots at the end among them; no word is cut if it need not be",
    ),
    ("upper", "in upper case"),
    ("lower", "in lower case"),
    ("capitalize", "the first character in upper case"),
    ("title", "each word begins in upper case"),
    ("trim", "without blanks at the ends"),
    (
        "default",
        "default(\"none\"): something else where the value is missing or empty",
    ),
    ("d", "as default"),
    ("replace", "replace(\"a\", \"b\"): every a becomes b"),
    ("join", "join(\", \"): the parts of a list with something between"),
    ("first", "the first part of a list, or character"),
    ("last", "the last part of a list, or character"),
    ("length", "how many parts or characters there are"),
    ("count", "as length"),
    ("round", "round(1): a number with so many decimals"),
    ("int", "a number without decimals"),
];

pub(super) const TESTS: [&str; 4] = ["defined", "undefined", "none", "string"];

pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("truncate", truncate);
    environment.add_filter("upper", |value: Value| cut(text(&value).to_uppercase()));
    environment.add_filter("lower", |value: Value| cut(text(&value).to_lowercase()));
    environment.add_filter("capitalize", |value: Value| cut(capitalized(&text(&value))));
    environment.add_filter("title", |value: Value| cut(titled(&text(&value))));
    environment.add_filter("trim", |value: Value| text(&value).trim().to_owned());
    environment.add_filter("default", or_default);
    environment.add_filter("d", or_default);
    environment.add_filter("replace", replace);
    environment.add_filter("join", join);
    environment.add_filter("first", |value: Value| end_of(&value, true));
    environment.add_filter("last", |value: Value| end_of(&value, false));
    environment.add_filter("length", length);
    environment.add_filter("count", length);
    environment.add_filter("round", round);
    environment.add_filter("int", |value: Value| number(&value).map(f64::trunc).map(whole));
    environment.add_test("defined", |value: Value| !value.is_undefined());
    environment.add_test("undefined", |value: Value| value.is_undefined());
    environment.add_test("none", |value: Value| value.is_none());
    environment.add_test("string", |value: Value| value.as_str().is_some());
}

/// As it is written. What is missing is empty, and lists and objects are not for people.
pub(super) fn text(value: &Value) -> String {
    match value.kind() {
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::String | ValueKind::Number => value.to_string(),
        _ => String::new(),
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MOST));
    text
}

/// `truncate(length, killwords, end)`, as in Jinja: the end counts, and a word is cut only if it must be or is asked for.
fn truncate(value: Value, arguments: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let argument = |place: usize, name: &str| -> Option<Value> {
        let by_name = named.get::<Option<Value>>(name).ok().flatten();
        arguments.get(place).cloned().or(by_name)
    };
    let length = match argument(0, "length") {
        None => 255,
        Some(length) => length.as_usize().ok_or_else(|| wrong("truncate takes a number"))?,
    };
    let kill_words = argument(1, "killwords").is_some_and(|value| value.is_true());
    let end = argument(2, "end").map_or_else(|| "...".to_owned(), |end| text(&end));
    let text = text(&value);
    if text.chars().count() <= length {
        return Ok(text);
    }
    let room = length.saturating_sub(end.chars().count());
    let kept: String = text.chars().take(room).collect();
    let cuts_word = !kill_words && text.chars().nth(room).is_some_and(|next| !next.is_whitespace());
    let kept = match kept.rsplit_once(' ') {
        Some((words, _)) if cuts_word && !words.trim().is_empty() => words,
        _ => &kept,
    };
    Ok(format!("{kept}{end}").chars().take(length).collect())
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + &chars.as_str().to_lowercase()
}

fn titled(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !c.is_alphanumeric());
    words.map(capitalized).collect()
}

/// Also where it is empty: what is missing in an event is often an empty text.
fn or_default(value: Value, other: Option<Value>) -> Value {
    let is_missing = value.is_undefined() || value.is_none() || value.as_str() == Some("");
    if is_missing {
        other.unwrap_or_else(|| Value::from(""))
    } else {
        value
    }
}

fn replace(value: Value, old: String, new: String) -> String {
    let text = text(&value);
    if old.is_empty() {
        return text;
    }
    let mut replaced = String::new();
    for (place, part) in text.split(&old).enumerate() {
        if place > 0 {
            replaced.push_str(&new);
        }
        replaced.push_str(part);
        if replaced.len() > MOST {
            break;
        }
    }
    cut(replaced)
}

fn join(value: Value, between: Option<String>) -> String {
    let between = between.unwrap_or_default();
    let mut joined = String::new();
    let Ok(parts) = value.try_iter() else {
        return text(&value);
    };
    for (place, part) in parts.take(super::MOST_ITEMS).enumerate() {
        if place > 0 {
            joined.push_str(&between);
        }
        joined.push_str(&text(&part));
        if joined.len() > MOST {
            break;
        }
    }
    cut(joined)
}

fn end_of(value: &Value, is_first: bool) -> Value {
    if let Some(text) = value.as_str() {
        let end = if is_first {
            text.chars().next()
        } else {
            text.chars().next_back()
        };
        return end.map_or(Value::UNDEFINED, |end| Value::from(end.to_string()));
    }
    let Ok(mut parts) = value.try_iter() else {
        return Value::UNDEFINED;
    };
    let end = if is_first { parts.next() } else { parts.last() };
    end.unwrap_or(Value::UNDEFINED)
}

fn length(value: Value) -> usize {
    match value.as_str() {
        Some(text) => text.chars().count(),
        None => value.len().unwrap_or(0),
    }
}

fn number(value: &Value) -> Result<f64, Error> {
    let number = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    Ok(number.unwrap_or(0.0))
}

fn round(value: Value, decimals: Option<i32>) -> Result<Value, Error> {
    let decimals = decimals.unwrap_or(0).clamp(0, 9);
    let scale = 10_f64.powi(decimals);
    let rounded = (number(&value)? * scale).round() / scale;
    Ok(if decimals == 0 {
        whole(rounded)
    } else {
        Value::from(rounded)
    })
}

fn whole(number: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what does not fit is the nearest that does"
    )]
    Value::from(number as i64)
}
