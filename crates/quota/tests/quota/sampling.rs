use model::Timestamp;
use proptest::prelude::*;
use protocol::event::Event;
use quota::sampling::{
    Bias, Biases, CustomRule, Decision, Inputs, LatestRelease, Rates, Reservoirs, Rule, RuleKind, Settings, Trace,
    decide, rules,
};
use serde_json::{Value, json};

use crate::at;

fn rule(value: Value) -> Rule {
    let mut rule = json!({"id": 1, "type": "trace", "condition": {"op": "and", "inner": []}});
    for (key, value) in value.as_object().unwrap() {
        rule[key] = value.clone();
    }
    serde_json::from_value(rule).unwrap()
}

fn rate(value: f64) -> Value {
    json!({"samplingValue": {"type": "sampleRate", "value": value}})
}

fn trace(id: u128) -> Trace {
    Trace {
        trace_id: id.to_be_bytes(),
        ..Trace::default()
    }
}

/// The rate at which the rules sample a trace, and the rules that matched when it is dropped.
fn sampled(rules: &[Rule], trace: &Trace, now: Timestamp) -> (f64, Option<Vec<u32>>) {
    match decide(rules, rules, None, Some(trace), &Reservoirs::default(), now) {
        Decision::Keep { sample_rate } => (sample_rate, None),
        Decision::Drop { sample_rate, rules } => (sample_rate, Some(rules)),
    }
}

#[test]
fn everything_is_kept_by_default() {
    let rules = rules(&Settings::default(), &Inputs::default()).unwrap();
    assert_eq!(rules.iter().map(|rule| rule.id).collect::<Vec<_>>(), [1000]);
    for id in 0..1000 {
        assert_eq!(sampled(&rules, &trace(id), at(0)), (1.0, None));
    }
    let nothing = decide(&[], &[], None, None, &Reservoirs::default(), at(0));
    assert_eq!(nothing, Decision::Keep { sample_rate: 1.0 });
    assert_eq!(nothing.outcome(), None);
}

/// Computed with the generator that Relay uses.
#[test]
fn a_trace_has_the_number_that_relay_gives_it() {
    for (id, number) in [
        ("4a106cf6b15144eb9131ae7db1a157a3", 0.229_376_399_181_109_52),
        ("d4cd0a09d91b4e12a6c3f2a4c86b16c7", 0.298_081_173_149_038_7),
        ("00000000000000000000000000000000", 0.217_230_146_493_197_83),
        ("00000000000000000000000000000001", 0.094_766_072_244_389_49),
        ("ffffffffffffffffffffffffffffffff", 0.466_700_089_897_549_3),
        ("fc6d8c0c43fc4630ad850ee518f1b9d0", 0.396_101_135_795_883_24),
    ] {
        let trace = trace(u128::from_str_radix(id, 16).unwrap());
        let kept = |value: f64| sampled(&[rule(rate(value))], &trace, at(0)).1.is_none();
        assert!(!kept(number), "{id}");
        assert!(kept(number + 1e-15), "{id}");
    }
}

#[test]
fn as_many_are_kept_as_the_rate_says() {
    for value in [0.0, 0.01, 0.1, 0.25, 0.5, 0.9, 1.0] {
        let rules = [rule(rate(value))];
        // Spread over the range of ids as random ones are.
        let id = |index: u128| index.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let kept = (0..20_000)
            .filter(|index| sampled(&rules, &trace(id(*index)), at(0)).1.is_none())
            .count();
        let expected = value * 20_000.0;
        // Five times the standard deviation.
        let tolerance = 5.0 * (20_000.0 * value * (1.0 - value)).sqrt();
        let kept = f64::from(u32::try_from(kept).unwrap());
        assert!((kept - expected).abs() <= tolerance, "{kept} at {value}");
    }
}

#[test]
fn what_the_sdk_has_drawn_counts() {
    let rules = [rule(rate(0.5))];
    let drawn = |rand| Trace {
        sample_rand: Some(rand),
        ..trace(0)
    };
    assert_eq!(sampled(&rules, &drawn(0.499), at(0)), (0.5, None));
    assert_eq!(sampled(&rules, &drawn(0.5), at(0)), (0.5, Some(vec![1])));
}

