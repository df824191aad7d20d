//! Metric alert rules as the newer model writes them.

use alerts::{
    metric::{Detection, Direction, MetricRule, Sensitivity},
    workflow::{detector_parts, read_detector},
};
use model::MetricAlertId;
use serde_json::{Value, json};

use super::object;

fn detector(config: Value, conditions: Value) -> Value {
    json!({
        "name": "Many errors", "type": "metric_issue", "workflow_ids": [4],
        "data_sources": [{
            "aggregate": "count()", "dataset": "events", "environment": "prod", "eventTypes": ["error"], "query": "is:unresolved", "queryType": 0, "timeWindow": 3600,
        }],
        "config": config,
        "condition_group": {"logicType": "any", "conditions": conditions, "actions": []},
    })
}

#[track_caller]
fn read(wire: Value) -> MetricRule {
    read_detector(&object(wire.clone()), None).unwrap_or_else(|problems| panic!("{wire}: {problems:?}"))
}

fn condition(kind: &str, comparison: Value, result: i64) -> Value {
    json!({"type": kind, "comparison": comparison, "conditionResult": result})
}

#[test]
fn thresholds_are_read_and_written() {
    let anomaly = json!({"seasonality": "auto", "sensitivity": "low", "thresholdType": 2});
    let fixed = json!({"detectionType": "static", "comparisonDelta": null});
    for (config, conditions) in [
        (
            fixed.clone(),
            vec![condition("gt", json!(100), 75), condition("lte", json!(100), 0)],
        ),
        (
            fixed.clone(),
            vec![
                condition("gt", json!(5), 75),
                condition("gt", json!(2), 50),
                condition("lte", json!(2), 0),
            ],
        ),
        (
            fixed.clone(),
            vec![condition("gt", json!(100), 75), condition("lte", json!(80), 0)],
        ),
        (
            fixed.clone(),
            vec![condition("gt", json!(100), 75), condition("lt", json!(80), 0)],
        ),
        (
            fixed.clone(),
            vec![condition("lt", json!(10), 75), condition("gte", json!(10), 0)],
        ),
        (
            fixed,
            vec![condition("lt", json!(10), 75), condition("gte", json!(20.5), 0)],
        ),
        (
            json!({"detectionType": "percent", "comparisonDelta": 604_800}),
            vec![condition("gt", json!(50), 75), condition("lte", json!(50), 0)],
        ),
        (
            json!({"detectionType": "dynamic", "comparisonDelta": null}),
            vec![condition("anomaly_detection", anomaly, 75)],
        ),
    ] {
        let rule = read(detector(config.clone(), json!(conditions)));
        let parts = detector_parts(&rule, MetricAlertId(9), "1");
        assert_eq!(
            (&parts["name"], &parts["type"]),
            (&json!("Many errors"), &json!("metric_issue"))
        );
        assert_eq!(parts["config"], config);
        let query = &parts["dataSources"][0]["queryObj"]["snubaQuery"];
        assert_eq!(
            (
                &query["aggregate"],
                &query["timeWindow"],
                &query["environment"],
                &query["eventTypes"]
            ),
            (&json!("count()"), &json!(3600), &json!("prod"), &json!(["error"]))
        );
        let mut written = parts["conditionGroup"]["conditions"].clone();
        for condition in written.as_array_mut().unwrap() {
            assert!(condition.as_object_mut().unwrap().remove("id").is_some());
        }
        assert_eq!(written, json!(conditions));
    }
}

