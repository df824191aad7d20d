//! The few facts that one looks for first.

use serde_json::Value;
use services::highlights::Highlights;

use crate::{
    events::{payload, value::Pair},
    text,
};

/// Those that the project chose, as far as the event has them, and where it chose none, the usual ones.
///
/// `tags`: all that the event is found by.
pub(crate) fn chosen(event: &Value, tags: &[(String, String)], chosen: &Highlights) -> Vec<Pair> {
    if chosen.is_empty() {
        return usual(event);
    }
    let tags = chosen.tags.iter().filter_map(|key| {
        let (_, value) = tags.iter().find(|(name, _)| name == key)?;
        Some(Pair::text(&text::line(key, 100), &text::line(value, 200)))
    });
    let contexts = event.get("contexts");
    let keys = chosen
        .context
        .iter()
        .flat_map(|(name, keys)| keys.iter().map(move |key| (name, key)));
    let of_contexts = keys.filter_map(|(name, key)| {
        let context = match name.as_str() {
            // What events have beside their contexts is called one, too.
            "user" => event.get("user"),
            name => contexts?.get(name),
        };
        let value = payload::scalar(context?.get(key)?)?;
        Some(Pair::text(
            &text::line(&format!("{name}: {key}"), 100),
            &text::line(&value, 200),
        ))
    });
    tags.chain(of_contexts).collect()
}

/// What is known of those that most look for, in a fixed order.
pub(crate) fn usual(event: &Value) -> Vec<Pair> {
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
        let pairs = usual(&json!({
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

    #[test]
    fn a_project_chooses_what_is_shown() {
        let event =
            json!({"user": {"email": "ada@example.com"}, "contexts": {"os": {"name": "Linux", "build": {"no": 1}}}});
        let tags = [
            ("region".to_owned(), "eu".to_owned()),
            ("level".to_owned(), "error".to_owned()),
        ];
        let of_project = Highlights {
            tags: vec!["absent".to_owned(), "region".to_owned()],
            context: [
                ("os", vec!["name", "build", "version"]),
                ("user", vec!["email"]),
                ("gone", vec!["name"]),
            ]
            .map(|(name, keys)| (name.to_owned(), keys.into_iter().map(str::to_owned).collect()))
            .into(),
        };
        let told = |chosen_by: &Highlights| -> Vec<(String, String)> {
            let pairs = chosen(&event, &tags, chosen_by);
            pairs
                .into_iter()
                .map(|pair| (pair.key, pair.value.text.shown))
                .collect()
        };
        let expected = [
            ("region", "eu"),
            ("os: name", "Linux"),
            ("user: email", "ada@example.com"),
        ];
        assert_eq!(
            told(&of_project),
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert!(told(&Highlights::default()).contains(&("os".to_owned(), "Linux".to_owned())));
    }
}
