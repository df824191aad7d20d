//! What an event can be searched by: its own tags, and tags made from its fields (`ingest.md` §3.3, "added at save").

use std::collections::BTreeMap;

use protocol::event::{Event, Object};
use serde_json::Value;

use crate::limits::{TAG_VALUE, cut_to};

/// All tags of a normalized event, sorted by key. An SDK's tag wins over what is derived from interfaces and contexts,
/// and the event's own attributes win over all.
pub fn index_tags(event: &Event) -> Vec<(String, String)> {
    let mut tags = BTreeMap::new();
    {
        let mut add = |key: &str, value: &str| {
            let value = value.trim();
            if !value.is_empty() && !value.contains('\n') {
                tags.insert(key.to_owned(), cut_to(value, TAG_VALUE));
            }
        };
        from_contexts(event, &mut add);
        from_interfaces(event, &mut add);
        for (key, value) in &event.tags {
            add(key, value);
        }
        from_attributes(event, &mut add);
    }
    tags.into_iter().collect()
}

/// What the event says of itself: an SDK's tag of the same name would make searches and counts wrong.
fn from_attributes(event: &Event, add: &mut impl FnMut(&str, &str)) {
    if let Some(level) = event.level {
        add("level", level.name());
    }
    let user = event.user.as_ref().and_then(|user| user.sentry_user.as_deref());
    for (key, value) in [
        ("environment", event.environment.as_deref()),
        ("release", event.release.as_deref()),
        ("dist", event.dist.as_deref()),
        ("user", user),
        ("logger", event.logger.as_deref()),
        ("transaction", event.transaction.as_deref()),
    ] {
        if let Some(value) = value {
            add(key, value);
        }
    }
}

fn from_interfaces(event: &Event, add: &mut impl FnMut(&str, &str)) {
    let url = event.request.as_ref().and_then(|request| request.url.as_deref());
    if let Some(url) = url {
        add("url", url);
    }
    let mechanism = event
        .exception
        .iter()
        .rev()
        .find_map(|exception| exception.mechanism.as_ref());
    if let Some(mechanism) = mechanism {
        if let Some(kind) = &mechanism.kind {
            add("mechanism", kind);
        }
        if mechanism.handled.is_some() {
            add("handled", if event.is_unhandled() { "no" } else { "yes" });
        }
    }
}

fn from_contexts(event: &Event, add: &mut impl FnMut(&str, &str)) {
    for (alias, context) in &event.contexts {
        let Value::Object(context) = context else { continue };
        let kind = text(context, "type").unwrap_or(alias);
        match kind {
            "os" | "client_os" | "browser" | "runtime" => {
                named(alias, context, add);
                if let Some(rooted) = context.get("rooted").and_then(Value::as_bool) {
                    add(&format!("{alias}.rooted"), if rooted { "yes" } else { "no" });
                }
            }
            "device" => {
                add_text(context, "model", alias, add);
                add_text(context, "family", &format!("{alias}.family"), add);
                if let Some(class) = device_class(event, context) {
                    add(&format!("{alias}.class"), class);
                }
            }
            "gpu" => add_text(context, "name", &format!("{alias}.name"), add),
            "app" => add_text(context, "device_app_hash", &format!("{alias}.device"), add),
            "replay" => add_text(context, "replay_id", "replayId", add),
            _ => {}
        }
    }
}

/// How fast an Android device is, from what it is made of.
fn device_class(event: &Event, device: &Object) -> Option<&'static str> {
    let number = |field: &str| device.get(field).and_then(Value::as_u64);
    let is_android = event.context("os").and_then(|os| text(os, "name")) == Some("Android");
    if !is_android {
        return None;
    }
    const GIB: u64 = 1 << 30;
    let (frequency, processors, memory) = (
        number("processor_frequency")?,
        number("processor_count")?,
        number("memory_size")?,
    );
    Some(if frequency < 2_000 || processors < 8 || memory < 4 * GIB {
        "low"
    } else if frequency < 2_500 || memory < 6 * GIB {
        "medium"
    } else {
        "high"
    })
}

