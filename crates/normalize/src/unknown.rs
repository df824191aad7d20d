//! Fields that nobody knows: an SDK's mistake, or of a time to come. They are removed and named in the errors.

use protocol::event::{Event, Object, Stacktrace};

use crate::notes::{Notes, Place, notes};

/// What Sentry's own services put into events that they pass on. Removed without a word.
const INTERNAL: [&str; 12] = [
    "_dsc",
    "_grouping_config",
    "_metrics",
    "_performance_issues_spans",
    "grouping_config",
    "hashes",
    "ingest_path",
    "key_id",
    "metadata",
    "project",
    "repos",
    "version",
];

/// Kept as it was sent: what the SDK's tools found out about source maps.
const KEPT: &str = "scraping_attempts";

/// More are removed without being named.
const MAX_NAMED: usize = 50;

pub(crate) fn remove(event: &mut Event) {
    let notes = &mut notes!(event);
    let kept = event.other.shift_remove(KEPT);
    event.other.retain(|name, _| !INTERNAL.contains(&name.as_str()));
    for (name, _) in std::mem::take(&mut event.other).into_iter().take(MAX_NAMED) {
        notes.unknown(&Place::root(&name));
    }
    event.other.extend(kept.map(|value| (KEPT.to_owned(), value)));

    if let Some(request) = &mut event.request {
        clear(&mut request.other, &Place::root("request"), notes);
    }
    if let Some(logentry) = &mut event.logentry {
        clear(&mut logentry.other, &Place::root("logentry"), notes);
    }
    if let Some(template) = &mut event.template {
        clear(&mut template.other, &Place::root("template"), notes);
    }
    if let Some(sdk) = &mut event.sdk {
        clear(&mut sdk.other, &Place::root("sdk"), notes);
    }
    exceptions(event);
    threads(event);
    breadcrumbs(event);
    if let Some(stacktrace) = &mut event.stacktrace {
        frames(stacktrace, &Place::root("stacktrace"), &mut notes!(event));
    }
}

fn clear(other: &mut Object, place: &Place<'_>, notes: &mut Notes<'_>) {
    if other.is_empty() {
        return;
    }
    for (name, _) in std::mem::take(other).into_iter().take(MAX_NAMED) {
        notes.unknown(&place.key(&name));
    }
}

fn exceptions(event: &mut Event) {
    let notes = &mut notes!(event);
    let root = Place::root("exception");
    clear(&mut event.exception.other, &root, notes);
    let values = root.key("values");
    for (index, exception) in event.exception.values.iter_mut().enumerate() {
        let place = values.index(index);
        clear(&mut exception.other, &place, notes);
        if let Some(mechanism) = &mut exception.mechanism {
            clear(&mut mechanism.other, &place.key("mechanism"), notes);
        }
        if let Some(stacktrace) = &mut exception.stacktrace {
            frames(stacktrace, &place.key("stacktrace"), notes);
        }
        if let Some(stacktrace) = &mut exception.raw_stacktrace {
            frames(stacktrace, &place.key("raw_stacktrace"), notes);
        }
    }
}

fn threads(event: &mut Event) {
    let notes = &mut notes!(event);
    let root = Place::root("threads");
    clear(&mut event.threads.other, &root, notes);
    let values = root.key("values");
    for (index, thread) in event.threads.values.iter_mut().enumerate() {
        let place = values.index(index);
        clear(&mut thread.other, &place, notes);
        if let Some(stacktrace) = &mut thread.stacktrace {
            frames(stacktrace, &place.key("stacktrace"), notes);
        }
        if let Some(stacktrace) = &mut thread.raw_stacktrace {
            frames(stacktrace, &place.key("raw_stacktrace"), notes);
        }
    }
}

fn breadcrumbs(event: &mut Event) {
    let notes = &mut notes!(event);
    let root = Place::root("breadcrumbs");
    clear(&mut event.breadcrumbs.other, &root, notes);
    let values = root.key("values");
    for (index, breadcrumb) in event.breadcrumbs.values.iter_mut().enumerate() {
        clear(&mut breadcrumb.other, &values.index(index), notes);
    }
}

fn frames(stacktrace: &mut Stacktrace, place: &Place<'_>, notes: &mut Notes<'_>) {
    clear(&mut stacktrace.other, place, notes);
    let list = place.key("frames");
    // An SDK does the same to every frame, and it is enough to say it once.
    let mut named: Vec<String> = Vec::new();
    for (index, frame) in stacktrace.frames.iter_mut().enumerate() {
        if named.len() >= MAX_NAMED {
            frame.other.clear();
        }
        frame.other.retain(|name, _| !named.contains(name));
        named.extend(frame.other.keys().cloned());
        clear(&mut frame.other, &list.index(index), notes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::tests::read;

    #[test]
    fn unknown_fields_are_named_and_removed() {
        let mut event = read(json!({
            "foo": 1, "project": 5, "scraping_attempts": [],
            "exception": [{"type": "E", "a": 1, "mechanism": {"type": "x", "b": 1}, "stacktrace": {"c": 1, "frames": [{"function": "f", "d": 1}]}}],
            "breadcrumbs": [{"message": "m", "e": 1}],
            "threads": [{"id": 1, "g": 1}],
            "request": {"url": "/", "h": 1},
            "user": {"i": 1},
            "contexts": {"os": {"j": 1}},
        }));
        super::remove(&mut event);
        let names: Vec<&str> = event.errors.iter().filter_map(|error| error.name.as_deref()).collect();
        let expected = [
            "foo",
            "request.h",
            "exception.values.0.a",
            "exception.values.0.mechanism.b",
            "exception.values.0.stacktrace.c",
            "exception.values.0.stacktrace.frames.0.d",
            "threads.values.0.g",
            "breadcrumbs.values.0.e",
        ];
        assert_eq!(names, expected);
        assert!(
            event
                .errors
                .iter()
                .all(|error| error.kind.as_deref() == Some("invalid_attribute"))
        );
        assert_eq!(event.meta.get(["foo"]).unwrap()["err"], json!(["invalid_attribute"]));
        assert_eq!(event.other.keys().collect::<Vec<_>>(), ["scraping_attempts"]);
        assert_eq!(event.user.unwrap().data, *json!({"i": 1}).as_object().unwrap());
        assert_eq!(event.contexts["os"], json!({"j": 1}));
    }
}
