//! Why a rule fired or did not: codes that are stored, and the words for them.

use serde::Serialize;

/// A reason. `code` and `detail` are the same for all events that were decided for the same reason; what was found of
/// this event is in `found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub code: &'static str,
    /// What it is about: the text of a check, an environment.
    pub detail: String,
    /// What was seen or counted; may be empty.
    pub found: String,
}

impl Reason {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            found: found.into(),
        }
    }

    /// The rules could not be asked.
    pub fn failed(error: impl Into<String>) -> Self {
        Self::new("failed", error, "")
    }

    pub fn text(&self) -> String {
        reason_text(self.code, &self.detail, &self.found)
    }
}

/// The sentence for a reason that was stored.
pub fn reason_text(code: &str, detail: &str, found: &str) -> String {
    let text = match code {
        "disabled" => "the rule is disabled".to_owned(),
        "snoozed" if detail.is_empty() => "the rule is snoozed for everybody".to_owned(),
        "snoozed" => format!("the rule is snoozed for everybody until {detail}"),
        "maintenance" => format!("the project is in maintenance until {detail}"),
        "not_unresolved" => format!("the issue is {detail}"),
        "failed" => format!("the rules could not be asked: {detail}"),
        "environment" => format!("the event is not of the environment {detail}"),
        "interval" => format!("the rule fired for this issue less than {detail} before"),
        "conditions" => format!("not so: {detail}"),
        "conditions_none" => format!("none of the conditions may hold, but so it is: {detail}"),
        "filters" => format!("kept away by a filter: {detail}"),
        "filters_none" => format!("none of the filters may hold, but so it is: {detail}"),
        // Of a rule that fired, each check that holds is a reason.
        _ => detail.to_owned(),
    };
    if found.is_empty() {
        text
    } else {
        format!("{text} ({found})")
    }
}
