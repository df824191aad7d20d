//! Rules about issues, from what a client sends to what fires.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod actions;
mod configuration;
mod decide;
mod detectors;
mod documentation;
mod event_checks;
mod frequency;
mod guide;
mod properties;
mod rules;
mod templates;
mod workflows;

use alerts::{Answers, Change, CompiledRule, Decision, Issue, IssueRule, Known, decide};
use model::{AlertRuleId, IssueStatus, Priority, Timestamp};
use protocol::event::Event;
use serde_json::{Map, Value, json};

/// 2027-01-15T08:00:00Z
const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

const MAIL: &str = "sentry.mail.actions.NotifyEmailAction";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn event(value: Value) -> Event {
    Event::from_json(value).unwrap()
}

/// A rule with these keys beside its name and an action.
fn rule(parts: Value) -> IssueRule {
    let mut wire = object(json!({"name": "r", "actionMatch": "all", "filterMatch": "all", "actions": [{"id": MAIL}]}));
    wire.extend(object(parts));
    IssueRule::read(&wire).unwrap_or_else(|problems| panic!("{wire:?}: {problems:?}"))
}

fn compiled(rule: &IssueRule) -> CompiledRule {
    CompiledRule::new(AlertRuleId(7), 3, rule.clone())
}

/// An unresolved error that came in a minute ago for the first time, and now again.
fn known() -> Known<'static> {
    Known {
        received_at: NOW,
        release: None,
        issue: Issue {
            first_seen: Timestamp(NOW.0 - 60_000_000),
            times_seen: 2,
            assignee: None,
            priority: Priority::Medium,
            category: 1,
            severity: None,
            status: IssueStatus::Unresolved,
        },
        change: Change::default(),
        last_fired: None,
        silence: None,
    }
}

/// Whether a rule that asks for nothing fires for an event.
fn fires(rule: &IssueRule, event: &Event, known: &Known<'_>) -> bool {
    let rule = compiled(rule);
    let facts = rule.facts(event, &event.tags);
    match decide(&rule, &facts, known, &Answers::default()) {
        Decision::Fire(_) => true,
        Decision::No(_) => false,
        Decision::Ask(_, need) => panic!("asks for {need:?}"),
    }
}
