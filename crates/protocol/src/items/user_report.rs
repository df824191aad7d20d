//! User reports: what a person wrote about an error that they saw (`ingest.md` §11).

use model::EventId;
use serde_json::{Value, json};

use super::{Invalid, field};

pub const MAX_COMMENTS_CHARS: usize = 4096;
pub const MAX_NAME_CHARS: usize = 128;
pub const MAX_EMAIL_CHARS: usize = 254;

/// What the Unreal Engine sends when nobody was there to write anything.
const UNATTENDED: &str = "Sent in the unattended mode";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    pub event_id: EventId,
    pub name: String,
    pub email: String,
    pub comments: String,
}

impl UserReport {
    /// `event_id` is that of the envelope, for reports that name none.
    pub fn parse(payload: &[u8], event_id: Option<EventId>) -> Result<Self, Invalid> {
        let mut map = field::object(payload)?;
        let event_id = match field::take(&mut map, "event_id") {
            Some(Value::String(text)) => text.parse().map_err(|_| Invalid::json("`event_id` is no UUID"))?,
            Some(_) => return Err(Invalid::json("`event_id` is no UUID")),
            None => event_id.ok_or_else(|| Invalid::json("`event_id` is missing"))?,
        };
        let mut text = |key| field::text(&mut map, key).unwrap_or_default().trim().to_owned();
        let report = Self {
            event_id,
            name: text("name"),
            email: text("email"),
            comments: text("comments"),
        };
        report.check()?;
        Ok(report)
    }

    pub fn check(&self) -> Result<(), Invalid> {
        let too_long = |text: &str, limit| text.chars().count() > limit;
        if self.comments.is_empty() {
            return Err(Invalid::new("payload", "`comments` is missing"));
        }
        if self.comments == UNATTENDED {
            return Err(Invalid::new("payload", "nobody wrote this report"));
        }
        for (field, text, limit) in [
            ("comments", &self.comments, MAX_COMMENTS_CHARS),
            ("name", &self.name, MAX_NAME_CHARS),
            ("email", &self.email, MAX_EMAIL_CHARS),
        ] {
            if too_long(text, limit) {
                return Err(Invalid::new(
                    "payload",
                    format!("`{field}` is longer than {limit} characters"),
                ));
            }
        }
        Ok(())
    }

    pub fn to_json(&self) -> Value {
        json!({
            "event_id": self.event_id.to_string(),
            "name": self.name,
            "email": self.email,
            "comments": self.comments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: EventId = EventId([7; 16]);

    fn with(key: &str, value: Value) -> Result<UserReport, Invalid> {
        let mut json = json!({"name": "Anna", "email": "anna@example.com", "comments": " Der Knopf tut nichts. "});
        json[key] = value;
        UserReport::parse(json.to_string().as_bytes(), Some(ID))
    }

    #[test]
    fn a_report_belongs_to_the_event_that_it_names_else_to_that_of_its_envelope() {
        let report = with("event_id", json!("c6b9c905-72a2-4382-a0a9-c1596d429a01")).unwrap();
        assert_eq!(report.event_id.to_string(), "c6b9c90572a24382a0a9c1596d429a01");
        assert_eq!(report.comments, "Der Knopf tut nichts.");
        assert_eq!(with("x", json!(1)).unwrap().event_id, ID);
        assert_eq!(
            UserReport::parse(report.to_json().to_string().as_bytes(), None),
            Ok(report)
        );
        assert_eq!(
            UserReport::parse(br#"{"comments":"x"}"#, None).unwrap_err().reason,
            "invalid_json"
        );
        assert!(with("event_id", json!("x")).is_err() && with("event_id", json!(1)).is_err());
    }

    #[test]
    fn limits() {
        assert!(with("comments", json!("ä".repeat(4096))).is_ok());
        assert!(with("name", json!(null)).unwrap().name.is_empty());
        for (key, value) in [
            ("comments", json!("ä".repeat(4097))),
            ("comments", json!(" ")),
            ("comments", json!(null)),
            ("comments", json!(UNATTENDED)),
            ("name", json!("x".repeat(129))),
            ("email", json!("x".repeat(255))),
        ] {
            assert_eq!(with(key, value).unwrap_err().reason, "payload", "{key}");
        }
        assert_eq!(UserReport::parse(b"[]", Some(ID)).unwrap_err().reason, "invalid_json");
    }
}
