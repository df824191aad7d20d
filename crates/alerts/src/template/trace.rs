//! The stack of an error, as text.

use std::fmt::Write;

use protocol::event::{Event, Exception, Frame, Stacktrace};

const MOST_EXCEPTIONS: usize = 5;
const MOST_FRAMES: usize = 20;
/// Of a line, in characters.
const MOST_LINE: usize = 300;

/// The event's errors with their newest frames, the one that names it first. `None` if there is nothing of the kind.
pub fn rendered_trace(event: &Event) -> Option<String> {
    let mut text = String::new();
    let main = event.main_exception();
    let is_main = |exception: &Exception| main.is_some_and(|main| std::ptr::eq(main, exception));
    let others = event.exception.iter().rev().filter(|exception| !is_main(exception));
    for (place, exception) in main.into_iter().chain(others).take(MOST_EXCEPTIONS).enumerate() {
        if place > 0 {
            text.push_str("\ncaused by ");
        }
        add_exception(&mut text, exception);
    }
    if event.exception.iter().all(|exception| exception.stacktrace.is_none())
        && let Some(stacktrace) = event.crash_stacktrace()
    {
        add_frames(&mut text, stacktrace);
    }
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

fn add_exception(text: &mut String, exception: &Exception) {
    let kind = exception.kind.as_deref().unwrap_or("Error");
    let first_line = exception.value.as_deref().unwrap_or_default();
    let headline = if first_line.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}: {first_line}")
    };
    push_line(text, &headline);
    if let Some(stacktrace) = &exception.stacktrace {
        add_frames(text, stacktrace);
    }
}

fn add_frames(text: &mut String, stacktrace: &Stacktrace) {
    for frame in stacktrace.frames.iter().rev().take(MOST_FRAMES) {
        push_line(text, &format!("  {}", headline(frame)));
        if let Some(line) = frame
            .context_line
            .as_deref()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            push_line(text, &format!("    {line}"));
        }
    }
    let left = stacktrace.frames.len().saturating_sub(MOST_FRAMES);
    if left > 0 {
        push_line(text, &format!("  … {left} more"));
    }
}

/// `shop/checkout.py:42 in pay`
fn headline(frame: &Frame) -> String {
    let place = [&frame.filename, &frame.module, &frame.package, &frame.abs_path];
    let place = place.into_iter().flatten().find(|place| !place.is_empty());
    let mut headline = place.map_or_else(|| "?".to_owned(), Clone::clone);
    if let Some(line) = frame.lineno {
        write!(headline, ":{line}").expect("a string takes all that is written");
    }
    if let Some(function) = frame.function.as_deref().filter(|function| !function.is_empty()) {
        headline.push_str(" in ");
        headline.push_str(function);
    }
    headline
}

fn push_line(text: &mut String, line: &str) {
    text.extend(line.chars().take(MOST_LINE));
    text.push('\n');
}
