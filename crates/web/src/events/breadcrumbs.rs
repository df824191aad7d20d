//! What happened before the event: its breadcrumbs, the newest first, with the event itself on top.

use model::{Level, Timestamp};
use serde_json::Value;

use crate::{
    events::{
        payload,
        remarks::{self, Note, Piece, Remarks},
        value::{Pair, Pairs},
    },
    icon::Icon,
    number,
    text::{self, Cut},
    time,
};

#[derive(Debug, Clone)]
pub(crate) struct Breadcrumb {
    pub(crate) at: Option<Timestamp>,
    /// How long before the event: `−1.2s`.
    pub(crate) before: String,
    pub(crate) icon: Icon,
    pub(crate) category: String,
    pub(crate) level: Option<Level>,
    pub(crate) message: Cut,
    /// What was done to the message before it was stored.
    pub(crate) notes: Vec<Note>,
    /// Whether the message is code or an address rather than prose.
    pub(crate) is_code: bool,
    pub(crate) data: Vec<Pair>,
}

impl Breadcrumb {
    /// The message in pieces, those that were changed apart.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        remarks::pieces(&self.message.shown, &self.notes)
    }

    pub(crate) fn remark(&self) -> String {
        remarks::words(&self.notes)
    }
}

/// Breadcrumbs that are laid out, and how many of them stand open from the start.
const MAX_BREADCRUMBS: usize = 100;
pub(crate) const OPEN_BREADCRUMBS: usize = 20;

/// The breadcrumbs of an event, newest first.
pub(crate) fn breadcrumbs(event: &Value) -> Vec<Breadcrumb> {
    let event_at = payload::timestamp(event, "timestamp");
    let list = payload::list(event, "breadcrumbs");
    let mut room = 16_000_usize;
    let remarks = Remarks::of(event).key("breadcrumbs").key("values");
    let one = |(index, crumb): (usize, &Value)| breadcrumb(crumb, remarks.index(index), event_at, &mut room);
    list.iter()
        .enumerate()
        .rev()
        .filter(|(_, crumb)| crumb.is_object())
        .take(MAX_BREADCRUMBS)
        .map(one)
        .collect()
}

fn breadcrumb(crumb: &Value, remarks: Remarks<'_>, event_at: Option<Timestamp>, room: &mut usize) -> Breadcrumb {
    let at = payload::timestamp(crumb, "timestamp");
    let kind = payload::text(crumb, "type").unwrap_or_default();
    let category = payload::text(crumb, "category").unwrap_or_default();
    let data = payload::pairs(crumb, "data");
    let (summary, used) = summary(&kind, &category, &data);
    let message = payload::text(crumb, "message");
    let message_is_there = message.is_some();
    let icon = icon(&kind, &category);
    let is_code = summary.is_some() && !message_is_there || icon == Icon::Database;
    let text = match (message, summary) {
        (Some(message), _) => message,
        (None, Some(summary)) => summary,
        (None, None) => String::new(),
    };
    let message = Cut::new(&text, room.saturating_sub(200).min(1_000));
    let left: Vec<_> = data
        .iter()
        .filter(|(key, _)| message_is_there || !used.contains(&key.as_str()))
        .collect();
    let of_data = remarks.key("data");
    let pairs = Pairs::noted(
        left.iter().map(|(key, value)| (key.as_str(), *value, of_data.key(key))),
        600,
        (*room).min(2_000),
    );
    let size: usize = pairs
        .shown
        .iter()
        .map(|pair| pair.key.len() + pair.value.text.shown.len() + 80)
        .sum();
    *room = room.saturating_sub(size + message.shown.len());
    Breadcrumb {
        at,
        before: at
            .zip(event_at)
            .map(|(at, event_at)| before(at, event_at))
            .unwrap_or_default(),
        icon,
        category: text::line(&category, 80),
        level: payload::text(crumb, "level").and_then(|level| level.parse().ok()),
        message,
        notes: if message_is_there {
            remarks.key("message").notes()
        } else {
            Vec::new()
        },
        is_code,
        data: pairs.shown,
    }
}

