use std::borrow::Cow;

use protocol::event::{Frame, Stacktrace};

use super::{Context, Found, frame};
use crate::{
    Component, ComponentValue,
    family::{Family, platform},
    stacks::Prepared,
};

/// The two views of something with stacks: the program's own frames, and all.
#[derive(Debug, Clone)]
pub(super) struct Views {
    pub(super) app: Component,
    /// Absent where there is no stack to view in two ways.
    pub(super) system: Option<Component>,
}

impl Views {
    pub(super) fn map(self, mut change: impl FnMut(Component) -> Component) -> Self {
        Self {
            app: change(self.app),
            system: self.system.map(change),
        }
    }

    /// Both, unless one of them says nothing that the other does not.
    pub(super) fn found(self) -> Found {
        let Self { mut app, system } = self;
        let Some(mut system) = system else {
            return vec![("app", app)];
        };
        let has_stack = |view: &Component| view.find("stacktrace").is_some();
        match (has_stack(&app), has_stack(&system)) {
            (false, true) => app.ignore("not used: no frame of the program itself counts, others do"),
            (true, false) => system.ignore("not used: no frame counts here, those of the program itself do"),
            _ => {}
        }
        // What is concatenated alike is hashed alike.
        if app.contributes && system.contributes && app.leaves().concat() == system.leaves().concat() {
            system.ignore("not used: the same as with the frames of the program itself");
        }
        vec![("app", app), ("system", system)]
    }
}

/// The frames, oldest first. Those of others count in the system view only.
pub(super) fn views(cx: Context<'_>, stack: &Stacktrace, prepared: &Prepared<'_>) -> Views {
    let mut frames: Vec<Component> = stack.frames.iter().map(|frame| frame::component(cx, frame)).collect();
    for (index, pair) in stack.frames.windows(2).enumerate() {
        if is_recursion(&pair[0], &pair[1]) {
            frames[index + 1].ignore("not used: the same call as the one before");
        }
    }
    let app_only: Vec<Component> = frames
        .iter()
        .zip(&prepared.states)
        .map(|(frame, state)| match state.in_app {
            Some(true) => frame.clone(),
            _ => frame.clone().ignored(match state.decided_by {
                Some(rule) => Cow::Owned(format!("not in app by the stack trace rule `{rule}`")),
                None => Cow::Borrowed("not in app"),
            }),
        })
        .collect();
    let in_app = |index: usize| prepared.states[index].in_app == Some(true);
    let app = component(cx, stack, app_only, prepared, in_app);
    let system = component(cx, stack, frames, prepared, |_| true);
    let has_app_frame = (0..stack.frames.len()).any(in_app);
    Views {
        app: match app.hint {
            None if !app.contributes && !has_app_frame => app.hinted("no frame is in app"),
            _ => app,
        },
        system: Some(system),
    }
}

/// `may_count` tells which frames rules can bring back.
fn component(
    cx: Context<'_>,
    stack: &Stacktrace,
    mut frames: Vec<Component>,
    prepared: &Prepared<'_>,
    may_count: impl Fn(usize) -> bool,
) -> Component {
    if let [frame] = &mut frames[..]
        && is_lone_script_frame(cx, &stack.frames[0])
    {
        frame.ignore("not used: the only frame of a script, without a function");
    }
    let updates = &prepared.updates;
    for (index, frame) in frames.iter_mut().enumerate().filter(|(index, _)| may_count(*index)) {
        match updates.contributes.get(index).copied().flatten() {
            Some((true, rule)) if !frame.contributes => {
                frame.contributes = true;
                frame.hint = Some(format!("used by the stack trace rule `{rule}`").into());
            }
            Some((false, rule)) if frame.contributes => {
                frame.ignore(format!("not used by the stack trace rule `{rule}`"));
            }
            _ => {}
        }
    }
    if updates.max_frames > 0 {
        let too_old = frames
            .iter_mut()
            .rev()
            .filter(|frame| frame.contributes)
            .skip(updates.max_frames);
        too_old.for_each(|frame| {
            frame.ignore(format!("not used: only {} frames count", updates.max_frames));
        });
    }
    let counting = frames.iter().filter(|frame| frame.contributes).count();
    let mut stack = Component {
        id: "stacktrace",
        contributes: counting > 0,
        hint: None,
        values: frames.into_iter().map(ComponentValue::Component).collect(),
    };
    if counting > 0 && counting < updates.min_frames {
        stack.ignore(format!(
            "not used: {counting} frames count, a stack trace rule asks for {}",
            updates.min_frames
        ));
    } else if counting == 0 {
        stack.hint = stack
            .values
            .is_empty()
            .then_some("the stack trace has no frames".into());
    } else if updates.inverted {
        stack.hint = Some("marked as inverted by a stack trace rule".into());
    }
    stack
}

fn is_recursion(one: &Frame, other: &Frame) -> bool {
    one.lineno == other.lineno
        && one.colno == other.colno
        && one.function == other.function
        && one.filename == other.filename
        && one.module == other.module
        && one.abs_path == other.abs_path
        && one.package == other.package
}

/// The one frame that browsers give for an error outside any function: the page's address says nothing.
fn is_lone_script_frame(cx: Context<'_>, frame: &Frame) -> bool {
    let has_function = frame.function.as_deref().is_some_and(|function| !function.is_empty());
    let is_at_url = frame.abs_path.as_deref().is_some_and(frame::is_url);
    Family::of_platform(platform(frame, cx.platform)) == Family::JavaScript
        && !has_function
        && is_at_url != cx.differences.lone_script_frame_off_url
}
