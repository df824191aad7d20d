//! Parts of an event as they are stored, and how readers want them shown.

use serde_json::Value;

/// How a section is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shown {
    /// Laid out.
    #[default]
    Report,
    /// As JSON, unaltered.
    Raw,
}

impl Shown {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Raw => "raw",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Report, Self::Raw].into_iter().find(|shown| shown.name() == name)
    }

    pub(crate) fn is_raw(self) -> bool {
        self == Self::Raw
    }
}

/// More of a section is not laid out in a page; the download has all of it.
const MOST: usize = 200_000;

/// What is stored of a section. Without an exception, the stack trace is that of the event or of its threads.
pub(crate) fn section<'a>(event: &'a Value, name: &str) -> Option<&'a Value> {
    let keys: &[&str] = match name {
        "exception" => &["exception", "stacktrace", "threads"],
        "request" => &["request"],
        _ => return None,
    };
    keys.iter()
        .find_map(|key| event.get(key).filter(|value| !value.is_null()))
}

/// The section for people, and whether it was cut.
pub(crate) fn pretty(event: &Value, name: &str) -> Option<(String, bool)> {
    let mut text = serde_json::to_string_pretty(section(event, name)?).unwrap_or_default();
    let is_cut = text.len() > MOST;
    text.truncate(text.floor_char_boundary(MOST));
    Some((text, is_cut))
}

/// What a download holds: a section, or the whole event where none is named.
pub(crate) fn download(payload: String, name: Option<&str>) -> Option<String> {
    let Some(name) = name else { return Some(payload) };
    let event: Value = serde_json::from_str(&payload).ok()?;
    section(&event, name).map(Value::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn api2_raw_equals_the_stored_json() {
        let event = json!({
            "exception": { "values": [{ "type": "E", "value": "<b>\u{202e}", "stacktrace": { "frames": [{ "lineno": 3, "vars": { "a": null } }] } }] },
            "request": { "url": "/x", "headers": [["A", "b"], null], "data": { "n": 1.50, "big": 18_446_744_073_709_551_615_u64 } },
        });
        let stored = event.to_string();
        for name in ["exception", "request"] {
            let (text, is_cut) = pretty(&event, name).unwrap();
            assert_eq!(
                (serde_json::from_str::<Value>(&text).unwrap(), is_cut),
                (event[name].clone(), false)
            );
            let file = download(stored.clone(), Some(name)).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&file).unwrap(), event[name]);
        }
        assert_eq!(download(stored.clone(), None), Some(stored.clone()));
        assert_eq!(download(stored, Some("tags")), None);
        let (text, is_cut) = pretty(&json!({ "request": { "data": "ä".repeat(MOST) } }), "request").unwrap();
        assert!(is_cut && text.len() <= MOST);
        assert_eq!(
            section(&json!({ "exception": null, "threads": [1] }), "exception"),
            Some(&json!([1]))
        );
    }
}
