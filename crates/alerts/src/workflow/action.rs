//! An action: a type, the integration, a target, and what else the service takes.

use serde_json::{Map, Value, json};

use super::{get, text};
use crate::action::{ACTIONS, Action};

/// Where in this model the parameters of an action of the older one stand.
struct Places {
    slug: &'static str,
    integration: &'static str,
    /// `config.targetIdentifier` and `config.targetDisplay`.
    target: &'static str,
    display: &'static str,
    /// `data.priority`.
    priority: &'static str,
}

const PLACES: &[Places] = &[
    places("slack", "workspace", "channel_id", "channel", ""),
    places("msteams", "team", "channel_id", "channel", ""),
    places("discord", "server", "channel_id", "", ""),
    places("pagerduty", "account", "service", "", "severity"),
    places("opsgenie", "account", "team", "", "priority"),
    places("jira", "integration", "", "", ""),
    places("jira_server", "integration", "", "", ""),
    places("github", "integration", "", "", ""),
    places("github_enterprise", "integration", "", "", ""),
    places("vsts", "integration", "", "", ""),
    places("sentry_app", "", "sentryAppInstallationUuid", "", ""),
    places("service", "", "service", "", ""),
    places("webhook", "", "url", "", ""),
];

const fn places(
    slug: &'static str,
    integration: &'static str,
    target: &'static str,
    display: &'static str,
    priority: &'static str,
) -> Places {
    Places {
        slug,
        integration,
        target,
        display,
        priority,
    }
}

/// Types of targets of mails and assignments, in the older model and in this one.
const TARGETS: [(&str, &str); 4] = [
    ("IssueOwners", "issue_owners"),
    ("Team", "team"),
    ("Member", "user"),
    ("Address", "specific"),
];

pub(super) fn read(wire: &Map<String, Value>) -> Result<Action, Vec<String>> {
    let empty = Map::new();
    let object = |key: &str| get(wire, key).and_then(Value::as_object).unwrap_or(&empty);
    let (config, data) = (object("config"), object("data"));
    let target = get(config, "targetIdentifier").map(scalar).unwrap_or_default();
    let slug = match text(wire, "type") {
        // A webhook is named by its URL, or a service by its name.
        "webhook" if !target.contains("://") => "service",
        name => name,
    };
    let Some(kind) = ACTIONS.iter().find(|kind| kind.slug == slug) else {
        let slug: String = slug.chars().take(200).collect();
        return Err(vec![format!("type: {slug:?} is not known here")]);
    };
    let mut older = data.clone();
    // Fields of a ticket stand one level deeper.
    if kind.is_ticket
        && let Some(Value::Object(fields)) = older.remove("additional_fields")
    {
        for (key, value) in fields {
            older.entry(key).or_insert(value);
        }
    }
    let mut put = |key: &str, value: String| {
        if !key.is_empty() && !value.is_empty() {
            older.insert(key.to_owned(), json!(value));
        }
    };
    put("id", kind.id.to_owned());
    put("uuid", text(wire, "id").to_owned());
    match PLACES.iter().find(|places| places.slug == slug) {
        Some(places) => {
            put(
                places.integration,
                get(wire, "integrationId").map(scalar).unwrap_or_default(),
            );
            put(places.target, target);
            put(places.display, text(config, "targetDisplay").to_owned());
            put(places.priority, text(data, "priority").to_owned());
        }
        None => {
            let named = text(config, "targetType");
            let target_type = TARGETS.iter().find(|(_, newer)| *newer == named);
            put("targetType", target_type.map_or(named, |(older, _)| older).to_owned());
            put("targetIdentifier", target);
        }
    }
    Action::read(&older)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// All but `id`.
pub(super) fn write(action: &Action) -> Map<String, Value> {
    let slug = action.slug();
    let mut data = action.to_wire();
    for key in ["id", "uuid"] {
        data.remove(key);
    }
    let mut take = |key: &str| data.remove(key).map(|value| json!(scalar(&value)));
    let (integration, target_type, target, display, priority) = match PLACES.iter().find(|places| places.slug == slug) {
        Some(places) => (
            take(places.integration),
            if slug == "sentry_app" { "sentry_app" } else { "specific" },
            take(places.target),
            take(places.display),
            take(places.priority),
        ),
        None => {
            let older = take("targetType").unwrap_or_default();
            let newer = TARGETS
                .iter()
                .find(|(name, _)| older == *name)
                .map_or("specific", |(_, newer)| newer);
            (None, newer, take("targetIdentifier"), None, None)
        }
    };
    if let Some(priority) = priority {
        data.insert("priority".to_owned(), priority);
    }
    if action.kind.is_ticket {
        let form = data.remove("dynamic_form_fields");
        data = Map::from_iter([("additional_fields".to_owned(), Value::Object(data))]);
        data.extend(form.map(|form| ("dynamic_form_fields".to_owned(), form)));
    }
    let kind = if slug == "service" { "webhook" } else { slug };
    let mut wire = Map::new();
    wire.insert("type".to_owned(), json!(kind));
    wire.insert("integrationId".to_owned(), json!(integration));
    wire.insert("data".to_owned(), Value::Object(data));
    wire.insert(
        "config".to_owned(),
        json!({"targetType": target_type, "targetIdentifier": target, "targetDisplay": display}),
    );
    wire.insert("status".to_owned(), json!("active"));
    wire
}
