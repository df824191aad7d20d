//! The versions of grouping. A stored hash must be found again: what a released version makes of an event is never
//! changed, a new one is added beside it. What they have in common is written once; [`Differences`] says in what they
//! differ, and the vectors in `tests.rs` hold each of them fast.

mod exception;
mod exception_group;
mod frame;
mod function;
mod java;
mod main_exception;
mod security;
mod stacktrace;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use protocol::event::{Event, Thread};
use serde::{Deserialize, Serialize};

use crate::{Component, Variant, message, stacks::Stacks};

/// A version of grouping, by the name that Sentry gives to the configuration which it follows: API clients know these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum StrategyId {
    #[serde(rename = "newstyle:2023-01-11")]
    V2023,
    #[default]
    #[serde(rename = "newstyle:2026-01-20")]
    V2026,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown grouping strategy {0:?}: expected `newstyle:2026-01-20` or `newstyle:2023-01-11`")]
pub struct UnknownStrategy(pub String);

impl StrategyId {
    /// What new projects get.
    pub const NEWEST: Self = Self::V2026;
    pub const ALL: [Self; 2] = [Self::V2026, Self::V2023];

    pub fn name(self) -> &'static str {
        match self {
            Self::V2023 => "newstyle:2023-01-11",
            Self::V2026 => "newstyle:2026-01-20",
        }
    }

    pub(crate) fn differences(self) -> Differences {
        let is_2023 = self == Self::V2023;
        Differences {
            stacktrace_before_type: is_2023,
            lone_script_frame_off_url: is_2023,
            unknown_variables_stay: is_2023,
            parameterizes_spawn_main: !is_2023,
        }
    }
}

impl FromStr for StrategyId {
    type Err = UnknownStrategy;
    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        let named = Self::ALL.into_iter().find(|strategy| strategy.name() == text);
        named.ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

impl fmt::Display for StrategyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// In what the versions differ, the built-in stack trace rules apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Differences {
    /// An exception's stack is hashed before its type and value.
    stacktrace_before_type: bool,
    /// A script's only frame is ignored where its path is *no* URL: the test was meant to be the other way round.
    lone_script_frame_off_url: bool,
    /// Variables of fingerprints that do not exist stay as they were written.
    pub(crate) unknown_variables_stay: bool,
    /// Numbers in the line that starts a worker process of Python are left out of account.
    parameterizes_spawn_main: bool,
}

/// What a strategy looks at.
#[derive(Clone, Copy)]
struct Context<'a> {
    event: &'a Event,
    platform: &'a str,
    stacks: &'a Stacks<'a>,
    differences: Differences,
}

/// What a strategy found: a component for each variant that it has something to say on.
type Found = Vec<(&'static str, Component)>;

/// What an exception group was found to be about, to be stored in the event.
pub(crate) type MainExceptionId = Option<u64>;

/// The variants of an event, those that decide first.
pub(crate) fn variants(event: &Event, strategy: StrategyId, stacks: &Stacks<'_>) -> (Vec<Variant>, MainExceptionId) {
    let cx = Context {
        event,
        platform: event.platform.as_deref().unwrap_or("other"),
        stacks,
        differences: strategy.differences(),
    };
    let (exceptions, main_exception_id) = exception::chain(cx);
    // In the order of precedence (`ingest.md` §6.1).
    let strategies = [
        ("exception", exceptions),
        ("thread", threads(cx)),
        ("stack trace", stack(cx)),
        ("template", template(event)),
        ("CSP report", security::csp(event)),
        ("HPKP report", security::hpkp(event)),
        ("Expect-Staple report", security::expect_staple(event)),
        ("Expect-CT report", security::expect_ct(event)),
        ("message", logentry(event)),
    ];
    let mut decided: Option<&str> = None;
    let mut roots: Vec<(&'static str, Vec<Component>)> = Vec::new();
    for (name, found) in strategies {
        let contributes = found.iter().any(|(_, component)| component.contributes);
        for (variant, mut component) in found {
            if let Some(decider) = decided {
                component.ignore(format!("not used: the {decider} takes precedence"));
            }
            match roots.iter_mut().find(|(root, _)| *root == variant) {
                Some((_, components)) => components.push(component),
                None => roots.push((variant, vec![component])),
            }
        }
        if contributes && decided.is_none() {
            decided = Some(name);
        }
    }
    roots.sort_by_key(|(name, _)| *name == "system");
    let variants = roots
        .into_iter()
        .map(|(name, components)| Variant::of_component(Component::branch(name, components)));
    (variants.collect(), main_exception_id)
}

/// The one crashed thread, else the one current thread, else the only thread.
fn threads(cx: Context<'_>) -> Found {
    let threads = &cx.event.threads;
    let only = |matches: fn(&Thread) -> bool| {
        let mut found = threads.iter().enumerate().filter(|(_, thread)| matches(thread));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    };
    let chosen = only(|thread| thread.crashed == Some(true))
        .or_else(|| only(|thread| thread.current == Some(true)))
        .or_else(|| only(|_| true));
    let silent = |hint: &'static str| vec![("app", Component::branch("threads", []).hinted(hint))];
    match chosen {
        _ if threads.is_empty() => Vec::new(),
        None => silent("not used: several threads, and not one of them alone crashed or was running"),
        Some((index, thread)) => match (&thread.stacktrace, &cx.stacks.threads[index]) {
            (Some(stack), Some(prepared)) => {
                let views = stacktrace::views(cx, stack, prepared);
                views.map(|stack| Component::branch("threads", [stack])).found()
            }
            _ => silent("not used: the thread has no stack trace"),
        },
    }
}

/// The stack that old clients sent beside everything else.
fn stack(cx: Context<'_>) -> Found {
    match (&cx.event.stacktrace, &cx.stacks.event) {
        (Some(stack), Some(prepared)) => stacktrace::views(cx, stack, prepared).found(),
        _ => Vec::new(),
    }
}

fn template(event: &Event) -> Found {
    let Some(template) = &event.template else {
        return Vec::new();
    };
    let file = template.filename.as_deref().or(template.abs_path.as_deref());
    let parts = [
        Component::optional("filename", file),
        Component::optional("context-line", template.context_line.as_deref()),
    ];
    vec![("default", Component::branch("template", parts))]
}

/// The template of a message, where there is one, is the same for all that were made from it.
fn logentry(event: &Event) -> Found {
    let entry = event.logentry.as_ref();
    let text = entry.and_then(|entry| entry.message.as_deref().or(entry.formatted.as_deref()));
    text.map(|text| ("default", text_without_parameters("message", text)))
        .into_iter()
        .collect()
}

fn text_without_parameters(id: &'static str, text: &str) -> Component {
    let normalized = message::normalize(text);
    let changed = normalized != text;
    let component = Component::text(id, normalized);
    if changed && component.contributes {
        component.hinted("what differs from event to event was replaced")
    } else {
        component
    }
}
