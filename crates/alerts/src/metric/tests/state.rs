use serde_json::{Value, json};

use super::rule;
use crate::metric::{Level, MetricRule, Reading, State, Verdict, openings, step};

const CRITICAL: Level = Level::Critical;
const WARNING: Level = Level::Warning;

/// Steps through values and names what each changed.
fn run(rule: &MetricRule, readings: impl IntoIterator<Item = Reading>) -> Vec<Verdict> {
    let mut state = State::default();
    let mut verdicts = Vec::new();
    for reading in readings {
        let (next, verdict) = step(rule, state, reading, true);
        // What is remembered survives being stored.
        state = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
        verdicts.push(verdict);
    }
    verdicts
}

fn values(values: &[f64]) -> Vec<Reading> {
    values.iter().copied().map(Reading::Value).collect()
}

fn both(change: Value) -> MetricRule {
    rule(change)
}

fn one(change: Value) -> MetricRule {
    let mut fields = json!({"resolveThreshold": null, "triggers": [{"label": "critical", "alertThreshold": 100}]});
    fields
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    rule(fields)
}

#[test]
fn a_threshold_is_crossed_strictly_and_left_at_once_without_another() {
    let closes = Verdict::Closes { from: CRITICAL };
    assert_eq!(
        run(&one(json!({})), values(&[100.0, 100.5, 300.0, 100.0, 99.0])),
        [
            Verdict::Same,
            Verdict::Opens(CRITICAL),
            Verdict::Same,
            closes,
            Verdict::Same
        ]
    );
    assert_eq!(
        run(&one(json!({"thresholdType": 1})), values(&[100.0, 99.9, 100.0])),
        [Verdict::Same, Verdict::Opens(CRITICAL), closes]
    );
    // A resolve threshold of its own is crossed strictly as well.
    assert_eq!(
        run(
            &one(json!({"resolveThreshold": 50})),
            values(&[101.0, 99.0, 50.0, 49.0])
        ),
        [Verdict::Opens(CRITICAL), Verdict::Same, Verdict::Same, closes]
    );
}

#[test]
fn the_status_is_that_of_the_highest_trigger() {
    let rule = both(json!({}));
    assert_eq!(
        run(&rule, values(&[71.0, 101.0, 90.0, 60.0, 49.0])),
        [
            Verdict::Opens(WARNING),
            Verdict::Changes {
                from: WARNING,
                to: CRITICAL
            },
            Verdict::Changes {
                from: CRITICAL,
                to: WARNING
            },
            // Between the warning and its end.
            Verdict::Same,
            Verdict::Closes { from: WARNING },
        ]
    );
    assert_eq!(
        run(&rule, values(&[500.0, 10.0])),
        [Verdict::Opens(CRITICAL), Verdict::Closes { from: CRITICAL }]
    );
}

#[test]
fn so_many_values_in_a_row_change_something() {
    let rule = one(json!({"thresholdPeriod": 3}));
    let closes = Verdict::Closes { from: CRITICAL };
    let expected = [
        Verdict::Same,
        Verdict::Same,
        // One below begins the count anew.
        Verdict::Same,
        Verdict::Same,
        Verdict::Same,
        Verdict::Opens(CRITICAL),
        Verdict::Same,
        Verdict::Same,
        Verdict::Same,
        Verdict::Same,
        Verdict::Same,
        closes,
    ];
    let run = run(
        &rule,
        values(&[101., 101., 99., 101., 101., 101., 99., 99., 101., 99., 99., 99.]),
    );
    assert_eq!(run, expected);
}

