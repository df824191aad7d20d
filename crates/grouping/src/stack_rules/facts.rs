use protocol::event::{Exception, Frame};

use super::rule::Rule;
use crate::family::{Family, platform};

/// What rules look at in a frame and never change.
#[derive(Debug, Clone)]
pub(crate) struct FrameFacts<'a> {
    pub(super) family: Family,
    pub(super) function: Option<&'a str>,
    pub(super) module: Option<&'a str>,
    /// In lower case, with slashes only, and one more before it: patterns are tried with it and without.
    pub(super) path: Option<String>,
    pub(super) package: Option<String>,
}

impl<'a> FrameFacts<'a> {
    pub(crate) fn of(frame: &'a Frame, platform_of_event: &str) -> Self {
        Self {
            family: Family::of_platform(platform(frame, platform_of_event)),
            function: frame.function.as_deref().or(frame.raw_function.as_deref()),
            module: frame.module.as_deref(),
            path: frame.abs_path.as_deref().or(frame.filename.as_deref()).map(folded),
            package: frame.package.as_deref().map(folded),
        }
    }
}

fn folded(path: &str) -> String {
    let mut folded = String::with_capacity(path.len() + 1);
    folded.push('/');
    if path.is_ascii() {
        folded.extend(
            path.chars()
                .map(|c| if c == '\\' { '/' } else { c.to_ascii_lowercase() }),
        );
    } else {
        folded.push_str(&path.to_lowercase().replace('\\', "/"));
    }
    folded
}

/// What rules look at and may change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FrameState<'r> {
    pub(crate) in_app: Option<bool>,
    pub(crate) category: Option<&'r str>,
    /// The rule that last said whether it is in app.
    pub(crate) decided_by: Option<&'r Rule>,
}

/// The exception that a stack belongs to; nothing is known for the stack of a thread.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExceptionFacts<'a> {
    pub(crate) kind: Option<&'a str>,
    pub(crate) value: Option<&'a str>,
    pub(crate) mechanism: Option<&'a str>,
}

impl<'a> ExceptionFacts<'a> {
    pub(crate) fn of(exception: &'a Exception) -> Self {
        Self {
            kind: exception.kind.as_deref(),
            value: exception.value.as_deref(),
            mechanism: exception
                .mechanism
                .as_ref()
                .and_then(|mechanism| mechanism.kind.as_deref()),
        }
    }
}
