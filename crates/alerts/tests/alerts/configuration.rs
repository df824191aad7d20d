//! What forms are made of.

use alerts::{ActionKind, Field, Offered, configuration};
use serde_json::{Value, json};

fn find<'a>(list: &'a Value, suffix: &str) -> &'a Value {
    let mut entries = list.as_array().unwrap().iter();
    let found = entries.find(|entry| entry["id"].as_str().unwrap().ends_with(suffix));
    found.unwrap_or_else(|| panic!("{suffix} is not offered"))
}

#[test]
fn each_kind_has_a_label_and_its_fields() {
    let configuration = configuration(&Offered::default());
    let frequency = find(&configuration["conditions"], "EventFrequencyCondition");
    assert_eq!(
        frequency["label"],
        "The issue is seen {operator} {value} times in {interval}"
    );
    assert_eq!(frequency["enabled"], true);
    let fields = &frequency["formFields"];
    assert_eq!(fields["value"], json!({"type": "number", "placeholder": 100}));
    assert_eq!(fields["interval"]["choices"][0], json!(["1m", "one minute"]));
    assert_eq!(fields["comparisonInterval"]["choices"][0], json!(["5m", "5 minutes"]));
    assert_eq!(fields["comparisonType"]["initial"], "count");
    let level = find(&configuration["filters"], "LevelFilter");
    assert_eq!(level["formFields"]["level"]["choices"][0], json!(["50", "fatal"]));
    assert!(
        find(&configuration["conditions"], "FirstSeenEventCondition")
            .get("formFields")
            .is_none()
    );
    // Every place of a label is a field.
    for list in ["conditions", "filters"] {
        for entry in configuration[list].as_array().unwrap() {
            for place in entry["label"].as_str().unwrap().split('{').skip(1) {
                let name = place.split('}').next().unwrap();
                assert!(entry["formFields"].get(name).is_some(), "{entry}");
            }
        }
    }
}

#[test]
fn actions_are_offered_where_there_is_a_channel_and_something_to_choose() {
    assert_eq!(configuration(&Offered::default())["actions"], json!([]));
    let listed = |kind: &ActionKind, field: &Field| -> Option<Vec<(String, String)>> {
        (kind.slug == "slack" && field.name == "workspace").then(|| vec![("3".to_owned(), "Acme".to_owned())])
    };
    let configuration = configuration(&Offered {
        listed: Some(&listed),
        has_channel: Some(&|kind| ["email", "slack", "jira"].contains(&kind.slug)),
    });
    let actions = &configuration["actions"];
    assert_eq!(actions.as_array().unwrap().len(), 3);
    assert_eq!(find(actions, "NotifyEmailAction")["enabled"], true);
    let slack = find(actions, "SlackNotifyServiceAction");
    assert_eq!(slack["formFields"]["workspace"]["choices"], json!([["3", "Acme"]]));
    assert_eq!(slack["enabled"], true);
    let jira = find(actions, "JiraCreateTicketAction");
    assert_eq!((&jira["enabled"], &jira["ticketType"]), (&json!(false), &json!("jira")));
}