#[test]
fn factors_multiply_until_a_rate_decides() {
    let factor = |id: u32, value: f64| rule(json!({"id": id, "samplingValue": {"type": "factor", "value": value}}));
    let minimum = |value: f64| rule(json!({"id": 9, "samplingValue": {"type": "minimumSampleRate", "value": value}}));
    let never = rule(json!({
        "id": 8, "condition": {"op": "or", "inner": []}, "samplingValue": {"type": "sampleRate", "value": 1.0}
    }));
    let last = trace(0); // its number is 0.217…
    for (rules, expected) in [
        (vec![factor(2, 0.5)], (1.0, None)),
        (vec![factor(2, 0.5), rule(rate(0.4))], (0.2, Some(vec![2, 1]))),
        (
            vec![factor(2, 0.5), never.clone(), factor(3, 0.5), rule(rate(0.4))],
            (0.1, Some(vec![2, 3, 1])),
        ),
        (vec![factor(2, 5.0), rule(rate(0.4))], (1.0, None)),
        (vec![rule(rate(0.0)), rule(rate(1.0))], (0.0, Some(vec![1]))),
        (vec![minimum(0.5), rule(rate(0.1))], (0.5, None)),
        (
            vec![minimum(0.5), factor(2, 0.2), rule(rate(0.1))],
            (0.1, Some(vec![2, 1])),
        ),
        (vec![minimum(0.1), rule(rate(0.5))], (0.5, None)),
        (
            vec![
                rule(json!({"samplingValue": {"type": "factor", "value": -1.0}})),
                rule(rate(1.0)),
            ],
            (1.0, None),
        ),
    ] {
        assert_eq!(sampled(&rules, &last, at(0)), expected);
    }
    let dropped = Decision::Drop {
        sample_rate: 0.2,
        rules: vec![1004, 1500, 1000],
    };
    assert_eq!(dropped.outcome().unwrap().reason, "Sampled:1004,1500,1000");
}

#[test]
fn rules_hold_in_their_time_and_decay() {
    let during = |more: Value| {
        let mut during = json!({
            "samplingValue": {"type": "sampleRate", "value": 1.0},
            "timeRange": {"start": at(100).to_string(), "end": at(200).to_string()},
        });
        for (key, value) in more.as_object().unwrap() {
            during[key] = value.clone();
        }
        [
            rule(during),
            rule(json!({"id": 2, "samplingValue": {"type": "sampleRate", "value": 0.0}})),
        ]
    };
    let constant = during(json!({}));
    for (second, expected) in [(99, 0.0), (100, 1.0), (150, 1.0), (199, 1.0), (200, 0.0)] {
        assert_eq!(sampled(&constant, &trace(0), at(second)).0, expected, "{second}");
    }
    let decaying = during(json!({"decayingFn": {"type": "linear", "decayedValue": 0.5}}));
    for (second, expected) in [(99, 0.0), (100, 1.0), (150, 0.75), (190, 0.55), (200, 0.0)] {
        assert!(
            (sampled(&decaying, &trace(0), at(second)).0 - expected).abs() < 1e-9,
            "{second}"
        );
    }
}

#[test]
fn reservoirs_take_their_fill_once() {
    let rules = [
        rule(json!({"id": 3001, "samplingValue": {"type": "reservoir", "limit": 3}})),
        rule(rate(0.0)),
    ];
    let reservoirs = Reservoirs::new([(3001, 1), (3002, 7)]);
    let kept = (0..10)
        .filter(|id| {
            matches!(
                decide(&rules, &rules, None, Some(&trace(*id)), &reservoirs, at(0)),
                Decision::Keep { .. }
            )
        })
        .count();
    assert_eq!(kept, 2);
    assert_eq!(reservoirs.taken(), [(3001, 3), (3002, 7)]);
    reservoirs.retain(|rule| rule == 3001);
    assert_eq!(reservoirs.taken(), [(3001, 3)]);
}

