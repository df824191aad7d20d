//! Stacks made ready for grouping: names of functions are trimmed and stack trace rules are applied (`ingest.md` §6.1).

use protocol::event::{Event, Frame, Stacktrace};
use serde_json::Value;

use crate::{
    StrategyId,
    family::platform,
    function_name,
    stack_rules::{ExceptionFacts, FrameFacts, FrameState, Stack, StackRules, Updates, builtin},
};

/// What the rules found, for each stack of an event.
#[derive(Debug, Default)]
pub(crate) struct Stacks<'r> {
    pub(crate) exceptions: Vec<Option<Prepared<'r>>>,
    pub(crate) threads: Vec<Option<Prepared<'r>>>,
    pub(crate) event: Option<Prepared<'r>>,
}

#[derive(Debug, Default)]
pub(crate) struct Prepared<'r> {
    pub(crate) states: Vec<FrameState<'r>>,
    pub(crate) updates: Updates<'r>,
}

/// Writes into the frames what was found: whether they are in app, and the names that they are shown by. An event that
/// went through this before gets the same again.
pub(crate) fn prepare<'r>(event: &mut Event, strategy: StrategyId, of_project: &'r StackRules) -> Stacks<'r> {
    let rules = [builtin(strategy), of_project];
    let platform = event.platform.as_deref().unwrap_or("other");
    let exceptions = event.exception.iter_mut().map(|exception| {
        let mut stack = exception.stacktrace.take()?;
        let prepared = stacktrace(&mut stack, platform, rules, ExceptionFacts::of(exception));
        exception.stacktrace = Some(stack);
        Some(prepared)
    });
    let exceptions = exceptions.collect();
    let without_exception =
        |stack: &mut Option<Stacktrace>| Some(stacktrace(stack.as_mut()?, platform, rules, ExceptionFacts::default()));
    let threads = event.threads.iter_mut();
    Stacks {
        exceptions,
        threads: threads
            .map(|thread| without_exception(&mut thread.stacktrace))
            .collect(),
        event: without_exception(&mut event.stacktrace),
    }
}

fn stacktrace<'r>(
    stack: &mut Stacktrace,
    platform_of_event: &str,
    rules: [&'r StackRules; 2],
    exception: ExceptionFacts<'_>,
) -> Prepared<'r> {
    for frame in &mut stack.frames {
        restore_in_app(frame);
        trim_function(frame, platform_of_event);
    }
    let facts = stack
        .frames
        .iter()
        .map(|frame| FrameFacts::of(frame, platform_of_event));
    let facts = Stack::new(facts.collect(), exception);
    let state = |frame: &Frame| FrameState {
        in_app: frame.in_app,
        ..FrameState::default()
    };
    let mut states: Vec<FrameState<'r>> = stack.frames.iter().map(state).collect();
    let hits = rules.map(|rules| rules.hits(&facts));
    for (rules, hits) in rules.into_iter().zip(&hits) {
        rules.modify(&facts, hits, &mut states);
    }
    for state in &mut states {
        state.in_app.get_or_insert(false);
    }
    let mut updates = Updates::default();
    for (rules, hits) in rules.into_iter().zip(&hits) {
        rules.update(&facts, hits, &states, &mut updates);
    }
    for (frame, state) in stack.frames.iter_mut().zip(&states) {
        store_in_app(frame, state.in_app);
    }
    Prepared { states, updates }
}

/// What the client said, kept beside what rules made of it: rules change, and start from this every time.
const ORIGINAL: &str = "orig_in_app";

fn restore_in_app(frame: &mut Frame) {
    match frame.data.get(ORIGINAL).and_then(Value::as_i64) {
        Some(0) => frame.in_app = Some(false),
        Some(1) => frame.in_app = Some(true),
        Some(_) => frame.in_app = None,
        None => {}
    }
}

fn store_in_app(frame: &mut Frame, in_app: Option<bool>) {
    let original = frame.in_app.map_or(-1, i64::from);
    frame.data.insert(ORIGINAL.to_owned(), original.into());
    frame.in_app = in_app;
}

/// The whole name remains beside the short one; where there is one already, the short one is the client's.
fn trim_function(frame: &mut Frame, platform_of_event: &str) {
    if frame.raw_function.as_deref().is_some_and(|raw| !raw.is_empty()) {
        return;
    }
    let Some(function) = &frame.function else { return };
    if let Some(trimmed) = function_name::trim(function, platform(frame, platform_of_event)) {
        frame.raw_function = frame.function.replace(trimmed);
    }
}
