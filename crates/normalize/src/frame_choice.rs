//! Which frame speaks for an event.

use protocol::event::{Event, Frame, Stacktrace};

/// The stack that an event is about: that of the exception which names it, else the old top-level one, else that of the
/// only thread, or of the one that crashed.
pub(crate) fn stacktrace(event: &Event) -> Option<&Stacktrace> {
    let exception = event.main_exception().and_then(|exception| exception.stacktrace.as_ref());
    exception.or(event.stacktrace.as_ref()).or_else(|| match event.threads.as_slice() {
        [thread] => thread.stacktrace.as_ref(),
        threads => threads.iter().find(|thread| thread.crashed == Some(true))?.stacktrace.as_ref(),
    })
}

/// The newest frame of the program's own with a name, else the newest of all with one.
pub(crate) fn crash_frame(event: &Event) -> Option<&Frame> {
    let named = |frame: &&Frame| !matches!(frame.function.as_deref(), None | Some("" | "<redacted>" | "<unknown>"));
    choose(stacktrace(event)?, named)
}

/// The newest frame of the program's own that will do, else the newest of all that will.
pub(crate) fn choose(stacktrace: &Stacktrace, will_do: impl Fn(&&Frame) -> bool) -> Option<&Frame> {
    let mut frames = stacktrace.frames.iter().rev().filter(&will_do);
    let own = stacktrace.frames.iter().rev().filter(|frame| frame.in_app == Some(true)).find(&will_do);
    own.or_else(|| frames.next())
}
