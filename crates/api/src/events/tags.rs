use protocol::event::Event;
use serde::Serialize;

/// A tag of an event.
#[derive(Debug, Serialize)]
pub(crate) struct TagView {
    pub(super) key: String,
    value: String,
    /// The search that finds more of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
}

/// All tags by key.
pub(super) fn views(event: &Event) -> Vec<TagView> {
    let view = |(key, value): (String, String)| TagView {
        query: user_query(&key, &value),
        key,
        value,
    };
    normalize::index_tags(event).into_iter().map(view).collect()
}

/// `user.id:"7"` for the tag `user` with the value `id:7`.
pub(crate) fn user_query(key: &str, value: &str) -> Option<String> {
    let (field, text) = value.split_once(':').filter(|_| key == "user")?;
    Some(format!(
        "user.{field}:\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"")
    ))
}
