//! What could not be taken from the event as it was sent, in words.

use serde_json::Value;

use crate::{events::payload, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessingError {
    pub(crate) words: &'static str,
    /// The part of the event, as a path.
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) value: String,
}

const MAX_ERRORS: usize = 50;

pub(crate) fn processing_errors(event: &Value) -> Vec<ProcessingError> {
    let errors = payload::list(event, "errors").iter().filter(|error| error.is_object());
    let one = |error: &Value| {
        let kind = payload::text(error, "type").unwrap_or_default();
        let value = error.get("value").filter(|value| !value.is_null());
        ProcessingError {
            words: words(&kind),
            name: text::line(&payload::text(error, "name").unwrap_or_default(), 200),
            reason: text::line(&payload::text(error, "reason").unwrap_or_default(), 300),
            value: value
                .map(|value| text::line(&value.to_string(), 120))
                .unwrap_or_default(),
        }
    };
    errors.take(MAX_ERRORS).map(one).collect()
}

pub(super) fn words(kind: &str) -> &'static str {
    match kind {
        "invalid_data" => "Discarded an invalid value",
        "invalid_attribute" => "Discarded an unknown attribute",
        "missing_attribute" => "A required attribute is missing",
        "value_too_long" => "Discarded a value that is too long",
        "future_timestamp" => "The time lay in the future and was moved",
        "past_timestamp" => "The time lay too far back and was moved",
        "clock_drift" => "The sender's clock was wrong, times were corrected",
        _ => "A problem while processing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn says_what_was_wrong_where() {
        let errors = processing_errors(&json!({"errors": [
            {"type": "invalid_data", "name": "tags.0", "value": {"a": 1}, "reason": "expected a string"}, 7,
        ]}));
        let expected = ProcessingError {
            words: "Discarded an invalid value",
            name: "tags.0".to_owned(),
            reason: "expected a string".to_owned(),
            value: r#"{"a":1}"#.to_owned(),
        };
        assert_eq!(errors, [expected]);
    }
}
