//! A detector of the newer model: a metric alert rule whose actions are elsewhere. Times are in seconds there, and
//! thresholds are conditions with the priority that they lead to.

use model::MetricAlertId;
use serde_json::{Map, Value, json};

use super::{get, list, text};
use crate::{
    metric::{Detection, Direction, MetricRule, Trigger},
    reader::Problem,
};

/// The priorities that conditions lead to.
const HIGH: i64 = 75;
const MEDIUM: i64 = 50;
const RESOLVED: i64 = 0;

/// The older model resolves strictly beyond a value: at 80 and below is below this much more than 80.
const SLACK: f64 = 0.000_001;

/// The parts of a condition that say from when on.
struct Threshold {
    /// `gt`, `gte`, `lt`, `lte`.
    comparison: String,
    value: f64,
    result: i64,
}

/// Reads a detector of the kind `metric_issue`. It has no actions: those of `before` stay.
pub fn read_detector(wire: &Map<String, Value>, before: Option<&MetricRule>) -> Result<MetricRule, Vec<Problem>> {
    if text(wire, "type") != "metric_issue" {
        return Err(vec![Problem::new("type", "expected metric_issue")]);
    }
    let mut problems = Vec::new();
    let mut older = Map::new();
    older.insert("name".to_owned(), json!(text(wire, "name")));
    source(wire, &mut older, &mut problems);
    detection(wire, &mut older, &mut problems);
    if let Some(period) = before.map(|before| before.period) {
        older.insert("thresholdPeriod".to_owned(), json!(period));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut rule =
        MetricRule::read(&older).map_err(|problems| problems.into_iter().map(renamed).collect::<Vec<_>>())?;
    if let Some(before) = before {
        rule.critical.actions.clone_from(&before.critical.actions);
        rule.critical.id = before.critical.id;
        if let (Some(warning), Some(before)) = (&mut rule.warning, &before.warning) {
            warning.actions.clone_from(&before.actions);
            warning.id = before.id;
        }
    }
    Ok(rule)
}

fn source(wire: &Map<String, Value>, older: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let [Value::Object(source)] = list(wire, "dataSources") else {
        problems.push(Problem::new("dataSources", "expected a list of one object"));
        return;
    };
    // As it is answered, it stands two levels deeper.
    let query = get(source, "queryObj").and_then(|query| query.get("snubaQuery"));
    let source = query.and_then(Value::as_object).unwrap_or(source);
    for key in [
        "aggregate",
        "dataset",
        "query",
        "queryType",
        "eventTypes",
        "environment",
    ] {
        if let Some(value) = get(source, key) {
            older.insert(key.to_owned(), value.clone());
        }
    }
    match get(source, "timeWindow").and_then(minutes) {
        Some(minutes) => {
            older.insert("timeWindow".to_owned(), json!(minutes));
        }
        None => problems.push(Problem::new(
            "dataSources",
            "timeWindow: expected seconds, in whole minutes",
        )),
    }
}

fn minutes(seconds: &Value) -> Option<u64> {
    let seconds = seconds.as_u64()?;
    seconds.is_multiple_of(60).then_some(seconds / 60)
}

fn detection(wire: &Map<String, Value>, older: &mut Map<String, Value>, problems: &mut Vec<Problem>) {
    let empty = Map::new();
    let object = |key: &str| get(wire, key).and_then(Value::as_object).unwrap_or(&empty);
    let config = object("config");
    let kind = match text(config, "detectionType") {
        "" => "static",
        kind => kind,
    };
    older.insert("detectionType".to_owned(), json!(kind));
    if kind == "percent" {
        match get(config, "comparisonDelta").and_then(minutes) {
            Some(minutes) => {
                older.insert("comparisonDelta".to_owned(), json!(minutes));
            }
            None => problems.push(Problem::new(
                "config",
                "comparisonDelta: expected seconds, in whole minutes",
            )),
        }
    }
    let conditions = list(object("conditionGroup"), "conditions");
    let read = if kind == "dynamic" {
        dynamic(conditions, older)
    } else {
        thresholds(conditions, older)
    };
    if let Err(message) = read {
        problems.push(Problem::new("conditionGroup", message));
    }
}

fn dynamic(conditions: &[Value], older: &mut Map<String, Value>) -> Result<(), String> {
    let comparison = match conditions {
        [condition] if condition["type"] == "anomaly_detection" => condition["comparison"].as_object(),
        _ => None,
    };
    let comparison = comparison.ok_or("expected one condition of the type anomaly_detection")?;
    for key in ["seasonality", "sensitivity", "thresholdType"] {
        if let Some(value) = get(comparison, key) {
            older.insert(key.to_owned(), value.clone());
        }
    }
    older.insert("triggers".to_owned(), json!([{"label": "critical", "actions": []}]));
    Ok(())
}

fn thresholds(conditions: &[Value], older: &mut Map<String, Value>) -> Result<(), String> {
    let read: Vec<_> = conditions.iter().map(threshold).collect::<Option<_>>().ok_or(
        "expected conditions with a type of gt, gte, lt or lte, a comparison, and a conditionResult of 75, 50 or 0",
    )?;
    let of = |result: i64| read.iter().find(|threshold| threshold.result == result);
    let critical = of(HIGH).ok_or("expected a condition with the conditionResult 75")?;
    let warning = of(MEDIUM);
    let is_above = critical.comparison == "gt";
    let (beyond, back) = if is_above {
        ("gt", ["lt", "lte"])
    } else {
        ("lt", ["gt", "gte"])
    };
    if [Some(critical), warning]
        .into_iter()
        .flatten()
        .any(|threshold| threshold.comparison != beyond)
    {
        return Err("thresholds are compared by gt, or all by lt".to_owned());
    }
    let mut triggers = vec![json!({"label": "critical", "alertThreshold": critical.value, "actions": []})];
    triggers.extend(warning.map(|warning| json!({"label": "warning", "alertThreshold": warning.value, "actions": []})));
    older.insert("triggers".to_owned(), Value::Array(triggers));
    older.insert("thresholdType".to_owned(), json!(i64::from(!is_above)));
    let Some(resolved) = of(RESOLVED) else { return Ok(()) };
    if !back.contains(&resolved.comparison.as_str()) {
        return Err("it resolves on the other side of the thresholds".to_owned());
    }
    let lowest = warning.unwrap_or(critical).value;
    let is_closed = resolved.comparison.ends_with('e');
    // What lies at the lowest threshold is not beyond it, so that is where it ends by itself.
    if is_closed && (resolved.value - lowest).abs() < SLACK {
        return Ok(());
    }
    let slack = match (is_closed, is_above) {
        (false, _) => 0.0,
        (true, true) => SLACK,
        (true, false) => -SLACK,
    };
    older.insert("resolveThreshold".to_owned(), json!(resolved.value + slack));
    Ok(())
}

fn threshold(condition: &Value) -> Option<Threshold> {
    let condition = condition.as_object()?;
    let comparison = text(condition, "type");
    let result = get(condition, "conditionResult")?.as_i64()?;
    (["gt", "gte", "lt", "lte"].contains(&comparison) && [HIGH, MEDIUM, RESOLVED].contains(&result)).then_some(())?;
    Some(Threshold {
        comparison: comparison.to_owned(),
        value: get(condition, "comparison")?.as_f64()?,
        result,
    })
}

/// `type`, `name`, `dataSources`, `conditionGroup` and `config` of a metric alert rule.
pub fn detector_parts(rule: &MetricRule, id: MetricAlertId, organization: &str) -> Map<String, Value> {
    let id = id.to_string();
    let mut parts = Map::new();
    let mut put = |key: &str, value: Value| parts.insert(key.to_owned(), value);
    put("name", json!(rule.name));
    put("type", json!("metric_issue"));
    let event_types: Vec<_> = rule.event_types.iter().map(|of| of.name()).collect();
    put(
        "dataSources",
        json!([{
            "id": id,
            "organizationId": organization,
            "type": "snuba_query_subscription",
            "sourceId": id,
            "queryObj": {
                "id": id,
                "status": 0,
                "subscription": id,
                "snubaQuery": {
                    "id": id,
                    "dataset": rule.dataset.name(),
                    "query": rule.query,
                    "aggregate": rule.aggregate,
                    "timeWindow": rule.window_minutes * 60,
                    "environment": rule.environment,
                    "eventTypes": event_types,
                },
            },
        }]),
    );
    let conditions = conditions(rule).into_iter().enumerate().map(|(place, mut condition)| {
        condition["id"] = json!(format!("{id}{:03}", place + 1));
        condition
    });
    put(
        "conditionGroup",
        json!({
            "id": format!("{id}000"),
            "organizationId": organization,
            "logicType": "any",
            "conditions": conditions.collect::<Vec<_>>(),
            "actions": [],
        }),
    );
    let delta = match rule.detection {
        Detection::Percent { minutes } => json!(u64::from(minutes) * 60),
        _ => Value::Null,
    };
    put(
        "config",
        json!({"detectionType": rule.detection.name(), "comparisonDelta": delta}),
    );
    parts
}

fn conditions(rule: &MetricRule) -> Vec<Value> {
    if let Detection::Dynamic { sensitivity } = rule.detection {
        let comparison = json!({
            "seasonality": "auto",
            "sensitivity": sensitivity.name(),
            "thresholdType": rule.direction.number(),
        });
        return vec![json!({"type": "anomaly_detection", "comparison": comparison, "conditionResult": HIGH})];
    }
    let is_above = rule.direction == Direction::Above;
    let (beyond, back, closed_back) = if is_above {
        ("gt", "lt", "lte")
    } else {
        ("lt", "gt", "gte")
    };
    let condition = |kind: &str, value: f64, result: i64| json!({"type": kind, "comparison": crate::reader::number(value), "conditionResult": result});
    let beyond = |trigger: &Trigger, result| condition(beyond, trigger.threshold, result);
    let mut conditions = vec![beyond(&rule.critical, HIGH)];
    conditions.extend(rule.warning.as_ref().map(|warning| beyond(warning, MEDIUM)));
    let lowest = rule.warning.as_ref().unwrap_or(&rule.critical).threshold;
    conditions.push(match rule.resolve_threshold {
        None => condition(closed_back, lowest, RESOLVED),
        Some(threshold) => {
            let slack = if is_above { SLACK } else { -SLACK };
            let round = ((threshold - slack) * 1e5).round() / 1e5;
            let is_closed = (round + slack - threshold).abs() < SLACK / 100.0;
            if is_closed {
                condition(closed_back, round, RESOLVED)
            } else {
                condition(back, threshold, RESOLVED)
            }
        }
    });
    conditions
}

/// As a client of this model knows the field.
fn renamed(problem: Problem) -> Problem {
    let field = match problem.field {
        "aggregate" | "dataset" | "query" | "queryType" | "eventTypes" | "environment" | "timeWindow" => "dataSources",
        "triggers" | "resolveThreshold" | "thresholdType" | "sensitivity" | "seasonality" => "conditionGroup",
        "detectionType" | "comparisonDelta" => "config",
        other => other,
    };
    let message = if field == problem.field {
        problem.message
    } else {
        format!("{}: {}", problem.field, problem.message)
    };
    Problem { field, message }
}