/// `os` is name and version, `os.name` the name alone.
fn named(alias: &str, context: &Object, add: &mut impl FnMut(&str, &str)) {
    let Some(name) = text(context, "name") else { return };
    add(&format!("{alias}.name"), name);
    match text(context, "version") {
        Some(version) => add(alias, &format!("{name} {version}")),
        None => add(alias, name),
    }
}

fn add_text(context: &Object, field: &str, key: &str, add: &mut impl FnMut(&str, &str)) {
    if let Some(value) = text(context, field) {
        add(key, value);
    }
}

fn text<'a>(context: &'a Object, field: &str) -> Option<&'a str> {
    context
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tests::read;

    #[track_caller]
    fn check(input: Value, expected: &[(&str, &str)]) {
        let mut event = read(input.clone());
        crate::event(&mut event, &crate::tests::context()).unwrap();
        let tags = index_tags(&event);
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(tags, expected, "{input}");
    }

    #[test]
    fn fields_become_tags() {
        check(json!({}), &[("level", "error")]);
        check(
            json!({
                "level": "warning", "environment": "prod", "release": "a@1", "dist": "7", "logger": "l", "transaction": "/x",
                "server_name": "web-1", "user": {"id": 5}, "request": {"url": "http://a.com/x?q=1"}, "tags": {"b": "c"},
                "exception": [{"type": "E", "mechanism": {"type": "django", "handled": false}}],
            }),
            &[
                ("b", "c"),
                ("dist", "7"),
                ("environment", "prod"),
                ("handled", "no"),
                ("level", "warning"),
                ("logger", "l"),
                ("mechanism", "django"),
                ("release", "a@1"),
                ("server_name", "web-1"),
                ("transaction", "/x"),
                ("url", "http://a.com/x"),
                ("user", "id:5"),
            ],
        );
    }

    #[test]
    fn contexts_become_tags() {
        check(
            json!({"contexts": {
                "os": {"name": "Linux", "version": "6.1", "rooted": false}, "browser": {"name": "Firefox"},
                "device": {"model": "Pixel", "family": "P"}, "gpu": {"name": "G"}, "py": {"type": "runtime", "name": "CPython", "version": "3.13"},
                "app": {"device_app_hash": "h"}, "replay": {"replay_id": "A".repeat(32)}, "mine": {"name": "x"},
            }}),
            &[
                ("app.device", "h"),
                ("browser", "Firefox"),
                ("browser.name", "Firefox"),
                ("device", "Pixel"),
                ("device.family", "P"),
                ("gpu.name", "G"),
                ("level", "error"),
                ("os", "Linux 6.1"),
                ("os.name", "Linux"),
                ("os.rooted", "no"),
                ("py", "CPython 3.13"),
                ("py.name", "CPython"),
                ("replayId", &"a".repeat(32)),
            ],
        );
    }

    #[test]
    fn devices_have_a_class() {
        let check = |frequency: u64, processors: u64, gib: u64, expected: Option<&str>| {
            let mut event = read(json!({"contexts": {
                "os": {"name": "Android"},
                "device": {"processor_frequency": frequency, "processor_count": processors, "memory_size": gib << 30},
            }}));
            crate::event(&mut event, &crate::tests::context()).unwrap();
            let tags = index_tags(&event);
            let class = tags.iter().find(|(key, _)| key == "device.class");
            assert_eq!(class.map(|(_, value)| value.as_str()), expected);
        };
        check(1_800, 8, 8, Some("low"));
        check(2_800, 4, 8, Some("low"));
        check(2_400, 8, 8, Some("medium"));
        check(2_800, 8, 5, Some("medium"));
        check(2_800, 8, 8, Some("high"));
    }

    #[test]
    fn attributes_win_over_tags_of_the_same_name() {
        check(
            json!({"tags": {"level": "debug", "logger": "own", "transaction": "own"}, "transaction": "/x"}),
            &[("level", "error"), ("logger", "own"), ("transaction", "/x")],
        );
    }
}