#[test]
fn invalid_rules_never_run() {
    let sampling = |value: Value| json!({"samplingValue": value});
    for (invalid, message) in [
        (
            sampling(json!({"type": "sampleRate", "value": 1.1})),
            "a sample rate lies between 0 and 1",
        ),
        (
            sampling(json!({"type": "sampleRate", "value": -0.1})),
            "a sample rate lies between 0 and 1",
        ),
        (
            sampling(json!({"type": "minimumSampleRate", "value": 2})),
            "a sample rate lies between 0 and 1",
        ),
        (
            sampling(json!({"type": "factor", "value": 0.0})),
            "a factor is a number above 0",
        ),
        (
            sampling(json!({"type": "reservoir", "limit": 0})),
            "a reservoir has room for at least one",
        ),
        (
            json!({"samplingValue": {"type": "factor", "value": 2.0},
                   "timeRange": {"start": at(5).to_string(), "end": at(5).to_string()}}),
            "the time range ends before it starts",
        ),
        (
            json!({"samplingValue": {"type": "factor", "value": 2.0}, "timeRange": {"start": at(5).to_string()},
                   "decayingFn": {"type": "linear", "decayedValue": 1.0}}),
            "a value that decays needs the start and the end of its time range",
        ),
        (
            json!({"samplingValue": {"type": "sampleRate", "value": 0.5}, "decayingFn": {"type": "linear", "decayedValue": 3.0},
                   "timeRange": {"start": at(0).to_string(), "end": at(9).to_string()}}),
            "a sample rate lies between 0 and 1",
        ),
    ] {
        let rule = rule(invalid);
        assert_eq!(rule.check().unwrap_err().to_string(), message);
        assert_eq!(sampled(&[rule], &trace(0), at(6)), (1.0, None));
    }
}

fn event(name: &str, id: &str) -> Event {
    Event::from_json(json!({
        "type": "transaction", "event_id": id, "transaction": name, "release": "1.0", "environment": "prod",
        "contexts": {"trace": {"trace_id": "00000000000000000000000000000001"}}, "user": {"id": "7", "segment": "vip"},
    }))
    .unwrap()
}

#[test]
fn transactions_come_first_then_the_trace() {
    let own = [
        rule(
            json!({"id": 1002, "type": "transaction", "samplingValue": {"type": "factor", "value": 0.2},
                    "condition": {"op": "glob", "name": "event.transaction", "value": ["*/ping"]}}),
        ),
        rule(json!({"id": 9, "type": "trace", "samplingValue": {"type": "sampleRate", "value": 0.0}})),
        rule(json!({"id": 1006, "type": "project", "samplingValue": {"type": "minimumSampleRate", "value": 0.3}})),
    ];
    let root = [
        rule(json!({"id": 8, "type": "project", "samplingValue": {"type": "sampleRate", "value": 0.0}})),
        rule(json!({"id": 1000, "type": "trace", "samplingValue": {"type": "sampleRate", "value": 0.2}})),
    ];
    let decided = |name: &str| {
        let event = event(name, "00000000000000000000000000000000");
        decide(
            &own,
            &root,
            Some(&event),
            Trace::of_transaction(&event).as_ref(),
            &Reservoirs::default(),
            at(0),
        )
    };
    // The number of the trace is 0.0947….
    assert_eq!(decided("/cart"), Decision::Keep { sample_rate: 0.3 });
    let Decision::Drop { sample_rate, rules } = decided("/ping") else {
        panic!("0.06 is below its number");
    };
    assert!((sample_rate - 0.06).abs() < 1e-9);
    assert_eq!(rules, [1002, 1000]);
    // A rate for transactions decides by the number of the event: 0.217….
    for (rate, kept) in [(0.2, false), (0.22, true)] {
        let own = [rule(
            json!({"type": "transaction", "samplingValue": {"type": "sampleRate", "value": rate}}),
        )];
        let event = event("/cart", "00000000000000000000000000000000");
        let decision = decide(&own, &root, Some(&event), None, &Reservoirs::default(), at(0));
        assert_eq!(decision.outcome().is_none(), kept, "{rate}");
    }
}

#[test]
fn a_trace_is_read_from_the_header_or_the_transaction() {
    let header = json!({
        "trace_id": "00000000-0000-0000-0000-000000000001", "public_key": "k", "release": "1.0", "environment": "prod",
        "transaction": "/cart", "user_id": "7", "user_segment": "vip", "sample_rand": "0.25", "replay_id": "",
    });
    let trace = Trace::from_header(header.as_object().unwrap()).unwrap();
    assert_eq!((trace.sample_rand, &trace.replay_id), (Some(0.25), &None));
    let same = Trace {
        public_key: Some("k".to_owned()),
        sample_rand: Some(0.25),
        ..Trace::of_transaction(&event("/cart", "00000000000000000000000000000000")).unwrap()
    };
    assert_eq!(trace, same);
    for (field, value, expected) in [
        ("sample_rand", json!(0.5), Some(0.5)),
        ("sample_rand", json!(1.0), None),
        ("sample_rand", json!("many"), None),
    ] {
        let mut header = header.clone();
        header[field] = value;
        assert_eq!(
            Trace::from_header(header.as_object().unwrap()).unwrap().sample_rand,
            expected
        );
    }
    let nested = json!({"trace_id": "00000000000000000000000000000001", "user": {"id": "7", "segment": "vip"}});
    let nested = Trace::from_header(nested.as_object().unwrap()).unwrap();
    assert_eq!(
        (nested.user_id.as_deref(), nested.user_segment.as_deref()),
        (Some("7"), Some("vip"))
    );
    for header in [json!({}), json!({"trace_id": "x"}), json!({"trace_id": 7})] {
        assert_eq!(Trace::from_header(header.as_object().unwrap()), None);
    }
    assert_eq!(Trace::of_transaction(&Event::default()), None);
}

