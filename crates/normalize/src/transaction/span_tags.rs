//! What spans are searched and grouped by (`ingest.md` §7.3): derived from operation, description and data. What a span
//! shares with its transaction (release, environment, user…) is not copied to every span.

use md5::{Digest, Md5};
use model::Timestamp;
use protocol::event::{Entries, Event, Span};
use serde_json::Value;

use super::span_description::{self, scrubbed, sql, system};
use crate::limits::{ENUM, cut_to};

/// Bytes of a value; groups are told by the whole description all the same.
const MAX_VALUE: usize = 200;

/// When the first and the whole screen of a mobile app were there.
#[derive(Clone, Copy, Default)]
struct Displays {
    initial: Option<Timestamp>,
    full: Option<Timestamp>,
}

pub(super) fn normalize(event: &mut Event) {
    let end_of = |op: &str| {
        event
            .spans
            .iter()
            .find(|span| span.op.as_deref() == Some(op))?
            .timestamp
    };
    let displays = Displays {
        initial: end_of("ui.load.initial_display"),
        full: end_of("ui.load.full_display"),
    };
    for span in &mut event.spans {
        span.sentry_tags = of(span, displays);
    }
}

/// The tags of a span that stands alone.
pub(crate) fn of_one(span: &Span) -> Entries {
    of(span, Displays::default())
}

fn of(span: &Span, displays: Displays) -> Entries {
    let mut tags = Tags(Vec::new());
    let system = system(span);
    // As it will be stored: what is derived from a span must be the same when it is derived again.
    let op = cut_to(span.op.as_deref().unwrap_or_default(), ENUM).to_lowercase();
    let category = category(&op);
    let description = scrubbed(span);
    tags.add("op", Some(op.as_str()));
    tags.add("category", category);
    tags.add("system", system.as_deref());
    tags.add("action", action(span, &op, category, description.as_deref()).as_deref());
    tags.add(
        "domain",
        domain(span, &op, system.as_deref(), description.as_deref()).as_deref(),
    );
    if let Some(description) = &description {
        tags.add("group", Some(&group(description)));
        tags.add("description", Some(description));
    }
    if op.starts_with("resource.") {
        for key in RESOURCE_SIZES {
            tags.add(key, number(span.data.get(key)).as_deref());
        }
        let blocking = span.data_text("resource.render_blocking_status");
        tags.add(
            "resource.render_blocking_status",
            blocking.filter(|status| matches!(*status, "blocking" | "non-blocking")),
        );
    }
    tags.add("status_code", status_code(span).as_deref());
    tags.add("status", span.status.map(|status| status.name()));
    for (key, display) in [("ttid", displays.initial), ("ttfd", displays.full)] {
        if display.is_some_and(|display| span.timestamp.is_some_and(|end| end <= display)) {
            tags.add(key, Some(key));
        }
    }
    Entries(tags.0)
}

const RESOURCE_SIZES: [&str; 3] = [
    "http.response_content_length",
    "http.decoded_response_content_length",
    "http.response_transfer_size",
];

struct Tags(Vec<(String, String)>);

impl Tags {
    fn add(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push((key.to_owned(), cut(value)));
        }
    }
}

fn cut(value: &str) -> String {
    if value.len() <= MAX_VALUE {
        return value.to_owned();
    }
    let end = value.floor_char_boundary(MAX_VALUE - 1);
    format!("{}*", &value[..end])
}