#[test]
fn missing_values_change_nothing_and_parts_of_them_only_what_they_prove() {
    let above = one(json!({}));
    assert_eq!(
        run(
            &above,
            [
                Reading::Value(101.0),
                Reading::Nothing,
                Reading::AtLeast(3.0),
                Reading::Value(3.0)
            ]
        ),
        [
            Verdict::Opens(CRITICAL),
            Verdict::Same,
            Verdict::Same,
            Verdict::Closes { from: CRITICAL }
        ]
    );
    assert_eq!(run(&above, [Reading::AtLeast(101.0)]), [Verdict::Opens(CRITICAL)]);
    let below = one(json!({"thresholdType": 1}));
    assert_eq!(
        run(
            &below,
            [Reading::AtLeast(3.0), Reading::Value(3.0), Reading::AtLeast(101.0)]
        ),
        [
            Verdict::Same,
            Verdict::Opens(CRITICAL),
            Verdict::Closes { from: CRITICAL }
        ]
    );
    // A gap does not break a row.
    let rule = one(json!({"thresholdPeriod": 2}));
    assert_eq!(
        run(&rule, [Reading::Value(101.0), Reading::Nothing, Reading::Value(101.0)]),
        [Verdict::Same, Verdict::Same, Verdict::Opens(CRITICAL)]
    );
}

#[test]
fn a_crossing_waits_while_the_last_incident_is_recent() {
    let rule = both(json!({}));
    let (state, verdict) = step(&rule, State::default(), Reading::Value(200.0), false);
    assert_eq!((verdict, state.level()), (Verdict::Waits(CRITICAL), None));
    let (gone, verdict) = step(&rule, state, Reading::Value(10.0), false);
    assert_eq!((verdict, gone.level()), (Verdict::Same, None));
    let (open, verdict) = step(&rule, state, Reading::Value(80.0), true);
    assert_eq!((verdict, open.level()), (Verdict::Opens(WARNING), Some(WARNING)));
    // One that is open may become worse at any time.
    let (_, verdict) = step(&rule, open, Reading::Value(200.0), false);
    assert_eq!(
        verdict,
        Verdict::Changes {
            from: WARNING,
            to: CRITICAL
        }
    );
}

#[test]
fn percentages_are_compared_with_before() {
    let rule = one(json!({"comparisonDelta": 60, "resolveThreshold": 20,
        "triggers": [{"label": "critical", "alertThreshold": 50}]}));
    // 151 is half as much again and a little more.
    assert_eq!(
        run(&rule, values(&[150.0, 151.0, 121.0, 119.0])),
        [
            Verdict::Same,
            Verdict::Opens(CRITICAL),
            Verdict::Same,
            Verdict::Closes { from: CRITICAL }
        ]
    );
}

#[test]
fn incidents_that_would_have_opened_are_counted_with_their_pause() {
    let count = |change: Value, minutes: u64, values: &[f64]| {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        openings(&one(change), &values, std::time::Duration::from_secs(minutes * 60))
    };
    assert_eq!(count(json!({}), 5, &[1.0, 101.0, 1.0, 101.0, 1.0]), Some(2));
    // The second crossing is over before another one may open.
    assert_eq!(count(json!({}), 4, &[1.0, 101.0, 1.0, 101.0, 1.0]), Some(1));
    assert_eq!(count(json!({}), 1, &[1.0, 101.0, 1.0, 101.0, 1.0]), Some(1));
    assert_eq!(count(json!({"detectionType": "dynamic"}), 60, &[101.0]), None);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Opening and closing alternate, and no value closes what a value beyond the threshold would keep open.
        #[test]
        fn it_never_flaps(readings in proptest::collection::vec(0_u32..200, 0..80), period in 1_u32..5, gap in 0_usize..7) {
            let rule = both(json!({"thresholdPeriod": period}));
            let mut state = State::default();
            let mut open = false;
            let mut calm = 0;
            for (index, value) in readings.iter().enumerate() {
                let value = f64::from(*value);
                let reading = match index % 8 {
                    at if at == gap => Reading::Nothing,
                    _ => Reading::Value(value),
                };
                let (next, verdict) = step(&rule, state, reading, true);
                state = next;
                calm = match reading.value() {
                    None => calm,
                    Some(value) if value < 50.0 => calm + 1,
                    Some(_) => 0,
                };
                match verdict {
                    Verdict::Opens(_) => { prop_assert!(!open && value > 70.0); open = true; }
                    Verdict::Closes { .. } => { prop_assert!(open && calm >= period); open = false; }
                    Verdict::Changes { from, to } => prop_assert!(open && from != to),
                    Verdict::Same => {}
                    Verdict::Waits(_) => prop_assert!(false, "it may always open"),
                }
                prop_assert_eq!(open, state.level().is_some());
            }
        }
    }
}
