//! A rule as a whole: WHEN its conditions hold, IF its filters let it pass, THEN its actions are done.

use std::collections::BTreeMap;

use model::{Assignee, TeamId, UserId};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    action::Action,
    check::{Check, Part},
    names::names,
    reader::Problem,
};

names! {
    /// How many of a list have to hold. Of an empty list they do.
    pub enum Match {
        All = "all" "all",
        Any = "any" "any",
        None = "none" "none",
    }
}

/// A rule about each issue of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRule {
    pub name: String,
    pub action_match: Match,
    pub filter_match: Match,
    pub conditions: Vec<Check>,
    pub filters: Vec<Check>,
    pub actions: Vec<Action>,
    /// Further filters with actions of their own, under the same conditions: what the newer model has.
    pub more: Vec<Branch>,
    /// For so long after it fired for an issue, it does not fire again for it.
    pub frequency_minutes: u32,
    pub environment: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    pub filter_match: Match,
    pub filters: Vec<Check>,
    pub actions: Vec<Action>,
}

/// What ids are called, for texts.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub users: BTreeMap<UserId, String>,
    pub teams: BTreeMap<TeamId, String>,
    /// Other values of parameters: workspaces, services, accounts.
    pub others: BTreeMap<String, String>,
}

const MOST_NAME: usize = 256;
const MOST_ENVIRONMENT: usize = 64;
const MOST_CHECKS: usize = 25;
const MOST_ACTIONS: usize = 25;
/// With the checks, as many as [`crate::Facts`] has room for.
const MOST_BRANCHES: usize = 3;
/// Five minutes to thirty days.
const FREQUENCY: std::ops::RangeInclusive<u32> = 5..=43_200;
const DEFAULT_FREQUENCY: u32 = 30;

impl IssueRule {
    /// Reads what a client sent. All that is wrong is told at once.
    pub fn read(wire: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let rule = Self {
            name: wire
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .trim()
                .to_owned(),
            action_match: read_match(wire, "actionMatch", "conditions", &mut problems),
            filter_match: read_match(wire, "filterMatch", "filters", &mut problems),
            conditions: read_checks(wire, Part::Condition, &mut problems),
            filters: read_checks(wire, Part::Filter, &mut problems),
            actions: read_actions(wire, &mut problems),
            more: read_branches(wire, &mut problems),
            frequency_minutes: read_frequency(wire, &mut problems),
            environment: read_environment(wire, &mut problems),
        };
        let wrong: Vec<_> = problems.iter().map(|problem| problem.field).collect();
        problems.extend(
            rule.problems()
                .into_iter()
                .filter(|problem| !wrong.contains(&problem.field)),
        );
        if !(problems.iter().any(|problem| problem.field == "frequency") || FREQUENCY.contains(&rule.frequency_minutes))
        {
            problems.push(bad_frequency());
        }
        if problems.is_empty() { Ok(rule) } else { Err(problems) }
    }

