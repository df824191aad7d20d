//! The newer model, read and written.

use alerts::{
    Check, IssueRule, Match,
    workflow::{Workflow, workflow_parts},
};
use model::{AlertRuleId, Assignee, TeamId};
use serde_json::{Value, json};

use super::{MAIL, object, rule};

fn mail() -> Value {
    json!({
        "type": "email", "integrationId": null, "data": {"fallthroughType": "ActiveMembers"},
        "config": {"targetType": "issue_owners", "targetIdentifier": null, "targetDisplay": null}, "status": "active",
    })
}

fn workflow(triggers: Vec<Value>, filters: Vec<Value>, actions: Vec<Value>) -> Value {
    json!({
        "name": "w", "enabled": true, "environment": null, "config": {"frequency": 30},
        "triggers": {"logicType": "any-short", "conditions": triggers, "actions": []},
        "action_filters": [{"logicType": "all", "conditions": filters, "actions": actions}],
    })
}

#[track_caller]
fn read(wire: Value) -> Workflow {
    Workflow::read(&object(wire.clone())).unwrap_or_else(|problems| panic!("{wire}: {problems:?}"))
}

/// The reference's own example.
#[test]
fn a_workflow_is_a_rule() {
    let read = read(json!({
        "name": "Notify ops", "enabled": false, "environment": "prod", "detector_ids": [9, "10"], "config": {"frequency": 60}, "owner": "team:1",
        "triggers": {"logicType": "any-short", "conditions": [{"type": "first_seen_event", "comparison": true, "conditionResult": true}], "actions": []},
        "action_filters": [{
            "logicType": "all",
            "conditions": [{"type": "level", "comparison": {"level": 40, "match": "gte"}, "conditionResult": true}],
            "actions": [mail()],
        }],
    }));
    let expected = rule(json!({
        "name": "Notify ops", "environment": "prod", "frequency": 60, "actionMatch": "any",
        "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
        "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"}],
        "actions": [{"id": MAIL}],
    }));
    assert_eq!(read.rule, expected);
    assert_eq!((read.is_enabled, read.owner), (false, Some(Assignee::Team(TeamId(1)))));
    assert_eq!(read.detectors, Some(vec![9, 10]));
}

/// Each type with a comparison as the schema writes it.
fn conditions() -> Vec<(bool, Value, Value)> {
    let plain = |name: &str| (true, json!(name), json!(true));
    let filter = |name: &str, comparison: Value| (false, json!(name), comparison);
    vec![
        plain("first_seen_event"),
        plain("regression_event"),
        plain("reappeared_event"),
        plain("new_high_priority_issue"),
        plain("existing_high_priority_issue"),
        plain("every_event"),
        filter(
            "age_comparison",
            json!({"time": "minute", "value": 10, "comparisonType": "older"}),
        ),
        filter(
            "assigned_to",
            json!({"targetType": "Member", "targetIdentifier": "123456"}),
        ),
        filter(
            "assigned_to",
            json!({"targetType": "Unassigned", "targetIdentifier": ""}),
        ),
        filter("issue_category", json!({"value": 1})),
        filter("issue_occurrences", json!({"value": 10})),
        filter("issue_priority_greater_or_equal", json!(75)),
        filter("issue_severity", json!({"value": 0.5})),
        filter(
            "event_unique_user_frequency_count",
            json!({"value": 100, "filters": [{"key": "foo", "match": "eq", "value": "bar"}], "interval": "1h"}),
        ),
        filter(
            "event_unique_user_frequency_count",
            json!({"value": 100, "interval": "1h"}),
        ),
        filter(
            "event_unique_user_frequency_percent",
            json!({"value": 100, "interval": "1h", "comparisonInterval": "1w"}),
        ),
        filter("event_frequency_count", json!({"value": 100, "interval": "1h"})),
        filter(
            "event_frequency_count",
            json!({"value": 20, "operator": "gte", "interval": "5m"}),
        ),
        filter(
            "event_frequency_percent",
            json!({"value": 100, "interval": "1h", "comparisonInterval": "1w"}),
        ),
        filter("percent_sessions_count", json!({"value": 10, "interval": "1h"})),
        filter(
            "percent_sessions_percent",
            json!({"value": 10, "interval": "1h", "comparisonInterval": "1d"}),
        ),
        filter(
            "event_attribute",
            json!({"match": "co", "value": "bar", "attribute": "message"}),
        ),
        filter("tagged_event", json!({"key": "level", "match": "eq", "value": "error"})),
        filter("latest_release", json!(true)),
        filter(
            "latest_adopted_release",
            json!({"environment": "production", "ageComparison": "older", "releaseAgeType": "oldest"}),
        ),
        filter("level", json!({"level": 50, "match": "eq"})),
        filter("level", json!({"level": "50,40", "match": "in"})),
    ]
}

