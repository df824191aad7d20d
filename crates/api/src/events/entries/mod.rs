//! The parts of an event that a page shows one below the other: `entries`, in the order in which Sentry shows them.

mod breadcrumbs;
mod exception;
mod request;
mod stacktrace;
mod template;
mod threads;

use protocol::event::{Event, LogEntry, Object, Span};
use serde::Serialize;
use serde_json::Value;

/// One entry: what it is, and its data in the form of its kind.
#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
pub(crate) enum Entry<'a> {
    Message(MessageView<'a>),
    Exception(exception::ExceptionsView<'a>),
    Stacktrace(stacktrace::StacktraceView<'a>),
    Threads(threads::ThreadsView<'a>),
    Spans(&'a [Span]),
    Csp(&'a Object),
    Hpkp(&'a Object),
    ExpectCt(&'a Object),
    ExpectStaple(&'a Object),
    Nel(&'a Object),
    Template(template::TemplateView<'a>),
    Breadcrumbs(breadcrumbs::BreadcrumbsView<'a>),
    Request(request::RequestView<'a>),
    DebugMeta(&'a Object),
}

impl Entry<'_> {
    /// The key of the event that it was made of.
    pub(super) fn source(&self) -> &'static str {
        match self {
            Self::Message(_) => "logentry",
            Self::Exception(_) => "exception",
            Self::Stacktrace(_) => "stacktrace",
            Self::Threads(_) => "threads",
            Self::Spans(_) => "spans",
            Self::Csp(_) => "csp",
            Self::Hpkp(_) => "hpkp",
            Self::ExpectCt(_) => "expectct",
            Self::ExpectStaple(_) => "expectstaple",
            Self::Nel(_) => "nel",
            Self::Template(_) => "template",
            Self::Breadcrumbs(_) => "breadcrumbs",
            Self::Request(_) => "request",
            Self::DebugMeta(_) => "debug_meta",
        }
    }
}

/// All entries that the event has.
pub(crate) fn entries(event: &Event) -> Vec<Entry<'_>> {
    let message = event.logentry.as_ref().filter(|entry| entry.text().is_some());
    [
        message.map(|entry| Entry::Message(MessageView::of(entry))),
        (!event.exception.is_empty()).then(|| Entry::Exception(exception::ExceptionsView::of(&event.exception))),
        event
            .stacktrace
            .as_ref()
            .and_then(stacktrace::StacktraceView::of)
            .map(Entry::Stacktrace),
        (!event.threads.is_empty()).then(|| Entry::Threads(threads::ThreadsView::of(&event.threads))),
        (!event.spans.is_empty()).then_some(Entry::Spans(&event.spans)),
        filled(&event.csp).map(Entry::Csp),
        filled(&event.hpkp).map(Entry::Hpkp),
        filled(&event.expectct).map(Entry::ExpectCt),
        filled(&event.expectstaple).map(Entry::ExpectStaple),
        filled(&event.nel).map(Entry::Nel),
        event
            .template
            .as_ref()
            .map(|template| Entry::Template(template::TemplateView::of(template))),
        (!event.breadcrumbs.is_empty())
            .then(|| Entry::Breadcrumbs(breadcrumbs::BreadcrumbsView::of(&event.breadcrumbs))),
        event
            .request
            .as_ref()
            .map(|request| Entry::Request(request::RequestView::of(request))),
        filled(&event.debug_meta).map(Entry::DebugMeta),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A log message.
#[derive(Debug, Serialize)]
pub(crate) struct MessageView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    formatted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a Value>,
}

impl<'a> MessageView<'a> {
    fn of(entry: &'a LogEntry) -> Self {
        Self {
            message: entry.message.as_deref(),
            formatted: entry.text(),
            params: entry.params.as_ref(),
        }
    }
}

/// The lines around the failing one, each with its number.
fn context<'a>(
    lineno: Option<u64>,
    before: &'a [String],
    line: Option<&'a str>,
    after: &'a [String],
) -> Vec<(u64, &'a str)> {
    let Some(lineno) = lineno else { return Vec::new() };
    if line.is_none() && before.is_empty() && after.is_empty() {
        return Vec::new();
    }
    let first = lineno.saturating_sub(before.len() as u64);
    let lines = before
        .iter()
        .map(String::as_str)
        .chain([line.unwrap_or_default()])
        .chain(after.iter().map(String::as_str));
    (first..).zip(lines).collect()
}

/// An object, or `null` for an empty one.
fn filled(object: &Object) -> Option<&Object> {
    Some(object).filter(|object| !object.is_empty())
}
