//! What fires, what does not, for which reason, and what is asked for in which order.

use std::cmp::Ordering;

use alerts::{Answer, Answers, Decision, Facts, IssueRule, Known, Measure, Need, Of, Silence, decide, reason_text};
use model::{Assignee, IssueStatus, Priority, TeamId, Timestamp, UserId};
use serde_json::{Value, json};

use super::{MAIL, NOW, compiled, event, fires, known, rule};

fn condition(suffix: &str) -> Value {
    json!({"id": format!("sentry.rules.conditions.{suffix}Condition")})
}

fn frequency(value: u64) -> Value {
    json!({
        "id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": value, "interval": "5m", "operator": "gte",
    })
}

fn level(level: &str) -> Value {
    json!({"id": "sentry.rules.filters.level.LevelFilter", "match": "eq", "level": level})
}

fn changed(change: impl FnOnce(&mut Known<'static>)) -> Known<'static> {
    let mut known = known();
    change(&mut known);
    known
}

#[track_caller]
fn decided(
    rule: &IssueRule,
    of: Value,
    known: &Known<'_>,
    answers: &Answers,
) -> Result<Vec<&'static str>, (&'static str, String)> {
    let rule = compiled(rule);
    let of = event(of);
    match decide(&rule, &rule.facts(&of, &of.tags), known, answers) {
        Decision::Fire(firing) => Ok(firing.reasons.iter().map(|reason| reason.code).collect()),
        Decision::No(reason) => Err((reason.code, reason.text())),
        Decision::Ask(_, need) => panic!("asks for {need:?}"),
    }
}

#[test]
fn each_condition_goes_by_what_the_event_did() {
    type Make = fn(&mut Known<'static>);
    let is_new: Make = |known| known.change.is_new = true;
    let is_new_there: Make = |known| known.change.is_new_in_environment = true;
    let is_new_and_high: Make = |known| {
        known.change.is_new = true;
        known.issue.priority = Priority::High;
    };
    let became_high: Make = |known| {
        known.change.became_high_priority = true;
        known.issue.priority = Priority::High;
    };
    let regressed: Make = |known| known.change.is_regression = true;
    let reappeared: Make = |known| known.change.is_reappeared = true;
    let nothing: Make = |_| ();
    let all = [
        is_new,
        is_new_there,
        is_new_and_high,
        became_high,
        regressed,
        reappeared,
        nothing,
    ];
    for (suffix, environment, expected) in [
        ("every_event.EveryEvent", None, [true; 7]),
        (
            "first_seen_event.FirstSeenEvent",
            None,
            [true, false, true, false, false, false, false],
        ),
        (
            "first_seen_event.FirstSeenEvent",
            Some("prod"),
            [false, true, false, false, false, false, false],
        ),
        (
            "regression_event.RegressionEvent",
            None,
            [false, false, false, false, true, false, false],
        ),
        (
            "reappeared_event.ReappearedEvent",
            None,
            [false, false, false, false, false, true, false],
        ),
        (
            "new_high_priority_issue.NewHighPriorityIssue",
            None,
            [false, false, true, false, false, false, false],
        ),
        (
            "existing_high_priority_issue.ExistingHighPriorityIssue",
            None,
            [false, false, false, true, false, false, false],
        ),
    ] {
        for (make, expected) in all.iter().zip(expected) {
            let rule = rule(json!({"conditions": [condition(suffix)], "environment": environment}));
            let found = fires(&rule, &event(json!({"environment": "prod"})), &changed(make));
            assert_eq!(found, expected, "{suffix} {environment:?}");
        }
    }
}

#[test]
fn each_filter_goes_by_the_issue() {
    let filter = |suffix: &str, parameters: Value| {
        let mut wire = super::object(parameters);
        wire.insert("id".to_owned(), json!(suffix));
        rule(json!({"filters": [wire]}))
    };
    let check = |rule: &IssueRule, known: &Known<'_>, expected: bool| {
        assert_eq!(fires(rule, &event(json!({})), known), expected, "{:?}", rule.filters);
    };
    let aged = |seconds: i64| changed(|known| known.issue.first_seen = Timestamp(NOW.0 - seconds * 1_000_000));
    for (unit, seconds) in [("minute", 60), ("hour", 3600), ("day", 86_400), ("week", 604_800)] {
        for (than, is_older) in [("older", true), ("newer", false)] {
            let rule = filter(
                "sentry.rules.filters.age_comparison.AgeComparisonFilter",
                json!({"comparison_type": than, "value": 2, "time": unit}),
            );
            check(&rule, &aged(2 * seconds + 1), is_older);
            check(&rule, &aged(2 * seconds), !is_older);
            check(&rule, &aged(0), !is_older);
        }
    }
    let occurrences = filter(
        "sentry.rules.filters.issue_occurrences.IssueOccurrencesFilter",
        json!({"value": 10}),
    );
    for (times, expected) in [(9, false), (10, true), (11, true)] {
        check(&occurrences, &changed(|known| known.issue.times_seen = times), expected);
    }
    let of = |assignee: Option<Assignee>| changed(|known| known.issue.assignee = assignee);
    let team = Some(Assignee::Team(TeamId(5)));
    let member = Some(Assignee::User(UserId(5)));
    for (kind, expected) in [
        ("Unassigned", [true, false, false]),
        ("Team", [false, true, false]),
        ("Member", [false, false, true]),
    ] {
        let rule = filter(
            "sentry.rules.filters.assigned_to.AssignedToFilter",
            json!({"targetType": kind, "targetIdentifier": 5}),
        );
        for (assignee, expected) in [None, team, member].into_iter().zip(expected) {
            check(&rule, &of(assignee), expected);
        }
        check(&rule, &of(Some(Assignee::Team(TeamId(6)))), false);
    }
    let category = filter(
        "sentry.rules.filters.issue_category.IssueCategoryFilter",
        json!({"value": 6}),
    );
    check(&category, &changed(|known| known.issue.category = 6), true);
    check(&category, &known(), false);
    let severity = filter(
        "sentry.rules.filters.issue_severity.IssueSeverityFilter",
        json!({"value": 0.5}),
    );
    for (of, expected) in [(None, false), (Some(0.4), false), (Some(0.5), true)] {
        check(&severity, &changed(|known| known.issue.severity = of), expected);
    }
    for (least, expected) in [
        ("25", [true, true, true]),
        ("50", [false, true, true]),
        ("75", [false, false, true]),
    ] {
        let rule = filter("tocsin.rules.filters.priority.PriorityFilter", json!({"value": least}));
        for (priority, expected) in [Priority::Low, Priority::Medium, Priority::High]
            .into_iter()
            .zip(expected)
        {
            check(&rule, &changed(|known| known.issue.priority = priority), expected);
        }
    }
}

#[test]
fn lists_are_matched_by_all_any_or_none() {
    let (yes, no) = (
        condition("every_event.EveryEvent"),
        condition("regression_event.RegressionEvent"),
    );
    for (conditions, expected) in [
        (vec![], [true, true, true]),
        (vec![&yes], [true, true, false]),
        (vec![&no], [false, false, true]),
        (vec![&yes, &no], [false, true, false]),
        (vec![&yes, &yes], [true, true, false]),
        (vec![&no, &no], [false, false, true]),
    ] {
        for (of, expected) in ["all", "any", "none"].into_iter().zip(expected) {
            let rule = rule(json!({"conditions": conditions, "actionMatch": of}));
            assert_eq!(
                fires(&rule, &event(json!({})), &known()),
                expected,
                "{of} of {conditions:?}"
            );
        }
    }
    let (yes, no) = (level("40"), level("50"));
    for (filters, expected) in [
        (vec![&yes, &no], [false, true, false]),
        (vec![&no, &no], [false, false, true]),
    ] {
        for (of, expected) in ["all", "any", "none"].into_iter().zip(expected) {
            let rule = rule(json!({"filters": filters, "filterMatch": of}));
            assert_eq!(
                fires(&rule, &event(json!({"level": "error"})), &known()),
                expected,
                "{of} of {filters:?}"
            );
        }
    }
}

#[test]
fn each_refusal_says_why() {
    let every = json!({"conditions": [condition("every_event.EveryEvent")]});
    let first = json!({"conditions": [condition("first_seen_event.FirstSeenEvent")]});
    let until = Timestamp::from_seconds(1_800_003_600);
    let none = Answers::default();
    for (parts, of, known, code, text) in [
        (
            &every,
            json!({}),
            changed(|k| k.silence = Some(Silence::Disabled)),
            "disabled",
            "the rule is disabled",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.silence = Some(Silence::Snoozed(None))),
            "snoozed",
            "the rule is snoozed for everybody",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.silence = Some(Silence::Snoozed(Some(until)))),
            "snoozed",
            "the rule is snoozed for everybody until 2027-01-15T09:00:00Z",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.silence = Some(Silence::Maintenance(until))),
            "maintenance",
            "the project is in maintenance until 2027-01-15T09:00:00Z",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.issue.status = IssueStatus::Ignored),
            "not_unresolved",
            "the issue is archived",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.issue.status = IssueStatus::Resolved),
            "not_unresolved",
            "the issue is resolved",
        ),
        (
            &json!({"environment": "prod"}),
            json!({"environment": "dev"}),
            known(),
            "environment",
            "the event is not of the environment prod",
        ),
        (
            &first,
            json!({}),
            known(),
            "conditions",
            "not so: a new issue is created",
        ),
        (
            &json!({"filters": [level("50")]}),
            json!({"level": "error"}),
            known(),
            "filters",
            "kept away by a filter: the event's level is equal to fatal",
        ),
        (
            &json!({"filters": [level("40")], "filterMatch": "none"}),
            json!({"level": "error"}),
            known(),
            "filters_none",
            "none of the filters may hold, but so it is: the event's level is equal to error",
        ),
        (
            &json!({"conditions": [condition("every_event.EveryEvent")], "actionMatch": "none"}),
            json!({}),
            known(),
            "conditions_none",
            "none of the conditions may hold, but so it is: an event comes in",
        ),
        (
            &every,
            json!({}),
            changed(|k| k.last_fired = Some(NOW)),
            "interval",
            "the rule fired for this issue less than 30 minute(s) before (it fired at 2027-01-15T08:00:00Z)",
        ),
    ] {
        let rule = rule(parts.clone());
        assert_eq!(decided(&rule, of, &known, &none), Err((code, text.to_owned())));
    }
}

