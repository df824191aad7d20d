//! Tags of an event, also those that are only made of its fields when it is saved: rules speak of them all alike.

use std::borrow::Cow;

use protocol::event::{Event, Object};
use serde_json::Value;

/// The event's own attributes come before the tags that its client set, and these before what its interfaces and
/// contexts tell (`ingest.md` §3.3, "added at save").
pub(super) fn tag<'a>(event: &'a Event, key: &str) -> Option<Cow<'a, str>> {
    let borrowed = attribute(event, key)
        .or_else(|| event.tag(key))
        .or_else(|| of_interface(event, key));
    borrowed.map(Cow::Borrowed).or_else(|| of_context(event, key))
}

fn attribute<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    match key {
        "transaction" => event.transaction.as_deref(),
        "release" => event.release.as_deref(),
        "environment" => event.environment.as_deref(),
        "dist" => event.dist.as_deref(),
        "logger" => event.logger.as_deref(),
        "level" => event.level.map(|level| level.name()),
        "user" => event.user.as_ref()?.sentry_user.as_deref(),
        _ => None,
    }
}

fn of_interface<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    let mut mechanisms = event
        .exception
        .iter()
        .rev()
        .filter_map(|exception| exception.mechanism.as_ref());
    match key {
        "url" => event.request.as_ref()?.url.as_deref(),
        "mechanism" => mechanisms.next()?.kind.as_deref(),
        "handled" => {
            mechanisms.next()?.handled?;
            Some(if event.is_unhandled() { "no" } else { "yes" })
        }
        "replayId" => text(event.context("replay")?, "replay_id"),
        _ => None,
    }
}

/// `os` is name and version, `os.name` the name alone, and so on.
fn of_context<'a>(event: &'a Event, key: &str) -> Option<Cow<'a, str>> {
    let (alias, field) = key.split_once('.').unwrap_or((key, ""));
    let context = event.context(alias)?;
    let kind = text(context, "type").unwrap_or(alias);
    let value = match (kind, field) {
        ("os" | "client_os" | "browser" | "runtime", "") => {
            let name = text(context, "name")?;
            return Some(match text(context, "version") {
                Some(version) => format!("{name} {version}").into(),
                None => name.into(),
            });
        }
        ("os" | "client_os" | "browser" | "runtime" | "gpu", "name") => text(context, "name"),
        ("os" | "client_os", "rooted") => {
            let rooted = context.get("rooted").and_then(Value::as_bool)?;
            Some(if rooted { "yes" } else { "no" })
        }
        ("device", "") => text(context, "model"),
        ("device", "family") => text(context, "family"),
        ("app", "device") => text(context, "device_app_hash"),
        _ => None,
    };
    value.map(Cow::Borrowed)
}

fn text<'a>(context: &'a Object, field: &str) -> Option<&'a str> {
    context.get(field)?.as_str().filter(|text| !text.is_empty())
}