#[test]
fn each_condition_is_written_as_it_was_read() {
    for (is_trigger, name, comparison) in conditions() {
        let condition = json!({"type": name, "comparison": comparison, "conditionResult": true});
        let (triggers, filters) = if is_trigger {
            (vec![condition], vec![])
        } else {
            (vec![], vec![condition])
        };
        let read = read(workflow(triggers, filters, vec![mail()]));
        let parts = workflow_parts(&read.rule, AlertRuleId(5), "1");
        let group = if is_trigger {
            &parts["triggers"]
        } else {
            &parts["actionFilters"][0]
        };
        let written = &group["conditions"][0];
        assert_eq!((&written["type"], &written["comparison"]), (&name, &comparison));
        assert_eq!(written["conditionResult"], true);
    }
}

#[test]
fn a_filter_can_stand_among_triggers_where_older_rules_have_it() {
    let level = json!({"type": "level", "comparison": {"level": 50, "match": "eq"}});
    let count = json!({"type": "event_frequency_count", "comparison": {"value": 100, "interval": "1hr"}});
    let read = read(workflow(vec![level, count], vec![], vec![mail()]));
    assert!(matches!(
        read.rule.conditions[..],
        [Check::Event(_), Check::Frequency(_)]
    ));
    let parts = workflow_parts(&read.rule, AlertRuleId(5), "1");
    assert_eq!(
        parts["triggers"]["conditions"][1]["comparison"],
        json!({"value": 100, "interval": "1h"})
    );
}

/// Each type of action as the schema writes it, and its parameters in the older model.
fn actions() -> Vec<(Value, Value)> {
    let action = |kind: &str, integration: Value, config: Value, data: Value| json!({"type": kind, "integrationId": integration, "config": config, "data": data, "status": "active"});
    let target = |kind: &str, identifier: Value, display: Value| json!({"targetType": kind, "targetIdentifier": identifier, "targetDisplay": display});
    vec![
        (
            action(
                "email",
                Value::Null,
                target("user", json!("6789"), Value::Null),
                json!({"fallthroughType": "ActiveMembers"}),
            ),
            json!({"targetType": "Member", "targetIdentifier": "6789", "fallthroughType": "ActiveMembers"}),
        ),
        (
            action(
                "email",
                Value::Null,
                target("specific", json!("a@example.com"), Value::Null),
                json!({"fallthroughType": "NoOne", "subject": "s"}),
            ),
            json!({"targetType": "Address", "targetIdentifier": "a@example.com", "fallthroughType": "NoOne", "subject": "s"}),
        ),
        (
            action(
                "slack",
                json!("1"),
                target("specific", json!("C1"), json!("notify-errors")),
                json!({"tags": "url", "notes": "n"}),
            ),
            json!({"workspace": "1", "channel": "notify-errors", "channel_id": "C1", "tags": "url", "notes": "n"}),
        ),
        (
            action(
                "msteams",
                json!("1"),
                target("specific", json!("19:a@thread"), json!("errors")),
                json!({}),
            ),
            json!({"team": "1", "channel": "errors", "channel_id": "19:a@thread"}),
        ),
        (
            action(
                "discord",
                json!("1234"),
                target("specific", json!("12345"), Value::Null),
                json!({"tags": "transaction,environment"}),
            ),
            json!({"server": "1234", "channel_id": "12345", "tags": "transaction,environment"}),
        ),
        (
            action(
                "pagerduty",
                json!("2345"),
                target("specific", json!("123456"), Value::Null),
                json!({"priority": "default"}),
            ),
            json!({"account": "2345", "service": "123456", "severity": "default"}),
        ),
        (
            action(
                "opsgenie",
                json!("2345"),
                target("specific", json!("123456-Error-Service"), Value::Null),
                json!({"priority": "P3"}),
            ),
            json!({"account": "2345", "team": "123456-Error-Service", "priority": "P3"}),
        ),
        (
            action(
                "github",
                json!("2345"),
                target("specific", Value::Null, Value::Null),
                json!({"additional_fields": {"repo": "example-repo", "labels": []}, "dynamic_form_fields": [{"name": "repo"}]}),
            ),
            json!({"integration": "2345", "repo": "example-repo", "labels": [], "dynamic_form_fields": [{"name": "repo"}]}),
        ),
        (
            action(
                "sentry_app",
                Value::Null,
                target("sentry_app", json!("u-1"), Value::Null),
                json!({"settings": [{"name": "a", "value": "b"}]}),
            ),
            json!({"sentryAppInstallationUuid": "u-1", "settings": [{"name": "a", "value": "b"}]}),
        ),
        (
            action(
                "webhook",
                Value::Null,
                target("specific", json!("https://example.com/h"), Value::Null),
                json!({}),
            ),
            json!({"url": "https://example.com/h"}),
        ),
        (
            action(
                "webhook",
                Value::Null,
                target("specific", json!("my-plugin"), Value::Null),
                json!({}),
            ),
            json!({"service": "my-plugin"}),
        ),
        (
            action(
                "plugin",
                Value::Null,
                target("specific", Value::Null, Value::Null),
                json!({}),
            ),
            json!({}),
        ),
        (
            action(
                "assign",
                Value::Null,
                target("team", json!("5"), Value::Null),
                json!({"onlyIf": "critical"}),
            ),
            json!({"targetType": "Team", "targetIdentifier": "5", "onlyIf": "critical"}),
        ),
    ]
}