#[test]
fn what_was_read_is_the_rule_that_the_older_model_has() {
    let fixed = json!({"detectionType": "static"});
    let rule = read(detector(
        fixed.clone(),
        json!([
            condition("gt", json!(100), 75),
            condition("gt", json!(70), 50),
            condition("lte", json!(70), 0)
        ]),
    ));
    assert_eq!(
        (rule.window_minutes, rule.direction, rule.detection),
        (60, Direction::Above, Detection::Static)
    );
    assert_eq!(
        (
            rule.critical.threshold,
            rule.warning.unwrap().threshold,
            rule.resolve_threshold
        ),
        (100.0, 70.0, None)
    );
    // At 80 it is over: what is strictly below a little more than 80.
    let rule = read(detector(
        fixed,
        json!([condition("gt", json!(100), 75), condition("lte", json!(80), 0)]),
    ));
    assert!(
        rule.resolve_threshold
            .is_some_and(|threshold| threshold > 80.0 && threshold < 80.001)
    );
    let rule = read(detector(
        json!({"detectionType": "dynamic"}),
        json!([condition(
            "anomaly_detection",
            json!({"seasonality": "auto", "sensitivity": "high", "thresholdType": 1}),
            75
        )]),
    ));
    assert_eq!(
        (rule.direction, rule.detection),
        (
            Direction::Below,
            Detection::Dynamic {
                sensitivity: Sensitivity::High
            }
        )
    );
    let rule = read(detector(
        json!({"detectionType": "percent", "comparisonDelta": 300}),
        json!([condition("gt", json!(50), 75)]),
    ));
    assert_eq!(rule.detection, Detection::Percent { minutes: 5 });
}

#[test]
fn a_change_keeps_the_actions() {
    let older = object(json!({
        "name": "a", "aggregate": "count()", "dataset": "events", "timeWindow": 60, "thresholdType": 0, "thresholdPeriod": 3,
        "triggers": [{"label": "critical", "alertThreshold": 5, "actions": [{"type": "email", "targetType": "team", "targetIdentifier": "1"}]}],
    }));
    let before = MetricRule::read(&older).unwrap();
    let wire = object(detector(
        json!({"detectionType": "static"}),
        json!([condition("gt", json!(100), 75)]),
    ));
    let after = read_detector(&wire, Some(&before)).unwrap();
    assert_eq!((after.critical.threshold, after.period), (100.0, 3));
    assert_eq!(after.critical.actions, before.critical.actions);
}

#[test]
fn what_is_wrong_is_told_by_field() {
    let fixed = || json!({"detectionType": "static"});
    let high = || json!([condition("gt", json!(1), 75)]);
    let change = |key: &str, value: Value| {
        let mut wire = object(detector(fixed(), high()));
        wire.insert(key.to_owned(), value);
        Value::Object(wire)
    };
    for (wire, field) in [
        (change("type", json!("uptime")), "type"),
        (change("name", json!("")), "name"),
        (change("data_sources", json!([])), "dataSources"),
        (
            change("data_sources", json!([{"aggregate": "count()", "timeWindow": 90}])),
            "dataSources",
        ),
        (change("data_sources", json!([{"timeWindow": 60}])), "dataSources"),
        (
            change("data_sources", json!([{"aggregate": "count()", "timeWindow": 864_000}])),
            "dataSources",
        ),
        (detector(json!({"detectionType": "magic"}), high()), "config"),
        (detector(json!({"detectionType": "percent"}), high()), "config"),
        (detector(fixed(), json!([])), "conditionGroup"),
        (
            detector(fixed(), json!([condition("gt", json!(1), 50)])),
            "conditionGroup",
        ),
        (
            detector(fixed(), json!([condition("eq", json!(1), 75)])),
            "conditionGroup",
        ),
        (
            detector(
                fixed(),
                json!([condition("gt", json!(1), 75), condition("lt", json!(1), 50)]),
            ),
            "conditionGroup",
        ),
        (
            detector(
                fixed(),
                json!([condition("gt", json!(1), 75), condition("gte", json!(1), 0)]),
            ),
            "conditionGroup",
        ),
        (
            detector(
                fixed(),
                json!([condition("gt", json!(1), 75), condition("lte", json!(9), 0)]),
            ),
            "conditionGroup",
        ),
        (detector(json!({"detectionType": "dynamic"}), high()), "conditionGroup"),
    ] {
        let problems = read_detector(&object(wire.clone()), None).expect_err("it is wrong");
        assert!(
            problems.iter().all(|problem| problem.field == field),
            "{wire}: {problems:?}"
        );
    }
}
