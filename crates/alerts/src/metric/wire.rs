//! Rules as clients write them (`integrations.md` §F.2).

use serde_json::{Map, Value, json};

use crate::{Problem, reader::number};

use super::{
    CrashFree, Dataset, Detection, Direction, EventType, Level, MOST_ACTIONS, MetricAction, MetricRule, Sensitivity,
    TargetType, Trigger, check, object::Object,
};

const LONGEST_NAME: usize = 256;

/// How long a text of an action may be.
const LONGEST_TARGET: usize = 1_000;

impl MetricRule {
    /// Reads a rule. Every wrong field is named. Whether functions and searches exist is not asked here.
    pub fn read(object: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut reader = Object::new(object);
        let name = name(&mut reader);
        let dataset = dataset(&mut reader);
        let aggregate = aggregate(&mut reader, dataset);
        let detection = detection(&mut reader);
        let direction = direction(&mut reader, detection);
        let window_minutes = minutes(&mut reader, "timeWindow");
        let period = reader.whole("thresholdPeriod").unwrap_or(1);
        let event_types = event_types(&mut reader, dataset);
        let (critical, warning) = triggers(&mut reader, detection);
        let rule = Self {
            name,
            dataset,
            aggregate,
            event_types,
            query: reader.text("query").unwrap_or_default(),
            environment: reader.text("environment").filter(|name| !name.is_empty()),
            window_minutes,
            direction,
            detection,
            critical,
            warning,
            resolve_threshold: reader.number("resolveThreshold"),
            period: u32::try_from(period).unwrap_or(0),
        };
        let mut problems = reader.problems;
        // What holds between fields is asked of fields that are right by themselves.
        let wrong: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        problems.extend(
            check(&rule)
                .into_iter()
                .filter(|problem| !wrong.contains(&problem.field)),
        );
        if problems.is_empty() { Ok(rule) } else { Err(problems) }
    }
}

impl MetricRule {
    /// As clients read it, without what only the server knows: ids and dates of the rule itself.
    pub fn to_wire(&self) -> Map<String, Value> {
        let (delta, sensitivity) = match self.detection {
            Detection::Static => (None, None),
            Detection::Percent { minutes } => (Some(minutes), None),
            Detection::Dynamic { sensitivity } => (None, Some(sensitivity.name())),
        };
        let triggers = self
            .triggers()
            .map(|(level, trigger)| self.trigger_to_wire(level, trigger));
        let object = json!({
            "name": self.name,
            "queryType": self.dataset.query_type(),
            "dataset": self.dataset.name(),
            "query": self.query,
            "eventTypes": self.event_types.iter().map(|of| of.name()).collect::<Vec<_>>(),
            "aggregate": self.aggregate,
            "timeWindow": self.window_minutes,
            "thresholdType": self.direction.number(),
            "thresholdPeriod": self.period,
            "resolveThreshold": self.resolve_threshold.map(number),
            "environment": self.environment,
            "comparisonDelta": delta,
            "detectionType": self.detection.name(),
            "sensitivity": sensitivity,
            "seasonality": sensitivity.map(|_| "auto"),
            "triggers": triggers.collect::<Vec<_>>(),
        });
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }

    fn trigger_to_wire(&self, level: Level, trigger: &Trigger) -> Value {
        json!({
            "id": trigger.id.to_string(),
            "label": level.name(),
            "thresholdType": self.direction.number(),
            "alertThreshold": number(trigger.threshold),
            "resolveThreshold": self.resolve_threshold.map(number),
            "actions": trigger.actions.iter().map(MetricAction::wire).collect::<Vec<_>>(),
        })
    }
}

fn name(reader: &mut Object<'_>) -> String {
    let given = reader.given("name").is_some();
    let name = reader.text("name").unwrap_or_default();
    if !given {
        reader.refuse("name", "This field is required.");
    } else if name.is_empty() {
        reader.refuse("name", "This field may not be blank.");
    } else if name.chars().count() > LONGEST_NAME {
        reader.refuse(
            "name",
            format!("Ensure this field has no more than {LONGEST_NAME} characters."),
        );
    }
    name
}

fn dataset(reader: &mut Object<'_>) -> Dataset {
    let query_type = reader.whole("queryType");
    let named = reader.choice("dataset", Dataset::from_name);
    let dataset = named.unwrap_or(match query_type {
        Some(1) => Dataset::Transactions,
        Some(2) => Dataset::Metrics,
        _ => Dataset::Events,
    });
    match query_type {
        Some(query_type) if !(0..=2).contains(&query_type) => {
            reader.refuse("queryType", format!("Invalid query type {query_type}"));
        }
        // Spans and logs were asked about as errors, too.
        Some(0) if dataset == Dataset::AnalyticsPlatform => {}
        Some(query_type) if query_type != dataset.query_type() => {
            reader.refuse(
                "dataset",
                format!("Invalid dataset for query type {query_type}: {}", dataset.name()),
            );
        }
        _ => {}
    }
    dataset
}

