use protocol::event::{Exception, Mechanism, ThreadId, Values};
use serde::Serialize;
use serde_json::Value;

use super::stacktrace::{self, StacktraceView};

/// The exceptions of an event, the innermost cause first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExceptionsView<'a> {
    values: Vec<ExceptionView<'a>>,
    has_system_frames: bool,
    exc_omitted: Option<&'a Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionView<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    value: Option<&'a str>,
    mechanism: Option<&'a Mechanism>,
    thread_id: Option<&'a ThreadId>,
    module: Option<&'a str>,
    stacktrace: Option<StacktraceView<'a>>,
    raw_stacktrace: Option<StacktraceView<'a>>,
    raw_value: Option<&'a Value>,
    raw_module: Option<&'a Value>,
    raw_type: Option<&'a Value>,
}

impl<'a> ExceptionsView<'a> {
    pub(super) fn of(exceptions: &'a Values<Exception>) -> Self {
        let stacks = exceptions.iter().filter_map(|exception| exception.stacktrace.as_ref());
        Self {
            values: exceptions.iter().map(ExceptionView::of).collect(),
            has_system_frames: stacks.into_iter().any(stacktrace::has_system_frames),
            exc_omitted: exceptions.other.get("exc_omitted"),
        }
    }
}

impl<'a> ExceptionView<'a> {
    fn of(exception: &'a Exception) -> Self {
        Self {
            kind: exception.kind.as_deref(),
            value: exception.value.as_deref(),
            mechanism: exception.mechanism.as_ref(),
            thread_id: exception.thread_id.as_ref(),
            module: exception.module.as_deref(),
            stacktrace: exception.stacktrace.as_ref().and_then(StacktraceView::of),
            raw_stacktrace: exception.raw_stacktrace.as_ref().and_then(StacktraceView::of),
            raw_value: exception.other.get("raw_value"),
            raw_module: exception.other.get("raw_module"),
            raw_type: exception.other.get("raw_type"),
        }
    }
}
