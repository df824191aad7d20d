//! The few facts that one looks for first.

use serde_json::Value;

use crate::{
    events::{payload, value::Pair},
    text,
};

/// The highlights of an event: what is known of them, in a fixed order.
pub(crate) fn highlights(event: &Value) -> Vec<Pair> {
    let tags = payload::pairs(event, "tags");
    let tag = |key: &str| {
        let (_, value) = tags.iter().find(|(name, _)| name == key)?;
        payload::scalar(value).filter(|value| !value.is_empty())
    };
    let field = |key: &str| payload::text(event, key).or_else(|| tag(key));
    let trace = event.get("contexts").and_then(|contexts| contexts.get("trace"));
    let url = event.get("request").and_then(|request| payload::text(request, "url"));
    let found = [
        ("environment", field("environment")),
        ("release", field("release").or_else(|| tag("sentry:release"))),
        ("transaction", field("transaction")),
        ("url", url.or_else(|| tag("url"))),
        ("user", user(event).or_else(|| tag("user"))),
        ("server name", field("server_name")),
        ("browser", named(event, "browser").or_else(|| tag("browser"))),
        ("device", named(event, "device").or_else(|| tag("device"))),
        ("runtime", named(event, "runtime").or_else(|| tag("runtime"))),
        (
            "os",
            named(event, "os")
                .or_else(|| named(event, "client_os"))
                .or_else(|| tag("os")),
        ),
        ("logger", field("logger")),
        ("trace id", trace.and_then(|trace| payload::text(trace, "trace_id"))),
    ];
    let pair = |(key, value): (&str, Option<String>)| Some(Pair::text(key, &text::line(&value?, 200)));
    found.into_iter().filter_map(pair).collect()
}

/// `CPython 3.11.2`, from a context.
fn named(event: &Value, context: &str) -> Option<String> {
    let context = event.get("contexts")?.get(context)?;
    let name = payload::text(context, "name").or_else(|| payload::text(context, "model"))?;
    Some(match payload::text(context, "version") {
        Some(version) => format!("{name} {version}"),
        None => name,
    })
}

fn user(event: &Value) -> Option<String> {
    let user = event.get("user")?;
    ["email", "username", "id", "ip_address"]
        .iter()
        .find_map(|key| payload::text(user, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shows_what_is_known_and_nothing_else() {
        let pairs = highlights(&json!({
            "tags": [["environment", "production"], ["server_name", "web-1"]],
            "contexts": {"runtime": {"name": "CPython", "version": "3.11.2"}, "os": {"name": "Linux"}},
            "user": {"id": 7, "ip_address": "127.0.0.1"},
        }));
        let told: Vec<_> = pairs
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.text.shown.as_str()))
            .collect();
        let expected = [
            ("environment", "production"),
            ("user", "7"),
            ("server name", "web-1"),
            ("runtime", "CPython 3.11.2"),
            ("os", "Linux"),
        ];
        assert_eq!(told, expected);
    }
}
