use md5::{Digest as _, Md5};
use model::Timestamp;
use serde::Serialize;
use services::tags::{TagSummary, TagValue};

use crate::events;

/// A tag key of an issue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagKeyView {
    key: String,
    name: String,
    unique_values: i64,
    total_values: i64,
}

impl TagKeyView {
    pub(super) fn of(summary: &TagSummary) -> Self {
        Self {
            key: summary.key.clone(),
            name: label(&summary.key),
            unique_values: summary.unique_values,
            total_values: summary.events,
        }
    }
}

/// A tag key among many events.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagCountView {
    key: String,
    name: String,
    total_values: i64,
}

impl TagCountView {
    pub(super) fn of((key, events): (String, i64)) -> Self {
        Self {
            name: label(&key),
            key,
            total_values: events,
        }
    }
}

/// A tag key of a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProjectTagView {
    #[serde(flatten)]
    key: TagKeyView,
    /// Tags are not taken away by themselves.
    can_delete: bool,
}

impl ProjectTagView {
    pub(super) fn of(summary: &TagSummary) -> Self {
        Self {
            key: TagKeyView::of(summary),
            can_delete: false,
        }
    }
}

/// A tag key with its most frequent values.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagSummaryView {
    #[serde(flatten)]
    key: TagKeyView,
    top_values: Vec<TagValueView>,
}

impl TagSummaryView {
    pub(super) fn of(summary: &TagSummary) -> Self {
        let top_values = summary
            .top_values
            .iter()
            .map(|value| TagValueView::of(&summary.key, value))
            .collect();
        Self {
            key: TagKeyView::of(summary),
            top_values,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TagValueView {
    key: String,
    name: String,
    value: String,
    count: i64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
}

impl TagValueView {
    pub(super) fn of(key: &str, value: &TagValue) -> Self {
        Self {
            key: key.to_owned(),
            name: value.value.clone(),
            value: value.value.clone(),
            count: value.events,
            first_seen: value.first_seen,
            last_seen: value.last_seen,
            query: events::user_query(key, &value.value),
        }
    }
}

/// What people call a key: `server_name` is `Server Name`.
fn label(key: &str) -> String {
    match key {
        "os" => return "OS".to_owned(),
        "url" => return "URL".to_owned(),
        "server_name" => return "Server".to_owned(),
        "dist" => return "Distribution".to_owned(),
        _ => {}
    }
    let mut label = String::with_capacity(key.len());
    let mut begins = true;
    for c in key.chars() {
        match c {
            '_' => label.push(' '),
            c if begins => label.extend(c.to_uppercase()),
            c => label.push(c),
        }
        begins = !c.is_alphanumeric();
    }
    label
}

#[cfg(test)]
mod tests {
    #[test]
    fn labels_are_for_people() {
        for (key, expected) in [
            ("os", "OS"),
            ("environment", "Environment"),
            ("my_tag", "My Tag"),
            ("os.name", "Os.Name"),
        ] {
            assert_eq!(super::label(key), expected);
        }
    }
}

/// A user whom events name. Of the ways in which events name users only the one that tells this user apart is known.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventUserView {
    id: Option<String>,
    tag_value: String,
    identifier: String,
    username: String,
    email: String,
    name: String,
    ip_address: String,
    avatar_url: &'static str,
    hash: String,
    date_created: Timestamp,
}

impl EventUserView {
    /// The value of the tag is `id:…`, `email:…`, `username:…` or `ip:…`.
    pub(super) fn of(value: &TagValue) -> Self {
        let (kind, text) = value.value.split_once(':').unwrap_or(("id", &value.value));
        let when = |name: &str| if kind == name { text.to_owned() } else { String::new() };
        Self {
            id: None,
            tag_value: value.value.clone(),
            identifier: when("id"),
            username: when("username"),
            email: when("email"),
            name: if kind == "ip" { String::new() } else { text.to_owned() },
            ip_address: when("ip"),
            avatar_url: "",
            hash: hex(&Md5::digest(text)),
            date_created: value.first_seen,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