#[test]
fn each_action_is_written_as_it_was_read() {
    for (wire, older) in actions() {
        let read = read(workflow(vec![], vec![], vec![wire.clone()]));
        let mut written = read.rule.actions[0].to_wire();
        written.remove("id");
        assert_eq!(Value::Object(written), older);
        let parts = workflow_parts(&read.rule, AlertRuleId(5), "1");
        let mut back = parts["actionFilters"][0]["actions"][0].clone();
        assert!(back.as_object_mut().unwrap().remove("id").is_some());
        assert_eq!(back, wire);
    }
}

#[test]
fn several_action_filters_are_branches() {
    let filter =
        |level: i64| json!({"type": "level", "comparison": {"level": level, "match": "eq"}, "conditionResult": true});
    let mut wire = object(workflow(vec![], vec![filter(40)], vec![mail()]));
    let group = |of: &str, level: i64| json!({"logicType": of, "conditions": [filter(level)], "actions": [mail()]});
    wire["action_filters"].as_array_mut().unwrap().push(group("none", 10));
    let read = Workflow::read(&wire).unwrap();
    assert_eq!(read.rule.more.len(), 1);
    assert_eq!(read.rule.more[0].filter_match, Match::None);
    let parts = workflow_parts(&read.rule, AlertRuleId(5), "1");
    assert_eq!(parts["actionFilters"][1]["logicType"], "none");
    // Ids of parts are all different.
    let text = Value::Object(parts).to_string();
    let ids: Vec<_> = text
        .split("\"id\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!((ids.len(), unique.len()), (7, 7), "{ids:?}");
    assert_eq!(IssueRule::read_stored("w", &read.rule.definition()).unwrap(), read.rule);
}

#[test]
fn what_is_wrong_is_told_by_field() {
    let with = |change: Value| {
        let mut wire = object(workflow(vec![], vec![], vec![mail()]));
        wire.extend(object(change));
        wire
    };
    for (change, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "n".repeat(257)}), "name"),
        (json!({"config": {"frequency": 1}}), "config"),
        (json!({"config": {"frequency": "often"}}), "config"),
        (json!({"owner": "nobody"}), "owner"),
        (json!({"detector_ids": ["x"]}), "detectorIds"),
        (json!({"detectorIds": 5}), "detectorIds"),
        (json!({"triggers": []}), "triggers"),
        (json!({"triggers": {"logicType": "some", "conditions": []}}), "triggers"),
        (
            json!({"triggers": {"conditions": [{"type": "issue_resolved_trigger", "comparison": true}]}}),
            "triggers",
        ),
        (
            json!({"triggers": {"conditions": [{"type": "first_seen_event", "comparison": false}]}}),
            "triggers",
        ),
        (json!({"triggers": {"conditions": ["x"]}}), "triggers"),
        (json!({"action_filters": []}), "actionFilters"),
        (json!({"action_filters": [5]}), "actionFilters"),
        (
            json!({"action_filters": [{"logicType": "all", "conditions": [{"type": "level"}], "actions": [mail()]}]}),
            "actionFilters",
        ),
        (
            json!({"action_filters": [{"logicType": "all", "conditions": [], "actions": [{"type": "pigeon"}]}]}),
            "actionFilters",
        ),
        (
            json!({"action_filters": [{"conditions": [{"type": "first_seen_event", "comparison": true}], "actions": [mail()]}]}),
            "actionFilters",
        ),
    ] {
        let problems = Workflow::read(&with(change.clone())).expect_err("it is wrong");
        assert!(
            problems.iter().all(|problem| problem.field == field),
            "{change}: {problems:?}"
        );
    }
    assert_eq!(
        Workflow::read(&with(json!({"config": {"frequency": 0}})))
            .unwrap()
            .rule
            .frequency_minutes,
        0
    );
}