/// What a breadcrumb without message says, and the data that went into it.
fn summary(kind: &str, category: &str, data: &[(String, &Value)]) -> (Option<String>, &'static [&'static str]) {
    let get = |key: &str| {
        data.iter()
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| payload::scalar(value))
    };
    if let Some(url) = get("url").filter(|_| kind == "http" || matches!(category, "fetch" | "xhr" | "http" | "httplib"))
    {
        let method = get("method")
            .or_else(|| get("http.method"))
            .unwrap_or_else(|| "GET".to_owned());
        let status = get("status_code")
            .map(|status| format!(" → {status}"))
            .unwrap_or_default();
        return (
            Some(format!("{method} {url}{status}")),
            &["url", "method", "http.method", "status_code"],
        );
    }
    if let Some(to) = get("to").filter(|_| kind == "navigation" || category == "navigation") {
        let from = get("from").unwrap_or_else(|| "?".to_owned());
        return (Some(format!("{from} → {to}")), &["from", "to"]);
    }
    (None, &[])
}

fn icon(kind: &str, category: &str) -> Icon {
    match (kind, category) {
        ("http", _) | (_, "fetch" | "xhr" | "http" | "httplib" | "requests") => Icon::Globe,
        ("navigation", _) | (_, "navigation") => Icon::Route,
        ("query" | "redis", _) | (_, "query" | "redis") => Icon::Database,
        ("user" | "ui", _) => Icon::Click,
        ("error", _) | (_, "exception" | "sentry.event" | "sentry") => Icon::Error,
        ("log" | "debug" | "console", _) | (_, "console" | "log" | "logger") => Icon::Console,
        _ if category.starts_with("ui.") => Icon::Click,
        _ => Icon::Dot,
    }
}

/// `−0.05s`, `−12s`, `−4m`; what lies after the event has a plus.
fn before(at: Timestamp, event_at: Timestamp) -> String {
    let (sign, apart) = match at <= event_at {
        true => ('−', event_at.since(at)),
        false => ('+', at.since(event_at)),
    };
    match apart.as_secs() {
        0..10 => format!("{sign}{}.{:02}s", apart.as_secs(), apart.subsec_millis() / 10),
        seconds => format!("{sign}{}", time::span(seconds)),
    }
}

/// How many breadcrumbs there are in all, in words.
pub(crate) fn count_in_words(event: &Value) -> String {
    number::of(payload::list(event, "breadcrumbs").len() as u64, "breadcrumb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(crumb: &Value, expected: (&str, &str, usize, Icon)) {
        let event = json!({"timestamp": 1_795_229_165.5, "breadcrumbs": [crumb]});
        let view = &breadcrumbs(&event)[0];
        assert_eq!(
            (
                view.before.as_str(),
                view.message.shown.as_str(),
                view.data.len(),
                view.icon
            ),
            expected
        );
    }

    #[test]
    fn says_in_one_line_what_happened() {
        check(
            &json!({"type": "http", "category": "xhr", "timestamp": 1_795_229_164.25,
                   "data": {"method": "POST", "url": "/pay", "status_code": 500, "size": 7}}),
            ("−1.25s", "POST /pay → 500", 1, Icon::Globe),
        );
        check(
            &json!({"category": "navigation", "data": {"from": "/a", "to": "/b"}}),
            ("", "/a → /b", 0, Icon::Route),
        );
        check(
            &json!({"category": "query", "message": "SELECT 1", "data": {"db": "x"}, "timestamp": "2026-11-21T02:00:00Z"}),
            ("−46m", "SELECT 1", 1, Icon::Database),
        );
        check(
            &json!({"category": "ui.click", "message": "button#pay"}),
            ("", "button#pay", 0, Icon::Click),
        );
        check(
            &json!({"data": "x", "level": 7, "timestamp": "late"}),
            ("", "", 0, Icon::Dot),
        );
    }

    #[test]
    fn newest_first_and_bounded() {
        let crumbs: Vec<Value> = (0..500)
            .map(|i| json!({"message": format!("{i} {}", "x".repeat(5_000))}))
            .collect();
        let views = breadcrumbs(&json!({"breadcrumbs": {"values": crumbs}}));
        assert_eq!(views.len(), MAX_BREADCRUMBS);
        assert!(views[0].message.shown.starts_with("499 "));
        assert!(views.iter().map(|view| view.message.shown.len()).sum::<usize>() <= 16_000);
    }
}
