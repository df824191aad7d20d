//! The newer model of alerts, read and written: what it calls a workflow is a rule of ours, what it calls a detector is
//! the errors of a project or a metric alert rule (`integrations.md` §F.3).
//!
//! A workflow's triggers are a rule's conditions; its action filters are the rule's filters and actions, and those
//! after the first are its branches. Keys are read in both spellings, `action_filters` and `actionFilters`.

mod action;
mod condition;
mod detector;

use model::{AlertRuleId, Assignee};
use serde_json::{Map, Value, json};

use crate::{
    check::{Check, Part},
    reader::Problem,
    rule::{Branch, IssueRule, Match},
};

pub use detector::{detector_parts, read_detector};

/// What a client sent of a workflow, beside what stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    pub rule: IssueRule,
    pub is_enabled: bool,
    pub owner: Option<Assignee>,
    /// `None`: not said.
    pub detectors: Option<Vec<i64>>,
}

impl Workflow {
    /// Reads a whole workflow.
    pub fn read(wire: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (action_match, conditions) = triggers(wire, &mut problems);
        let mut branches = branches(wire, &mut problems).into_iter();
        let first = branches.next().unwrap_or(Branch {
            filter_match: Match::All,
            filters: Vec::new(),
            actions: Vec::new(),
        });
        let rule = IssueRule {
            name: text(wire, "name").trim().to_owned(),
            action_match,
            filter_match: first.filter_match,
            conditions,
            filters: first.filters,
            actions: first.actions,
            more: branches.collect(),
            frequency_minutes: frequency(wire, &mut problems),
            environment: Some(text(wire, "environment").to_owned()).filter(|name| !name.is_empty()),
        };
        let workflow = Self {
            is_enabled: get(wire, "enabled").and_then(Value::as_bool).unwrap_or(true),
            owner: owner(wire, &mut problems),
            detectors: detectors(wire, &mut problems),
            rule,
        };
        if problems.is_empty() {
            problems = workflow.rule.problems().into_iter().map(renamed).collect();
        }
        if problems.is_empty() {
            Ok(workflow)
        } else {
            Err(problems)
        }
    }
}

/// `triggers`, `actionFilters`, `config`, `environment` and `name` of a rule. `id` is the rule's, and those of the parts
/// are made from it.
pub fn workflow_parts(rule: &IssueRule, id: AlertRuleId, organization: &str) -> Map<String, Value> {
    let conditions = |part, list: usize, checks: &[Check]| -> Vec<Value> {
        let of_check = |(place, check): (usize, &Check)| {
            let mut wire = condition::write(part, check);
            wire.insert("id".to_owned(), json!(part_id(id, list, place + 1)));
            wire.insert("conditionResult".to_owned(), json!(true));
            Value::Object(wire)
        };
        checks.iter().enumerate().map(of_check).collect()
    };
    let group = |part, list: usize, of: Match, checks: &[Check], actions: Vec<Value>| {
        json!({
            "id": part_id(id, list, 0),
            "organizationId": organization,
            "logicType": logic_type(of),
            "conditions": conditions(part, list, checks),
            "actions": actions,
        })
    };
    let first = (rule.filter_match, &rule.filters, &rule.actions);
    let more = rule
        .more
        .iter()
        .map(|branch| (branch.filter_match, &branch.filters, &branch.actions));
    let filters = std::iter::once(first)
        .chain(more)
        .enumerate()
        .map(|(place, (of, checks, actions))| {
            let list = place + 1;
            let actions = actions.iter().enumerate().map(|(place, action)| {
                let mut wire = action::write(action);
                let own = part_id(id, list, 100 + place);
                wire.insert("id".to_owned(), json!(action.uuid.as_ref().unwrap_or(&own)));
                Value::Object(wire)
            });
            group(Part::Filter, list, of, checks, actions.collect())
        });
    let triggers = group(Part::Condition, 0, rule.action_match, &rule.conditions, Vec::new());
    let mut parts = Map::new();
    parts.insert("name".to_owned(), json!(rule.name));
    parts.insert("triggers".to_owned(), triggers);
    parts.insert("actionFilters".to_owned(), filters.collect());
    parts.insert("environment".to_owned(), json!(rule.environment));
    parts.insert("config".to_owned(), json!({"frequency": rule.frequency_minutes}));
    parts
}

/// Unlike that of every other part of every rule.
fn part_id(rule: AlertRuleId, list: usize, place: usize) -> String {
    format!("{rule}{list}{place:03}")
}

fn logic_type(of: Match) -> &'static str {
    match of {
        Match::All => "all",
        Match::Any => "any-short",
        Match::None => "none",
    }
}

