//! Alert rules as clients send them, in the older and the newer model: what is read is written so that it is read as the
//! same, and says of an event whether it fires; what is not says what is wrong.
#![no_main]

use alerts::{
    Answer, Answers, Change, CompiledRule, Decision, Facts, Issue, IssueRule, Known, Measure, Names, Need, decide,
    metric::MetricRule,
    workflow::{Workflow, detector_parts, read_detector, workflow_parts},
};
use libfuzzer_sys::fuzz_target;
use model::{AlertRuleId, IssueStatus, MetricAlertId, Priority, Timestamp};
use protocol::event::Event;
use serde_json::{Map, Value};

/// Something of everything that rules look at.
const EVENT: &str = r#"{"platform": "java", "level": "fatal", "environment": "prod", "message": "a b", "tags": {"a": "b"},
    "request": {"url": "https://a.example/b", "method": "GET"}, "user": {"id": "7", "email": "a@b.c", "plan": "gold"},
    "extra": {"a": {"b": [1, "c"]}}, "contexts": {"device": {"screen_dpi": 1}, "app": {"in_foreground": true}},
    "exception": [{"type": "A", "value": "b", "mechanism": {"type": "x", "handled": false}, "stacktrace": {"frames": [
    {"filename": "a.b", "module": "a.B", "context_line": "x()", "in_app": true, "instruction_addr": "0x1"}]}}]}"#;

fuzz_target!(|input: &[u8]| {
    let Ok(Value::Object(wire)) = serde_json::from_slice(input) else {
        return;
    };
    match IssueRule::read(&wire) {
        Ok(rule) => check(&rule),
        Err(problems) => assert!(problems.iter().all(|problem| !problem.message.is_empty()) && !problems.is_empty()),
    }
    match Workflow::read(&wire) {
        Ok(workflow) => {
            check(&workflow.rule);
            let again = Workflow::read(&workflow_parts(&workflow.rule, AlertRuleId(1), "1"));
            assert_eq!(
                again.expect("what was written can be read").rule.digest(),
                workflow.rule.digest()
            );
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
    if let Ok(rule) = read_detector(&wire, None) {
        metric(&rule);
    }
    if let Ok(rule) = MetricRule::read(&wire) {
        metric(&rule);
    }
});

fn metric(rule: &MetricRule) {
    detector_parts(rule, MetricAlertId(1), "1");
}

fn check(rule: &IssueRule) {
    let stored = rule.definition();
    let again = IssueRule::read_stored(&rule.name, &stored).expect("what was written can be read");
    assert_eq!(&again, rule);
    assert_eq!(again.digest(), rule.digest());
    let labelled: Map<String, Value> = rule.to_labelled_wire(&Names::default());
    assert_eq!(labelled.len(), stored.len() + 1);

    let event = Event::from_slice(EVENT.as_bytes()).expect("the event is a constant");
    let rule = CompiledRule::new(AlertRuleId(1), 1, again);
    let facts = rule.facts(&event, &event.tags);
    assert_eq!(
        facts
            .to_string()
            .parse::<Facts>()
            .expect("what was written can be read"),
        facts
    );
    let known = Known {
        received_at: Timestamp(1_800_000_000_000_000),
        release: Some("a@1"),
        issue: Issue {
            first_seen: Timestamp(1_700_000_000_000_000),
            times_seen: 7,
            assignee: None,
            priority: Priority::High,
            category: 1,
            severity: None,
            status: IssueStatus::Unresolved,
        },
        change: Change::default(),
        last_fired: None,
        silence: None,
    };
    let mut answers = Answers::default();
    // A rule has no more questions than conditions and filters.
    for _ in 0..200 {
        let Decision::Ask(place, need) = decide(&rule, &facts, &known, &answers) else {
            return;
        };
        answers.add(place, answer(&need, known.received_at));
    }
    panic!("a rule that is never decided");
}

fn answer(need: &Need<'_>, at: Timestamp) -> Answer {
    match need {
        Need::Frequency(frequency) => {
            let (now, before) = frequency.windows(at);
            assert!(now.contains(at) && before.is_none_or(|before| !before.contains(at)));
            let measure = Measure {
                count: 10,
                sessions: Some(100),
            };
            Answer::Frequency {
                now: measure,
                before: before.map(|_| measure),
            }
        }
        Need::LatestRelease { .. } => Answer::LatestRelease(Some("a@1".to_owned())),
        Need::AdoptedRelease(_) => Answer::AdoptedRelease {
            of_issue: None,
            adopted: None,
            order: None,
        },
    }
}