fn aggregate(reader: &mut Object<'_>, dataset: Dataset) -> String {
    let Some(aggregate) = reader.text("aggregate").filter(|aggregate| !aggregate.is_empty()) else {
        if reader.problems.iter().all(|problem| problem.field != "aggregate") {
            reader.refuse("aggregate", "This field is required.");
        }
        return String::new();
    };
    match (dataset.is_sessions(), CrashFree::from_aggregate(&aggregate)) {
        (true, None) => reader.refuse(
            "aggregate",
            "Sessions are measured by percentage(sessions_crashed, sessions) or percentage(users_crashed, users).",
        ),
        (false, Some(_)) => reader.refuse(
            "aggregate",
            "Crash rates are measured in the datasets sessions and metrics.",
        ),
        _ => {}
    }
    aggregate
}

fn detection(reader: &mut Object<'_>) -> Detection {
    let delta = reader.given("comparisonDelta").is_some();
    let kind = reader.choice("detectionType", |name| {
        ["static", "percent", "dynamic"]
            .into_iter()
            .find(|known| *known == name)
    });
    match kind {
        Some("dynamic") => {
            // `auto` finds out by itself whether days or weeks are alike.
            reader.choice("seasonality", |name| (name == "auto").then_some(()));
            let sensitivity = reader.choice("sensitivity", Sensitivity::from_name);
            Detection::Dynamic {
                sensitivity: sensitivity.unwrap_or(Sensitivity::Medium),
            }
        }
        // Older clients say it by the time alone.
        Some("percent") => percent(reader),
        None if delta => percent(reader),
        _ => {
            if delta {
                reader.refuse("comparisonDelta", "A static threshold is compared with no other time.");
            }
            Detection::Static
        }
    }
}

fn percent(reader: &mut Object<'_>) -> Detection {
    Detection::Percent {
        minutes: minutes(reader, "comparisonDelta"),
    }
}

fn direction(reader: &mut Object<'_>, detection: Detection) -> Direction {
    match reader.whole("thresholdType") {
        Some(number) => match Direction::from_number(number) {
            Some(Direction::Outside) if !matches!(detection, Detection::Dynamic { .. }) => {
                reader.refuse(
                    "thresholdType",
                    "Above and below at once is for dynamic thresholds only.",
                );
                Direction::Outside
            }
            Some(direction) => direction,
            None => {
                reader.refuse("thresholdType", "Invalid threshold type, valid values are 0, 1, 2");
                Direction::Above
            }
        },
        None => {
            if reader.given("thresholdType").is_none() {
                reader.refuse("thresholdType", "This field is required.");
            }
            Direction::Above
        }
    }
}

/// 0 when it is missing, which no rule may have.
fn minutes(reader: &mut Object<'_>, field: &'static str) -> u32 {
    let given = reader.given(field).is_some();
    let minutes = reader.whole(field);
    if !given {
        reader.refuse(field, "This field is required.");
    }
    minutes.map_or(0, |minutes| u32::try_from(minutes).unwrap_or(u32::MAX))
}

fn event_types(reader: &mut Object<'_>, dataset: Dataset) -> Vec<EventType> {
    let known = dataset.event_types();
    let default = || known.iter().copied().take(1).collect();
    let Some(value) = reader.given("eventTypes") else {
        return default();
    };
    let Value::Array(names) = value else {
        reader.refuse("eventTypes", "Expected a list of items.");
        return default();
    };
    let mut types = Vec::new();
    for name in names.iter().map(|name| name.as_str().unwrap_or_default()) {
        match EventType::from_name(name) {
            None => reader.refuse("eventTypes", format!("\"{name}\" is not a valid choice.")),
            // Sessions have none, and clients send one nevertheless.
            Some(_) if known.is_empty() => {}
            Some(of) if !known.contains(&of) => {
                reader.refuse(
                    "eventTypes",
                    format!("Invalid event type for dataset {}: {name}", dataset.name()),
                );
            }
            Some(of) if types.contains(&of) => {}
            Some(of) => types.push(of),
        }
    }
    // In one order, so that rules that say the same are equal.
    types.sort_by_key(|of| known.iter().position(|one| one == of));
    if types.is_empty() { default() } else { types }
}

fn triggers(reader: &mut Object<'_>, detection: Detection) -> (Trigger, Option<Trigger>) {
    let none = Trigger {
        id: 0,
        threshold: 0.0,
        actions: Vec::new(),
    };
    let Some(value) = reader.given("triggers") else {
        reader.refuse("triggers", "This field is required.");
        return (none, None);
    };
    let Some(list) = value.as_array().filter(|list| (1..=2).contains(&list.len())) else {
        reader.refuse(
            "triggers",
            "Must send 1 or 2 triggers: one named critical, and a further one named warning",
        );
        return (none, None);
    };
    let mut found = Vec::new();
    for (value, level) in list.iter().zip([Level::Critical, Level::Warning]) {
        match trigger(value, level, detection) {
            Ok(trigger) => found.push(trigger),
            Err(messages) => {
                for message in messages {
                    reader.refuse("triggers", message);
                }
            }
        }
    }
    let mut found = found.into_iter();
    (found.next().unwrap_or(none), found.next())
}

