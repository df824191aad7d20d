//! What errors have beside what all events have: exceptions and their stacks.

use protocol::event::{Event, Frame, Stacktrace};
use query::Known;

use super::builder::Builder;

pub(super) fn describe(builder: &mut Builder, event: &Event) {
    let exceptions = || event.exception.iter();
    builder.texts(Known::ErrorType, exceptions().filter_map(|it| it.kind.as_deref()));
    builder.texts(Known::ErrorValue, exceptions().filter_map(|it| it.value.as_deref()));
    let mechanisms = exceptions().filter_map(|it| it.mechanism.as_ref()?.kind.as_deref());
    builder.texts(Known::ErrorMechanism, mechanisms);
    // What nothing says to be unhandled is handled.
    builder.flag(Known::ErrorHandled, Some(!event.is_unhandled()));
    builder.flag(Known::ErrorMainThread, is_in_main_thread(event));
    for (field, of_frame) in FRAME_FIELDS {
        builder.texts(*field, frames(event).filter_map(|frame| of_frame(frame).as_deref()));
    }
}

type OfFrame = fn(&Frame) -> &Option<String>;

const FRAME_FIELDS: &[(Known, OfFrame)] = &[
    (Known::StackFilename, |frame| &frame.filename),
    (Known::StackModule, |frame| &frame.module),
    (Known::StackFunction, |frame| &frame.function),
    (Known::StackPackage, |frame| &frame.package),
];

/// The frames of all exceptions, the newest of the outermost first; of an event without, those of the stack that it is
/// about.
pub(crate) fn frames(event: &Event) -> impl Iterator<Item = &Frame> {
    let of_exceptions = event
        .exception
        .iter()
        .rev()
        .filter_map(|exception| exception.stacktrace.as_ref());
    let has_any = of_exceptions.clone().next().is_some();
    let other = (!has_any).then(|| event.crash_stacktrace()).flatten();
    of_exceptions.chain(other).flat_map(newest_first)
}

fn newest_first(stacktrace: &Stacktrace) -> impl Iterator<Item = &Frame> {
    stacktrace.frames.iter().rev()
}

/// Whether an exception came from the main thread, as far as threads say which one that is.
fn is_in_main_thread(event: &Event) -> Option<bool> {
    let threads = event.exception.iter().filter_map(|exception| {
        let id = exception.thread_id.as_ref()?;
        event.threads.iter().find(|thread| thread.id.as_ref() == Some(id))
    });
    threads
        .filter_map(|thread| thread.main)
        .reduce(|one, other| one || other)
}
