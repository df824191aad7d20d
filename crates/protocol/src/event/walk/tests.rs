use serde_json::json;

use super::*;

/// Writes down what is visited, and removes what is told to.
#[derive(Default)]
struct Visited {
    places: Vec<String>,
    remove: Vec<&'static str>,
}

impl Visitor for Visited {
    fn visit(&mut self, place: &Place<'_>, found: Found<'_>) -> Fate {
        let mut names: Vec<String> = place
            .ancestors()
            .filter_map(|step| match step.segment()? {
                Segment::Key(key) => Some(key.to_owned()),
                Segment::Index(index) => Some(index.to_string()),
            })
            .collect();
        names.reverse();
        let name = names.join(".");
        let fate = if self.remove.contains(&name.as_str()) {
            Fate::Remove
        } else {
            Fate::Keep
        };
        let sign = match place.pii {
            Pii::True => "",
            Pii::Maybe => "?",
            Pii::False => "!",
        };
        let text = match found {
            Found::Text(text) => format!("={text}"),
            Found::Other => String::new(),
        };
        self.places.push(format!("{name}{sign}{text}"));
        fate
    }
}

fn visited(event: Value) -> Vec<String> {
    let mut event = Event::from_json(event).unwrap();
    let mut visited = Visited::default();
    event.walk(&mut visited);
    visited.places
}

#[test]
fn every_place_is_visited_with_its_level() {
    let places = visited(json!({
        "release": "no", "culprit": "c", "server_name": "s", "new": {"n": [1, true, null]},
        "tags": [["t", "v"]],
        "request": {"url": "u", "method": "GET", "headers": [["H", "a"], ["H", "b"]], "cookies": [["c", "d"]]},
        "exception": [{"type": "no", "value": "v", "new": "x", "stacktrace": {"frames": [
            {"function": "no", "module": "m", "context_line": "no", "vars": {"a": {"b": "c"}}},
        ]}}],
        "contexts": {
            "device": {"name": "n", "model": "no", "new": "x"}, "mine": {"type": "mine", "a": "b"},
            "other": {"type": "device", "device_unique_identifier": "i"},
            "response": {"status_code": 5, "headers": [["H", "a"]]},
        },
        "spans": [{"description": "d", "op": "no", "data": {"url": "u", "server.address": "a"}, "sentry_tags": {"user": "u", "x": "y"}}],
        "errors": [{"type": "no", "name": "no", "value": {"a": "b"}}],
    }));
    let expected = [
        "culprit?=c",
        "server_name=s",
        "exception.values.0.value=v",
        "exception.values.0.stacktrace.frames.0.module?=m",
        "exception.values.0.stacktrace.frames.0.vars",
        "exception.values.0.stacktrace.frames.0.vars.a",
        "exception.values.0.stacktrace.frames.0.vars.a.b=c",
        "exception.values.0.new=x",
        "request.url?=u",
        "request.cookies",
        "request.cookies.c=d",
        "request.headers",
        "request.headers.H=a",
        "request.headers.H=b",
        "tags?",
        "tags.t?=v",
        "contexts.device.name?=n",
        "contexts.device.new?=x",
        "contexts.mine",
        "contexts.mine.a=b",
        "contexts.mine.type=mine",
        "contexts.other.device_unique_identifier=i",
        "contexts.response.headers",
        "contexts.response.headers.H=a",
        "spans.0.description?=d",
        "spans.0.sentry_tags.user=u",
        "spans.0.sentry_tags.x?=y",
        "spans.0.data",
        "spans.0.data.url=u",
        "spans.0.data.server.address?=a",
        "errors.0.value",
        "errors.0.value.a=b",
        "new",
        "new.n",
        "new.n.0",
    ];
    let (mut sorted, mut expected) = (places, expected.map(str::to_owned));
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn what_is_removed_leaves_nothing() {
    let mut event = Event::from_json(json!({
        "server_name": "s", "extra": {"a": 1, "b": [1, "x"]}, "user": {"id": "1", "data": {"a": "b"}},
        "request": {"headers": [["H", "a"], ["I", "b"]]}, "spans": [{"sentry_tags": {"user": "u", "x": "y"}}],
    }))
    .unwrap();
    let mut visitor = Visited {
        remove: vec![
            "server_name",
            "extra.a",
            "extra.b.1",
            "user.data",
            "request.headers.H",
            "spans.0.sentry_tags.user",
        ],
        ..Visited::default()
    };
    event.walk(&mut visitor);
    let event: Value = serde_json::from_str(&event.to_json()).unwrap();
    assert_eq!(
        event,
        json!({
            "type": "default", "extra": {"a": null, "b": [1, null]}, "user": {"id": "1"},
            "request": {"headers": [["H", ""], ["I", "b"]]}, "spans": [{"sentry_tags": {"x": "y"}}],
        })
    );
}

#[test]
fn remarks_are_written_where_the_value_is_in_json() {
    struct Remarks(Meta);
    impl Visitor for Remarks {
        fn visit(&mut self, place: &Place<'_>, _found: Found<'_>) -> Fate {
            place.meta(&mut self.0).original_length(1);
            assert!(self.0.get(place.path()).is_some());
            Fate::Keep
        }
    }
    let mut event = Event::from_json(json!({
        "request": {"headers": [["H", "a"]]}, "breadcrumbs": [{"message": "m"}], "modules": {"a": "b"},
    }))
    .unwrap();
    let mut remarks = Remarks(Meta::default());
    event.walk(&mut remarks);
    let len = json!({"len": 1});
    assert_eq!(
        Value::Object(remarks.0.as_object().clone()),
        json!({
            "request": {"headers": {"": len, "0": {"1": {"": len}}}},
            "breadcrumbs": {"values": {"0": {"message": {"": len}}}},
        })
    );
}

#[test]
fn what_is_too_deep_is_not_kept() {
    let mut value = json!("secret");
    for _ in 0..1_000 {
        value = json!([value]);
    }
    walk_json(&mut value, &Place::root(Kind::NONE, Pii::True), &mut Visited::default());
    let mut depth = 0;
    let mut inner = &value;
    while let Value::Array(values) = inner {
        depth += 1;
        inner = &values[0];
    }
    assert_eq!((depth, inner), (201, &Value::Null));
}