fn busy() -> (Settings, Inputs) {
    let settings = Settings {
        sample_rate: 0.1,
        biases: Biases {
            minimum_sample_rate: true,
            ..Biases::default()
        },
        custom: vec![CustomRule {
            id: 3000,
            condition: json!({"op": "eq", "name": "event.transaction", "value": "/new"}),
            sampling_value: serde_json::from_value(json!({"type": "reservoir", "limit": 100})).unwrap(),
            kind: RuleKind::Transaction,
            time_range: serde_json::from_value(json!({"end": at(3600).to_string()})).unwrap(),
        }],
    };
    let release = |number: i64| LatestRelease {
        release: format!("1.{number}"),
        environment: (number % 2 == 0).then(|| "prod".to_owned()),
        start: at(number),
        end: at(number + 3600),
    };
    let inputs = Inputs {
        latest_releases: (0..12).map(release).collect(),
        key_transactions: vec!["/checkout".to_owned()],
        recalibration: 1.2,
        transactions: Some(Rates {
            explicit: vec![("/rare".to_owned(), 1.0), ("/usual".to_owned(), 0.05)],
            implicit: 0.05,
        }),
    };
    (settings, inputs)
}

/// COR4.
#[test]
fn rules_are_listed_in_the_order_in_which_they_are_combined() {
    let (settings, inputs) = busy();
    let listed = rules(&settings, &inputs).unwrap();
    let ids: Vec<u32> = listed.iter().map(|rule| rule.id).collect();
    let latest = 1500..1510;
    let expected: Vec<u32> = [3000, 1002, 1005, 1001, 1004]
        .into_iter()
        .chain(latest)
        .chain([1003, 1400, 1401, 1006, 1000])
        .collect();
    assert_eq!(ids, expected);
    let find = |id: u32| serde_json::to_value(listed.iter().find(|rule| rule.id == id).unwrap()).unwrap();
    assert_eq!(
        find(1000),
        json!({
            "id": 1000, "type": "trace", "samplingValue": {"type": "sampleRate", "value": 0.1},
            "condition": {"op": "and", "inner": []},
        })
    );
    assert_eq!(find(1002)["samplingValue"], json!({"type": "factor", "value": 0.2}));
    assert_eq!(find(1005)["condition"]["op"], "not");
    // The newest release first, with its environment, and the boost ends with its time.
    assert_eq!(
        find(1500)["condition"]["inner"],
        json!([
            {"op": "eq", "name": "trace.release", "value": ["1.11"]},
            {"op": "eq", "name": "trace.environment", "value": null},
        ])
    );
    assert_eq!(
        find(1500)["timeRange"],
        json!({"start": at(11).to_string(), "end": at(3611).to_string()})
    );
    assert_eq!(find(1500)["decayingFn"], json!({"type": "linear", "decayedValue": 1.0}));
    let boost = find(1500)["samplingValue"]["value"].as_f64().unwrap();
    assert!((boost - 1.5_f64.powf(0.9)).abs() < 1e-9);
    let again: Vec<Rule> = serde_json::from_value(serde_json::to_value(&listed).unwrap()).unwrap();
    assert_eq!(again, listed);
}

