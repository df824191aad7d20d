use std::borrow::Cow;

use protocol::{
    condition::Globs,
    event::{Event, Exception, LogEntry},
};

/// Whether the message of the event, or of one of its exceptions (`type: value`), is among the patterns.
pub(crate) fn matches(event: &Event, patterns: &Globs) -> bool {
    if patterns.is_empty() {
        return false;
    }
    let message = event.logentry.as_ref().and_then(LogEntry::text);
    message.is_some_and(|message| patterns.is_match(message))
        || event
            .exception
            .iter()
            .any(|exception| text(exception).is_some_and(|text| patterns.is_match(&text)))
}

fn text(exception: &Exception) -> Option<Cow<'_, str>> {
    let kind = exception.kind.as_deref().filter(|kind| !kind.is_empty());
    let value = exception.value.as_deref().filter(|value| !value.is_empty());
    match (kind, value) {
        (Some(kind), Some(value)) => Some(Cow::Owned(format!("{kind}: {value}"))),
        (kind, value) => kind.or(value).map(Cow::Borrowed),
    }
}
