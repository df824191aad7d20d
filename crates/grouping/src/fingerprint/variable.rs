//! `{{ name }}` in fingerprints and titles.

use protocol::event::{Event, Exception, Frame, Stacktrace};

use super::tag::tag;
use crate::{message, strategies::Differences};

/// The longest title that a rule may make, in characters.
const MAX_TITLE: usize = 256;

/// An entry of a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    Text(&'a str),
    Variable {
        name: &'a str,
        /// As it was written.
        text: &'a str,
    },
}

impl<'a> Entry<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        match inner.map(str::trim) {
            Some(name) if is_name(name) => Self::Variable { name, text },
            _ => Self::Text(text),
        }
    }

    pub(super) fn is_default(self) -> bool {
        matches!(self, Self::Variable { name: "default", .. })
    }

    pub(super) fn resolve(self, event: &Event, differences: Differences) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Variable { name: "default", .. } => "{{ default }}".to_owned(),
            Self::Variable { name, text } => match value(name, event) {
                // Numbers in a message would make an issue of every event.
                Some(value) if matches!(name, "message" | "value" | "error.value") => message::normalize(&value),
                Some(value) => value,
                None if differences.unknown_variables_stay => text.to_owned(),
                None => format!("<unrecognized-variable-{name}>"),
            },
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '{' || c == '}')
}

/// A title with all its variables replaced; those that do not exist stay.
pub(super) fn expand_title(template: &str, event: &Event) -> String {
    let mut title = String::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}") else { break };
        let (before, variable) = (&rest[..start], &rest[start..start + end + 2]);
        let name = variable[2..end].trim();
        title.push_str(before);
        match value(name, event).filter(|_| is_name(name)) {
            Some(value) => title.push_str(&value),
            None => title.push_str(variable),
        }
        rest = &rest[start + end + 2..];
    }
    title.push_str(rest);
    match title.char_indices().nth(MAX_TITLE) {
        Some((end, _)) => title[..end].to_owned(),
        None => title,
    }
}

/// What a variable stands for in an event; `None` for one that does not exist.
fn value(name: &str, event: &Event) -> Option<String> {
    let or = |value: Option<&str>, missing: &str| Some(value.unwrap_or(missing).to_owned());
    let exception = event.exception.last();
    let frame = crash_frame(event);
    let of_frame = |value: fn(&Frame) -> Option<&str>, missing| or(frame.and_then(value), missing);
    match name {
        "transaction" => or(event.transaction.as_deref(), "<no-transaction>"),
        "message" => {
            let text = event.logentry.as_ref().and_then(|entry| entry.text());
            or(text.or_else(|| exception?.value.as_deref()), "<no-message>")
        }
        "type" | "error.type" => or(exception.and_then(|exception| exception.kind.as_deref()), "<no-type>"),
        "value" | "error.value" => or(exception.and_then(|exception| exception.value.as_deref()), "<no-value>"),
        "function" | "stack.function" => of_frame(|frame| frame.function.as_deref(), "<no-function>"),
        "path" | "stack.abs_path" => of_frame(
            |frame| frame.abs_path.as_deref().or(frame.filename.as_deref()),
            "<no-abs-path>",
        ),
        "stack.filename" => of_frame(
            |frame| frame.filename.as_deref().or(frame.abs_path.as_deref()),
            "<no-filename>",
        ),
        "module" | "stack.module" => of_frame(|frame| frame.module.as_deref(), "<no-module>"),
        "package" | "stack.package" => of_frame(
            |frame| frame.package.as_deref()?.rsplit(['/', '\\']).next(),
            "<no-package>",
        ),
        "level" => or(event.level.map(|level| level.name()), "<no-level>"),
        "logger" => or(event.logger.as_deref(), "<no-logger>"),
        _ => {
            let key = name.strip_prefix("tags.")?;
            let missing = format!("<no-value-for-tag-{key}>");
            or(tag(event, key).as_deref(), &missing)
        }
    }
}

/// Of the last exception, whichever one names the event: rules may change that, and must not change this.
fn crash_stacktrace(event: &Event) -> Option<&Stacktrace> {
    let of_exception = event
        .exception
        .last()
        .and_then(|last: &Exception| last.stacktrace.as_ref());
    of_exception
        .or(event.stacktrace.as_ref())
        .or_else(|| match event.threads.as_slice() {
            [thread] => thread.stacktrace.as_ref(),
            _ => None,
        })
}

fn crash_frame(event: &Event) -> Option<&Frame> {
    let named = |frame: &Frame| !matches!(frame.function.as_deref(), None | Some("" | "<redacted>" | "<unknown>"));
    crash_stacktrace(event)?.newest_frame(named)
}
