//! What the form of the builder holds, as texts, and what it makes of a rule.

use alerts::metric::{Level, MetricRule};
use serde_json::{Map, Value, json};

/// What is measured, in the words of the form: name, label, dataset, types of events.
pub(super) const SUBJECTS: [(&str, &str, &str, &[&str]); 7] = [
    ("errors", "errors", "events", &["error"]),
    ("all-events", "errors and messages", "events", &["error", "default"]),
    ("transactions", "transactions", "transactions", &["transaction"]),
    ("spans", "spans", "events_analytics_platform", &["trace_item_span"]),
    ("logs", "logs", "events_analytics_platform", &["trace_item_log"]),
    ("sessions", "sessions", "metrics", &[]),
    ("messages", "messages", "events", &["default"]),
];

pub(super) const WINDOWS: [(u32, &str); 12] = [
    (1, "1 minute"),
    (5, "5 minutes"),
    (10, "10 minutes"),
    (15, "15 minutes"),
    (30, "30 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (240, "4 hours"),
    (360, "6 hours"),
    (480, "8 hours"),
    (720, "12 hours"),
    (1_440, "1 day"),
];

pub(super) const DELTAS: [(u32, &str); 6] = [
    (5, "5 minutes before"),
    (15, "15 minutes before"),
    (60, "an hour before"),
    (1_440, "a day before"),
    (10_080, "a week before"),
    (43_200, "30 days before"),
];

pub(super) const DETECTIONS: [(&str, &str); 3] = [
    ("static", "a fixed number"),
    ("percent", "the same time before, in percent"),
    ("dynamic", "what is usual at that time"),
];

pub(super) const DIRECTIONS: [(i64, &str); 3] = [(0, "above"), (1, "below"), (2, "above or below")];

/// A rule of the form.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct MetricForm {
    pub(super) name: String,
    /// `user:7`, `team:2`, or empty.
    pub(super) owner: String,
    /// Slugs.
    pub(super) projects: Vec<String>,
    pub(super) environment: String,
    /// One of [`SUBJECTS`].
    pub(super) subject: String,
    pub(super) aggregate: String,
    pub(super) query: String,
    pub(super) window: String,
    pub(super) period: String,
    pub(super) direction: String,
    pub(super) detection: String,
    pub(super) delta: String,
    pub(super) sensitivity: String,
    pub(super) critical: String,
    pub(super) warning: String,
    pub(super) resolve: String,
    /// Ids of the triggers, so that they stay the same.
    pub(super) ids: [String; 2],
    pub(super) actions: Vec<ActionRow>,
    /// Which the one who edits it has seen.
    pub(super) revision: Option<i64>,
}

/// Whom a trigger tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ActionRow {
    /// `critical` or `warning`.
    pub(super) level: String,
    /// `user:7`, `team:2`, `email`, or the name of a service; empty for a row that is not used.
    pub(super) target: String,
    /// An address, URL or channel.
    pub(super) text: String,
    /// The action as it was: no form shows all that clients can send.
    pub(super) kept: Map<String, Value>,
}

/// Rows that a form may hold, and how many empty ones are offered.
const MOST_ROWS: usize = 40;
const SPARE_ROWS: usize = 2;

impl MetricForm {
    /// More than 50 errors in 5 minutes.
    pub(super) fn new(project: &str) -> Self {
        let text = str::to_owned;
        Self {
            projects: vec![project.to_owned()],
            subject: text("errors"),
            aggregate: text("count()"),
            query: text("is:unresolved"),
            window: text("5"),
            period: text("1"),
            direction: text("0"),
            detection: text("static"),
            delta: text("1440"),
            sensitivity: text("medium"),
            critical: text("50"),
            actions: vec![ActionRow::default(); SPARE_ROWS],
            ..Self::default()
        }
    }

    pub(super) fn of_rule(rule: &MetricRule, projects: Vec<String>, owner: String, revision: i64) -> Self {
        let wire = rule.to_wire();
        let text = |name: &str| wire.get(name).map_or_else(String::new, plain);
        let subject = SUBJECTS.iter().find(|(_, _, dataset, types)| {
            let same_types =
                rule.event_types.len() == types.len() && rule.event_types.iter().all(|of| types.contains(&of.name()));
            let query_type = alerts::metric::Dataset::from_name(dataset).map(alerts::metric::Dataset::query_type);
            let same_dataset = *dataset == rule.dataset.name() || types.is_empty() && rule.dataset.is_sessions();
            (same_dataset || *dataset == "transactions" && query_type == Some(rule.dataset.query_type())) && same_types
        });
        let mut actions: Vec<ActionRow> = Vec::new();
        for (level, trigger) in rule.triggers() {
            actions.extend(trigger.actions.iter().map(|action| ActionRow::of(level, action.wire())));
        }
        actions.extend(vec![ActionRow::default(); SPARE_ROWS]);
        let threshold = |level| {
            rule.trigger(level)
                .map_or_else(String::new, |trigger| short(trigger.threshold))
        };
        let id = |level| {
            rule.trigger(level)
                .map_or_else(String::new, |trigger| trigger.id.to_string())
        };
        Self {
            name: rule.name.clone(),
            owner,
            projects,
            environment: text("environment"),
            subject: subject.map_or("errors", |(name, ..)| name).to_owned(),
            aggregate: rule.aggregate.clone(),
            query: rule.query.clone(),
            window: text("timeWindow"),
            period: text("thresholdPeriod"),
            direction: text("thresholdType"),
            detection: text("detectionType"),
            delta: Some(text("comparisonDelta"))
                .filter(|delta| !delta.is_empty())
                .unwrap_or("1440".to_owned()),
            sensitivity: Some(text("sensitivity"))
                .filter(|of| !of.is_empty())
                .unwrap_or("medium".to_owned()),
            critical: threshold(Level::Critical),
            warning: threshold(Level::Warning),
            resolve: rule.resolve_threshold.map_or_else(String::new, short),
            ids: [id(Level::Critical), id(Level::Warning)],
            actions,
            revision: Some(revision),
        }
    }

