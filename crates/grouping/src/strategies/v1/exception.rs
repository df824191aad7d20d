use protocol::event::{Event, Exception};

use super::{View, stacktrace};
use crate::{Component, message};

/// All exceptions of an event (`ingest.md` §6.3).
pub(super) fn chain(event: &Event, view: View) -> Component {
    let platform = event.platform.as_deref().unwrap_or("other");
    let components: Vec<Component> = event
        .exception
        .iter()
        .map(|exception| single(exception, platform, view))
        .collect();
    let chosen = distinct_of_group(&event.exception, &components);
    let mut components = match chosen {
        Some(order) => order.into_iter().map(|index| components[index].clone()).collect(),
        None => components,
    };
    if components.len() == 1 {
        return components.remove(0);
    }
    Component::branch("chained-exception", components)
}

/// Type, value, NSError, stack. The value only where there is no stack: it differs more from event to event.
fn single(exception: &Exception, platform: &str, view: View) -> Component {
    let stack = match &exception.stacktrace {
        Some(stack) => stacktrace::component(stack, platform, view),
        None => Component::branch("stacktrace", Vec::new()),
    };
    let synthetic = exception
        .mechanism
        .as_ref()
        .is_some_and(|mechanism| mechanism.synthetic == Some(true));
    let mut kind = Component::optional("type", exception.kind.as_deref());
    if synthetic {
        kind = kind.ignored("the type of a synthetic exception says nothing");
    }
    let ns_error = ns_error(exception);
    let mut value = match &exception.value {
        Some(text) if stack.contributes => Component::text("value", text.as_str()),
        Some(text) => Component::text("value", message::normalize(text)),
        None => Component::optional("value", None),
    };
    if stack.contributes {
        value = value.ignored("stacktrace takes precedence");
    } else if ns_error.as_ref().is_some_and(|error| error.contributes) {
        value = value.ignored("ns-error takes precedence");
    }
    let mut parts = vec![kind, value];
    parts.extend(ns_error);
    parts.push(stack);
    Component::branch("exception", parts)
}

fn ns_error(exception: &Exception) -> Option<Component> {
    let error = exception.mechanism.as_ref()?.meta.get("ns_error")?.as_object()?;
    let domain = error.get("domain").and_then(|domain| domain.as_str());
    let code = error
        .get("code")
        .and_then(|code| code.as_i64())
        .map(|code| code.to_string());
    let parts = vec![
        Component::optional("domain", domain),
        Component::optional("code", code.as_deref()),
    ];
    Some(Component::branch("ns-error", parts))
}

/// Which exceptions of an exception group count, as indexes; `None` when this is a plain chain.
///
/// Children of groups are looked at in place of the groups, alike ones once. If one is left, it and the first line of its
/// descendants count; of several, all and the root.
fn distinct_of_group(exceptions: &[Exception], components: &[Component]) -> Option<Vec<usize>> {
    let id = |index: usize| {
        exceptions[index]
            .mechanism
            .as_ref()
            .and_then(|mechanism| mechanism.exception_id)
    };
    let parent = |index: usize| {
        exceptions[index]
            .mechanism
            .as_ref()
            .and_then(|mechanism| mechanism.parent_id)
    };
    let is_group = |index: usize| {
        exceptions[index]
            .mechanism
            .as_ref()
            .is_some_and(|mechanism| mechanism.is_exception_group == Some(true))
    };
    let all = 0..exceptions.len();
    if exceptions.len() < 2 || all.clone().any(|index| id(index).is_none()) {
        return None;
    }
    let root = all.clone().find(|index| id(*index) == Some(0))?;
    if !is_group(root) {
        return None;
    }
    // Ids and parents come from outside and may form circles: every exception is visited once.
    let mut visited = vec![false; exceptions.len()];
    let children = |of: usize| {
        all.clone()
            .filter(move |index| *index != of && parent(*index) == id(of))
    };
    let mut waiting = vec![root];
    let mut top_level = Vec::new();
    while let Some(index) = waiting.pop() {
        if std::mem::replace(&mut visited[index], true) {
            continue;
        }
        if is_group(index) {
            waiting.extend(children(index));
        } else {
            top_level.push(index);
        }
    }
    top_level.sort_unstable_by_key(|index| id(*index));
    top_level.sort_by(|one, other| exceptions[*other].kind.cmp(&exceptions[*one].kind));
    top_level.dedup_by(|one, other| components[*one].hash() == components[*other].hash());
    match top_level[..] {
        [] => None,
        [only] => {
            let mut line = vec![only];
            while let Some(next) = line
                .last()
                .and_then(|last| children(*last).next())
                .filter(|next| !line.contains(next))
            {
                line.push(next);
            }
            Some(line)
        }
        _ => {
            top_level.push(root);
            Some(top_level)
        }
    }
}