/// The value of a key in either spelling.
fn get<'w>(wire: &'w Map<String, Value>, camel: &str) -> Option<&'w Value> {
    let found = wire.get(camel).or_else(|| wire.get(&snake_case(camel)));
    found.filter(|value| !value.is_null())
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// What is there with what a client changes of it: what it does not name, in either spelling, stays.
pub fn changed<'c>(
    before: Map<String, Value>,
    change: impl Iterator<Item = (&'c String, &'c Value)>,
) -> Map<String, Value> {
    let mut after = before;
    for (key, value) in change {
        let known = after
            .keys()
            .find(|known| *known == key || snake_case(known) == *key)
            .cloned();
        after.insert(known.unwrap_or_else(|| key.clone()), value.clone());
    }
    after
}

fn text<'w>(wire: &'w Map<String, Value>, key: &str) -> &'w str {
    get(wire, key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'w>(wire: &'w Map<String, Value>, key: &str) -> &'w [Value] {
    get(wire, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn triggers(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> (Match, Vec<Check>) {
    match get(wire, "triggers") {
        None => (Match::Any, Vec::new()),
        Some(Value::Object(group)) => (
            logic(group, "triggers", problems),
            conditions(group, Part::Condition, "triggers", problems),
        ),
        Some(_) => {
            problems.push(Problem::new("triggers", "expected an object"));
            (Match::Any, Vec::new())
        }
    }
}

fn branches(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Vec<Branch> {
    const FIELD: &str = "actionFilters";
    let mut branches = Vec::new();
    for group in list(wire, FIELD) {
        let Value::Object(group) = group else {
            problems.push(Problem::new(FIELD, "expected a list of objects"));
            continue;
        };
        let mut actions = Vec::new();
        for (place, wire) in list(group, "actions").iter().enumerate() {
            let wire = wire.as_object().ok_or_else(|| vec!["expected an object".to_owned()]);
            match wire.and_then(action::read) {
                Ok(action) => actions.push(action),
                Err(wrong) => add(problems, FIELD, "actions", place, &wrong),
            }
        }
        branches.push(Branch {
            filter_match: logic(group, FIELD, problems),
            filters: conditions(group, Part::Filter, FIELD, problems),
            actions,
        });
    }
    branches
}

fn logic(group: &Map<String, Value>, field: &'static str, problems: &mut Vec<Problem>) -> Match {
    match text(group, "logicType") {
        "any" | "any-short" | "" => Match::Any,
        "all" => Match::All,
        "none" => Match::None,
        _ => {
            problems.push(Problem::new(field, "logicType: expected one of any-short, all, none"));
            Match::Any
        }
    }
}

fn conditions(group: &Map<String, Value>, part: Part, field: &'static str, problems: &mut Vec<Problem>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (place, wire) in list(group, "conditions").iter().enumerate() {
        let wire = wire.as_object().ok_or_else(|| vec!["expected an object".to_owned()]);
        match wire.and_then(|wire| condition::read(part, wire)) {
            Ok(check) => checks.push(check),
            Err(wrong) => add(problems, field, "conditions", place, &wrong),
        }
    }
    checks
}

fn add(problems: &mut Vec<Problem>, field: &'static str, of: &str, place: usize, wrong: &[String]) {
    let place = place + 1;
    problems.extend(
        wrong
            .iter()
            .map(|wrong| Problem::new(field, format!("{of} {place}: {wrong}"))),
    );
}

fn frequency(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> u32 {
    let config = get(wire, "config").and_then(Value::as_object);
    match config.and_then(|config| config.get("frequency")) {
        None | Some(Value::Null) => 30,
        Some(value) => value
            .as_u64()
            .and_then(|minutes| u32::try_from(minutes).ok())
            .unwrap_or_else(|| {
                problems.push(Problem::new("config", "frequency: expected a number of minutes"));
                30
            }),
    }
}

fn owner(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Assignee> {
    let owner = get(wire, "owner")?;
    let read = owner.as_str().and_then(|owner| owner.parse().ok());
    if read.is_none() {
        problems.push(Problem::new("owner", "expected user: or team: and an id"));
    }
    read
}

fn detectors(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Vec<i64>> {
    let ids = get(wire, "detectorIds")?;
    let id = |id: &Value| id.as_i64().or_else(|| id.as_str()?.parse().ok());
    let read = ids.as_array().and_then(|ids| ids.iter().map(id).collect());
    if read.is_none() {
        problems.push(Problem::new("detectorIds", "expected a list of ids"));
    }
    read
}

/// As a client of this model knows the field.
fn renamed(problem: Problem) -> Problem {
    let field = match problem.field {
        "conditions" | "actionMatch" => "triggers",
        "filters" | "actions" | "filterMatch" | "branches" => "actionFilters",
        "frequency" => "config",
        other => other,
    };
    Problem { field, ..problem }
}