#[test]
fn a_reason_is_the_same_for_all_events_but_for_what_was_found() {
    let rule = compiled(&rule(json!({"conditions": [frequency(20)]})));
    let of = event(json!({}));
    let facts = rule.facts(&of, &[]);
    let refused = |count: u64| {
        let mut answers = Answers::default();
        let Decision::Ask(place, _) = decide(&rule, &facts, &known(), &answers) else {
            panic!("counts")
        };
        answers.add(
            place,
            Answer::Frequency {
                now: Measure { count, sessions: None },
                before: None,
            },
        );
        match decide(&rule, &facts, &known(), &answers) {
            Decision::No(reason) => reason,
            other => panic!("{other:?}"),
        }
    };
    let (one, other) = (refused(3), refused(19));
    assert_eq!((one.code, &one.detail), (other.code, &other.detail));
    assert_eq!(other.found, "19 events");
    assert_eq!(
        reason_text(other.code, &other.detail, &other.found),
        "not so: the issue is seen at least 20 times in 5 minutes (19 events)"
    );
}

#[test]
fn the_interval_goes_by_times_of_receipt_either_way() {
    let rule = rule(json!({"frequency": 5}));
    let check = |seconds: i64, expected: bool| {
        let known = changed(|known| known.last_fired = Some(Timestamp(NOW.0 + seconds * 1_000_000)));
        assert_eq!(fires(&rule, &event(json!({})), &known), expected, "{seconds}");
    };
    check(-299, false);
    check(-300, true);
    check(0, false);
    // The clock stepped back an hour: it is not silent for an hour.
    check(299, false);
    check(300, true);
    check(3600, true);
}

