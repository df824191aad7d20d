//! Stacks: frames that say where they are.

use protocol::event::{Event, Frame, Stacktrace, Thread};

use crate::notes::{Notes, Place, notes};

pub(crate) fn normalize(event: &mut Event) {
    each(event, &mut |stacktrace, place, notes| {
        let Some(stacktrace) = stacktrace else { return };
        let frames = place.key("frames");
        for (index, this) in stacktrace.frames.iter_mut().enumerate() {
            frame(this);
            if !this.lock.is_empty() && !this.lock.contains_key("type") {
                notes.missing(&frames.index(index).key("lock").key("type"));
            }
        }
    });
    let root = Place::root("threads");
    let values = root.key("values");
    for (index, thread) in event.threads.values.iter().enumerate() {
        locks(thread, &values.index(index), &mut notes!(event));
    }
}

/// A stack without frames says nothing, and would keep another from taking its place.
pub(crate) fn drop_empty(event: &mut Event) {
    each(event, &mut |stacktrace, place, notes| {
        if stacktrace
            .as_ref()
            .is_some_and(|stacktrace| *stacktrace == Stacktrace::default())
        {
            *stacktrace = None;
            notes.missing(&place.key("frames"));
        }
    });
}

type Visit<'v> = &'v mut dyn FnMut(&mut Option<Stacktrace>, &Place<'_>, &mut Notes<'_>);

/// Every place of the event where a stack can be.
fn each(event: &mut Event, visit: Visit<'_>) {
    let notes = &mut notes!(event);
    let root = Place::root("exception");
    let values = root.key("values");
    for (index, exception) in event.exception.values.iter_mut().enumerate() {
        let place = values.index(index);
        visit(&mut exception.stacktrace, &place.key("stacktrace"), notes);
        visit(&mut exception.raw_stacktrace, &place.key("raw_stacktrace"), notes);
    }
    let root = Place::root("threads");
    let values = root.key("values");
    for (index, thread) in event.threads.values.iter_mut().enumerate() {
        let place = values.index(index);
        visit(&mut thread.stacktrace, &place.key("stacktrace"), notes);
        visit(&mut thread.raw_stacktrace, &place.key("raw_stacktrace"), notes);
    }
    visit(&mut event.stacktrace, &Place::root("stacktrace"), notes);
}

fn locks(thread: &Thread, place: &Place<'_>, notes: &mut Notes<'_>) {
    for (address, lock) in &thread.held_locks {
        if lock.get("type").is_none() {
            notes.missing(&place.key("held_locks").key(address).key("type"));
        }
    }
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
    }
}
