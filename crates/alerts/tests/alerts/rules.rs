//! Rules on the wire: what is read, what is refused and by which field, what is written, and which do the same.

use alerts::{CONDITIONS, Check, FILTERS, IssueRule, Match, Names, Part};
use serde_json::{Value, json};

use super::{MAIL, object, rule};

/// One example of each condition and filter, as the reference writes it, with the text that it is shown as.
fn examples() -> Vec<(Part, &'static str, Value, &'static str)> {
    let frequency = json!({"value": 100, "interval": "1h", "comparisonType": "count"});
    let change = json!({"value": 50, "interval": "1h", "comparisonType": "percent", "comparisonInterval": "1w"});
    let c = |suffix, parameters, text| (Part::Condition, suffix, parameters, text);
    let f = |suffix, parameters, text| (Part::Filter, suffix, parameters, text);
    let mut examples = vec![
        c("every_event.EveryEventCondition", json!({}), "An event comes in"),
        c(
            "first_seen_event.FirstSeenEventCondition",
            json!({}),
            "A new issue is created",
        ),
        c(
            "regression_event.RegressionEventCondition",
            json!({}),
            "A resolved issue comes back",
        ),
        c(
            "reappeared_event.ReappearedEventCondition",
            json!({}),
            "An archived issue comes back or escalates",
        ),
        c(
            "new_high_priority_issue.NewHighPriorityIssueCondition",
            json!({}),
            "A new issue is of high priority",
        ),
        c(
            "existing_high_priority_issue.ExistingHighPriorityIssueCondition",
            json!({}),
            "A known issue becomes one of high priority",
        ),
        c(
            "event_frequency.EventFrequencyCondition",
            json!({"value": 20, "operator": "gte", "interval": "5m", "comparisonType": "count"}),
            "The issue is seen at least 20 times in 5 minutes",
        ),
        c(
            "event_frequency.EventUniqueUserFrequencyConditionWithConditions",
            json!({"value": 3, "interval": "1h", "comparisonType": "count", "filters": [{"key": "a", "match": "is", "value": ""}]}),
            "The issue is seen by more than 3 users in one hour where the event's tag a is set",
        ),
        c(
            "tagged_event.TaggedEventCondition",
            json!({"key": "a", "match": "eq", "value": "b"}),
            "The event's tag a equals b",
        ),
        c(
            "event_attribute.EventAttributeCondition",
            json!({"attribute": "platform", "match": "ne", "value": "go"}),
            "The event's platform does not equal go",
        ),
        c(
            "level.LevelCondition",
            json!({"match": "gte", "level": "40"}),
            "The event's level is greater than or equal to error",
        ),
        f(
            "age_comparison.AgeComparisonFilter",
            json!({"comparison_type": "older", "value": 3, "time": "week"}),
            "The issue is older than 3 week(s)",
        ),
        f(
            "issue_occurrences.IssueOccurrencesFilter",
            json!({"value": 10}),
            "The issue was seen at least 10 times",
        ),
        f(
            "assigned_to.AssignedToFilter",
            json!({"targetType": "Unassigned", "targetIdentifier": ""}),
            "The issue is assigned to no one",
        ),
        f(
            "assigned_to.AssignedToFilter",
            json!({"targetType": "Team", "targetIdentifier": "5"}),
            "The issue is assigned to #payments",
        ),
        f(
            "assigned_to.AssignedToFilter",
            json!({"targetType": "Member", "targetIdentifier": "6"}),
            "The issue is assigned to ann",
        ),
        f(
            "latest_release.LatestReleaseFilter",
            json!({}),
            "The event is from the latest release",
        ),
        f(
            "latest_adopted_release_filter.LatestAdoptedReleaseFilter",
            json!({"oldest_or_newest": "oldest", "older_or_newer": "newer", "environment": "prod"}),
            "The oldest release of the issue is newer than the latest adopted release in prod",
        ),
        f(
            "issue_category.IssueCategoryFilter",
            json!({"value": "6"}),
            "The issue's category is feedback",
        ),
        f(
            "issue_severity.IssueSeverityFilter",
            json!({"value": 0.5}),
            "The issue's severity is at least 0.5",
        ),
        f(
            "tagged_event.TaggedEventFilter",
            json!({"key": "a", "match": "ns", "value": ""}),
            "The event's tag a is not set",
        ),
        f(
            "event_attribute.EventAttributeFilter",
            json!({"attribute": "http.url", "match": "co", "value": "/pay"}),
            "The event's http.url contains /pay",
        ),
        f(
            "level.LevelFilter",
            json!({"match": "in", "level": "50,40"}),
            "The event's level is one of fatal, error",
        ),
    ];
    for (suffix, of) in [
        (
            "event_frequency.EventFrequencyCondition",
            ("The issue is seen more than 100 times in one hour", "Events"),
        ),
        (
            "event_frequency.EventUniqueUserFrequencyCondition",
            ("The issue is seen by more than 100 users in one hour", "Affected users"),
        ),
        (
            "event_frequency.EventFrequencyPercentCondition",
            (
                "The issue affects more than 100 percent of sessions in one hour",
                "The share of affected sessions",
            ),
        ),
    ] {
        examples.push(c(suffix, frequency.clone(), of.0));
        let text = format!(
            "{} in one hour are more than 50 percent above those of one week before",
            of.1
        );
        examples.push(c(suffix, change.clone(), text.leak()));
    }
    examples
}

