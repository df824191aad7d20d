//! What the form of the builder holds: a row for each condition, filter and action, with its parameters as texts.

use std::collections::BTreeMap;

use alerts::{ACTIONS, Field, Input, IssueRule, Part, Problem};
use model::Assignee;
use serde_json::{Map, Value, json};

/// The lists of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Conditions,
    Filters,
    Actions,
}

impl List {
    pub(super) const ALL: [Self; 3] = [Self::Conditions, Self::Filters, Self::Actions];

    /// In the form, and in the rule itself.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Conditions => "conditions",
            Self::Filters => "filters",
            Self::Actions => "actions",
        }
    }

    pub(super) fn part(self) -> Option<Part> {
        match self {
            Self::Conditions => Some(Part::Condition),
            Self::Filters => Some(Part::Filter),
            Self::Actions => None,
        }
    }

    /// A kind of what stands in the list: its label, its parameters.
    pub(super) fn find(self, id: &str) -> Option<Kind> {
        self.kinds().find(|kind| kind.id == id)
    }

    pub(super) fn kinds(self) -> Box<dyn Iterator<Item = Kind>> {
        match self.part() {
            Some(part) => Box::new(part.kinds().iter().map(|kind| Kind {
                id: kind.id,
                label: kind.label,
                fields: kind.fields,
                is_offered: kind.is_offered,
            })),
            None => Box::new(ACTIONS.iter().map(|kind| Kind {
                id: kind.id,
                label: kind.label,
                fields: kind.fields,
                is_offered: true,
            })),
        }
    }
}

/// A kind of condition, filter or action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) is_offered: bool,
}

/// Under this name a row chooses user, team or address together with what kind of target it is.
pub(super) const TARGET: &str = "target";
pub(super) const ADDRESS: &str = "address";

/// When alone an action is done.
pub(super) const ONLY_IF: &str = "onlyIf";

/// A row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) values: BTreeMap<String, String>,
    /// What it was before, whole: no form shows all that clients can send.
    pub(super) kept: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RuleForm {
    pub(super) name: String,
    pub(super) action_match: String,
    pub(super) filter_match: String,
    pub(super) frequency: String,
    pub(super) environment: String,
    pub(super) owner: String,
    /// Which the one who edits it has seen.
    pub(super) revision: Option<i64>,
    pub(super) conditions: Vec<Row>,
    pub(super) filters: Vec<Row>,
    pub(super) actions: Vec<Row>,
    /// Further filters with actions, which other clients made; they stay as they are.
    pub(super) branches: Value,
}

/// Rows of a list that a form may hold.
const MOST_ROWS: usize = 40;

impl Row {
    /// A new one, with what is usual in it.
    pub(super) fn new(kind: Kind) -> Self {
        let mut values = BTreeMap::new();
        for field in kind.fields {
            let value = match (field.name, field.input) {
                // What people mean by a number of times.
                ("operator", _) => "gte".to_owned(),
                (_, Input::Choice(choices)) if field.default.is_empty() => {
                    choices().first().map_or("", |(name, _)| name).to_owned()
                }
                _ => field.default.to_owned(),
            };
            values.insert(field.name.to_owned(), value);
        }
        let mut row = Self {
            id: kind.id.to_owned(),
            values,
            kept: Map::new(),
        };
        row.join_target(kind);
        row
    }

    pub(super) fn of_wire(list: List, wire: &Map<String, Value>) -> Self {
        let id = wire.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut row = Self {
            values: BTreeMap::new(),
            kept: wire.clone(),
            id,
        };
        if let Some(kind) = list.find(&row.id) {
            for field in kind.fields {
                let value = wire.get(field.name).map(plain).unwrap_or_default();
                let value = if value.is_empty() {
                    field.default.to_owned()
                } else {
                    value
                };
                row.values.insert(field.name.to_owned(), value);
            }
            row.values
                .insert(ONLY_IF.to_owned(), wire.get(ONLY_IF).map(plain).unwrap_or_default());
            row.join_target(kind);
        }
        row
    }

