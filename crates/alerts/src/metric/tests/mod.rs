//! The rules of metric alerts, as tables.

mod chart;
mod seasonal;
mod state;
mod wire;

use serde_json::{Map, Value, json};

use super::MetricRule;

/// A rule as the reference writes it: more than 100 errors in an hour, or more than 70.
fn wire() -> Map<String, Value> {
    object(json!({
        "name": "Many errors", "aggregate": "count()", "dataset": "events", "eventTypes": ["error"],
        "query": "is:unresolved", "timeWindow": 60, "thresholdType": 0, "resolveThreshold": 50, "environment": null,
        "projects": ["web"], "owner": "team:1",
        "triggers": [
            {"label": "critical", "alertThreshold": 100, "actions": [
                {"type": "email", "targetType": "team", "targetIdentifier": "1"}]},
            {"label": "warning", "alertThreshold": 70, "actions": []},
        ],
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// The rule with other fields.
fn changed(change: Value) -> Map<String, Value> {
    let mut wire = wire();
    wire.extend(object(change));
    wire
}

fn rule(change: Value) -> MetricRule {
    MetricRule::read(&changed(change)).unwrap()
}
