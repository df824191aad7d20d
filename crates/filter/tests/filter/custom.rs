use filter::{Client, Filters, GenericFilters, Settings};
use protocol::event::Event;
use serde_json::{Value, json};

use crate::{check, quiet};

fn release(value: &str) -> Value {
    json!({"op": "eq", "name": "event.release", "value": value})
}

#[test]
fn conditions_are_tried_in_their_order() {
    let custom = |filters: Value| json!({"custom": {"version": 1, "filters": filters}});
    let settings = custom(json!([
        {"id": "first", "isEnabled": true, "condition": release("1")},
        {"id": "off", "isEnabled": false, "condition": release("3")},
        {"id": "switch-of-nothing", "isEnabled": true},
        {"id": "first", "isEnabled": true, "condition": release("4")},
    ]));
    let cases = [
        (json!({"release": "1"}), true),
        (json!({"release": "3"}), false),
        (json!({"release": "4"}), false),
        (json!({}), false),
    ];
    check(settings, "first", &cases);
    let both = custom(json!([{"id": "a", "condition": release("1")}, {"id": "b", "condition": release("1")}]));
    check(both, "a", &[(json!({"release": "1"}), true)]);
}

#[test]
fn filters_for_all_projects_come_after_and_can_be_switched() {
    let global: GenericFilters = serde_json::from_value(json!({"version": 1, "filters": [
        {"id": "g", "isEnabled": true, "condition": release("g")},
        {"id": "sleeping", "isEnabled": false, "condition": release("s")},
        {"id": "noisy", "isEnabled": true, "condition": release("n")},
        {"id": "replaced", "isEnabled": true, "condition": release("r")},
    ]}))
    .unwrap();
    let settings = quiet(json!({"custom": {"version": 1, "filters": [
        {"id": "sleeping", "isEnabled": true},
        {"id": "noisy", "isEnabled": false},
        {"id": "replaced", "isEnabled": true, "condition": release("own")},
    ]}}));
    let (filters, errors) = Filters::with_global(&settings, &global);
    assert_eq!(errors, []);
    for (name, id) in [
        ("g", Some("g")),
        ("s", Some("sleeping")),
        ("n", None),
        ("r", None),
        ("own", Some("replaced")),
    ] {
        let event = Event::from_json(json!({"release": name})).unwrap();
        let reason = filters.event(&event, &Client::default());
        assert_eq!(reason.as_ref().map(|reason| reason.id()), id, "{name}");
    }
}

#[test]
fn nothing_is_applied_of_a_version_that_is_not_known() {
    let settings = quiet(json!({"custom": {"version": 2, "filters": [{"id": "a", "condition": release("1")}]}}));
    let (filters, errors) = Filters::valid_part(&settings);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0]
            .to_string()
            .starts_with("custom.version: version 2 is not known")
    );
    let event = Event::from_json(json!({"release": "1"})).unwrap();
    assert_eq!(filters.event(&event, &Client::default()), None);
}

#[test]
fn errors_name_the_place_and_what_is_right_works_on() {
    let settings: Settings = serde_json::from_value(json!({
        "blacklisted_ips": ["10.0.0.1", "", "ten"],
        "releases": ["1.*", "2.[0-"],
        "error_messages": ["a{b"],
        "log_messages": ["}"],
        "trace_metric_names": ["\\"],
        "legacy_browsers": ["ie9", "netscape"],
        "csp": {"disallowed_sources": ["example.com", "ex*mple.com", "https:///x"]},
        "custom": {"version": 1, "filters": [
            {"id": "no id!", "condition": release("1")},
            {"id": "bad", "isEnabled": false, "condition": {"op": "and", "inner": [release("1"), {"op": "like"}]}},
        ]},
    }))
    .unwrap();
    let errors = Filters::new(&settings).unwrap_err();
    let mut texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.sort();
    let expected = [
        "blacklisted_ips, line 3: `ten` is neither an IP address nor a network",
        "csp.disallowed_sources, line 2: `*` stands for a whole part",
        "csp.disallowed_sources, line 3: the host is missing",
        "custom.filters.bad: `inner[1]`: `like` is no operator",
        "custom.filters.no id!: the id is the reason that is shown",
        "error_messages, line 1, column 2: `{` is never closed",
        "legacy_browsers: `netscape` names no browsers: use some of ie, edge",
        "log_messages, line 1, column 1: `}` closes nothing",
        "releases, line 2, column 3: `[` is never closed",
        "trace_metric_names, line 1, column 1: `\\` stands at the end",
    ];
    assert_eq!(texts.len(), expected.len(), "{texts:#?}");
    for (text, expected) in texts.iter().zip(expected) {
        assert!(text.starts_with(expected), "{text}");
    }
    let (filters, _) = Filters::valid_part(&settings);
    let event = Event::from_json(json!({"release": "1.5"})).unwrap();
    let reason = filters.event(&event, &Client::default());
    assert_eq!(reason.unwrap().id(), "release-version");
    let many = quiet(json!({"releases": vec!["x"; 1001]}));
    assert!(
        Filters::new(&many).unwrap_err()[0]
            .message
            .contains("more than 1000 lines")
    );
}