    /// Kind and id of a target become one choice.
    fn join_target(&mut self, kind: Kind) {
        if !has_target(kind) {
            return;
        }
        let of = self.values.remove("targetType").unwrap_or_default();
        let id = self.values.remove("targetIdentifier").unwrap_or_default();
        let (target, address) = match of.as_str() {
            "Address" => (of, id),
            "Team" | "Member" => (format!("{of}:{id}"), String::new()),
            _ => (of, String::new()),
        };
        self.values.insert(TARGET.to_owned(), target);
        self.values.insert(ADDRESS.to_owned(), address);
    }

    /// As the rule has it.
    pub(super) fn to_wire(&self, list: List) -> Map<String, Value> {
        let Some(kind) = list.find(&self.id) else {
            return self.kept.clone();
        };
        let mut wire = self.kept.clone();
        wire.insert("id".to_owned(), json!(self.id));
        let mut put = |name: &str, value: &str| {
            if value.is_empty() {
                wire.shift_remove(name);
            } else {
                wire.insert(name.to_owned(), json!(value));
            }
        };
        for field in kind.fields {
            let is_shown = !matches!(field.input, Input::Json | Input::Target) && field.name != "targetType";
            if let Some(value) = self.values.get(field.name).filter(|_| is_shown) {
                put(field.name, value.trim());
            }
        }
        if let Some(only_if) = self.values.get(ONLY_IF) {
            put(ONLY_IF, only_if);
        }
        if has_target(kind) {
            let target = self.value(TARGET);
            let (of, id) = target.split_once(':').unwrap_or((target, ""));
            put("targetType", of);
            put(
                "targetIdentifier",
                if of == "Address" {
                    self.value(ADDRESS).trim()
                } else {
                    id
                },
            );
        }
        wire
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }
}

pub(super) fn has_target(kind: Kind) -> bool {
    kind.fields.iter().any(|field| matches!(field.input, Input::Target))
}

