use protocol::event::Exception;

use super::{
    Context, Found, MainExceptionId, exception_group, main_exception,
    stacktrace::{self, Views},
    text_without_parameters,
};
use crate::{Component, stacks::Prepared};

/// All exceptions of an event (`ingest.md` §6.3).
pub(super) fn chain(cx: Context<'_>) -> (Found, MainExceptionId) {
    let exceptions = &cx.event.exception;
    let singles: Vec<Views> = exceptions
        .iter()
        .zip(&cx.stacks.exceptions)
        .map(|(exception, stack)| single(cx, exception, stack.as_ref()))
        .collect();
    if singles.is_empty() {
        return (Vec::new(), None);
    }
    let chosen = exception_group::choose(exceptions, &singles);
    let mut main_exception_id = chosen.main_exception_id;
    let mut singles: Vec<Option<Views>> = singles.into_iter().map(Some).collect();
    let mut chosen: Vec<Views> = chosen.order.iter().filter_map(|index| singles[*index].take()).collect();
    if chosen.len() > 1
        && let Some(id) = main_exception::wrapped(exceptions)
    {
        main_exception_id = Some(id);
    }
    let views = if chosen.len() == 1 {
        chosen.remove(0)
    } else {
        chained(chosen)
    };
    (views.found(), main_exception_id)
}

/// Exceptions without a stack are in the view of the program's own frames only.
fn chained(singles: Vec<Views>) -> Views {
    let (app, system): (Vec<Component>, Vec<Option<Component>>) =
        singles.into_iter().map(|single| (single.app, single.system)).unzip();
    let system: Vec<Component> = system.into_iter().flatten().collect();
    Views {
        app: Component::branch("chained-exception", app),
        system: (!system.is_empty()).then(|| Component::branch("chained-exception", system)),
    }
}

fn single(cx: Context<'_>, exception: &Exception, prepared: Option<&Prepared<'_>>) -> Views {
    let mechanism = exception.mechanism.as_ref();
    let mut kind = Component::optional("type", exception.kind.as_deref());
    if mechanism.is_some_and(|mechanism| mechanism.synthetic == Some(true)) {
        kind.ignore("not used: the SDK made the exception up for its stack trace");
    }
    let value = match exception.value.as_deref() {
        Some(text) => text_without_parameters("value", text),
        None => Component::absent("value"),
    };
    let ns_error = ns_error(exception);
    let stacks = match (&exception.stacktrace, prepared) {
        (Some(stack), Some(prepared)) => stacktrace::views(cx, stack, prepared),
        _ => Views {
            app: Component::branch("stacktrace", []),
            system: None,
        },
    };
    stacks.map(|stack| {
        let mut value = value.clone();
        if stack.contributes {
            value.ignore("not used: the stack trace takes precedence");
        } else if ns_error.as_ref().is_some_and(|error| error.contributes) {
            value.ignore("not used: domain and code of the error take precedence");
        }
        let ns_error = ns_error.clone();
        if cx.differences.stacktrace_before_type {
            let parts = [Some(stack), Some(kind.clone()), ns_error, Some(value)];
            Component::branch("exception", parts.into_iter().flatten())
        } else {
            let parts = [Some(kind.clone()), Some(value), ns_error, Some(stack)];
            Component::branch("exception", parts.into_iter().flatten())
        }
    })
}

/// Apple's errors have a domain and a number in it.
fn ns_error(exception: &Exception) -> Option<Component> {
    let error = exception.mechanism.as_ref()?.meta.get("ns_error")?.as_object()?;
    let domain = error.get("domain").and_then(|domain| domain.as_str());
    let code = error
        .get("code")
        .and_then(|code| code.as_i64())
        .map(|code| code.to_string());
    let parts = [
        Component::optional("domain", domain),
        Component::optional("code", code.as_deref()),
    ];
    Some(Component::branch("ns-error", parts))
}
