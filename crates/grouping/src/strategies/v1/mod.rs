//! The first version: exceptions, threads, a bare stack, a template, a message, in this order; the first that offers
//! something decides (`ingest.md` §6.1, the component order of Sentry's configuration of 2026).

mod exception;
mod frame;
mod function;
mod stacktrace;
#[cfg(test)]
mod tests;

use protocol::event::{Event, Stacktrace, Thread};

use crate::{Component, Variant, message};

/// Which frames count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// Those of the program itself.
    App,
    /// All.
    System,
}

pub(super) fn variants(event: &Event) -> Vec<Variant> {
    let strategies = [
        exceptions(event),
        threads(event),
        stack(event),
        template(event),
        logentry(event),
    ];
    let mut decided = false;
    let mut variants = Vec::new();
    for strategy in strategies {
        let contributes = strategy.iter().any(|variant| variant.contributes);
        for variant in strategy {
            variants.push(if decided {
                variant.ignored("a more telling part of the event takes precedence")
            } else {
                variant
            });
        }
        decided |= contributes;
    }
    variants
}

/// The two views of something with stacks. Without any stack there is nothing to view in two ways.
fn two_views(view: impl Fn(View) -> Component) -> Vec<Variant> {
    let (app, system) = (view(View::App), view(View::System));
    let (app_stack, system_stack) = (app.has("stacktrace"), system.has("stacktrace"));
    if !system_stack {
        return vec![Variant::of_component("app", app)];
    }
    let app = Variant::of_component("app", app);
    let system = Variant::of_component("system", system);
    if !app_stack {
        return vec![app.ignored("no frame of the program itself"), system];
    }
    if app.hash == system.hash {
        return vec![app, system.ignored("hash matches app variant")];
    }
    vec![app, system]
}

fn exceptions(event: &Event) -> Vec<Variant> {
    if event.exception.is_empty() {
        return Vec::new();
    }
    two_views(|view| exception::chain(event, view))
}

/// The one crashed thread, else the one current thread, else the only thread.
fn threads(event: &Event) -> Vec<Variant> {
    let only = |matches: &dyn Fn(&Thread) -> bool| {
        let mut found = event.threads.iter().filter(|thread| matches(thread));
        let first = found.next();
        if found.next().is_none() { first } else { None }
    };
    let thread = only(&|thread| thread.crashed == Some(true))
        .or_else(|| only(&|thread| thread.current == Some(true)))
        .or_else(|| only(&|_| true));
    of_stack(event, "threads", thread.and_then(|thread| thread.stacktrace.as_ref()))
}

fn stack(event: &Event) -> Vec<Variant> {
    of_stack(event, "stacktrace", event.stacktrace.as_ref())
}

fn of_stack(event: &Event, id: &'static str, stack: Option<&Stacktrace>) -> Vec<Variant> {
    let Some(stack) = stack else { return Vec::new() };
    let platform = event.platform.as_deref().unwrap_or("other");
    two_views(|view| Component::branch(id, vec![stacktrace::component(stack, platform, view)]))
}

fn template(event: &Event) -> Vec<Variant> {
    let Some(template) = &event.template else {
        return Vec::new();
    };
    let file = template.filename.as_deref().or(template.abs_path.as_deref());
    let parts = vec![
        Component::optional("filename", file),
        Component::optional("context-line", template.context_line.as_deref()),
    ];
    vec![Variant::of_component("default", Component::branch("template", parts))]
}

fn logentry(event: &Event) -> Vec<Variant> {
    let Some(entry) = &event.logentry else {
        return Vec::new();
    };
    // The template, where there is one, is the same for all its messages.
    let Some(text) = entry.message.as_deref().or(entry.formatted.as_deref()) else {
        return Vec::new();
    };
    vec![Variant::of_component(
        "default",
        Component::text("message", message::normalize(text)),
    )]
}
