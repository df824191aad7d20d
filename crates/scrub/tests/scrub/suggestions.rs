use protocol::event::Event;
use scrub::{Selector, selector_suggestions};
use serde_json::json;

#[test]
fn what_can_be_selected_is_suggested() {
    let event = Event::from_json(json!({
        "user": {"email": "a@b.co"},
        "extra": {"x y": "1", "l": ["a", 5], "b": true},
        "tags": [["t", "v"]],
        "request": {"url": "http://x", "headers": [["Foo", "b"]]},
        "logentry": {"formatted": "x"},
        "exception": [{"type": "E", "value": "v", "stacktrace": {"frames": [{"function": "f", "vars": {"a'b": "c"}}]}}],
        "release": "1",
    }))
    .unwrap();
    let suggestions = selector_suggestions(&event);
    let shown: Vec<String> = suggestions
        .iter()
        .map(|suggestion| match &suggestion.value {
            Some(value) => format!("{} = {value}", suggestion.path),
            None => suggestion.path.clone(),
        })
        .collect();
    let expected = [
        "$string = 1",
        "$string = a",
        "$string = a@b.co",
        "$string = b",
        "$string = c",
        "$string = v",
        "$string = x",
        "$number",
        "$error.value = v",
        "$frame.vars",
        "$frame.vars.'a''b' = c",
        "$http.headers",
        "$http.headers.Foo = b",
        "$http.url = http://x",
        "$user.email = a@b.co",
        "$message = x",
        "extra",
        "extra.l",
        "extra.l.*",
        "extra.l.* = a",
        "extra.'x y' = 1",
        "tags",
        "tags.t = v",
    ];
    assert_eq!(shown, expected);
    for suggestion in suggestions {
        assert!(Selector::parse(&suggestion.path).is_ok(), "{}", suggestion.path);
    }
}

#[test]
fn their_number_is_bounded() {
    let extra: serde_json::Value = (0..5_000)
        .map(|index| (index.to_string(), json!(index.to_string())))
        .collect();
    let event = Event::from_json(json!({ "extra": extra })).unwrap();
    assert!(selector_suggestions(&event).len() <= 1_001);
}