    /// As it was sent.
    pub(super) fn read(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            fields
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let projects = match fields.get("projects") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let mut actions = Vec::new();
        for number in 0..MOST_ROWS {
            let name = |field: &str| format!("action{number}_{field}");
            if !fields.contains_key(&name("target")) {
                break;
            }
            let kept = serde_json::from_str(&text(&name("kept"))).unwrap_or_default();
            let row = ActionRow {
                level: text(&name("level")),
                target: text(&name("target")),
                text: text(&name("text")),
                kept,
            };
            if !row.target.is_empty() {
                actions.push(row);
            }
        }
        actions.extend(vec![ActionRow::default(); SPARE_ROWS]);
        Self {
            name: text("name"),
            owner: text("owner"),
            projects,
            environment: text("environment"),
            subject: text("subject"),
            aggregate: text("aggregate"),
            query: text("query"),
            window: text("window"),
            period: text("period"),
            direction: text("direction"),
            detection: text("detection"),
            delta: text("delta"),
            sensitivity: text("sensitivity"),
            critical: text("critical"),
            warning: text("warning"),
            resolve: text("resolve"),
            ids: [text("critical_id"), text("warning_id")],
            actions,
            revision: text("revision").parse().ok(),
        }
    }

    /// The rule in the form that clients write.
    pub(super) fn wire(&self) -> Map<String, Value> {
        let subject = SUBJECTS.iter().find(|(name, ..)| *name == self.subject);
        let (_, _, dataset, types) = subject.unwrap_or(&SUBJECTS[0]);
        let is_dynamic = self.detection == "dynamic";
        let mut triggers = vec![self.trigger("critical", &self.critical, &self.ids[0])];
        if !self.warning.is_empty() && !is_dynamic {
            triggers.push(self.trigger("warning", &self.warning, &self.ids[1]));
        }
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let wire = json!({
            "name": self.name,
            "dataset": dataset,
            "eventTypes": types,
            "aggregate": self.aggregate,
            "query": self.query,
            "environment": given(&self.environment),
            "timeWindow": self.window,
            "thresholdPeriod": self.period,
            "thresholdType": self.direction,
            "detectionType": self.detection,
            "comparisonDelta": given(&self.delta).filter(|_| self.detection == "percent"),
            "sensitivity": given(&self.sensitivity).filter(|_| is_dynamic),
            "seasonality": is_dynamic.then_some("auto"),
            "resolveThreshold": given(&self.resolve).filter(|_| !is_dynamic),
            "triggers": triggers,
        });
        match wire {
            Value::Object(wire) => wire,
            _ => Map::new(),
        }
    }

    fn trigger(&self, level: &str, threshold: &str, id: &str) -> Value {
        // Without a warning its rows go to the other trigger rather than nowhere.
        let has_warning = !self.warning.is_empty() && self.detection != "dynamic";
        let of_level = |row: &&ActionRow| {
            let of_warning = row.level == "warning" && has_warning;
            !row.target.is_empty() && of_warning == (level == "warning")
        };
        let actions: Vec<Value> = self.actions.iter().filter(of_level).map(ActionRow::wire).collect();
        json!({
            "id": id,
            "label": level,
            "alertThreshold": if threshold.is_empty() { Value::Null } else { threshold.into() },
            "actions": actions,
        })
    }
}

impl ActionRow {
    fn of(level: Level, kept: Map<String, Value>) -> Self {
        let text = |name: &str| kept.get(name).map_or_else(String::new, plain);
        let (kind, target_type, target) = (text("type"), text("targetType"), text("targetIdentifier"));
        let (target, text) = match target_type.as_str() {
            "user" | "team" => (format!("{target_type}:{target}"), String::new()),
            _ => (kind, target),
        };
        Self {
            level: level.name().to_owned(),
            target,
            text,
            kept,
        }
    }

