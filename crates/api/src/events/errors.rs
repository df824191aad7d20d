use protocol::event::{Event, FieldError};
use serde::Serialize;
use serde_json::Value;

/// Something that was wrong with the event.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorView<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    message: &'static str,
    data: ErrorData<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<&'a str>,
    #[serde(flatten)]
    other: &'a protocol::event::Object,
}

pub(super) fn views(event: &Event) -> Vec<ErrorView<'_>> {
    event
        .errors
        .iter()
        .filter(|error| is_shown(error))
        .map(ErrorView::of)
        .collect()
}

/// Sentry shows no errors in breadcrumbs, extra data and frames: there are many, and they matter little.
fn is_shown(error: &FieldError) -> bool {
    let name = error.name.as_deref().unwrap_or_default();
    !name.starts_with("breadcrumbs.") && !name.starts_with("extra.") && !name.contains(".frames.")
}

impl<'a> ErrorView<'a> {
    fn of(error: &'a FieldError) -> Self {
        let kind = error.kind.as_deref().unwrap_or("unknown_error");
        Self {
            kind,
            message: match kind {
                FieldError::INVALID_DATA => "A value was removed because it is not valid",
                FieldError::MISSING_ATTRIBUTE => "A required attribute is missing",
                FieldError::PAST_TIMESTAMP => "The time is too far in the past",
                FieldError::FUTURE_TIMESTAMP => "The time lies in the future",
                FieldError::CLOCK_DRIFT => "The clock of the device was wrong",
                _ => "Something about this event is wrong",
            },
            data: ErrorData {
                name: error.name.as_deref(),
                value: error.value.as_ref(),
                reason: error.reason.as_deref(),
                attribute: error.attribute.as_deref(),
                other: &error.other,
            },
        }
    }
}
