use protocol::event::Frame;

use super::{Context, function, java};
use crate::{
    Component,
    family::{Family, platform},
};

/// The longest source line that is grouped by: longer ones are generated.
const MAX_CONTEXT_LINE: usize = 120;

/// Module, else file; function; source line (`ingest.md` §6.4).
pub(super) fn component(cx: Context<'_>, frame: &Frame) -> Component {
    let platform = platform(frame, cx.platform);
    let family = Family::of_platform(platform);
    let module = module(frame, platform);
    let mut filename = filename(frame, platform);
    if module.contributes {
        filename.ignore("not used: the module takes precedence");
    }
    let context_line = context_line(cx, frame, platform, family);
    let has_context_line = context_line.as_ref().is_some_and(|line| line.contributes);
    let function = function::component(frame, platform, family, has_context_line);
    let parts = [module, filename, function].into_iter().chain(context_line);
    let mut component = Component::branch("frame", parts);
    if family == Family::JavaScript && is_without_place(frame) {
        component.ignore("not used: code that has no place of its own");
    }
    component
}

/// What browsers call so may also be a file; all of them change with every build, or with every page.
pub(super) fn is_url(path: &str) -> bool {
    ["http:", "https:", "file:", "applewebdata:", "blob:"]
        .iter()
        .any(|scheme| path.starts_with(scheme))
}

fn is_at_url(frame: &Frame) -> bool {
    frame.abs_path.as_deref().is_some_and(is_url)
}

/// Evaluated text, and the browser itself.
fn is_without_place(frame: &Frame) -> bool {
    function::javascript_name(frame) == Some("eval")
        || matches!(
            frame.abs_path.as_deref(),
            Some("[native code]" | "native code" | "eval code" | "<anonymous>")
        )
}

fn module(frame: &Frame, platform: &str) -> Component {
    let Some(module) = frame.module.as_deref() else {
        return Component::absent("module");
    };
    match platform {
        "javascript"
            if module.contains('/') && frame.abs_path.as_deref().is_some_and(|path| path.ends_with(module)) =>
        {
            Component::text("module", module).ignored("not used: it is only a part of the path")
        }
        "java" => java::module(module),
        _ => Component::text("module", module),
    }
}

fn filename(frame: &Frame, platform: &str) -> Component {
    let Some(filename) = frame.filename.as_deref() else {
        return Component::absent("filename");
    };
    let base = filename.rsplit(['/', '\\']).next().unwrap_or(filename).to_lowercase();
    if is_at_url(frame) {
        Component::text("filename", base).ignored("not used: the frame is at a URL")
    } else if matches!(base.as_str(), "<anonymous>" | "[native code]") {
        Component::text("filename", base).ignored("not used: no real file")
    } else if platform == "java" {
        java::filename(base)
    } else {
        Component::text("filename", base)
    }
}

/// Only where SDKs are known to send what was written.
fn context_line(cx: Context<'_>, frame: &Frame, platform: &str, family: Family) -> Option<Component> {
    let line = frame.context_line.as_deref()?;
    if !matches!(platform, "javascript" | "node" | "python" | "php" | "ruby") {
        return None;
    }
    let spaced: Vec<&str> = line.split_whitespace().collect();
    let spaced = spaced.join(" ");
    let has_function = frame.function.as_deref().is_some_and(|function| !function.is_empty());
    let component = if line.chars().count() > MAX_CONTEXT_LINE {
        Component::text("context-line", spaced).ignored("not used: the line is too long")
    } else if family == Family::JavaScript && !has_function && is_at_url(frame) {
        Component::text("context-line", spaced).ignored("not used: the frame is at a URL and has no function")
    } else {
        match spawn_main(&spaced).filter(|_| platform == "python" && cx.differences.parameterizes_spawn_main) {
            Some(line) => Component::text("context-line", line).hinted("numbers were replaced"),
            None => Component::text("context-line", spaced),
        }
    };
    Some(component)
}

/// The line that `multiprocessing` starts a worker with: the numbers of pipes and processes in it differ every time.
fn spawn_main(line: &str) -> Option<String> {
    let (before, arguments) = line.split_once("spawn_main(")?;
    let mut replaced = format!("{before}spawn_main(");
    let mut rest = arguments;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        replaced.push_str(&rest[..at]);
        let is_value = replaced.ends_with(['=', '(', ' ', ',']);
        replaced.push_str(if is_value { "<int>" } else { &number[..end] });
        rest = &number[end..];
    }
    replaced.push_str(rest);
    (replaced != line).then_some(replaced)
}
