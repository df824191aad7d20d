//! What a message about an issue can say.

use serde_json::{Map, Value, json};

/// The variables by name, with what each is. `tags` holds all tags by key; what no name can hold in a key is `_` there as
/// well, so that `http.method` is `tags.http_method`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("title", "what the issue is called"),
    ("level", "the event's level: fatal, error, warning, info or debug"),
    ("project_name", "the project"),
    ("project_link", "the address of the project's page"),
    ("environment", "the event's environment"),
    ("count", "how many events came in the window"),
    ("window", "the span that was counted: 5 minutes"),
    ("unique_users", "how many users they affected"),
    ("message", "the error's message"),
    ("culprit", "where it happened"),
    ("exception", "the error with its stack"),
    ("timestamp", "when the event was received"),
    ("first_seen", "when the issue was first seen"),
    ("times_seen", "how many events it has"),
    ("short_id", "the issue's short name: WEB-1F"),
    ("event_id", "the event"),
    ("url", "the address of the issue's page"),
    ("release", "the event's release"),
    ("transaction", "what the program was doing"),
    ("rule_name", "the rule that fired"),
    ("assignee", "who has the issue"),
    ("on_call", "who is on call"),
    ("settings_url", "where notifications are set"),
    ("unsubscribe_url", "where this kind of message is ended"),
    ("tags", "the event's tags: tags.browser, tags.http_method"),
];

/// What is filled into a message about an issue. Absent values are empty in it.
#[derive(Debug, Clone, Default)]
pub struct Message {
    pub title: String,
    pub level: String,
    pub project_name: String,
    pub project_link: String,
    pub environment: Option<String>,
    pub count: Option<u64>,
    pub window: Option<String>,
    pub unique_users: Option<u64>,
    pub message: Option<String>,
    pub culprit: Option<String>,
    pub exception: Option<String>,
    pub timestamp: String,
    pub first_seen: String,
    pub times_seen: u64,
    pub short_id: String,
    pub event_id: String,
    pub url: String,
    pub release: Option<String>,
    pub transaction: Option<String>,
    pub rule_name: Option<String>,
    pub assignee: Option<String>,
    pub on_call: Option<String>,
    pub settings_url: String,
    pub unsubscribe_url: Option<String>,
    /// Those that the event can be searched by, and `http.method` of its request where it has no such tag.
    pub tags: Vec<(String, String)>,
}

impl Message {
    pub fn to_value(&self) -> Value {
        json!({
            "title": self.title,
            "level": self.level,
            "project_name": self.project_name,
            "project_link": self.project_link,
            "environment": self.environment,
            "count": self.count,
            "window": self.window,
            "unique_users": self.unique_users,
            "message": self.message,
            "culprit": self.culprit,
            "exception": self.exception,
            "timestamp": self.timestamp,
            "first_seen": self.first_seen,
            "times_seen": self.times_seen,
            "short_id": self.short_id,
            "event_id": self.event_id,
            "url": self.url,
            "release": self.release,
            "transaction": self.transaction,
            "rule_name": self.rule_name,
            "assignee": self.assignee,
            "on_call": self.on_call,
            "settings_url": self.settings_url,
            "unsubscribe_url": self.unsubscribe_url,
            "tags": tags(&self.tags),
        })
    }

    /// One with everything in it, for previews and to try a template with.
    pub fn sample() -> Self {
        Self {
            title: "PaymentError: card was declined".to_owned(),
            level: "fatal".to_owned(),
            project_name: "shop".to_owned(),
            project_link: "https://tocsin.example.com/organizations/acme/projects/shop/".to_owned(),
            environment: Some("production".to_owned()),
            count: Some(20),
            window: Some("5 minutes".to_owned()),
            unique_users: Some(7),
            message: Some("card was declined by the bank".to_owned()),
            culprit: Some("shop.checkout in pay".to_owned()),
            exception: Some(
                "PaymentError: card was declined\n  shop/checkout.py:42 in pay\n    bank.charge(card)".to_owned(),
            ),
            timestamp: "2026-03-14T09:26:53Z".to_owned(),
            first_seen: "2026-03-14T09:21:00Z".to_owned(),
            times_seen: 64,
            short_id: "SHOP-1F".to_owned(),
            event_id: "9e107d9d372bb6826bd81d3542a419d6".to_owned(),
            url: "https://tocsin.example.com/organizations/acme/issues/1/".to_owned(),
            release: Some("shop@2.4.0".to_owned()),
            transaction: Some("/checkout".to_owned()),
            rule_name: Some("Payments".to_owned()),
            assignee: Some("#payments".to_owned()),
            on_call: Some("the engineer on call".to_owned()),
            settings_url: "https://tocsin.example.com/account/notifications/".to_owned(),
            unsubscribe_url: Some("https://tocsin.example.com/unsubscribe/".to_owned()),
            tags: [
                ("http.method", "POST"),
                ("url", "https://shop.example.com/checkout"),
                ("transaction", "/checkout"),
                ("release", "shop@2.4.0"),
                ("browser.name", "Firefox"),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec(),
        }
    }
}

/// By key, and by the key as a name.
fn tags(tags: &[(String, String)]) -> Map<String, Value> {
    let as_name = |key: &str| -> String {
        let chars = key.chars();
        chars.map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    };
    let mut by_key: Map<_, _> = tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    for (key, value) in tags {
        by_key.entry(as_name(key)).or_insert_with(|| json!(value));
    }
    by_key
}