    /// What is wrong with a rule whose parts are all in order. `frequency` may be 0 here: the newer model has rules that
    /// may fire again at once.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push(Problem::new("name", "this field is required"));
        } else if self.name.chars().count() > MOST_NAME {
            problems.push(Problem::new("name", format!("expected at most {MOST_NAME} characters")));
        }
        if self.all_actions().next().is_none() {
            problems.push(Problem::new("actions", "a rule must do something: add an action"));
        }
        let lists = [
            ("conditions", self.conditions.len(), MOST_CHECKS),
            ("filters", self.filters.len(), MOST_CHECKS),
            ("actions", self.actions.len(), MOST_ACTIONS),
            ("branches", self.more.len(), MOST_BRANCHES),
        ];
        let of_branches = self.more.iter().flat_map(|branch| {
            [
                ("branches", branch.filters.len(), MOST_CHECKS),
                ("branches", branch.actions.len(), MOST_ACTIONS),
            ]
        });
        for (field, count, most) in lists.into_iter().chain(of_branches) {
            if count > most {
                problems.push(Problem::new(field, format!("expected at most {most}, not {count}")));
            }
        }
        if self
            .environment
            .as_ref()
            .is_some_and(|name| name.chars().count() > MOST_ENVIRONMENT)
        {
            problems.push(Problem::new("environment", "expected the name of an environment"));
        }
        if self.frequency_minutes != 0 && !FREQUENCY.contains(&self.frequency_minutes) {
            problems.push(bad_frequency());
        }
        problems
    }

    /// Reads what [`Self::definition`] wrote.
    pub fn read_stored(name: &str, definition: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut wire = definition.clone();
        wire.insert("name".to_owned(), json!(name));
        // The newer model has rules that may fire again at once.
        let is_immediate = wire.get("frequency") == Some(&json!(0));
        if is_immediate {
            wire.remove("frequency");
        }
        let mut rule = Self::read(&wire)?;
        if is_immediate {
            rule.frequency_minutes = 0;
        }
        Ok(rule)
    }

    /// What it does, in the one form in which it is written; the name is no part of that.
    pub fn definition(&self) -> Map<String, Value> {
        self.write(&|part, check| check.to_wire(part), &Action::to_wire)
    }

    pub fn to_wire(&self) -> Map<String, Value> {
        self.named(self.definition())
    }

    /// As [`Self::to_wire`]; each condition, filter and action has a `name` that says what it does.
    pub fn to_labelled_wire(&self, names: &Names) -> Map<String, Value> {
        let label = |mut wire: Map<String, Value>, text: String| {
            wire.insert("name".to_owned(), json!(capitalized(&text)));
            wire
        };
        self.named(self.write(
            &|part, check| label(check.to_wire(part), check.text(names)),
            &|action| label(action.to_wire(), action.text(names)),
        ))
    }

    fn named(&self, wire: Map<String, Value>) -> Map<String, Value> {
        let mut named = Map::new();
        named.insert("name".to_owned(), json!(self.name));
        named.extend(wire);
        named
    }

    fn write(
        &self,
        check: &dyn Fn(Part, &Check) -> Map<String, Value>,
        action: &dyn Fn(&Action) -> Map<String, Value>,
    ) -> Map<String, Value> {
        let checks = |part, checks: &[Check]| -> Vec<Value> {
            checks.iter().map(|one| Value::Object(check(part, one))).collect()
        };
        let actions =
            |actions: &[Action]| -> Vec<Value> { actions.iter().map(|one| Value::Object(action(one))).collect() };
        let mut wire = Map::new();
        let mut put = |key: &str, value: Value| wire.insert(key.to_owned(), value);
        put("actionMatch", json!(self.action_match.name()));
        put("filterMatch", json!(self.filter_match.name()));
        put("frequency", json!(self.frequency_minutes));
        put("environment", json!(self.environment));
        put("conditions", Value::Array(checks(Part::Condition, &self.conditions)));
        put("filters", Value::Array(checks(Part::Filter, &self.filters)));
        put("actions", Value::Array(actions(&self.actions)));
        if !self.more.is_empty() {
            let branches = self.more.iter().map(|branch| {
                json!({
                    "filterMatch": branch.filter_match.name(),
                    "filters": checks(Part::Filter, &branch.filters),
                    "actions": actions(&branch.actions),
                })
            });
            put("branches", branches.collect());
        }
        wire
    }

    /// A hash of what it does. Two rules of a project with one digest do the same, whatever they are called and in
    /// whatever order things stand in them.
    pub fn digest(&self) -> String {
        let mut wire = self.write(&|part, check| check.to_wire(part), &Action::to_wire_without_uuid);
        sort_lists(&mut wire);
        if let Some(Value::Array(branches)) = wire.get_mut("branches") {
            for branch in branches.iter_mut().filter_map(Value::as_object_mut) {
                sort_lists(branch);
            }
            branches.sort_by_cached_key(Value::to_string);
        }
        // A list of one or none is met by all as by any.
        for (of, list) in [("actionMatch", &self.conditions), ("filterMatch", &self.filters)] {
            if list.is_empty() || (list.len() == 1 && wire.get(of) == Some(&json!("any"))) {
                wire.insert(of.to_owned(), json!("all"));
            }
        }
        let digest = Sha256::digest(Value::Object(wire).to_string());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it counts, which not every event can be held against at once.
    pub fn is_slow(&self) -> bool {
        let filters = self.more.iter().flat_map(|branch| &branch.filters);
        let mut checks = self.conditions.iter().chain(&self.filters).chain(filters);
        checks.any(|check| matches!(check, Check::Frequency(_)))
    }

    pub fn all_actions(&self) -> impl Iterator<Item = &Action> {
        self.actions
            .iter()
            .chain(self.more.iter().flat_map(|branch| &branch.actions))
    }
}

