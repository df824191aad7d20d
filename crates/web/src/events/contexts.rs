//! What surrounded the event: contexts, the user, the message, a security report, extra data, packages.

use serde_json::Value;

use crate::{
    events::{
        payload,
        remarks::Remarks,
        value::{Pair, Pairs, ValueView},
    },
    text,
};

/// One context with its name and, in short, what it says.
#[derive(Debug, Clone)]
pub(crate) struct ContextCard {
    pub(crate) title: String,
    pub(crate) pairs: Pairs,
}

const MAX_CONTEXTS: usize = 50;

/// The contexts of an event, and the SDK that sent it as the last.
pub(crate) fn contexts(event: &Value) -> Vec<ContextCard> {
    let mut room = 12_000_usize;
    let mut cards = Vec::new();
    for (alias, context) in payload::pairs(event, "contexts").into_iter().take(MAX_CONTEXTS) {
        let Some(fields) = context.as_object() else { continue };
        // A feedback has a section of its own.
        if alias == "feedback" {
            continue;
        }
        let remarks = Remarks::of(event).key("contexts").key(&alias);
        let pairs = fields
            .iter()
            .map(|(key, value)| (key.as_str(), value, remarks.key(key)));
        cards.extend(card(
            &title(&alias),
            pairs.filter(|(key, value, remarks)| *key != "type" && is_told(value, *remarks)),
            &mut room,
        ));
    }
    if let Some(sdk) = payload::object(event, "sdk") {
        let wanted = sdk
            .iter()
            .filter(|(key, _)| matches!(key.as_str(), "name" | "version" | "integrations"));
        let wanted = wanted.map(|(key, value)| (key.as_str(), value, Remarks::NONE));
        cards.extend(card("SDK", wanted, &mut room));
    }
    cards
}

/// What is not there is passed over, unless it was there and is gone.
fn is_told(value: &Value, remarks: Remarks<'_>) -> bool {
    !value.is_null() || remarks.has_notes()
}

fn card<'a>(
    title: &str,
    pairs: impl Iterator<Item = (&'a str, &'a Value, Remarks<'a>)>,
    room: &mut usize,
) -> Option<ContextCard> {
    let pairs = Pairs::noted(pairs, 2_000, (*room).min(6_000));
    *room = room.saturating_sub(
        pairs
            .shown
            .iter()
            .map(|pair| pair.key.len() + pair.value.text.shown.len())
            .sum(),
    );
    (!pairs.is_empty()).then(|| ContextCard {
        title: title.to_owned(),
        pairs,
    })
}

/// `os` is `Operating system`; an unknown alias stays, in words.
fn title(alias: &str) -> String {
    match alias {
        "os" => "Operating system".to_owned(),
        "client_os" => "Client operating system".to_owned(),
        "gpu" => "GPU".to_owned(),
        "app" => "Application".to_owned(),
        "cloud_resource" => "Cloud resource".to_owned(),
        "flags" => "Feature flags".to_owned(),
        _ => {
            let words = text::line(&alias.replace('_', " "), 100);
            let mut chars = words.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect())
                .unwrap_or_default()
        }
    }
}

/// Who was affected; the place is written in one line.
pub(crate) fn user(event: &Value) -> Pairs {
    let Some(user) = payload::object(event, "user") else {
        return Pairs::default();
    };
    let known = ["id", "email", "username", "name", "ip_address"];
    let first = known.iter().filter_map(|key| Some((*key, user.get(*key)?)));
    let others = user
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .filter(|(key, _)| !known.contains(key) && !matches!(*key, "geo" | "sentry_user"));
    let remarks = Remarks::of(event).key("user");
    let all = first
        .chain(others)
        .map(|(key, value)| (key, value, remarks.key(key)))
        .filter(|(_, value, remarks)| is_told(value, *remarks) && *value != "");
    let mut pairs = Pairs::noted(all, 1_000, 8_000);
    if let Some(geo) = user.get("geo") {
        let parts: Vec<_> = ["city", "subdivision", "region", "country_code"]
            .iter()
            .filter_map(|key| payload::text(geo, key))
            .collect();
        if !parts.is_empty() {
            pairs
                .shown
                .push(Pair::text("geography", &text::line(&parts.join(", "), 300)));
        }
    }
    pairs
}

/// A message that is not an exception's: with its template and parameters when it was logged with them.
#[derive(Debug, Clone)]
pub(crate) struct MessageView {
    pub(crate) text: ValueView,
    pub(crate) pairs: Pairs,
}

pub(crate) fn message(event: &Value) -> Option<MessageView> {
    let entry = event.get("logentry").filter(|entry| entry.is_object());
    let formatted = entry.and_then(|entry| payload::text(entry, "formatted"));
    let template = entry.and_then(|entry| payload::text(entry, "message"));
    let plain = event
        .get("message")
        .and_then(payload::scalar)
        .filter(|text| !text.is_empty());
    let text = formatted.or_else(|| template.clone()).or(plain)?;
    let mut pairs = Pairs::default();
    if let Some(template) = template.filter(|template| *template != text) {
        pairs.shown.push(Pair::text("template", &template));
    }
    if let Some(parameters) = entry
        .and_then(|entry| entry.get("params"))
        .filter(|params| !params.is_null())
    {
        let remarks = Remarks::of(event).key("logentry").key("params");
        pairs.shown.push(Pair {
            key: "parameters".to_owned(),
            value: ValueView::noted(parameters, remarks, 4_000),
        });
    }
    let remarks = Remarks::of(event).key("logentry").key("formatted");
    Some(MessageView {
        text: ValueView::noted(&Value::String(text), remarks, 8_000),
        pairs,
    })
}

