//! Stacks: frames that say where they are, and not too many of them.

use protocol::event::{Event, Frame, Stacktrace};

use crate::limits::{PATH, SYMBOL, cut_field};

const MAX_FRAMES: usize = 250;

pub(crate) fn normalize(event: &mut Event) {
    event.stacktraces_mut().for_each(stacktrace);
}

fn stacktrace(stacktrace: &mut Stacktrace) {
    let frames = &mut stacktrace.frames;
    if frames.len() > MAX_FRAMES {
        // Both ends say most: where it began, and where it failed.
        let half = MAX_FRAMES / 2;
        frames.drain(half..frames.len() - half);
    }
    frames.iter_mut().for_each(frame);
}

fn frame(frame: &mut Frame) {
    for name in [&mut frame.function, &mut frame.symbol] {
        if name.as_deref().is_some_and(|name| name == "?" || name.is_empty()) {
            *name = None;
        }
    }
    paths(frame);
    if frame.context_line.is_none() && !(frame.pre_context.is_empty() && frame.post_context.is_empty()) {
        frame.context_line = Some(String::new());
    }
    for name in [
        &mut frame.function,
        &mut frame.raw_function,
        &mut frame.symbol,
        &mut frame.module,
    ] {
        cut_field(name, SYMBOL);
    }
    for path in [&mut frame.filename, &mut frame.abs_path, &mut frame.package] {
        cut_field(path, PATH);
    }
}

/// Each of the two paths stands in for the other. Where a client gives one alone it is the whole one, whatever it calls
/// it: browsers' frames have their URL as the file name.
fn paths(frame: &mut Frame) {
    let is_empty = |path: &Option<String>| path.as_deref().unwrap_or_default().is_empty();
    if is_empty(&frame.abs_path) {
        frame.abs_path = frame.filename.take();
    }
    if is_empty(&frame.filename) {
        frame.filename = frame
            .abs_path
            .as_deref()
            .map(|path| url_path(path).unwrap_or(path).to_owned());
    }
}

/// The path of a URL without query and fragment; `None` for what is no URL, and for one without a path.
fn url_path(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    if !matches!(scheme, "file" | "http" | "https" | "applewebdata") {
        return None;
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => &rest[rest.find('/')?..],
        None => rest,
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    Some(&path[..end]).filter(|path| path.len() > 1)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::tests::read;

    #[track_caller]
    fn check(frame: Value, expected: Value) {
        let mut event = read(json!({"stacktrace": {"frames": [frame]}}));
        super::normalize(&mut event);
        assert_eq!(
            serde_json::to_value(&event.stacktrace.unwrap().frames[0]).unwrap(),
            expected,
            "{frame}"
        );
    }

    #[test]
    fn paths_stand_in_for_each_other() {
        check(
            json!({"filename": "a.py"}),
            json!({"filename": "a.py", "abs_path": "a.py"}),
        );
        let from_abs_path = |abs_path: &str, filename: &str| {
            check(
                json!({"abs_path": abs_path}),
                json!({"filename": filename, "abs_path": abs_path}),
            );
        };
        from_abs_path("http://a.com/x/y.js?z#q", "/x/y.js");
        from_abs_path("file:///app/y.js", "/app/y.js");
        from_abs_path("http://a.com", "http://a.com");
        from_abs_path("http://a.com/", "http://a.com/");
        from_abs_path("app:///x.js", "app:///x.js");
        from_abs_path("webpack:///./x.js", "webpack:///./x.js");
        from_abs_path("C:\\x\\y.cs", "C:\\x\\y.cs");
        from_abs_path("/srv/x.py", "/srv/x.py");
        check(
            json!({"filename": "http://a.com/b.js"}),
            json!({"filename": "/b.js", "abs_path": "http://a.com/b.js"}),
        );
        check(
            json!({"filename": "", "abs_path": "/a"}),
            json!({"filename": "/a", "abs_path": "/a"}),
        );
        check(
            json!({"filename": "b.js", "abs_path": "http://a.com/b.js"}),
            json!({"filename": "b.js", "abs_path": "http://a.com/b.js"}),
        );
    }

    #[test]
    fn frames_are_cleaned() {
        check(json!({"function": "?", "symbol": "?"}), json!({}));
        check(
            json!({"pre_context": ["x"]}),
            json!({"pre_context": ["x"], "context_line": ""}),
        );
        check(
            json!({"function": "f".repeat(277)}),
            json!({"function": format!("{}...", "f".repeat(253))}),
        );
        check(
            json!({"function": "f".repeat(276)}),
            json!({"function": "f".repeat(276)}),
        );
    }

    #[test]
    fn long_stacks_lose_their_middle() {
        let frames: Vec<Value> = (0..300).map(|line| json!({"lineno": line})).collect();
        let mut event = read(json!({"exception": [{"type": "E", "stacktrace": {"frames": frames}}]}));
        super::normalize(&mut event);
        let frames = &event.exception[0].stacktrace.as_ref().unwrap().frames;
        let lines: Vec<u64> = frames.iter().filter_map(|frame| frame.lineno).collect();
        assert_eq!(lines, (0..125).chain(175..300).collect::<Vec<u64>>());
    }
}