fn id(part: Part, suffix: &str) -> String {
    let list = if part == Part::Condition {
        "conditions"
    } else {
        "filters"
    };
    format!("sentry.rules.{list}.{suffix}")
}

fn names() -> Names {
    let mut names = Names::default();
    names.teams.insert(model::TeamId(5), "payments".to_owned());
    names.users.insert(model::UserId(6), "ann".to_owned());
    names
}

#[test]
fn each_condition_and_filter_is_written_as_it_was_read() {
    for (part, suffix, parameters, text) in examples() {
        let mut wire = object(json!({"id": id(part, suffix)}));
        wire.extend(object(parameters));
        let check = Check::read(part, &wire).unwrap_or_else(|problems| panic!("{wire:?}: {problems:?}"));
        assert_eq!(Value::Object(check.to_wire(part)), Value::Object(wire), "{text}");
        let list = if part == Part::Condition {
            "conditions"
        } else {
            "filters"
        };
        let shown = rule(json!({list: [check.to_wire(part)]})).to_labelled_wire(&names());
        assert_eq!(shown[list][0]["name"], text);
    }
    let priority = object(json!({"id": "tocsin.rules.filters.priority.PriorityFilter", "value": "75"}));
    let check = Check::read(Part::Filter, &priority).unwrap();
    assert_eq!(check.to_wire(Part::Filter), priority);
}

#[test]
fn the_examples_are_all_kinds() {
    let examples = examples();
    for (part, kinds) in [(Part::Condition, CONDITIONS), (Part::Filter, FILTERS)] {
        for kind in kinds {
            let has = examples
                .iter()
                .any(|(of, suffix, ..)| *of == part && kind.id == id(part, suffix));
            let is_elsewhere =
                kind.id.starts_with("tocsin.") || (part == Part::Filter && kind.id.contains(".conditions."));
            assert!(has || is_elsewhere, "{}", kind.id);
        }
    }
}

/// The reference's own example.
#[test]
fn a_rule_is_read_and_answered() {
    let sent = json!({
        "name": "Errors to #ops", "actionMatch": "any", "filterMatch": "all", "frequency": 30, "environment": "prod", "owner": "team:1",
        "conditions": [{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"}],
        "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"}],
        "actions": [{"id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction", "workspace": "3", "channel": "#ops", "tags": "url,browser"}],
    });
    let rule = IssueRule::read(&object(sent.clone())).unwrap();
    let mut expected = object(sent);
    expected.remove("owner");
    assert_eq!(rule.to_wire(), expected);
    assert_eq!(IssueRule::read_stored(&rule.name, &rule.definition()).unwrap(), rule);
    assert!(!rule.definition().contains_key("name"));
}

#[test]
fn defaults_are_those_of_the_reference() {
    let sent = object(json!({"name": "r", "actions": [{"id": MAIL}]}));
    let rule = IssueRule::read(&sent).unwrap();
    assert_eq!(
        (rule.frequency_minutes, rule.action_match, rule.environment.clone()),
        (30, Match::All, None)
    );
    assert_eq!(
        Value::Object(rule.actions[0].to_wire()),
        json!({"id": MAIL, "targetType": "IssueOwners", "fallthroughType": "ActiveMembers"})
    );
    // Text and number are the same, as are null and absent.
    let text = IssueRule::read(&object(
        json!({"name": " r ", "frequency": "60", "environment": null, "filters": null, "actions": [{"id": MAIL}]}),
    ));
    assert_eq!(text.unwrap().frequency_minutes, 60);
}