#[test]
fn a_rule_of_the_newer_model_may_fire_each_time() {
    let mut rule = rule(json!({}));
    rule.frequency_minutes = 0;
    assert!(fires(
        &rule,
        &event(json!({})),
        &changed(|known| known.last_fired = Some(NOW))
    ));
    assert_eq!(
        IssueRule::read_stored("r", &rule.definition())
            .unwrap()
            .frequency_minutes,
        0
    );
}

/// Answers what a rule asks for, and returns what it asked for.
fn asked(
    rule: &IssueRule,
    of: Value,
    known: &Known<'_>,
    answer: impl Fn(&Need<'_>) -> Answer,
) -> (Vec<String>, Option<bool>) {
    let rule = compiled(rule);
    let of = event(of);
    let facts = rule.facts(&of, &of.tags);
    let (mut asked, mut answers) = (Vec::new(), Answers::default());
    for _ in 0..20 {
        match decide(&rule, &facts, known, &answers) {
            Decision::Fire(_) => return (asked, Some(true)),
            Decision::No(_) => return (asked, Some(false)),
            Decision::Ask(place, need) => {
                asked.push(match need {
                    Need::Frequency(frequency) => format!("{} {}", frequency.of.name(), frequency.value),
                    Need::LatestRelease { environment } => format!("latest {}", environment.unwrap_or("-")),
                    Need::AdoptedRelease(adopted) => format!("adopted {}", adopted.environment),
                });
                answers.add(place, answer(&need));
            }
        }
    }
    (asked, None)
}

fn ten_events(need: &Need<'_>) -> Answer {
    match need {
        Need::Frequency(_) => Answer::Frequency {
            now: Measure {
                count: 10,
                sessions: None,
            },
            before: None,
        },
        Need::LatestRelease { .. } => Answer::LatestRelease(Some("a@2".to_owned())),
        Need::AdoptedRelease(_) => Answer::AdoptedRelease {
            of_issue: Some("a@3".to_owned()),
            adopted: Some("a@2".to_owned()),
            order: Some(Ordering::Greater),
        },
    }
}

#[test]
fn counts_are_asked_for_last_and_only_where_they_matter() {
    let latest = json!({"id": "sentry.rules.filters.latest_release.LatestReleaseFilter"});
    let adopted = json!({
        "id": "sentry.rules.filters.latest_adopted_release_filter.LatestAdoptedReleaseFilter",
        "oldest_or_newest": "newest", "older_or_newer": "newer", "environment": "prod",
    });
    let of_latest = changed(|known| known.release = Some("a@2"));
    let check = |parts: Value, known: &Known<'_>, asks: &[&str], outcome: bool| {
        let (asked, found) = asked(&rule(parts.clone()), json!({"level": "error"}), known, ten_events);
        assert_eq!(
            (asked.iter().map(String::as_str).collect::<Vec<_>>(), found),
            (asks.to_vec(), Some(outcome)),
            "{parts}"
        );
    };
    check(
        json!({"conditions": [frequency(5)], "filters": [latest, adopted]}),
        &of_latest,
        &["latest -", "adopted prod", "events 5"],
        true,
    );
    check(
        json!({"filters": [latest], "environment": ""}),
        &of_latest,
        &["latest -"],
        true,
    );
    // What is decided without it is not asked for.
    check(
        json!({"conditions": [frequency(5)], "filters": [level("50")]}),
        &known(),
        &[],
        false,
    );
    let any = json!([condition("every_event.EveryEvent"), frequency(5)]);
    check(json!({"conditions": any, "actionMatch": "any"}), &known(), &[], true);
    check(json!({"conditions": any, "actionMatch": "none"}), &known(), &[], false);
    check(
        json!({"conditions": [frequency(5)]}),
        &changed(|known| known.last_fired = Some(NOW)),
        &[],
        false,
    );
    check(
        json!({"conditions": [frequency(5)], "filters": [latest]}),
        &known(),
        &[],
        false,
    );
    check(
        json!({"conditions": [frequency(11), frequency(5)]}),
        &known(),
        &["events 11"],
        false,
    );
    check(
        json!({"conditions": [frequency(11), frequency(5)], "actionMatch": "any"}),
        &known(),
        &["events 11", "events 5"],
        true,
    );
    check(
        json!({"conditions": [frequency(11)], "actionMatch": "none"}),
        &known(),
        &["events 11"],
        true,
    );
}