fn trigger(value: &Value, level: Level, detection: Detection) -> Result<Trigger, Vec<String>> {
    let Value::Object(object) = value else {
        return Err(vec!["Invalid data. Expected a dictionary.".to_owned()]);
    };
    let mut reader = Object::new(object);
    let (number, name) = match level {
        Level::Critical => (1, "critical"),
        Level::Warning => (2, "warning"),
    };
    if reader.text("label").is_none_or(|label| label != name) {
        reader.refuse("label", format!("Trigger {number} must be labeled \"{name}\""));
    }
    let threshold = match detection {
        // What is usual has no threshold of its own, whatever clients send.
        Detection::Dynamic { .. } => 0.0,
        _ => {
            let given = reader.given("alertThreshold").is_some();
            let threshold = reader.number("alertThreshold");
            if !given {
                reader.refuse("alertThreshold", format!("alertThreshold of {name} is required"));
            }
            threshold.unwrap_or(0.0)
        }
    };
    let id = reader.whole("id").unwrap_or(0);
    let actions = actions(&mut reader);
    if reader.problems.is_empty() {
        Ok(Trigger { id, threshold, actions })
    } else {
        Err(reader
            .problems
            .into_iter()
            .map(|problem| format!("{name}: {}", problem.message))
            .collect())
    }
}

fn actions(reader: &mut Object<'_>) -> Vec<MetricAction> {
    let Some(value) = reader.given("actions") else {
        return Vec::new();
    };
    let Some(list) = value.as_array() else {
        reader.refuse("actions", "Expected a list of items.");
        return Vec::new();
    };
    if list.len() > MOST_ACTIONS {
        reader.refuse("actions", format!("a trigger has at most {MOST_ACTIONS} actions"));
        return Vec::new();
    }
    let mut actions = Vec::new();
    for value in list {
        let Value::Object(object) = value else {
            reader.refuse("actions", "Invalid data. Expected a dictionary.");
            continue;
        };
        match action(object) {
            Ok(action) => actions.push(action),
            Err(problems) => reader.problems.extend(problems),
        }
    }
    actions
}

/// The kinds of actions, each with what it can be told to.
const KINDS: [(&str, &[TargetType]); 8] = [
    ("email", &[TargetType::User, TargetType::Team, TargetType::Specific]),
    ("slack", &[TargetType::Specific]),
    ("msteams", &[TargetType::Specific]),
    ("discord", &[TargetType::Specific]),
    ("pagerduty", &[TargetType::Specific]),
    ("opsgenie", &[TargetType::Specific]),
    ("webhook", &[TargetType::Specific]),
    ("sentry_app", &[TargetType::SentryApp]),
];

/// Whether triggers can tell something to a service of this name.
pub fn is_service(name: &str) -> bool {
    name != "email" && KINDS.iter().any(|(kind, _)| *kind == name)
}

fn action(object: &Map<String, Value>) -> Result<MetricAction, Vec<Problem>> {
    let mut reader = Object::new(object);
    let kind = reader.choice("type", |name| KINDS.iter().find(|(known, _)| *known == name));
    if kind.is_none() && reader.problems.is_empty() {
        reader.refuse("type", "type of an action is required");
    }
    let target_type = reader.choice("targetType", TargetType::from_name);
    if let Some((name, targets)) = kind
        && !target_type.is_some_and(|target| targets.contains(&target))
    {
        let names: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        reader.refuse(
            "targetType",
            format!("Invalid target type for {name}. Valid types are [{}]", names.join(", ")),
        );
    }
    let action = MetricAction {
        id: reader.whole("id").unwrap_or(0),
        kind: kind.map_or_else(String::new, |(name, _)| (*name).to_owned()),
        target_type: target_type.unwrap_or(TargetType::Specific),
        target: reader.text("targetIdentifier").filter(|target| !target.is_empty()),
        integration: reader.whole("integrationId").or_else(|| reader.whole("integration")),
        input_channel: reader.text("inputChannelId").filter(|channel| !channel.is_empty()),
        sentry_app: reader.whole("sentryAppId").or_else(|| reader.whole("sentryApp")),
        installation: reader.text("sentryAppInstallationUuid"),
        settings: reader
            .given("settings")
            .or_else(|| reader.given("sentryAppConfig"))
            .cloned()
            .unwrap_or(Value::Null),
        priority: reader.text("priority"),
    };
    let texts = [
        &action.target,
        &action.input_channel,
        &action.installation,
        &action.priority,
    ];
    if texts
        .into_iter()
        .flatten()
        .any(|text| text.chars().count() > LONGEST_TARGET)
    {
        reader.refuse(
            "targetIdentifier",
            format!("a target has at most {LONGEST_TARGET} characters"),
        );
    }
    let names_target = matches!(action.kind.as_str(), "email" | "webhook" | "slack");
    if names_target && action.target.is_none() && action.input_channel.is_none() {
        reader.refuse(
            "targetIdentifier",
            format!("an action of type {} must name its target", action.kind),
        );
    }
    if reader.problems.is_empty() {
        Ok(action)
    } else {
        Err(reader.problems)
    }
}