#[track_caller]
fn refused(change: Value, fields: &[&str]) {
    let condition = json!({"id": "sentry.rules.conditions.every_event.EveryEventCondition"});
    let mut wire = object(
        json!({"name": "r", "actionMatch": "all", "filterMatch": "all", "conditions": [condition], "actions": [{"id": MAIL}]}),
    );
    wire.extend(object(change.clone()));
    let problems = IssueRule::read(&wire).expect_err("it is wrong");
    let mut found: Vec<_> = problems.iter().map(|problem| problem.field).collect();
    found.dedup();
    assert_eq!(found, fields, "{change}: {problems:?}");
}

#[test]
fn what_is_wrong_is_told_by_field() {
    for (change, fields) in [
        (json!({"name": ""}), &["name"][..]),
        (json!({"name": null}), &["name"]),
        (json!({"name": 5}), &["name"]),
        (json!({"name": "n".repeat(257)}), &["name"]),
        (json!({"actionMatch": "some"}), &["actionMatch"]),
        (json!({"actionMatch": null}), &["actionMatch"]),
        (json!({"filterMatch": "some"}), &["filterMatch"]),
        (json!({"frequency": 4}), &["frequency"]),
        (json!({"frequency": 43_201}), &["frequency"]),
        (json!({"frequency": 0}), &["frequency"]),
        (json!({"frequency": "often"}), &["frequency"]),
        (json!({"frequency": -30}), &["frequency"]),
        (json!({"actions": []}), &["actions"]),
        (json!({"actions": null}), &["actions"]),
        (json!({"actions": "mail"}), &["actions"]),
        (json!({"actions": ["mail"]}), &["actions"]),
        (json!({"actions": [{"id": "x"}]}), &["actions"]),
        (json!({"conditions": {}}), &["conditions"]),
        (json!({"conditions": [{}]}), &["conditions"]),
        (
            json!({"conditions": [{"id": "sentry.rules.filters.level.LevelFilter", "match": "eq", "level": "40"}]}),
            &["conditions"],
        ),
        (
            json!({"filters": [{"id": "sentry.rules.conditions.every_event.EveryEventCondition"}]}),
            &["filters"],
        ),
        (json!({"environment": "e".repeat(65)}), &["environment"]),
        (json!({"environment": 7}), &["environment"]),
        (
            json!({"branches": [{"filterMatch": "x", "filters": [], "actions": [{"id": MAIL}]}]}),
            &["branches"],
        ),
        (
            json!({"name": "", "actions": [], "frequency": 1}),
            &["name", "actions", "frequency"],
        ),
    ] {
        refused(change, fields);
    }
    let many = vec![json!({"id": "sentry.rules.conditions.every_event.EveryEventCondition"}); 26];
    refused(json!({"conditions": many}), &["conditions"]);
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    for (part, suffix, parameters) in [
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 0, "interval": "1h"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1.5, "interval": "1h"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": "x", "interval": "1h"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1, "interval": "2h"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1, "interval": "10m"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1, "interval": "1h", "comparisonType": "percent"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1, "interval": "1h", "comparisonType": "percent", "comparisonInterval": "1m"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyCondition",
            json!({"value": 1, "interval": "1h", "operator": "lt"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyPercentCondition",
            json!({"value": 101, "interval": "1h"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventFrequencyPercentCondition",
            json!({"value": 5, "interval": "1d"}),
        ),
        (
            Part::Condition,
            "event_frequency.EventUniqueUserFrequencyCondition",
            json!({"value": 5, "interval": "1d", "filters": [{"attribute": "nothing", "match": "is"}]}),
        ),
        (
            Part::Condition,
            "event_frequency.EventUniqueUserFrequencyCondition",
            json!({"value": 5, "interval": "1d", "filters": "x"}),
        ),
        (
            Part::Filter,
            "age_comparison.AgeComparisonFilter",
            json!({"comparison_type": "same", "value": 1, "time": "hour"}),
        ),
        (
            Part::Filter,
            "age_comparison.AgeComparisonFilter",
            json!({"comparison_type": "older", "value": -1, "time": "hour"}),
        ),
        (
            Part::Filter,
            "age_comparison.AgeComparisonFilter",
            json!({"comparison_type": "older", "value": 1, "time": "year"}),
        ),
        (
            Part::Filter,
            "issue_occurrences.IssueOccurrencesFilter",
            json!({"value": 0}),
        ),
        (Part::Filter, "issue_occurrences.IssueOccurrencesFilter", json!({})),
        (
            Part::Filter,
            "assigned_to.AssignedToFilter",
            json!({"targetType": "Team"}),
        ),
        (
            Part::Filter,
            "assigned_to.AssignedToFilter",
            json!({"targetType": "Everybody", "targetIdentifier": 1}),
        ),
        (
            Part::Filter,
            "latest_adopted_release_filter.LatestAdoptedReleaseFilter",
            json!({"oldest_or_newest": "oldest", "older_or_newer": "newer"}),
        ),
        (Part::Filter, "issue_category.IssueCategoryFilter", json!({"value": 99})),
        (
            Part::Filter,
            "issue_severity.IssueSeverityFilter",
            json!({"value": 1.1}),
        ),
        (
            Part::Filter,
            "event_attribute.EventAttributeFilter",
            json!({"attribute": "nothing", "match": "eq", "value": "x"}),
        ),
        (
            Part::Filter,
            "event_attribute.EventAttributeFilter",
            json!({"attribute": "message", "match": "like", "value": "x"}),
        ),
        (
            Part::Filter,
            "event_attribute.EventAttributeFilter",
            json!({"attribute": "message", "match": "eq"}),
        ),
        (
            Part::Filter,
            "tagged_event.TaggedEventFilter",
            json!({"match": "eq", "value": "x"}),
        ),
        (
            Part::Filter,
            "tagged_event.TaggedEventFilter",
            json!({"key": "k", "match": "eq", "value": "v".repeat(1001)}),
        ),
        (Part::Filter, "level.LevelFilter", json!({"match": "eq", "level": "45"})),
        (Part::Filter, "level.LevelFilter", json!({"match": "ne", "level": "40"})),
        (
            Part::Filter,
            "level.LevelFilter",
            json!({"match": "eq", "level": "40,50"}),
        ),
    ] {
        let mut wire = object(parameters);
        wire.insert("id".to_owned(), json!(id(part, suffix)));
        let problems = Check::read(part, &wire).expect_err("it is out of bounds");
        assert!(!problems.is_empty(), "{wire:?}");
    }
}

#[test]
fn rules_that_do_the_same_have_one_digest() {
    let level = json!({"id": "sentry.rules.filters.level.LevelFilter", "match": "gte", "level": "40"});
    let tag =
        json!({"id": "sentry.rules.filters.tagged_event.TaggedEventFilter", "key": "a", "match": "eq", "value": "b"});
    let one = rule(json!({"filters": [level, tag], "frequency": 60}));
    let same = rule(
        json!({"name": "another", "filters": [tag, level, tag], "frequency": "60",
        "actions": [{"id": MAIL, "uuid": "1f2e", "targetType": "IssueOwners", "fallthroughType": "ActiveMembers"}]}),
    );
    assert_eq!(one.digest(), same.digest());
    assert_eq!(one.digest().len(), 64);
    for other in [
        json!({"filters": [level], "frequency": 60}),
        json!({"filters": [level, tag], "frequency": 30}),
        json!({"filters": [level, tag], "frequency": 60, "filterMatch": "any"}),
        json!({"filters": [level, tag], "frequency": 60, "environment": "prod"}),
        json!({"filters": [level, tag], "frequency": 60, "actions": [{"id": MAIL, "fallthroughType": "NoOne"}]}),
        json!({"filters": [level, tag], "frequency": 60, "actions": [{"id": MAIL, "onlyIf": "critical"}]}),
    ] {
        assert_ne!(one.digest(), rule(other.clone()).digest(), "{other}");
    }
    // All and any of one are the same, none of it is not.
    let with = |of: &str| rule(json!({"filters": [level], "filterMatch": of})).digest();
    assert_eq!(with("any"), with("all"));
    assert_ne!(with("none"), with("all"));
}

#[test]
fn a_rule_that_counts_is_slow() {
    let count =
        json!({"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": 1, "interval": "1h"});
    assert!(rule(json!({"conditions": [count]})).is_slow());
    assert!(
        rule(json!({"branches": [{"filters": [count], "filterMatch": "all", "actions": [{"id": MAIL}]}]})).is_slow()
    );
    assert!(!rule(json!({})).is_slow());
}
