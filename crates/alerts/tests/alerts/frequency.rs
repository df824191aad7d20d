//! Counts over windows: which windows, and what is compared.

use std::time::Duration;

use alerts::{Check, Frequency, Interval, Measure};
use model::Timestamp;
use serde_json::{Value, json};

use super::{NOW, rule};

const EVENTS: &str = "EventFrequencyCondition";
const USERS: &str = "EventUniqueUserFrequencyCondition";
const SHARE: &str = "EventFrequencyPercentCondition";

fn frequency(kind: &str, parameters: Value) -> Frequency {
    let mut wire = super::object(parameters);
    wire.insert(
        "id".to_owned(),
        json!(format!("sentry.rules.conditions.event_frequency.{kind}")),
    );
    match rule(json!({"conditions": [wire]})).conditions.remove(0) {
        Check::Frequency(frequency) => frequency,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(kind: &str, parameters: Value, now: Measure, before: Option<Measure>, expected: bool) {
    let frequency = frequency(kind, parameters.clone());
    let measured = frequency.measured(now, before);
    let is_met = measured.is_some_and(|measured| frequency.is_met_by(measured));
    assert_eq!(is_met, expected, "{parameters} {now:?} {before:?} {measured:?}");
}

fn count(count: u64) -> Measure {
    Measure { count, sessions: None }
}

#[test]
fn more_is_strictly_more_and_at_least_is_not() {
    for kind in [EVENTS, USERS] {
        for (operator, least) in [(json!(null), 21), (json!("gt"), 21), (json!("gte"), 20)] {
            for events in 0..40 {
                let parameters = json!({"value": 20, "interval": "5m", "operator": operator});
                check(kind, parameters, count(events), None, events >= least);
            }
        }
    }
}

#[test]
fn a_change_is_in_percent_of_what_was_before() {
    for (value, now, before, expected) in [
        (50, 15, 10, false),
        (50, 16, 10, true),
        (100, 20, 10, false),
        (100, 21, 10, true),
        (100, 5, 10, false),
        // Where nothing was, each one counts a hundred.
        (100, 1, 0, false),
        (100, 2, 0, true),
        (100, 0, 0, false),
    ] {
        let parameters =
            json!({"value": value, "interval": "1h", "comparisonType": "percent", "comparisonInterval": "1d"});
        check(EVENTS, parameters, count(now), Some(count(before)), expected);
    }
}

#[test]
fn a_share_of_sessions_wants_fifty_of_them() {
    let of = |count, sessions| Measure {
        count,
        sessions: Some(sessions),
    };
    for (value, now, expected) in [
        (json!(10), of(11, 100), true),
        (json!(10), of(10, 100), false),
        (json!(10), of(49, 49), false),
        (json!(10), of(50, 50), true),
        (json!(0.5), of(1, 100), true),
        (json!(10), count(1000), false),
    ] {
        check(SHARE, json!({"value": value, "interval": "5m"}), now, None, expected);
    }
}

#[test]
fn windows_end_with_the_event() {
    let at = |seconds: i64| Timestamp(NOW.0 + seconds * 1_000_000);
    let plain = frequency(EVENTS, json!({"value": 1, "interval": "5m"}));
    let (now, before) = plain.windows(NOW);
    assert_eq!((now.after, now.until, before), (at(-300), NOW, None));
    assert!(now.contains(NOW) && now.contains(at(-299)));
    assert!(!now.contains(at(-300)) && !now.contains(at(1)));

    let change = json!({"value": 1, "interval": "1h", "comparisonType": "percent", "comparisonInterval": "1w"});
    let (now, before) = frequency(EVENTS, change).windows(NOW);
    let before = before.unwrap();
    let week = 7 * 24 * 3600;
    assert_eq!((now.after, now.until), (at(-3600), NOW));
    assert_eq!((before.after, before.until), (at(-3600 - week), at(-week)));
}

#[test]
fn intervals_are_those_of_the_reference_in_each_spelling() {
    for (name, seconds) in [
        ("1m", 60),
        ("5m", 300),
        ("15m", 900),
        ("1h", 3600),
        ("1d", 86_400),
        ("1w", 604_800),
        ("30d", 2_592_000),
        ("1min", 60),
        ("15min", 900),
        ("1hr", 3600),
    ] {
        let read = frequency(EVENTS, json!({"value": 1, "interval": name}));
        assert_eq!(read.interval.duration(), Duration::from_secs(seconds), "{name}");
    }
    for (name, interval) in [
        ("5m", Interval::FiveMinutes),
        ("10m", Interval::TenMinutes),
        ("30m", Interval::ThirtyMinutes),
        ("1h", Interval::OneHour),
    ] {
        assert_eq!(
            frequency(SHARE, json!({"value": 1, "interval": name})).interval,
            interval
        );
    }
}

#[test]
fn users_can_be_those_of_matching_events_only() {
    let filters = json!([{"key": "plan", "match": "eq", "value": "gold"}, {"attribute": "platform", "match": "is"}]);
    let read = frequency(USERS, json!({"value": 1, "interval": "1h", "filters": filters}));
    assert_eq!(read.filters.len(), 2);
    let gold = [("plan".to_owned(), "Gold".to_owned())];
    let event = super::event(json!({"platform": "go"}));
    assert!(read.filters.iter().all(|filter| filter.holds(&event, &gold)));
    assert!(!read.filters[0].holds(&event, &[]));
    assert_eq!(
        read.text(),
        "the issue is seen by more than 1 users in one hour where the event's tag plan equals gold and the event's platform is set"
    );
}
