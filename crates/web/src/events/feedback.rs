//! What users wrote: a feedback of its own, or a report on an error that they met.

use model::Timestamp;
use serde_json::Value;
use store::user_reports::UserReport;

use crate::{
    events::{payload, value::Pairs},
    text::{self, Cut},
};

/// One message of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) comments: Cut,
    pub(crate) at: Timestamp,
    /// The event that it is about.
    pub(crate) event: String,
}

impl Report {
    pub(crate) fn new(report: &UserReport) -> Self {
        Self {
            name: text::line(&report.name, 128),
            email: text::line(&report.email, 254),
            comments: Cut::new(&report.comments, 4_000),
            at: report.created_at,
            event: report.event_id.to_string(),
        }
    }

    pub(crate) fn event_short(&self) -> &str {
        self.event.get(..8).unwrap_or(&self.event)
    }

    pub(crate) fn who(&self) -> &str {
        match (self.name.as_str(), self.email.as_str()) {
            ("", "") => "Somebody",
            ("", email) => email,
            (name, _) => name,
        }
    }
}

/// An event that is a feedback: what was written, and what else is known of it.
#[derive(Debug, Clone)]
pub(crate) struct FeedbackView {
    pub(crate) message: Cut,
    pub(crate) pairs: Pairs,
}

pub(crate) fn feedback(event: &Value) -> Option<FeedbackView> {
    let feedback = event.get("contexts")?.get("feedback")?.as_object()?;
    let message = feedback.get("message").and_then(payload::scalar).unwrap_or_default();
    let others = feedback
        .iter()
        .filter(|(key, value)| !matches!(key.as_str(), "message" | "type") && !value.is_null());
    Some(FeedbackView {
        message: Cut::new(&message, 8_000),
        pairs: Pairs::new(others.map(|(key, value)| (key.as_str(), value)), 1_000, 4_000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_feedback_is_its_message_first() {
        let event = json!({"contexts": {"feedback": {"type": "feedback", "message": "It is slow", "contact_email": "a@example.com", "name": null}}});
        let view = feedback(&event).unwrap();
        assert_eq!(view.message.shown, "It is slow");
        let keys: Vec<_> = view.pairs.shown.iter().map(|pair| pair.key.as_str()).collect();
        assert_eq!(keys, ["contact_email"]);
        for nothing in [json!({}), json!({"contexts": {"feedback": 7}})] {
            assert!(feedback(&nothing).is_none());
        }
    }
}
