//! What a span did, without the parts that are different each time: the same query with other values is the same query
//! (`ingest.md` §7.3). One family of operations, one file.

mod file;
mod function;
mod http;
mod mongodb;
mod redis;
mod resource;
pub(super) mod sql;

use protocol::event::Span;

/// `None` where nothing is known to be constant: then the span belongs to no group.
pub(super) fn scrubbed(span: &Span) -> Option<String> {
    let description = description(span)?;
    let op = span.op.as_deref()?.to_ascii_lowercase();
    let verbatim = || Some(description.to_owned());
    let (family, kind) = op.split_once('.').unwrap_or((&op, ""));
    match (family, kind) {
        ("http", _) => http::scrubbed(description),
        ("cache", _) => Some(redis::scrubbed(description)),
        ("db", kind) => database(span, kind, description),
        ("resource", kind) => resource::scrubbed(kind, description),
        ("file", _) => Some(file::scrubbed(description)),
        ("function", _) => Some(function::scrubbed(description)),
        ("ui", kind) if kind.starts_with("interaction.") || kind.starts_with("react.") => {
            span.data_text("ui.component_name").map(str::to_owned)
        }
        // Names that people gave: screens, components, steps of a pipeline.
        ("app", _) | ("ui" | "activity" | "application" | "contentprovider", "load") => verbatim(),
        ("ai", kind) if matches!(kind.split('.').next(), Some("run" | "pipeline")) => verbatim(),
        _ => None,
    }
}

/// The description, or its beginning: what makes a query so long is values.
pub(super) fn description(span: &Span) -> Option<&str> {
    const MAX_BYTES: usize = 32 << 10;
    let description = span.description.as_deref()?.trim();
    let start = &description[..description.floor_char_boundary(MAX_BYTES)];
    (!start.is_empty()).then_some(start)
}

fn database(span: &Span, kind: &str, description: &str) -> Option<String> {
    let system = system(span);
    let system = system.as_deref();
    if kind == "redis" || system == Some("redis") {
        return Some(redis::scrubbed(description));
    }
    if system == Some("mongodb") || kind.contains("mongodb") {
        let names = ["db.collection.name", "db.operation"];
        let is_named = names.iter().all(|name| span.data_text(name).is_some());
        return if is_named { mongodb::scrubbed(description) } else { None };
    }
    let without_system = system.is_none() && (kind.contains("active_record") || kind.contains("activerecord"));
    if kind.contains("clickhouse") || kind.contains("redis") || without_system || mongodb::is_shell_text(description) {
        return None;
    }
    match span.origin.as_deref() {
        // A predicate with its values written out; fields and operators are constant.
        Some("auto.db.core_data") => Some(without_numbers(description)),
        // Model and method.
        _ if kind.contains("prisma") => Some(description.to_owned()),
        Some("auto.db.supabase") if description.starts_with("from(") => Some(function::replaced(description, "{%s}")),
        _ => sql::scrubbed(description, system),
    }
}

/// The kind of database, as the SDK says.
pub(super) fn system(span: &Span) -> Option<String> {
    span.data_text("db.system").map(str::to_ascii_lowercase)
}

fn without_numbers(text: &str) -> String {
    let mut scrubbed = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_ascii_digit() {
            scrubbed.push(letter);
        } else if !scrubbed.ends_with('*') {
            scrubbed.push('*');
        }
    }
    scrubbed
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::transaction::tests::transaction;

    #[track_caller]
    fn check(op: &str, description: &str, data: Value, expected: Option<&str>) {
        let mut span = crate::transaction::tests::span(json!({"op": op, "description": description, "data": data}));
        span["origin"] = data.get("origin").cloned().unwrap_or_default();
        let event = transaction(json!({"spans": [span]}));
        assert_eq!(scrubbed(&event.spans[0]).as_deref(), expected, "{op}: {description}");
    }

    #[test]
    fn the_operation_decides_what_is_constant() {
        let none = || json!({});
        check(
            "http.client",
            "GET https://api.a.com/x",
            none(),
            Some("GET https://*.a.com"),
        );
        check("cache.get", "GET a:1", none(), Some("GET *"));
        check("db.redis", "GET a:1", none(), Some("GET *"));
        check("db", "GET a:1", json!({"db.system": "redis"}), Some("GET *"));
        check(
            "db.sql.query",
            "SELECT a FROM b WHERE c = 1",
            none(),
            Some("SELECT a FROM b WHERE c = %s"),
        );
        check("db.clickhouse", "SELECT 1", none(), None);
        check("db.mongodb.find", "find({a: 1})", none(), None);
        check("db", "users.find({a: 1})", none(), None);
        check("db", "{\"find\": 1}", none(), None);
        check("db.sql.active_record", "SELECT 1", none(), None);
        check(
            "db.sql.active_record",
            "SELECT 1",
            json!({"db.system": "mysql"}),
            Some("SELECT %s"),
        );
        check("db.sql.prisma", "User find", none(), Some("User find"));
        check(
            "db",
            "from(users123)",
            json!({"origin": "auto.db.supabase"}),
            Some("from(users{%s})"),
        );
        check(
            "db",
            "SELECT 'a' WHERE b > 12",
            json!({"origin": "auto.db.core_data"}),
            Some("SELECT 'a' WHERE b > *"),
        );
        let mongo = json!({"db.system": "mongodb", "db.collection.name": "users", "db.operation": "find"});
        check(
            "db",
            "{\"find\": \"users\", \"filter\": {\"id\": 5}}",
            mongo,
            Some("{\"find\":\"?\",\"filter\":{\"id\":\"?\"}}"),
        );
        check("db", "{\"find\": 1}", json!({"db.system": "mongodb"}), None);
        check(
            "resource.script",
            "https://a.com/app.js",
            none(),
            Some("https://a.com/app.js"),
        );
        check("file.read", "a.plist", none(), Some("*.plist"));
        check("function.aws", "job 0123abcd", none(), Some("job *"));
        check("ui.load", "MainActivity", none(), Some("MainActivity"));
        check(
            "ui.interaction.click",
            "div > b",
            json!({"ui.component_name": "Button"}),
            Some("Button"),
        );
        check("ui.react.render", "x", none(), None);
        check("ui.other", "x", none(), None);
        check("app.start.cold", "Cold Start", none(), Some("Cold Start"));
        check("activity.load", "a.B.onCreate", none(), Some("a.B.onCreate"));
        check("ai.run.chain", "x", none(), Some("x"));
        check("ai.pipeline", "x", none(), Some("x"));
        check("ai.chat", "x", none(), None);
        check("default", "x", none(), None);
        check("http.client", "", none(), None);
    }
}
