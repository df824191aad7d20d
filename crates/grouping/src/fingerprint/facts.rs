//! What rules look at in an event.

use std::cell::OnceCell;

use protocol::event::{Event, Exception, Stacktrace};

use crate::family::Family;

pub(super) struct Facts<'a> {
    event: &'a Event,
    frames: OnceCell<Vec<FrameFacts<'a>>>,
    sdk: OnceCell<String>,
}

#[derive(Debug)]
pub(super) struct FrameFacts<'a> {
    pub(super) function: Option<&'a str>,
    pub(super) module: Option<&'a str>,
    /// In lower case, with slashes only.
    pub(super) abs_path: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) package: Option<String>,
    pub(super) in_app: bool,
}

pub(super) fn folded(path: &str) -> String {
    path.to_lowercase().replace('\\', "/")
}

impl<'a> Facts<'a> {
    pub(super) fn new(event: &'a Event) -> Self {
        Self {
            event,
            frames: OnceCell::new(),
            sdk: OnceCell::new(),
        }
    }

    pub(super) fn event(&self) -> &'a Event {
        self.event
    }

    pub(super) fn exceptions(&self) -> &'a [Exception] {
        &self.event.exception
    }

    /// The log message, and what each exception says.
    pub(super) fn messages(&self) -> impl Iterator<Item = &'a str> {
        let message = self.event.logentry.as_ref().and_then(|entry| entry.text());
        let values = self
            .event
            .exception
            .iter()
            .filter_map(|exception| exception.value.as_deref());
        message.into_iter().chain(values)
    }

    pub(super) fn family(&self) -> Family {
        Family::of_platform(self.event.platform.as_deref().unwrap_or("other"))
    }

    /// The SDK as its tag has it: for browsers and native programs with what it was made for, else the language.
    pub(super) fn sdk(&self) -> &str {
        self.sdk.get_or_init(|| {
            let name = self.event.sdk.as_ref().and_then(|sdk| sdk.name.as_deref());
            let name = name.unwrap_or_default().replace('_', "-");
            let mut parts = name.split('.');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("sentry"), Some(language @ ("javascript" | "native")), Some(of)) => {
                    format!("sentry.{language}.{of}")
                }
                (Some("sentry"), Some(language), _) => format!("sentry.{language}"),
                _ => "other".to_owned(),
            }
        })
    }

    /// Of all stacks.
    pub(super) fn frames(&self) -> &[FrameFacts<'a>] {
        self.frames.get_or_init(|| {
            let event = self.event;
            let exceptions = event.exception.iter().map(|exception| &exception.stacktrace);
            let threads = event.threads.iter().map(|thread| &thread.stacktrace);
            let stacks = exceptions.chain(threads).chain([&event.stacktrace]);
            stacks.flatten().flat_map(of_stack).collect()
        })
    }
}

fn of_stack(stack: &Stacktrace) -> impl Iterator<Item = FrameFacts<'_>> {
    stack.frames.iter().map(|frame| FrameFacts {
        function: frame.function.as_deref(),
        module: frame.module.as_deref(),
        abs_path: frame.abs_path.as_deref().map(folded),
        filename: frame.filename.as_deref().map(folded),
        package: frame.package.as_deref().map(folded),
        in_app: frame.in_app == Some(true),
    })
}
