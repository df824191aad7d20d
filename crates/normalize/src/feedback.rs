//! What users write of their own accord (`ingest.md` §11): without a message there is nothing to show.

use model::Level;
use protocol::event::{Event, EventType};
use serde_json::Value;

use crate::{Invalid, limits::is_longer};

/// In characters, of the message.
const MAX_MESSAGE: usize = 4_096;

/// Runs before anything is changed.
pub(crate) fn validate(event: &Event) -> Result<(), Invalid> {
    if event.kind != EventType::Feedback {
        return Ok(());
    }
    let message = field(event, "message").unwrap_or_default();
    if message.trim().is_empty() {
        return Err(Invalid { reason: "no_data" });
    }
    if is_longer(message, MAX_MESSAGE) {
        return Err(Invalid {
            reason: "too_large:feedback",
        });
    }
    Ok(())
}

pub(crate) fn normalize(event: &mut Event) {
    if event.kind != EventType::Feedback {
        return;
    }
    event.level.get_or_insert(Level::Info);
    let user_email = event.user.as_ref().and_then(|user| user.email.clone());
    let email = field(event, "contact_email").map(str::to_owned).or(user_email);
    let tags = [
        ("user.email", email),
        ("url", field(event, "url").map(str::to_owned)),
        (
            "associated_event_id",
            field(event, "associated_event_id").map(str::to_owned),
        ),
    ];
    for (key, value) in tags {
        if let Some(value) = value.filter(|value| !value.trim().is_empty())
            && event.tag(key).is_none()
        {
            event.tags.push((key.to_owned(), value));
        }
    }
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.context("feedback")?.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::{context, read};

    fn feedback(fields: Value) -> Value {
        json!({"type": "feedback", "contexts": {"feedback": fields}})
    }

    #[test]
    fn a_message_is_wanted() {
        let check = |input: Value, expected: Result<(), &str>| {
            let mut event = read(input.clone());
            let result = crate::event(&mut event, &context()).map_err(|invalid| invalid.reason);
            assert_eq!(result, expected, "{input}");
        };
        check(feedback(json!({"message": "It broke."})), Ok(()));
        check(feedback(json!({"message": "é".repeat(4_096)})), Ok(()));
        check(
            feedback(json!({"message": "é".repeat(4_097)})),
            Err("too_large:feedback"),
        );
        for nothing in [json!({}), json!({"message": " \n"}), json!({"message": 5})] {
            check(feedback(nothing), Err("no_data"));
        }
        check(json!({"type": "feedback", "message": "not there"}), Err("no_data"));
        check(json!({"message": "no feedback"}), Ok(()));
    }

    #[test]
    fn it_can_be_found_by_who_wrote_it_and_where() {
        let mut input = feedback(json!({
            "message": "It broke.", "contact_email": "jane@example.com", "url": "https://a.example/pay",
            "associated_event_id": "9ec79c33ec9942ab8353589fcb2e04dc",
        }));
        input["user"] = json!({"email": "other@example.com"});
        let mut event = read(input);
        crate::event(&mut event, &context()).unwrap();
        assert_eq!(event.level, Some(model::Level::Info));
        assert_eq!(event.tag("user.email"), Some("jane@example.com"));
        assert_eq!(event.tag("url"), Some("https://a.example/pay"));
        assert_eq!(
            event.tag("associated_event_id"),
            Some("9ec79c33ec9942ab8353589fcb2e04dc")
        );
        let once = event.clone();
        crate::event(&mut event, &context()).unwrap();
        assert_eq!(event, once);
        let title = crate::summary(&event).metadata.title;
        assert_eq!(title, "User Feedback: It broke.");
    }
}
