use protocol::event::Frame;

use super::function;
use crate::Component;

/// The longest source line that is grouped by: longer ones are generated.
const MAX_CONTEXT_LINE: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Native,
    JavaScript,
    Other,
}

pub(super) fn platform<'a>(frame: &'a Frame, of_event: &'a str) -> &'a str {
    frame.platform.as_deref().unwrap_or(of_event)
}

pub(super) fn family(frame: &Frame, of_event: &str) -> Family {
    match platform(frame, of_event) {
        "objc" | "cocoa" | "swift" | "native" | "c" => Family::Native,
        "javascript" | "node" => Family::JavaScript,
        _ => Family::Other,
    }
}

pub(super) fn is_url(path: &str) -> bool {
    ["http:", "https:", "file:", "applewebdata:", "blob:"]
        .iter()
        .any(|scheme| path.starts_with(scheme))
}

/// Module, else file; function; source line (`ingest.md` §6.4).
pub(super) fn component(frame: &Frame, of_event: &str) -> Component {
    let platform = platform(frame, of_event);
    let family = family(frame, of_event);
    let module = module(frame, platform);
    let mut filename = filename(frame, platform);
    if module.contributes {
        filename = filename.ignored("module takes precedence");
    }
    let context_line = context_line(frame, platform, family);
    let function = function::component(frame, platform, family, context_line.contributes);
    let mut component = Component::branch("frame", vec![module, filename, function, context_line]);
    if family == Family::JavaScript && is_eval(frame) {
        component = component.ignored("code without a place of its own");
    }
    component
}

fn is_eval(frame: &Frame) -> bool {
    frame.function.as_deref() == Some("eval")
        || matches!(
            frame.abs_path.as_deref(),
            Some("[native code]" | "native code" | "eval code" | "<anonymous>")
        )
}

fn module(frame: &Frame, platform: &str) -> Component {
    let Some(module) = frame.module.as_deref() else {
        return Component::optional("module", None);
    };
    match platform {
        "javascript"
            if module.contains('/') && frame.abs_path.as_deref().is_some_and(|path| path.ends_with(module)) =>
        {
            Component::text("module", module).ignored("it is only a part of the path")
        }
        "java" if module.contains("$$Lambda$") => {
            Component::text("module", module).ignored("a lambda's module is generated")
        }
        "java" => Component::text("module", java_module(module)),
        _ => Component::text("module", module),
    }
}

/// Java frameworks make classes at run time and number them.
fn java_module(module: &str) -> String {
    for generated in [
        "sun.reflect.GeneratedMethodAccessor",
        "jdk.internal.reflect.GeneratedMethodAccessor",
    ] {
        if module.starts_with(generated) {
            return generated.to_owned();
        }
    }
    const MARKS: [&str; 8] = [
        "sun.reflect.GeneratedSerializationConstructorAccessor",
        "sun.reflect.GeneratedConstructorAccessor",
        "CGLIB$$",
        "$$_javassist_seam_",
        "$$_javassist_",
        "$$FastClassBy",
        "$$EnhancerBy",
        "$HibernateProxy$",
    ];
    for mark in MARKS {
        if let Some(at) = module.find(mark) {
            return format!("{}<auto>", &module[..at + mark.len()]);
        }
    }
    if let Some(at) = module.rfind("$fn__") {
        return format!("{}<auto>", &module[..at + "$fn__".len()]);
    }
    module.to_owned()
}

fn filename(frame: &Frame, platform: &str) -> Component {
    let Some(filename) = frame.filename.as_deref() else {
        return Component::optional("filename", None);
    };
    let base = filename.rsplit(['/', '\\']).next().unwrap_or(filename).to_lowercase();
    let base = if platform == "java" { java_module(&base) } else { base };
    let component = Component::text("filename", base);
    if frame.abs_path.as_deref().is_some_and(is_url) {
        component.ignored("the name of a file behind an address changes with every build")
    } else if matches!(filename, "<anonymous>" | "[native code]") {
        component.ignored("no real file")
    } else {
        component
    }
}

fn context_line(frame: &Frame, platform: &str, family: Family) -> Component {
    let shown = matches!(platform, "javascript" | "node" | "python" | "php" | "ruby");
    let Some(line) = frame.context_line.as_deref().filter(|_| shown) else {
        return Component::optional("context-line", None);
    };
    let component = Component::text("context-line", line.split_whitespace().collect::<Vec<_>>().join(" "));
    if line.chars().count() > MAX_CONTEXT_LINE {
        component.ignored("the line is too long")
    } else if family == Family::JavaScript && frame.function.is_none() && frame.abs_path.as_deref().is_some_and(is_url)
    {
        component.ignored("a line of a page outside any function")
    } else {
        component
    }
}