#[test]
fn releases_are_compared() {
    let latest = rule(json!({
        "filters": [{"id": "sentry.rules.filters.latest_release.LatestReleaseFilter"}], "environment": "prod",
    }));
    let of = json!({"environment": "prod"});
    for (release, answer, expected) in [
        ("a@2", Some("a@2"), true),
        ("a@1", Some("a@2"), false),
        ("a@2", None, false),
    ] {
        let known = changed(|known| known.release = Some(release));
        let answer = |_: &Need<'_>| Answer::LatestRelease(answer.map(str::to_owned));
        let (asked, found) = asked(&latest, of.clone(), &known, answer);
        assert_eq!((asked, found), (vec!["latest prod".to_owned()], Some(expected)));
    }
    for (than, order, expected) in [
        ("newer", Some(Ordering::Greater), true),
        ("newer", Some(Ordering::Equal), false),
        ("newer", Some(Ordering::Less), false),
        ("older", Some(Ordering::Less), true),
        ("older", Some(Ordering::Equal), false),
        ("older", None, false),
        ("newer", None, false),
    ] {
        let rule = rule(json!({"filters": [{
            "id": "sentry.rules.filters.latest_adopted_release_filter.LatestAdoptedReleaseFilter",
            "oldest_or_newest": "oldest", "older_or_newer": than, "environment": "prod",
        }]}));
        let answer = |_: &Need<'_>| Answer::AdoptedRelease {
            of_issue: None,
            adopted: None,
            order,
        };
        assert_eq!(
            asked(&rule, json!({}), &known(), answer).1,
            Some(expected),
            "{than} {order:?}"
        );
    }
}

