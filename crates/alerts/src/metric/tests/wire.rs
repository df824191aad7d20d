use serde_json::{Value, json};

use super::{changed, rule, wire};
use crate::metric::{CrashFree, Dataset, Detection, Direction, EventType, Level, MetricRule, Sensitivity, TargetType};

#[test]
fn the_rule_of_the_reference_is_read() {
    let rule = MetricRule::read(&wire()).unwrap();
    assert_eq!((rule.name.as_str(), rule.dataset), ("Many errors", Dataset::Events));
    assert_eq!((rule.window_minutes, rule.period), (60, 1));
    assert_eq!((rule.direction, rule.detection), (Direction::Above, Detection::Static));
    assert_eq!(rule.event_types, [EventType::Error]);
    assert_eq!(rule.critical.threshold, 100.0);
    assert_eq!(rule.critical.actions[0].target_type, TargetType::Team);
    assert_eq!(rule.warning.as_ref().map(|warning| warning.threshold), Some(70.0));
    // The explicit end is that of the lowest trigger; the one above it ends where it began.
    assert_eq!(
        (rule.resolves_at(Level::Warning), rule.resolves_at(Level::Critical)),
        (Some(50.0), None)
    );
    let stored = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<MetricRule>(&stored).unwrap(), rule);
}

#[test]
fn what_is_left_out_has_a_default() {
    let crash = |aggregate: &str| {
        json!({"aggregate": aggregate, "dataset": null, "queryType": 2, "thresholdType": 1, "resolveThreshold": null,
            "triggers": [{"label": "critical", "alertThreshold": 99}]})
    };
    let sessions = rule(crash(
        "percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate",
    ));
    assert_eq!(
        (sessions.dataset, sessions.crash_free()),
        (Dataset::Metrics, Some(CrashFree::Sessions))
    );
    let users = rule(crash("percentage( users_crashed,users )"));
    assert_eq!(users.crash_free(), Some(CrashFree::Users));
    assert_eq!(rule(json!({"dataset": null})).dataset, Dataset::Events);
    assert_eq!(
        rule(json!({"dataset": null, "queryType": 1, "eventTypes": null})).dataset,
        Dataset::Transactions
    );
    assert_eq!(rule(json!({"eventTypes": []})).event_types, [EventType::Error]);
    assert_eq!(
        rule(json!({"eventTypes": ["default", "error", "error"]}))
            .event_types
            .len(),
        2
    );
}

#[test]
fn percentages_are_stored_as_distance_from_100() {
    let more = rule(json!({"comparisonDelta": 1440, "triggers": [{"label": "critical", "alertThreshold": 150}]}));
    assert_eq!(more.detection, Detection::Percent { minutes: 1_440 });
    assert_eq!(
        (more.compared(150.0), more.resolves_at(Level::Critical)),
        (250.0, Some(150.0))
    );
    let less = rule(
        json!({"comparisonDelta": 60, "thresholdType": 1, "resolveThreshold": 20,
        "triggers": [{"label": "critical", "alertThreshold": 50}]}),
    );
    assert_eq!(
        (less.compared(50.0), less.resolves_at(Level::Critical)),
        (50.0, Some(80.0))
    );
}

#[test]
fn a_dynamic_rule_has_one_trigger_without_threshold() {
    let rule = rule(
        json!({"detectionType": "dynamic", "sensitivity": "high", "seasonality": "auto", "thresholdType": 2,
        "resolveThreshold": null, "triggers": [{"label": "critical", "alertThreshold": 7}]}),
    );
    assert_eq!(
        rule.detection,
        Detection::Dynamic {
            sensitivity: Sensitivity::High
        }
    );
    assert_eq!((rule.critical.threshold, rule.direction), (0.0, Direction::Outside));
}

/// The fields that are refused, each once.
fn check(change: Value, expected: &[&str]) {
    let problems = MetricRule::read(&changed(change.clone())).expect_err(&change.to_string());
    let mut fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
    fields.dedup();
    assert_eq!(fields, expected, "{change} {problems:?}");
}

#[test]
fn wrong_fields_are_named() {
    check(json!({"name": null}), &["name"]);
    check(json!({"name": "  "}), &["name"]);
    check(json!({"name": "ä".repeat(257)}), &["name"]);
    assert!(MetricRule::read(&changed(json!({"name": "ä".repeat(256)}))).is_ok());
    check(json!({"aggregate": ""}), &["aggregate"]);
    check(json!({"aggregate": ["count()"]}), &["aggregate"]);
    check(json!({"aggregate": "percentage(users_crashed, users)"}), &["aggregate"]);
    check(json!({"dataset": "moon"}), &["dataset"]);
    check(
        json!({"dataset": "transactions", "queryType": 0, "eventTypes": null}),
        &["dataset"],
    );
    check(json!({"queryType": 3, "dataset": null}), &["queryType"]);
    check(json!({"eventTypes": ["transaction"]}), &["eventTypes"]);
    check(json!({"eventTypes": ["nothing"]}), &["eventTypes"]);
    check(json!({"eventTypes": "error"}), &["eventTypes"]);
    for window in [json!(0), json!(1_441), json!(-1), json!(99_999_999_999_i64)] {
        check(json!({"timeWindow": window}), &["timeWindow"]);
    }
    check(json!({"timeWindow": null}), &["timeWindow"]);
    check(json!({"timeWindow": 1.5}), &["timeWindow"]);
    for type_ in [json!(2), json!(3), json!(null), json!("above")] {
        check(json!({"thresholdType": type_}), &["thresholdType"]);
    }
    for period in [0, 21] {
        check(json!({"thresholdPeriod": period}), &["thresholdPeriod"]);
    }
    check(json!({"comparisonDelta": 89 * 1_440 + 1}), &["comparisonDelta"]);
    check(
        json!({"detectionType": "static", "comparisonDelta": 60}),
        &["comparisonDelta"],
    );
    check(json!({"detectionType": "percent"}), &["comparisonDelta"]);
    check(json!({"query": "release:latest"}), &["query"]);
    check(json!({"resolveThreshold": "x"}), &["resolveThreshold"]);
    check(json!({"detectionType": "dynamic"}), &["triggers", "resolveThreshold"]);
    check(
        json!({"detectionType": "dynamic", "seasonality": "lunar", "timeWindow": 5, "resolveThreshold": null,
            "triggers": [{"label": "critical"}]}),
        &["seasonality", "timeWindow"],
    );
    check(
        json!({"dataset": "metrics", "timeWindow": 5, "aggregate": "percentage(users_crashed, users)"}),
        &["timeWindow"],
    );
    check(json!({"dataset": "metrics", "aggregate": "count()"}), &["aggregate"]);
}

