//! Names of functions as frames are grouped by them (`ingest.md` §6.4).

use protocol::event::Frame;

use crate::{Component, family::Family, function_name};

pub(super) fn component(frame: &Frame, platform: &str, family: Family, has_context_line: bool) -> Component {
    let (function, raw) = (present(&frame.function), present(&frame.raw_function));
    // C# names were grouped by whole before they were trimmed for show.
    let name = if platform == "csharp" {
        raw.or(function)
    } else {
        function.or(raw)
    };
    let Some(name) = name else {
        return Component::absent("function");
    };
    let trimmed = match raw {
        None => function_name::trim(name, platform),
        Some(_) => None,
    };
    let name = trimmed.as_deref().unwrap_or(name);
    let ignored = |hint: &'static str| Component::text("function", name).ignored(hint);
    match (platform, family) {
        ("ruby", _) => ruby(name),
        ("php", _) => php(name),
        ("java", _) if name.starts_with("lambda$") => ignored("not used: the name of a lambda is generated"),
        (_, Family::Native) if matches!(name, "<redacted>" | "<unknown>") => ignored("not used: no real name"),
        (_, Family::JavaScript) => javascript(frame, name, has_context_line),
        _ => Component::text("function", name),
    }
}

fn present(name: &Option<String>) -> Option<&str> {
    name.as_deref().filter(|name| !name.is_empty())
}

/// Browsers write `Object.run`, `Foo.run` and `run` for the same.
fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// As the browser named it.
pub(super) fn javascript_name(frame: &Frame) -> Option<&str> {
    present(&frame.raw_function).or(present(&frame.function)).map(last_part)
}

fn javascript(frame: &Frame, name: &str, has_context_line: bool) -> Component {
    let last = last_part(name);
    let component = Component::text("function", last);
    let named = javascript_name(frame).unwrap_or_default();
    let is_anonymous = matches!(
        named,
        "" | "?" | "<anonymous function>" | "<anonymous>" | "Anonymous function"
    );
    if is_anonymous || named.ends_with("/<") {
        component.ignored("not used: an anonymous function")
    } else if has_context_line && frame.data.get("sourcemap").is_some_and(|map| !map.is_null()) {
        component.ignored("not used: names from source maps are unreliable, and there is a source line")
    } else if last.len() != name.len() {
        component.hinted("what stands before the last dot was removed")
    } else {
        component
    }
}

fn ruby(name: &str) -> Component {
    if name.starts_with("block ") {
        return Component::text("function", "block").hinted("blocks are not told apart");
    }
    // ERB templates: `_app_views_index__1234567_8901`.
    match name.rfind("__") {
        Some(at) if is_generated(&name[at + 2..]) => {
            Component::text("function", &name[..at]).hinted("the generated end was removed")
        }
        _ => Component::text("function", name),
    }
}

/// Two numbers of four digits or more.
fn is_generated(text: &str) -> bool {
    let is_number = |part: &str| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('_')
        .is_some_and(|(one, other)| is_number(one) && is_number(other))
}

fn php(name: &str) -> Component {
    let component = Component::text("function", name);
    // The protocol puts U+FFFD in the place of U+0000.
    let is_anonymous = name.starts_with("[Anonymous")
        || ["\0", "\u{fffd}"].iter().any(|mark| {
            name.strip_prefix("class@anonymous")
                .is_some_and(|rest| rest.starts_with(mark))
        });
    match name
        .strip_prefix("class@anonymous")
        .and_then(|rest| rest.rsplit_once("::"))
    {
        Some((_, method)) => Component::text("function", method).hinted("the anonymous class was removed"),
        None if is_anonymous => component.ignored("not used: an anonymous function"),
        None => component,
    }
}