impl Names {
    pub fn of_user(&self, user: UserId) -> String {
        self.users.get(&user).cloned().unwrap_or_else(|| format!("user {user}"))
    }

    pub fn of_team(&self, team: TeamId) -> String {
        let name = self.teams.get(&team);
        name.map_or_else(|| format!("team {team}"), |name| format!("#{name}"))
    }

    pub fn of_assignee(&self, assignee: Assignee) -> String {
        match assignee {
            Assignee::User(user) => self.of_user(user),
            Assignee::Team(team) => self.of_team(team),
        }
    }

    pub(crate) fn of_value(&self, value: &str) -> String {
        self.others.get(value).cloned().unwrap_or_else(|| value.to_owned())
    }
}

fn sort_lists(wire: &mut Map<String, Value>) {
    for list in ["conditions", "filters", "actions"] {
        if let Some(Value::Array(parts)) = wire.get_mut(list) {
            parts.sort_by_cached_key(Value::to_string);
            parts.dedup();
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// Required where there is something to be matched.
fn read_match(wire: &Map<String, Value>, field: &'static str, of: &str, problems: &mut Vec<Problem>) -> Match {
    let is_empty = |list: Option<&Value>| list.and_then(Value::as_array).is_none_or(Vec::is_empty);
    match wire.get(field) {
        None | Some(Value::Null) if is_empty(wire.get(of)) => Match::All,
        value => value.and_then(Value::as_str).and_then(Match::find).unwrap_or_else(|| {
            problems.push(Problem::new(field, "expected one of all, any, none"));
            Match::All
        }),
    }
}

fn read_list<T>(
    wire: &Map<String, Value>,
    field: &'static str,
    most: usize,
    problems: &mut Vec<Problem>,
    read: impl Fn(&Map<String, Value>) -> Result<T, Vec<String>>,
) -> Vec<T> {
    let list = match wire.get(field) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) if list.len() <= most => list,
        Some(_) => {
            problems.push(Problem::new(field, format!("expected a list of at most {most}")));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for (place, one) in list.iter().enumerate() {
        let one = one.as_object().ok_or_else(|| vec!["expected an object".to_owned()]);
        match one.and_then(&read) {
            Ok(one) => found.push(one),
            Err(wrong) => {
                let place = place + 1;
                problems.extend(
                    wrong
                        .iter()
                        .map(|wrong| Problem::new(field, format!("{place}: {wrong}"))),
                );
            }
        }
    }
    found
}

fn read_checks(wire: &Map<String, Value>, part: Part, problems: &mut Vec<Problem>) -> Vec<Check> {
    let field = match part {
        Part::Condition => "conditions",
        Part::Filter => "filters",
    };
    read_list(wire, field, MOST_CHECKS, problems, |wire| Check::read(part, wire))
}

fn read_actions(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Vec<Action> {
    read_list(wire, "actions", MOST_ACTIONS, problems, Action::read)
}

fn read_branches(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Vec<Branch> {
    read_list(wire, "branches", MOST_BRANCHES, problems, |wire| {
        let mut problems = Vec::new();
        let branch = Branch {
            filter_match: read_match(wire, "filterMatch", "filters", &mut problems),
            filters: read_checks(wire, Part::Filter, &mut problems),
            actions: read_actions(wire, &mut problems),
        };
        if problems.is_empty() {
            return Ok(branch);
        }
        let texts = problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.field, problem.message));
        Err(texts.collect())
    })
}

fn read_frequency(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> u32 {
    let minutes = match wire.get("frequency") {
        None | Some(Value::Null) => return DEFAULT_FREQUENCY,
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_u64().and_then(|minutes| u32::try_from(minutes).ok()),
    };
    minutes.unwrap_or_else(|| {
        problems.push(bad_frequency());
        DEFAULT_FREQUENCY
    })
}

fn bad_frequency() -> Problem {
    let (least, most) = (FREQUENCY.start(), FREQUENCY.end());
    Problem::new("frequency", format!("expected minutes from {least} to {most}"))
}

fn read_environment(wire: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<String> {
    match wire.get("environment") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()).filter(|name| !name.is_empty()),
        Some(_) => {
            problems.push(Problem::new("environment", "expected the name of an environment"));
            None
        }
    }
}