#[test]
fn a_firing_says_why_and_what_was_counted() {
    let rule = compiled(&rule(json!({"conditions": [frequency(5)], "filters": [level("40")]})));
    let of = event(json!({"level": "error"}));
    let facts = rule.facts(&of, &[]);
    let mut answers = Answers::default();
    let Decision::Ask(place, need) = decide(&rule, &facts, &known(), &answers) else {
        panic!("counts")
    };
    answers.add(place, ten_events(&need));
    let Decision::Fire(firing) = decide(&rule, &facts, &known(), &answers) else {
        panic!("fires")
    };
    let reasons: Vec<_> = firing
        .reasons
        .iter()
        .map(|reason| (reason.code, reason.text()))
        .collect();
    assert_eq!(
        reasons,
        [
            (
                "event_frequency",
                "the issue is seen at least 5 times in 5 minutes (10 events)".to_owned()
            ),
            ("level", "the event's level is equal to error".to_owned()),
        ]
    );
    assert_eq!(firing.counts, [(Of::Events, alerts::Interval::FiveMinutes, 10)]);
    assert_eq!(firing.actions.len(), 1);
}

/// NTF5: an incident only if it is critical.
#[test]
fn an_action_can_be_for_fatal_events_only() {
    let rule = compiled(&rule(
        json!({"actions": [{"id": MAIL}, {"id": MAIL, "fallthroughType": "NoOne", "onlyIf": "critical"}]}),
    ));
    for (level, actions) in [("error", 1), ("fatal", 2)] {
        let of = event(json!({"level": level}));
        let Decision::Fire(firing) = decide(&rule, &rule.facts(&of, &[]), &known(), &Answers::default()) else {
            panic!("fires")
        };
        assert_eq!(firing.actions.len(), actions, "{level}");
    }
}

#[test]
fn each_branch_that_holds_runs_its_own_actions_once() {
    let mail = |to: &str| json!({"id": MAIL, "targetType": "Team", "targetIdentifier": to});
    let rule = rule(json!({
        "filters": [level("40")], "actions": [mail("1")],
        "branches": [
            {"filterMatch": "any", "filters": [level("40"), level("50")], "actions": [mail("1"), mail("2")]},
            {"filterMatch": "all", "filters": [frequency(11)], "actions": [mail("3")]},
        ],
    }));
    let compiled = compiled(&rule);
    let check = |level: &str, count: u64, expected: &[&str]| {
        let of = event(json!({"level": level}));
        let facts = compiled.facts(&of, &[]);
        let mut answers = Answers::default();
        loop {
            match decide(&compiled, &facts, &known(), &answers) {
                Decision::Ask(place, _) => {
                    answers.add(
                        place,
                        Answer::Frequency {
                            now: Measure { count, sessions: None },
                            before: None,
                        },
                    );
                }
                Decision::Fire(firing) => {
                    let teams: Vec<_> = firing
                        .actions
                        .iter()
                        .map(|action| action.parameter("targetIdentifier"))
                        .collect();
                    assert_eq!(teams, expected, "{level} {count}");
                    return;
                }
                Decision::No(reason) => {
                    assert!(expected.is_empty(), "{level} {count}: {reason:?}");
                    return;
                }
            }
        }
    };
    check("error", 1, &["1", "2"]);
    check("fatal", 1, &["1", "2"]);
    check("fatal", 11, &["1", "2", "3"]);
    check("info", 11, &["3"]);
    check("info", 1, &[]);
}

#[test]
fn facts_are_one_short_text() {
    let filters: Vec<_> = (0..25)
        .map(|place| level(if place % 2 == 0 { "40" } else { "50" }))
        .collect();
    let branch = json!({"filterMatch": "any", "filters": filters, "actions": [{"id": MAIL}]});
    let rule = compiled(&rule(
        json!({"filters": filters, "branches": [branch, branch, branch], "environment": "prod"}),
    ));
    let facts = rule.facts(&event(json!({"level": "error", "environment": "prod"})), &[]);
    let json = serde_json::to_string(&facts).unwrap();
    assert!(json.len() < 60, "{json}");
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    assert_eq!(
        (facts.rule().0, facts.revision(), facts.is_in_environment()),
        (7, 3, true)
    );
    for bad in ["", "1", "1.2.3", "1.2.3.g", "1.2.3.4.5", "x.2.3.4"] {
        assert!(bad.parse::<Facts>().is_err(), "{bad}");
    }
}
