use protocol::event::{Object, Thread, ThreadId, Values};
use serde::Serialize;

use super::{filled, stacktrace::StacktraceView};

#[derive(Debug, Serialize)]
pub(crate) struct ThreadsView<'a> {
    values: Vec<ThreadView<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ThreadView<'a> {
    id: Option<&'a ThreadId>,
    current: bool,
    crashed: bool,
    name: Option<&'a str>,
    state: Option<&'a str>,
    held_locks: Option<&'a Object>,
    stacktrace: Option<StacktraceView<'a>>,
    raw_stacktrace: Option<StacktraceView<'a>>,
}

impl<'a> ThreadsView<'a> {
    pub(super) fn of(threads: &'a Values<Thread>) -> Self {
        Self {
            values: threads.iter().map(ThreadView::of).collect(),
        }
    }
}

impl<'a> ThreadView<'a> {
    fn of(thread: &'a Thread) -> Self {
        Self {
            id: thread.id.as_ref(),
            current: thread.current == Some(true),
            crashed: thread.crashed == Some(true),
            name: thread.name.as_deref(),
            state: thread.state.as_deref(),
            held_locks: filled(&thread.held_locks),
            stacktrace: thread.stacktrace.as_ref().and_then(StacktraceView::of),
            raw_stacktrace: thread.raw_stacktrace.as_ref().and_then(StacktraceView::of),
        }
    }
}