/// The first half of the hash of the description.
fn group(description: &str) -> String {
    let digest = Md5::digest(description.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Operations that belong together on a page. Frameworks stand for themselves.
fn category(op: &str) -> Option<&str> {
    const FRAMEWORKS: [(&str, &[&str]); 2] = [
        ("ui", &["react", "vue", "svelte", "angular", "ember"]),
        ("function", &["nextjs", "remix", "gpc", "aws", "azure"]),
    ];
    const CATEGORIES: [&str; 24] = [
        "ai",
        "app",
        "browser",
        "cache",
        "console",
        "db",
        "event",
        "file",
        "graphql",
        "grpc",
        "http",
        "measure",
        "middleware",
        "navigation",
        "pageload",
        "queue",
        "resource",
        "rpc",
        "serialize",
        "subprocess",
        "template",
        "topic",
        "view",
        "websocket",
    ];
    let mut words = op.split('.');
    let (first, second) = (words.next()?, words.next());
    let of_framework = FRAMEWORKS
        .iter()
        .any(|(family, names)| *family == first && second.is_some_and(|name| names.contains(&name)));
    if of_framework {
        return op.get(..first.len() + 1 + second?.len());
    }
    CATEGORIES.contains(&first).then_some(first)
}

fn action(span: &Span, op: &str, category: Option<&str>, description: Option<&str>) -> Option<String> {
    match (category, op) {
        (Some("http"), _) => ["http.request.method", "http.method", "method"]
            .iter()
            .find_map(|key| span.data_text(key))
            .map(str::to_uppercase),
        (_, "db.redis") => description.map(|description| description.replace(" *", "")),
        (Some("db"), _) => span
            .data_text("db.operation")
            .map(str::to_uppercase)
            .or_else(|| sql::action(span_description::description(span)?).map(str::to_owned)),
        _ => None,
    }
}

/// Whom the span talked to: host or tables.
fn domain(span: &Span, op: &str, system: Option<&str>, description: Option<&str>) -> Option<String> {
    if op == "http.client" || op.starts_with("resource.") {
        let description = description?;
        let url = description.split_once(' ').map_or(description, |(_, url)| url);
        let (_, rest) = url.split_once("://")?;
        let host = rest.split('/').next()?;
        return (!host.is_empty()).then(|| host.to_lowercase());
    }
    if !op.starts_with("db") || op.starts_with("db.redis") || system == Some("redis") {
        return None;
    }
    sql::tables(span_description::description(span)?, system)
}

/// The status of the answer, from a number or its text.
fn status_code(span: &Span) -> Option<String> {
    let data = ["http.response.status_code", "http.status_code"]
        .iter()
        .find_map(|key| number(span.data.get(*key)));
    data.or_else(|| {
        let tag = |(key, _): &&(String, String)| key == "http.status_code";
        span.tags.iter().find(tag).map(|(_, status)| status.clone())
    })
}

fn number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::transaction::tests::{span as sent, transaction};

    fn tags(fields: Value) -> Vec<(String, String)> {
        let mut event = transaction(json!({"spans": [sent(fields)]}));
        normalize(&mut event);
        event.spans[0].sentry_tags.0.clone()
    }

    #[track_caller]
    fn check(fields: Value, expected: &[(&str, &str)]) {
        let tags = tags(fields.clone());
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(tags, expected, "{fields}");
    }

    #[test]
    fn a_query() {
        check(
            json!({"op": "db.sql.query", "description": "SELECT `a`.`id`, `a`.`n` FROM `a` WHERE id IN (1,2)", "data": {"db.system": "mysql"}, "status": "ok"}),
            &[
                ("op", "db.sql.query"),
                ("category", "db"),
                ("system", "mysql"),
                ("action", "SELECT"),
                ("domain", ",a,"),
                ("group", "567e9bfcf20174a1"),
                ("description", "SELECT .. FROM a WHERE id IN (%s)"),
                ("status", "ok"),
            ],
        );
    }

    #[test]
    fn a_request() {
        check(
            json!({"op": "http.client", "description": "GET https://api.Shop.com:8443/x", "data": {"http.request.method": "get", "http.response.status_code": 404}}),
            &[
                ("op", "http.client"),
                ("category", "http"),
                ("action", "GET"),
                ("domain", "*.shop.com:8443"),
                ("group", "98f4c067df0ef607"),
                ("description", "GET https://*.shop.com:8443"),
                ("status_code", "404"),
            ],
        );
    }

    #[test]
    fn other_spans() {
        check(
            json!({"op": "db.redis", "description": "SET a 1", "tags": {"http.status_code": "200"}}),
            &[
                ("op", "db.redis"),
                ("category", "db"),
                ("action", "SET"),
                ("group", "46b2cac4b418f556"),
                ("description", "SET *"),
                ("status_code", "200"),
            ],
        );
        check(
            json!({"op": "resource.script", "description": "https://a.com/app.js",
                "data": {"http.response_transfer_size": 5, "resource.render_blocking_status": "blocking", "http.response_content_length": {}}}),
            &[
                ("op", "resource.script"),
                ("category", "resource"),
                ("domain", "a.com"),
                ("group", "88247e157e5ee190"),
                ("description", "https://a.com/app.js"),
                ("http.response_transfer_size", "5"),
                ("resource.render_blocking_status", "blocking"),
            ],
        );
        check(json!({"op": "Custom", "description": "x"}), &[("op", "custom")]);
    }

    #[test]
    fn categories() {
        for (op, expected) in [
            ("db.sql.query", Some("db")),
            ("ui.react.render", Some("ui.react")),
            ("function.aws.x", Some("function.aws")),
            ("function", None),
            ("http", Some("http")),
            ("https", None),
            ("", None),
        ] {
            assert_eq!(category(op), expected, "{op}");
        }
    }

    #[test]
    fn long_values_are_cut_but_not_for_the_group() {
        let of = |name: String| {
            let tags = tags(json!({"op": "ui.load", "description": name}));
            let get = |key: &str| tags.iter().find(|(name, _)| name == key).unwrap().1.clone();
            (get("description"), get("group"))
        };
        let (first, first_group) = of(format!("{}x", "é".repeat(150)));
        let (second, second_group) = of(format!("{}y", "é".repeat(150)));
        assert_eq!(first, second);
        assert_eq!(first, format!("{}*", "é".repeat(99)));
        assert_ne!(first_group, second_group);
    }

    #[test]
    fn what_was_there_before_the_screen_was() {
        let end = |op: &str, seconds_before_end: i64| {
            let end = crate::tests::NOW.seconds() - 5 - seconds_before_end;
            sent(json!({"op": op, "timestamp": end, "start_timestamp": end - 1}))
        };
        let mut event = transaction(json!({"spans": [
            end("a", 3), end("ui.load.initial_display", 3), end("b", 2), end("ui.load.full_display", 1), end("c", 0),
        ]}));
        normalize(&mut event);
        let has = |key: &str| -> Vec<bool> { event.spans.iter().map(|span| span.sentry_tag(key).is_some()).collect() };
        assert_eq!(has("ttid"), [true, true, false, false, false]);
        assert_eq!(has("ttfd"), [true, true, true, true, false]);
    }
}