    fn wire(&self) -> Value {
        let (kind, target_type, target) = match self.target.split_once(':') {
            Some((who, id)) => ("email", who, id),
            None if self.target == "sentry_app" => ("sentry_app", "sentry_app", self.text.as_str()),
            None => (self.target.as_str(), "specific", self.text.as_str()),
        };
        let is_same = |name: &str, value: &str| self.kept.get(name).is_some_and(|kept| plain(kept) == value);
        // What the form does not show belongs to the service that it was chosen for.
        let mut wire = if is_same("type", kind) {
            self.kept.clone()
        } else {
            Map::new()
        };
        wire.insert("type".to_owned(), kind.into());
        wire.insert("targetType".to_owned(), target_type.into());
        wire.insert("targetIdentifier".to_owned(), target.into());
        Value::Object(wire)
    }

    /// What the form carries along.
    pub(super) fn kept(&self) -> String {
        Value::Object(self.kept.clone()).to_string()
    }
}

/// A value as a form shows it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Without a point where it is whole.
fn short(number: f64) -> String {
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields that a browser sends for a form.
    fn sent(form: &MetricForm) -> Map<String, Value> {
        let mut fields = Map::new();
        let texts = [
            ("name", &form.name),
            ("owner", &form.owner),
            ("environment", &form.environment),
            ("subject", &form.subject),
            ("aggregate", &form.aggregate),
            ("query", &form.query),
            ("window", &form.window),
            ("period", &form.period),
            ("direction", &form.direction),
            ("detection", &form.detection),
            ("delta", &form.delta),
            ("sensitivity", &form.sensitivity),
            ("critical", &form.critical),
            ("warning", &form.warning),
            ("resolve", &form.resolve),
            ("critical_id", &form.ids[0]),
            ("warning_id", &form.ids[1]),
        ];
        for (name, text) in texts {
            fields.insert(name.to_owned(), text.clone().into());
        }
        fields.insert("projects".to_owned(), json!(form.projects));
        for (number, row) in form.actions.iter().enumerate() {
            for (field, text) in [
                ("level", row.level.clone()),
                ("target", row.target.clone()),
                ("text", row.text.clone()),
                ("kept", row.kept()),
            ] {
                fields.insert(format!("action{number}_{field}"), text.into());
            }
        }
        fields
    }

    #[test]
    fn a_rule_survives_being_edited_without_a_change() {
        for wire in [
            json!({"name": "a", "aggregate": "count()", "timeWindow": 5, "thresholdType": 0, "resolveThreshold": 10,
                "environment": "prod", "query": "is:unresolved", "eventTypes": ["default", "error"], "triggers": [
                {"id": "7", "label": "critical", "alertThreshold": 50.5, "actions": [
                    {"id": "8", "type": "email", "targetType": "user", "targetIdentifier": "1"},
                    {"id": "9", "type": "slack", "targetType": "specific", "targetIdentifier": "#a", "integrationId": 3}]},
                {"id": "10", "label": "warning", "alertThreshold": 20, "actions": [
                    {"id": "11", "type": "email", "targetType": "team", "targetIdentifier": "2"}]}]}),
            json!({"name": "a", "aggregate": "p95(transaction.duration)", "dataset": "transactions", "timeWindow": 60,
                "thresholdType": 1, "comparisonDelta": 60, "thresholdPeriod": 3, "triggers": [
                {"id": "7", "label": "critical", "alertThreshold": 20}]}),
            json!({"name": "a", "aggregate": "count()", "timeWindow": 15, "thresholdType": 2, "detectionType": "dynamic",
                "sensitivity": "low", "eventTypes": ["default"], "triggers": [{"id": "7", "label": "critical"}]}),
            json!({"name": "a", "aggregate": "percentage(users_crashed, users)", "dataset": "metrics", "timeWindow": 60,
                "thresholdType": 1, "triggers": [{"id": "7", "label": "critical", "alertThreshold": 99}]}),
        ] {
            let rule = MetricRule::read(wire.as_object().unwrap()).unwrap();
            let form = MetricForm::of_rule(&rule, vec!["shop".to_owned()], String::new(), 1);
            let read = MetricForm::read(&sent(&form));
            assert_eq!(
                MetricRule::read(&read.wire()).unwrap().to_wire(),
                rule.to_wire(),
                "{wire}"
            );
        }
    }

    #[test]
    fn rows_of_a_warning_that_is_none_go_to_the_other_trigger() {
        let mut form = MetricForm::new("shop");
        form.name = "a".to_owned();
        let row = |level: &str, target: &str, text: &str| ActionRow {
            level: level.to_owned(),
            target: target.to_owned(),
            text: text.to_owned(),
            kept: Map::new(),
        };
        form.actions = vec![
            row("warning", "user:7", ""),
            row("critical", "email", "a@tocsin.example"),
        ];
        let rule = MetricRule::read(&form.wire()).unwrap();
        assert_eq!(rule.critical.actions.len(), 2);
        form.warning = "20".to_owned();
        let rule = MetricRule::read(&form.wire()).unwrap();
        assert_eq!(rule.warning.unwrap().actions[0].target.as_deref(), Some("7"));
    }
}