#[test]
fn each_bias_does_what_it_is_for() {
    let (settings, mut inputs) = busy();
    inputs.recalibration = 1.0;
    let rules = rules(&settings, &inputs).unwrap();
    let rate = |transaction: &str, release: &str, environment: Option<&str>, replay: Option<&str>| {
        let trace = Trace {
            release: Some(release.to_owned()),
            environment: environment.map(str::to_owned),
            transaction: Some(transaction.to_owned()),
            replay_id: replay.map(str::to_owned),
            ..trace(0)
        };
        let event = event(transaction, "00000000000000000000000000000000");
        let reservoirs = Reservoirs::default();
        match decide(&rules, &rules, Some(&event), Some(&trace), &reservoirs, at(11)) {
            Decision::Keep { sample_rate } | Decision::Drop { sample_rate, .. } => sample_rate,
        }
    };
    let boost = 1.5_f64.powf(0.9);
    for (actual, expected) in [
        (rate("/other", "0", None, None), 0.05),
        (rate("/usual", "0", None, None), 0.05),
        (rate("/RARE", "0", None, None), 1.0),
        (rate("/other", "1.11", None, None), 0.05 * boost),
        (rate("/other", "1.11", Some("prod"), None), 0.05),
        (rate("/checkout", "0", None, None), 0.05 * boost),
        (rate("/healthz", "0", None, None), 0.01),
        (rate("/healthz", "0", None, Some("r")), 0.2),
        (rate("/other", "0", Some("Testing"), None), 1.0),
        (rate("/other", "0", None, Some("r")), 1.0),
        (rate("/new", "0", None, None), 1.0),
    ] {
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }
}

#[test]
fn biases_can_be_switched() {
    let (mut settings, inputs) = busy();
    for (id, gone) in [
        ("ignoreHealthChecks", 1002),
        ("boostReplayId", 1005),
        ("boostEnvironments", 1001),
        ("recalibrationRule", 1004),
        ("boostLatestRelease", 1500),
        ("boostKeyTransactions", 1003),
        ("boostLowVolumeTransactions", 1400),
        ("minimumSampleRate", 1006),
    ] {
        let has = |settings: &Settings| rules(settings, &inputs).unwrap().iter().any(|rule| rule.id == gone);
        assert!(has(&settings), "{id}");
        let off = Bias {
            id: id.to_owned(),
            active: false,
        };
        settings.biases.set(std::slice::from_ref(&off)).unwrap();
        assert!(settings.biases.list().contains(&off));
        assert!(!has(&settings), "{id}");
    }
    let before = settings.biases.clone();
    let changes = ["boostReplayId", "boostSpeed"].map(|id| Bias {
        id: id.to_owned(),
        active: true,
    });
    let error = settings.biases.set(&changes).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("dynamicSamplingBiases: `boostSpeed` is no bias: use boostEnvironments")
    );
    assert_eq!(settings.biases, before);
    assert_eq!(
        serde_json::from_value::<Settings>(json!({})).unwrap(),
        Settings::default()
    );
}

#[test]
fn invalid_input_is_an_error() {
    let (settings, inputs) = busy();
    let errors = |settings: &Settings, inputs: &Inputs| -> Vec<String> {
        rules(settings, inputs)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    for rate in [-0.1, 1.1, f64::NAN] {
        let settings = Settings {
            sample_rate: rate,
            ..settings.clone()
        };
        assert_eq!(
            errors(&settings, &inputs),
            ["sample_rate: the sample rate lies between 0 and 1"]
        );
    }
    let custom = |id: u32, condition: Value| CustomRule {
        id,
        condition,
        ..settings.custom[0].clone()
    };
    let everything = || json!({"op": "and", "inner": []});
    let wrong = Settings {
        custom: vec![
            custom(3000, everything()),
            custom(3000, everything()),
            custom(2999, everything()),
            custom(5000, everything()),
            custom(3001, json!({"op": "like"})),
        ],
        ..settings.clone()
    };
    let texts = errors(&wrong, &inputs);
    for (text, start) in texts.iter().zip([
        "custom[1].id: an id lies between 3000 and 4999",
        "custom[2].id: an id",
        "custom[3].id: an id",
        "custom[4].condition: `like` is no operator",
    ]) {
        assert!(text.starts_with(start), "{text}");
    }
    assert_eq!(texts.len(), 4);
    let inputs = Inputs {
        recalibration: -1.0,
        ..inputs
    };
    assert_eq!(errors(&settings, &inputs), ["rules.1004: a factor is a number above 0"]);
}

proptest! {
    #[test]
    fn a_decision_is_the_same_everywhere(id in any::<u128>(), value in 0.0_f64..=1.0) {
        let rules = [rule(rate(value))];
        let header = json!({"trace_id": format!("{id:032X}"), "release": "1"});
        let here = sampled(&rules, &trace(id), at(0));
        let there = sampled(&rules, &Trace::from_header(header.as_object().unwrap()).unwrap(), at(86_400));
        prop_assert_eq!(here, there);
    }
}