/// A report that a browser sent about a broken security rule.
pub(crate) fn security_report(event: &Value) -> Option<(&'static str, Pairs)> {
    let kinds = [
        ("csp", "Content Security Policy"),
        ("hpkp", "Public key pinning"),
        ("expectct", "Expect-CT"),
        ("expectstaple", "Expect-Staple"),
        ("nel", "Network error"),
    ];
    kinds.into_iter().find_map(|(key, name)| {
        let report = payload::object(event, key)?;
        let remarks = Remarks::of(event).key(key);
        let told = report
            .iter()
            .map(|(key, value)| (key.as_str(), value, remarks.key(key)));
        let told = told.filter(|(_, value, remarks)| is_told(value, *remarks));
        Some((name, Pairs::noted(told, 2_000, 12_000)))
    })
}

pub(crate) fn extra(event: &Value) -> Pairs {
    let extra = payload::pairs(event, "extra");
    let remarks = Remarks::of(event).key("extra");
    let noted = extra
        .iter()
        .map(|(key, value)| (key.as_str(), *value, remarks.key(key)));
    Pairs::noted(noted, 4_000, 16_000)
}

const MAX_PACKAGES: usize = 250;

/// Packages with their versions in alphabetical order, and how many were left out.
pub(crate) fn packages(event: &Value) -> (Vec<(String, String)>, usize) {
    let all = payload::pairs(event, "modules");
    let left_out = all.len().saturating_sub(MAX_PACKAGES);
    let one = |(name, version): (String, &Value)| {
        (
            text::line(&name, 120),
            text::line(&payload::scalar(version).unwrap_or_default(), 60),
        )
    };
    let mut packages: Vec<_> = all.into_iter().take(MAX_PACKAGES).map(one).collect();
    packages.sort_by_cached_key(|(name, _)| name.to_lowercase());
    (packages, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn contexts_have_readable_titles_and_no_empty_cards() {
        let cards = contexts(&json!({
            "contexts": {"os": {"type": "os", "name": "Linux"}, "my_thing": {"a": 1}, "gpu": {"type": "gpu"}, "x": 7},
            "sdk": {"name": "sentry.python", "version": "2.0", "packages": []},
        }));
        let titles: Vec<_> = cards
            .iter()
            .map(|card| (card.title.as_str(), card.pairs.len()))
            .collect();
        assert_eq!(titles, [("Operating system", 1), ("My thing", 1), ("SDK", 2)]);
    }

    #[test]
    fn a_message_keeps_its_template_and_parameters() {
        let view = message(&json!({"logentry": {"formatted": "paid 5", "message": "paid %s", "params": [5]}})).unwrap();
        assert_eq!(view.text.text.shown, "paid 5");
        assert_eq!(
            view.pairs
                .shown
                .iter()
                .map(|pair| pair.key.as_str())
                .collect::<Vec<_>>(),
            ["template", "parameters"]
        );
        assert_eq!(message(&json!({"message": "old"})).unwrap().text.text.shown, "old");
        assert!(message(&json!({"message": "", "logentry": 7})).is_none());
    }

    #[test]
    fn what_was_scrubbed_is_told() {
        let event = json!({
            "user": {"id": 7, "ip_address": null}, "extra": {"a": "[Filtered]", "b": {"c": "x"}},
            "_meta": {"user": {"ip_address": {"": {"rem": [["@anything:remove", "x"]]}}},
                "extra": {"a": {"": {"rem": [["@password:filter", "s", 0, 10]]}}, "b": {"c": {"": {"rem": [["!limit", "s", 0, 1]]}}}}},
        });
        let told = |pairs: Pairs| -> Vec<(String, String)> {
            pairs
                .shown
                .into_iter()
                .map(|pair| (pair.key, pair.value.words()))
                .collect()
        };
        let pair = |key: &str, words: &str| (key.to_owned(), words.to_owned());
        assert_eq!(
            told(user(&event)),
            [
                pair("id", ""),
                pair("ip_address", "removed by the rule @anything:remove")
            ]
        );
        assert_eq!(
            told(extra(&event)),
            [
                pair("a", "replaced by the rule @password:filter"),
                pair("b", "c cut: too long")
            ]
        );
    }

    #[test]
    fn a_user_is_told_from_the_id_on() {
        let pairs = user(
            &json!({"user": {"segment": "vip", "email": "a@example.com", "id": 7, "name": null,
                                          "geo": {"city": "Linz", "country_code": "AT"}}}),
        );
        let told: Vec<_> = pairs
            .shown
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.text.shown.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("id", "7"),
                ("email", "a@example.com"),
                ("segment", "vip"),
                ("geography", "Linz, AT")
            ]
        );
    }
}
