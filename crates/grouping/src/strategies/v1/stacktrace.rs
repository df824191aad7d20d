use protocol::event::{Frame, Stacktrace};

use super::{View, frame};
use crate::Component;

/// The frames, oldest first. Those of others count in the system view only.
pub(super) fn component(stack: &Stacktrace, platform: &str, view: View) -> Component {
    let mut parts = Vec::with_capacity(stack.frames.len());
    let mut previous: Option<&Frame> = None;
    for frame in &stack.frames {
        let mut part = frame::component(frame, platform);
        if previous.is_some_and(|previous| is_recursion(previous, frame)) {
            part = part.ignored("recursion");
        } else if view == View::App && frame.in_app != Some(true) {
            part = part.ignored("not a frame of the program itself");
        }
        parts.push(part);
        previous = Some(frame);
    }
    if is_anonymous_script(stack, platform) {
        parts = parts
            .into_iter()
            .map(|part| part.ignored("a single frame of a script without a function"))
            .collect();
    }
    Component::branch("stacktrace", parts)
}

fn is_recursion(one: &Frame, other: &Frame) -> bool {
    let place = |frame: &Frame| {
        let Frame {
            abs_path,
            package,
            module,
            filename,
            function,
            lineno,
            colno,
            ..
        } = frame.clone();
        (abs_path, package, module, filename, function, lineno, colno)
    };
    one.lineno == other.lineno && one.function == other.function && place(one) == place(other)
}

/// The one frame that browsers give for an error outside any function: the page's address says nothing.
fn is_anonymous_script(stack: &Stacktrace, platform: &str) -> bool {
    let [frame] = &stack.frames[..] else { return false };
    frame::family(frame, platform) == frame::Family::JavaScript
        && frame.function.is_none()
        && frame.abs_path.as_deref().is_some_and(frame::is_url)
}