#[test]
fn triggers_are_one_or_two_in_order_and_critical_is_beyond_warning() {
    let critical = |threshold: i64| json!({"label": "critical", "alertThreshold": threshold, "actions": []});
    let warning = |threshold: i64| json!({"label": "warning", "alertThreshold": threshold, "actions": []});
    for triggers in [
        json!([]),
        json!(null),
        json!({}),
        json!([warning(1)]),
        json!([warning(1), critical(2)]),
        json!([critical(9), critical(1)]),
        json!([critical(9), warning(8), warning(7)]),
        json!([{"label": "critical"}]),
        json!([7]),
        // Not beyond the warning.
        json!([critical(70), warning(70)]),
        json!([critical(60), warning(70)]),
    ] {
        check(json!({"triggers": triggers, "resolveThreshold": null}), &["triggers"]);
    }
    let below = json!({"thresholdType": 1, "resolveThreshold": null, "triggers": [critical(10), warning(20)]});
    assert!(MetricRule::read(&changed(below)).is_ok());
    check(
        json!({"thresholdType": 1, "resolveThreshold": null, "triggers": [critical(20), warning(10)]}),
        &["triggers"],
    );
}

#[test]
fn the_resolution_is_outside_of_the_lowest_trigger() {
    let with = |resolve: f64, alert: f64, type_: i64, aggregate: &str| {
        json!({"resolveThreshold": resolve, "thresholdType": type_, "aggregate": aggregate,
            "triggers": [{"label": "critical", "alertThreshold": alert}]})
    };
    for (resolve, alert, type_, aggregate) in [
        (50.0, 100.0, 0, "count()"),
        (100.0, 100.0, 0, "count()"),
        // More than 0 and less than 1: whole numbers leave nothing between.
        (1.0, 0.0, 0, "count()"),
        (100.0, 50.0, 1, "count()"),
        (0.4, 0.5, 0, "failure_rate()"),
    ] {
        let change = with(resolve, alert, type_, aggregate);
        assert!(MetricRule::read(&changed(change.clone())).is_ok(), "{change}");
    }
    check(with(102.0, 100.0, 0, "count()"), &["resolveThreshold"]);
    check(with(48.0, 50.0, 1, "count()"), &["resolveThreshold"]);
    check(with(0.6, 0.5, 0, "failure_rate()"), &["resolveThreshold"]);
    check(with(0.0, 5.0, 0, "count()"), &["resolveThreshold"]);
}

#[test]
fn actions_name_a_service_and_what_fits_it() {
    let with = |action: Value| json!({"resolveThreshold": null, "triggers": [{"label": "critical", "alertThreshold": 1, "actions": [action]}]});
    for action in [
        json!({"type": "email", "targetType": "user", "targetIdentifier": 7}),
        json!({"type": "email", "targetType": "specific", "targetIdentifier": "oncall@tocsin.example"}),
        json!({"type": "slack", "targetType": "specific", "targetIdentifier": "#ops", "integrationId": 3}),
        json!({"type": "webhook", "targetType": "specific", "targetIdentifier": "https://hooks.tocsin.example/"}),
        json!({"type": "sentry_app", "targetType": "sentry_app", "sentryAppId": 4, "settings": [{"name": "a"}]}),
        json!({"type": "pagerduty", "targetType": "specific", "integrationId": "9", "priority": "critical"}),
    ] {
        assert!(MetricRule::read(&changed(with(action.clone()))).is_ok(), "{action}");
    }
    for action in [
        json!(null),
        json!({}),
        json!({"type": "pigeon", "targetType": "user", "targetIdentifier": "7"}),
        json!({"type": "email", "targetType": "sentry_app", "targetIdentifier": "7"}),
        json!({"type": "email", "targetType": "user"}),
        json!({"type": "slack", "targetType": "user", "targetIdentifier": "7"}),
        json!({"type": "webhook", "targetType": "specific", "targetIdentifier": "x".repeat(1_001)}),
    ] {
        check(with(action), &["triggers"]);
    }
    let many: Vec<Value> = (0..21)
        .map(|id| json!({"type": "email", "targetType": "user", "targetIdentifier": id}))
        .collect();
    let change =
        json!({"resolveThreshold": null, "triggers": [{"label": "critical", "alertThreshold": 1, "actions": many}]});
    check(change, &["triggers"]);
}
