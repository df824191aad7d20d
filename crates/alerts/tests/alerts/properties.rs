//! Whatever is sent: nothing panics, what is read is written the same, and firing agrees with a plain model.

use std::time::Duration;

use alerts::{
    Answer, Answers, Decision, IssueRule, Measure, Need, decide,
    template::{Form, Template},
    workflow::{Workflow, workflow_parts},
};
use model::{AlertRuleId, Timestamp};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::{MAIL, NOW, compiled, event, known, object, rule};

/// Any JSON, with the words of rules among its keys and values.
fn any_json() -> impl Strategy<Value = Value> {
    let words = select(vec![
        "id",
        "match",
        "value",
        "key",
        "attribute",
        "interval",
        "level",
        "filters",
        "conditions",
        "actions",
        "triggers",
        "type",
        "comparison",
        "targetType",
        "logicType",
        "action_filters",
        "data",
        "config",
        "name",
        "any",
        "1h",
        "eq",
        "slack",
        "email",
        "sentry.rules.filters.level.LevelFilter",
        "event_frequency_count",
        "sentry.mail.actions.NotifyEmailAction",
        "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        words.clone().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((words.clone(), inner), 0..6).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

fn any_check() -> impl Strategy<Value = (bool, Value)> {
    let comparison = select(vec!["eq", "ne", "sw", "nsw", "ew", "new", "co", "nc", "in", "nin"]);
    let text = "[ -~]{0,8}[!-~]";
    prop_oneof![
        select(vec![
            "every_event.EveryEvent",
            "first_seen_event.FirstSeenEvent",
            "regression_event.RegressionEvent"
        ])
        .prop_map(|suffix| (
            true,
            json!({"id": format!("sentry.rules.conditions.{suffix}Condition")})
        )),
        (
            1_u32..1000,
            select(vec!["1m", "5m", "1h", "30d"]),
            any::<bool>(),
            any::<bool>()
        )
            .prop_map(|(value, interval, is_at_least, is_of_users)| {
                let of = if is_of_users {
                    "EventUniqueUserFrequency"
                } else {
                    "EventFrequency"
                };
                let operator = if is_at_least { "gte" } else { "gt" };
                let id = format!("sentry.rules.conditions.event_frequency.{of}Condition");
                (
                    true,
                    json!({"id": id, "value": value, "interval": interval, "operator": operator}),
                )
            }),
        (
            select(vec!["10", "20", "30", "40", "50"]),
            select(vec!["eq", "gte", "lte", "in"])
        )
            .prop_map(|(level, comparison)| {
                (
                    false,
                    json!({"id": "sentry.rules.filters.level.LevelFilter", "match": comparison, "level": level}),
                )
            }),
        ("[a-z.]{1,8}", comparison, text).prop_map(|(key, comparison, value)| {
            let id = "sentry.rules.filters.tagged_event.TaggedEventFilter";
            (
                false,
                json!({"id": id, "key": key, "match": comparison, "value": value}),
            )
        }),
        (
            0_u32..1000,
            select(vec!["minute", "hour", "day", "week"]),
            any::<bool>()
        )
            .prop_map(|(value, unit, is_older)| {
                let than = if is_older { "older" } else { "newer" };
                let id = "sentry.rules.filters.age_comparison.AgeComparisonFilter";
                (
                    false,
                    json!({"id": id, "comparison_type": than, "value": value, "time": unit}),
                )
            }),
    ]
}

fn any_rule() -> impl Strategy<Value = IssueRule> {
    let of = || select(vec!["all", "any", "none"]);
    let branch = (vec(any_check(), 0..3), of());
    (vec(any_check(), 0..6), of(), of(), 5_u32..=43_200, vec(branch, 0..3)).prop_map(|(checks, one, other, minutes, branches)| {
        let pick = |checks: &[(bool, Value)], is_condition: bool| -> Vec<Value> {
            let picked = checks.iter().filter(|(of, _)| *of == is_condition);
            picked.map(|(_, check)| check.clone()).collect()
        };
        let branches: Vec<_> = branches
            .iter()
            .map(|(checks, of)| json!({"filters": pick(checks, false), "filterMatch": of, "actions": [{"id": MAIL}]}))
            .collect();
        let (conditions, filters) = (pick(&checks, true), pick(&checks, false));
        rule(json!({
            "conditions": conditions, "filters": filters, "actionMatch": one, "filterMatch": other, "frequency": minutes,
            "branches": branches,
        }))
    })
}

/// What a rule does for events that came at these seconds, each with a count in the last five minutes.
fn firings(rule: &IssueRule, events: &[i64]) -> Vec<i64> {
    let rule = compiled(rule);
    let of = event(json!({"level": "error"}));
    let facts = rule.facts(&of, &[]);
    let (mut fired, mut last) = (Vec::new(), None);
    for (place, second) in events.iter().enumerate() {
        let at = Timestamp(NOW.0 + second * 1_000_000);
        let mut known = known();
        known.received_at = at;
        known.last_fired = last;
        let mut answers = Answers::default();
        loop {
            match decide(&rule, &facts, &known, &answers) {
                Decision::Fire(_) => {
                    fired.push(*second);
                    last = Some(at);
                    break;
                }
                Decision::No(_) => break,
                Decision::Ask(place_of, Need::Frequency(frequency)) => {
                    let (window, _) = frequency.windows(at);
                    let in_window = events[..=place]
                        .iter()
                        .filter(|second| window.contains(Timestamp(NOW.0 + **second * 1_000_000)));
                    let count = in_window.count() as u64;
                    answers.add(
                        place_of,
                        Answer::Frequency {
                            now: Measure { count, sessions: None },
                            before: None,
                        },
                    );
                }
                Decision::Ask(_, need) => panic!("{need:?}"),
            }
        }
    }
    fired
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_is_read_or_refused(sent in any_json()) {
        let wire = match sent {
            Value::Object(wire) => wire,
            other => Map::from_iter([("conditions".to_owned(), other)]),
        };
        if let Ok(rule) = IssueRule::read(&wire) {
            prop_assert_eq!(IssueRule::read(&rule.to_wire()).unwrap(), rule);
        }
        if let Ok(workflow) = Workflow::read(&wire) {
            workflow_parts(&workflow.rule, AlertRuleId(1), "1");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same(rule in any_rule()) {
        let read = IssueRule::read_stored(&rule.name, &rule.definition()).unwrap();
        prop_assert_eq!(read.digest(), rule.digest());
        prop_assert_eq!(&read, &rule);
        // And by way of the newer model.
        let parts = workflow_parts(&rule, AlertRuleId(1), "1");
        let mut again = Workflow::read(&parts).unwrap().rule;
        for action in again.actions.iter_mut().chain(again.more.iter_mut().flat_map(|branch| &mut branch.actions)) {
            action.uuid = None;
        }
        prop_assert_eq!(again, rule);
    }

    #[test]
    fn facts_survive_their_text(rule in any_rule(), level in select(vec!["debug", "error", "fatal"]), tag in "[a-z]{0,3}") {
        let rule = compiled(&rule);
        let of = event(json!({"level": level, "tags": [["a", tag]]}));
        let facts = rule.facts(&of, &of.tags);
        let text = serde_json::to_string(&facts).unwrap();
        prop_assert_eq!(serde_json::from_str::<alerts::Facts>(&text).unwrap(), facts);
    }

    /// A decision ends: each answer brings it on, and the last word does not depend on the order of a list.
    #[test]
    fn every_rule_is_decided(rule in any_rule(), counts in vec(0_u64..2000, 12)) {
        let decided = |rule: &IssueRule| {
            let rule = compiled(rule);
            let facts = rule.facts(&event(json!({"level": "error"})), &[]);
            let mut answers = Answers::default();
            for _ in 0..40 {
                match decide(&rule, &facts, &known(), &answers) {
                    Decision::Fire(_) => return Some(true),
                    Decision::No(_) => return Some(false),
                    Decision::Ask(place, Need::Frequency(frequency)) => {
                        // The same question has the same answer wherever it stands.
                        let which = frequency.value as usize % counts.len();
                        let now = Measure { count: counts[which], sessions: None };
                        answers.add(place, Answer::Frequency { now, before: None });
                    }
                    Decision::Ask(..) => return None,
                }
            }
            None
        };
        let outcome = decided(&rule);
        prop_assert!(outcome.is_some());
        let mut turned = rule.clone();
        turned.conditions.reverse();
        turned.filters.reverse();
        turned.more.reverse();
        prop_assert_eq!(decided(&turned), outcome);
    }

    /// ALR1: it fires on crossing, and again only after the interval.
    #[test]
    fn a_count_fires_on_crossing_and_then_rests(gaps in vec(0_i64..120, 1..150), value in 1_u64..15, minutes in 5_u32..20) {
        let mut at = 0;
        let events: Vec<_> = gaps.iter().map(|gap| { at += gap; at }).collect();
        let rule = rule(json!({
            "frequency": minutes,
            "conditions": [{"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": value, "interval": "5m", "operator": "gte"}],
        }));
        // The plain model: walk through the events and look back.
        let mut expected: Vec<i64> = Vec::new();
        for (place, second) in events.iter().enumerate() {
            let recent = events[..=place].iter().filter(|one| **one > second - 300).count() as u64;
            let rests = expected.last().is_some_and(|last| second - last < i64::from(minutes) * 60);
            if recent >= value && !rests {
                expected.push(*second);
            }
        }
        prop_assert_eq!(firings(&rule, &events), expected);
    }

    #[test]
    fn whatever_a_template_says_it_ends(source in "([{]{2}|[}]{2}|[{]%|%[}]| if | for | in |endif|endfor|else|title|list|loop|tags[.]a|[|]upper|[|]join[(]title[)]|[|]truncate[(]3[)]|[ -~]|\n){0,40}") {
        let begun = std::time::Instant::now();
        if let Ok(template) = Template::parse(&source) {
            let values = json!({"title": "a<b".repeat(5000), "list": vec!["x"; 500], "tags": {"a": "b"}});
            for (form, most) in [(Form::Slack, 8 * 1024), (Form::Text, 64 * 1024), (Form::Html, 64 * 1024), (Form::Line, 1000)] {
                if let Ok(text) = template.render(&values, form) {
                    prop_assert!(text.len() <= most + 3);
                }
            }
        }
        prop_assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn stored_rules_of_another_version_are_told_apart() {
    let stored =
        object(json!({"actionMatch": "all", "conditions": [{"id": "a.kind.of.tomorrow"}], "actions": [{"id": MAIL}]}));
    let problems = IssueRule::read_stored("r", &stored).unwrap_err();
    assert_eq!(problems[0].field, "conditions");
}