/// Texts as they are, all else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl RuleForm {
    /// What somebody begins with: told of each new issue, by mail to whoever owns it.
    pub(super) fn new() -> Self {
        let row = |list: List, id: &str| list.find(id).map(Row::new);
        Self {
            action_match: "any".to_owned(),
            filter_match: "all".to_owned(),
            frequency: "30".to_owned(),
            conditions: row(
                List::Conditions,
                "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition",
            )
            .into_iter()
            .collect(),
            actions: row(List::Actions, "sentry.mail.actions.NotifyEmailAction")
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn of_rule(wire: &Map<String, Value>, owner: Option<Assignee>, revision: i64) -> Self {
        let text = |name: &str| wire.get(name).map(plain).unwrap_or_default();
        let rows = |list: List| {
            let rows = wire.get(list.name()).and_then(Value::as_array);
            let rows = rows.into_iter().flatten().filter_map(Value::as_object);
            rows.map(|row| Row::of_wire(list, row)).collect()
        };
        Self {
            name: text("name"),
            action_match: text("actionMatch"),
            filter_match: text("filterMatch"),
            frequency: text("frequency"),
            environment: text("environment"),
            owner: owner.map(|owner| owner.to_string()).unwrap_or_default(),
            revision: Some(revision),
            conditions: rows(List::Conditions),
            filters: rows(List::Filters),
            actions: rows(List::Actions),
            branches: wire.get("branches").cloned().unwrap_or_default(),
        }
    }

    /// What a browser sent: `name`, …, and `conditions.0.id`, `conditions.0.value`, …
    pub(super) fn of_fields(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let rows = |list: List| {
            let row = |place: usize| {
                let prefix = format!("{}.{place}.", list.name());
                let id = fields.get(&format!("{prefix}id"))?.as_str()?.to_owned();
                let own = fields.iter().filter_map(|(name, value)| {
                    let name = name.strip_prefix(&prefix)?;
                    Some((name.to_owned(), value.as_str()?.to_owned()))
                });
                let mut values: BTreeMap<String, String> = own.collect();
                values.remove("id");
                let kept = values.remove("kept").and_then(|kept| serde_json::from_str(&kept).ok());
                let kept = kept.unwrap_or_default();
                Some(Row { id, values, kept })
            };
            (0..MOST_ROWS).filter_map(row).collect()
        };
        Self {
            name: text("name"),
            action_match: text("actionMatch"),
            filter_match: text("filterMatch"),
            frequency: text("frequency"),
            environment: text("environment"),
            owner: text("owner"),
            revision: text("revision").parse().ok(),
            conditions: rows(List::Conditions),
            filters: rows(List::Filters),
            actions: rows(List::Actions),
            branches: serde_json::from_str(&text("branches")).unwrap_or_default(),
        }
    }

    pub(super) fn rows(&self, list: List) -> &[Row] {
        match list {
            List::Conditions => &self.conditions,
            List::Filters => &self.filters,
            List::Actions => &self.actions,
        }
    }

    fn rows_mut(&mut self, list: List) -> &mut Vec<Row> {
        match list {
            List::Conditions => &mut self.conditions,
            List::Filters => &mut self.filters,
            List::Actions => &mut self.actions,
        }
    }

    pub(super) fn add(&mut self, list: List, id: &str) {
        let new = list.find(id).filter(|kind| kind.is_offered).map(Row::new);
        if self.rows(list).len() < MOST_ROWS {
            self.rows_mut(list).extend(new);
        }
    }

    pub(super) fn remove(&mut self, list: List, place: usize) {
        if place < self.rows(list).len() {
            self.rows_mut(list).remove(place);
        }
    }

    /// Whose the rule is, by the form; what cannot be read is nobody.
    pub(super) fn owner(&self) -> Option<Assignee> {
        self.owner.parse().ok()
    }

    pub(super) fn branches(&self) -> usize {
        self.branches.as_array().map_or(0, Vec::len)
    }

    fn to_wire(&self) -> Map<String, Value> {
        let rows = |list: List| -> Value {
            let rows = self.rows(list).iter().map(|row| Value::Object(row.to_wire(list)));
            rows.collect()
        };
        let mut wire = Map::new();
        let mut put = |name: &str, value: Value| wire.insert(name.to_owned(), value);
        put("name", json!(self.name));
        put("actionMatch", json!(self.action_match));
        put("filterMatch", json!(self.filter_match));
        put("frequency", json!(self.frequency));
        put(
            "environment",
            json!(Some(&self.environment).filter(|name| !name.is_empty())),
        );
        for list in List::ALL {
            put(list.name(), rows(list));
        }
        if self.branches() > 0 {
            put("branches", self.branches.clone());
        }
        wire
    }

    pub(super) fn read(&self) -> Result<IssueRule, Vec<Problem>> {
        IssueRule::read(&self.to_wire())
    }

    /// The rule as far as it fires: without a name, and whatever it does.
    pub(super) fn read_to_preview(&self) -> Result<IssueRule, Vec<Problem>> {
        let mut wire = self.to_wire();
        wire.insert("name".to_owned(), json!("preview"));
        wire.insert("actions".to_owned(), json!([{"id": alerts::PLUGIN_ACTION}]));
        wire.shift_remove("branches");
        IssueRule::read(&wire)
    }

    /// What is wrong with a row.
    pub(super) fn problems_of(list: List, row: &Row) -> Vec<String> {
        let wire = row.to_wire(list);
        let read = match list.part() {
            Some(part) => alerts::Check::read(part, &wire).map(|_| ()),
            None => alerts::Action::read(&wire).map(|_| ()),
        };
        read.err().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Map<String, Value> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect()
    }

    const FREQUENCY: &str = "sentry.rules.conditions.event_frequency.EventFrequencyCondition";
    const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";
    const LEVEL: &str = "sentry.rules.filters.level.LevelFilter";

    #[test]
    fn what_a_browser_sends_is_a_rule() {
        let form = RuleForm::of_fields(&fields(&[
            ("name", "High priority"),
            ("actionMatch", "all"),
            ("filterMatch", "any"),
            ("frequency", "5"),
            ("environment", "production"),
            ("owner", "team:7"),
            ("revision", "3"),
            ("conditions.0.id", FREQUENCY),
            ("conditions.0.value", "20"),
            ("conditions.0.interval", "5m"),
            ("conditions.0.operator", "gte"),
            ("filters.0.id", LEVEL),
            ("filters.0.match", "gte"),
            ("filters.0.level", "40"),
            // One was taken away by hand.
            ("actions.1.id", MAIL),
            ("actions.1.target", "Address"),
            ("actions.1.address", "team@example.com"),
            ("actions.1.onlyIf", "critical"),
        ]));
        assert_eq!(
            (form.revision, form.owner().map(|owner| owner.to_string())),
            (Some(3), Some("team:7".to_owned()))
        );
        let rule = form.read().unwrap();
        let wire = rule.to_wire();
        assert_eq!(wire["conditions"][0]["value"], json!(20));
        assert_eq!(wire["conditions"][0]["operator"], json!("gte"));
        assert_eq!(wire["actions"][0]["targetType"], json!("Address"));
        assert_eq!(wire["actions"][0]["targetIdentifier"], json!("team@example.com"));
        assert_eq!(wire["actions"][0]["onlyIf"], json!("critical"));
        assert_eq!(wire["environment"], json!("production"));
    }

    #[test]
    fn a_rule_goes_through_the_form_unchanged() {
        let wire = json!({
            "name": "All there is", "actionMatch": "any", "filterMatch": "none", "frequency": 60, "environment": null,
            "conditions": [
                {"id": FREQUENCY, "value": 20, "interval": "1h", "comparisonType": "percent", "comparisonInterval": "1d"},
                {"id": "sentry.rules.conditions.event_frequency.EventUniqueUserFrequencyConditionWithConditions",
                    "value": 3, "interval": "1h", "filters": [{"key": "region", "match": "eq", "value": "eu"}]},
            ],
            "filters": [{"id": "sentry.rules.filters.assigned_to.AssignedToFilter", "targetType": "Team", "targetIdentifier": "4"}],
            "actions": [
                {"id": MAIL, "targetType": "Member", "targetIdentifier": "9", "uuid": "0b3"},
                {"id": "sentry.rules.actions.notify_event_sentry_app.NotifyEventSentryAppAction",
                    "sentryAppInstallationUuid": "x", "settings": [{"name": "a", "value": "b"}], "hasSchemaFormConfig": true},
            ],
        });
        let rule = IssueRule::read(wire.as_object().unwrap()).unwrap();
        let form = RuleForm::of_rule(&rule.to_wire(), None, 1);
        assert_eq!(form.read().unwrap(), rule);
        // Also by way of a browser, which sends what it was given.
        let mut sent = fields(&[
            ("name", "All there is"),
            ("actionMatch", "any"),
            ("filterMatch", "none"),
            ("frequency", "60"),
        ]);
        for list in List::ALL {
            for (place, row) in form.rows(list).iter().enumerate() {
                let mut put =
                    |name: &str, value: &str| sent.insert(format!("{}.{place}.{name}", list.name()), json!(value));
                put("id", &row.id);
                put("kept", &Value::Object(row.kept.clone()).to_string());
                for (name, value) in &row.values {
                    put(name, value);
                }
            }
        }
        assert_eq!(RuleForm::of_fields(&sent).read().unwrap(), rule);
    }

    #[test]
    fn each_kind_can_be_added_and_taken_away() {
        for list in List::ALL {
            for kind in list.kinds().filter(|kind| kind.is_offered) {
                let mut form = RuleForm::default();
                form.add(list, kind.id);
                assert_eq!(form.rows(list).len(), 1, "{}", kind.id);
                form.remove(list, 1);
                form.remove(list, 0);
                assert!(form.rows(list).is_empty());
            }
        }
        let mut form = RuleForm::new();
        form.add(List::Conditions, "nonsense");
        assert_eq!(form.conditions.len(), 1);
    }
}
