use model::Timestamp;
use protocol::condition::{Condition, Globs, health_checks};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    rebalance::Rates,
    rule::{DecayingFn, Rule, RuleKind, SamplingValue, TimeRange},
};
use crate::settings::SettingsError;

// The ids that rules are known by in outcomes (`ingest.md` §7.2). They never change.
const UNIFORM: u32 = 1000;
const ENVIRONMENTS: u32 = 1001;
const HEALTH_CHECKS: u32 = 1002;
const KEY_TRANSACTIONS: u32 = 1003;
const RECALIBRATION: u32 = 1004;
const REPLAY: u32 = 1005;
const MINIMUM: u32 = 1006;
const LOW_VOLUME_TRANSACTIONS: u32 = 1400;
const LATEST_RELEASES: u32 = 1500;
const CUSTOM: std::ops::RangeInclusive<u32> = 3000..=4999;

const MAX_LATEST_RELEASES: usize = 10;
const MAX_KEY_TRANSACTIONS: usize = 10;
/// One more of the ids is for all transactions that are not listed.
const MAX_LOW_VOLUME_TRANSACTIONS: usize = 99;
const MAX_CUSTOM: usize = 100;

const BOOST: f64 = 1.5;
const HEALTH_CHECK_FACTOR: f64 = 1.0 / 5.0;

/// How a project is sampled. By default everything is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Between 0 and 1.
    pub sample_rate: f64,
    pub biases: Biases,
    pub custom: Vec<CustomRule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sample_rate: 1.0,
            biases: Biases::default(),
            custom: Vec::new(),
        }
    }
}

/// What is kept more or less often than the rest; each can be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Biases {
    pub ignore_health_checks: bool,
    pub boost_replay_id: bool,
    pub boost_environments: bool,
    pub recalibration: bool,
    pub boost_latest_release: bool,
    pub boost_key_transactions: bool,
    pub boost_low_volume_transactions: bool,
    /// Each project keeps at least its rate, also of traces that began elsewhere.
    pub minimum_sample_rate: bool,
}

impl Default for Biases {
    fn default() -> Self {
        Self {
            ignore_health_checks: true,
            boost_replay_id: true,
            boost_environments: true,
            recalibration: true,
            boost_latest_release: true,
            boost_key_transactions: true,
            boost_low_volume_transactions: true,
            minimum_sample_rate: false,
        }
    }
}

/// A bias as the API names it (`dynamicSamplingBiases`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bias {
    pub id: String,
    pub active: bool,
}

type Switch = fn(&mut Biases) -> &mut bool;

const BIASES: [(&str, Switch); 8] = [
    ("boostEnvironments", |biases| &mut biases.boost_environments),
    ("boostLatestRelease", |biases| &mut biases.boost_latest_release),
    ("ignoreHealthChecks", |biases| &mut biases.ignore_health_checks),
    ("boostKeyTransactions", |biases| &mut biases.boost_key_transactions),
    ("boostLowVolumeTransactions", |biases| {
        &mut biases.boost_low_volume_transactions
    }),
    ("boostReplayId", |biases| &mut biases.boost_replay_id),
    ("recalibrationRule", |biases| &mut biases.recalibration),
    ("minimumSampleRate", |biases| &mut biases.minimum_sample_rate),
];

impl Biases {
    pub fn list(&self) -> Vec<Bias> {
        let mut biases = self.clone();
        let view = |(id, switch): (&str, Switch)| Bias {
            id: id.to_owned(),
            active: *switch(&mut biases),
        };
        BIASES.into_iter().map(view).collect()
    }

    /// Switches those that are named. Nothing is changed when one is not known.
    pub fn set(&mut self, changes: &[Bias]) -> Result<(), SettingsError> {
        let mut changed = self.clone();
        for change in changes {
            let Some((_, switch)) = BIASES.into_iter().find(|(id, _)| *id == change.id) else {
                let known = BIASES.map(|(id, _)| id).join(", ");
                let message = format!("`{}` is no bias: use {known}", change.id);
                return Err(SettingsError::new("dynamicSamplingBiases", message));
            };
            *switch(&mut changed) = change.active;
        }
        *self = changed;
        Ok(())
    }
}

/// A rule that somebody wrote: so many, or so much, of what matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomRule {
    /// Between 3000 and 4999.
    pub id: u32,
    pub condition: Value,
    pub sampling_value: SamplingValue,
    #[serde(rename = "type", default = "of_transactions")]
    pub kind: RuleKind,
    #[serde(default)]
    pub time_range: TimeRange,
}

fn of_transactions() -> RuleKind {
    RuleKind::Transaction
}

/// What is known of the project's traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    pub latest_releases: Vec<LatestRelease>,
    pub key_transactions: Vec<String>,
    /// What the rate of the organization has to be multiplied with to become what it should be.
    pub recalibration: f64,
    /// The rates that rebalancing gave to transactions.
    pub transactions: Option<Rates>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            latest_releases: Vec::new(),
            key_transactions: Vec::new(),
            recalibration: 1.0,
            transactions: None,
        }
    }
}

/// A release that was deployed a short time ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestRelease {
    pub release: String,
    pub environment: Option<String>,
    pub start: Timestamp,
    /// When it will have been taken up.
    pub end: Timestamp,
}

/// The rules of a project in the order in which they are applied, or all that is wrong: custom, health checks, replay,
/// environments, recalibration, latest releases, key transactions, low-volume transactions, minimum, uniform.
pub fn rules(settings: &Settings, inputs: &Inputs) -> Result<Vec<Rule>, Vec<SettingsError>> {
    let mut errors = Vec::new();
    if !(0.0..=1.0).contains(&settings.sample_rate) {
        errors.push(SettingsError::new(
            "sample_rate",
            "the sample rate lies between 0 and 1",
        ));
        return Err(errors);
    }
    let mut rules = custom(&settings.custom, &mut errors);
    // At 1 there is nothing left to give, and at 0 no multiple helps.
    if settings.sample_rate > 0.0 && settings.sample_rate < 1.0 {
        rules.extend(biased(settings, inputs));
    }
    rules.push(rule(
        UNIFORM,
        RuleKind::Trace,
        rate(settings.sample_rate),
        Condition::everything(),
    ));
    for rule in &rules {
        if let Err(error) = rule.check() {
            errors.push(SettingsError::new(format!("rules.{}", rule.id), error.to_string()));
        }
    }
    if inputs
        .transactions
        .as_ref()
        .is_some_and(|rates| rates.explicit.len() > MAX_LOW_VOLUME_TRANSACTIONS)
    {
        let message = format!("there are more than {MAX_LOW_VOLUME_TRANSACTIONS} transactions with a rate");
        errors.push(SettingsError::new("transactions", message));
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn rule(id: u32, kind: RuleKind, sampling_value: SamplingValue, condition: Condition) -> Rule {
    Rule {
        id,
        kind,
        sampling_value,
        condition,
        time_range: TimeRange::default(),
        decaying_fn: DecayingFn::default(),
    }
}

fn rate(value: f64) -> SamplingValue {
    SamplingValue::SampleRate { value }
}

fn factor(value: f64) -> SamplingValue {
    SamplingValue::Factor { value }
}

/// A boost that grows smaller as the rate grows: the product nears 1 and passes it late.
fn boost(sample_rate: f64) -> f64 {
    BOOST / BOOST.powf(sample_rate)
}

fn custom(custom: &[CustomRule], errors: &mut Vec<SettingsError>) -> Vec<Rule> {
    if custom.len() > MAX_CUSTOM {
        let message = format!("there are more than {MAX_CUSTOM} rules");
        errors.push(SettingsError::new("custom", message));
        return Vec::new();
    }
    let mut rules: Vec<Rule> = Vec::new();
    for (index, custom) in custom.iter().enumerate() {
        if !CUSTOM.contains(&custom.id) || rules.iter().any(|rule| rule.id == custom.id) {
            let message = format!(
                "an id lies between {} and {}, and each is used once",
                CUSTOM.start(),
                CUSTOM.end()
            );
            errors.push(SettingsError::new(format!("custom[{index}].id"), message));
            continue;
        }
        match Condition::parse(&custom.condition) {
            Ok(condition) => rules.push(Rule {
                time_range: custom.time_range,
                ..rule(custom.id, custom.kind, custom.sampling_value, condition)
            }),
            Err(error) => {
                errors.push(SettingsError::new(
                    format!("custom[{index}].condition"),
                    error.to_string(),
                ));
            }
        }
    }
    rules
}

fn biased(settings: &Settings, inputs: &Inputs) -> Vec<Rule> {
    let Settings {
        sample_rate, biases, ..
    } = settings;
    let mut rules = Vec::new();
    if biases.ignore_health_checks {
        let condition = Condition::Glob {
            name: "event.transaction".to_owned(),
            globs: health_checks(),
        };
        rules.push(rule(
            HEALTH_CHECKS,
            RuleKind::Transaction,
            factor(HEALTH_CHECK_FACTOR),
            condition,
        ));
    }
    if biases.boost_replay_id {
        let absent = Condition::eq("trace.replay_id", Value::Null);
        rules.push(rule(
            REPLAY,
            RuleKind::Trace,
            rate(1.0),
            Condition::Not(Box::new(absent)),
        ));
    }
    if biases.boost_environments {
        rules.push(rule(ENVIRONMENTS, RuleKind::Trace, rate(1.0), test_environments()));
    }
    // A factor of 1 changes nothing.
    if biases.recalibration && inputs.recalibration.to_bits() != 1.0_f64.to_bits() {
        let everything = Condition::everything();
        rules.push(rule(
            RECALIBRATION,
            RuleKind::Trace,
            factor(inputs.recalibration),
            everything,
        ));
    }
    if biases.boost_latest_release {
        rules.extend(latest_releases(&inputs.latest_releases, *sample_rate));
    }
    if biases.boost_key_transactions && !inputs.key_transactions.is_empty() {
        let names = &inputs.key_transactions[..inputs.key_transactions.len().min(MAX_KEY_TRANSACTIONS)];
        let condition = Condition::eq("event.transaction", json!(names));
        rules.push(rule(
            KEY_TRANSACTIONS,
            RuleKind::Transaction,
            factor(boost(*sample_rate)),
            condition,
        ));
    }
    if let Some(rates) = inputs
        .transactions
        .as_ref()
        .filter(|_| biases.boost_low_volume_transactions)
    {
        rules.extend(low_volume_transactions(rates, *sample_rate));
    }
    if biases.minimum_sample_rate {
        let value = SamplingValue::MinimumSampleRate { value: *sample_rate };
        rules.push(rule(MINIMUM, RuleKind::Project, value, Condition::everything()));
    }
    rules
}

/// Where nobody minds the cost, and everybody wants to see what they do.
fn test_environments() -> Condition {
    let mut globs = Globs::new(true);
    for pattern in ["*debug*", "*dev*", "*local*", "*qa*", "*test*"] {
        globs.push(pattern).expect("the patterns are written in this file");
    }
    Condition::Glob {
        name: "trace.environment".to_owned(),
        globs,
    }
}

fn latest_releases(releases: &[LatestRelease], sample_rate: f64) -> impl Iterator<Item = Rule> {
    let mut newest: Vec<&LatestRelease> = releases.iter().collect();
    newest.sort_by_key(|release| std::cmp::Reverse(release.start));
    let boosted = newest.into_iter().take(MAX_LATEST_RELEASES);
    (LATEST_RELEASES..).zip(boosted).map(move |(id, release)| {
        let condition = Condition::And(vec![
            Condition::eq("trace.release", json!([release.release])),
            Condition::eq("trace.environment", json!(release.environment)),
        ]);
        Rule {
            time_range: TimeRange {
                start: Some(release.start),
                end: Some(release.end),
            },
            decaying_fn: DecayingFn::Linear { decayed_value: 1.0 },
            ..rule(id, RuleKind::Trace, factor(boost(sample_rate)), condition)
        }
    })
}

/// Rates become factors on the uniform rate. The factor of all that is not listed comes last and holds for those that
/// are listed too, so theirs undo it.
fn low_volume_transactions(rates: &Rates, sample_rate: f64) -> Vec<Rule> {
    // No rate is 0: what is rare now may matter tomorrow.
    let relative = |rate: f64| (rate / sample_rate).max(0.01);
    let implicit = relative(rates.implicit);
    let changes = |value: f64| (value - 1.0).abs() > 1e-9;
    let mut values: Vec<(f64, Condition)> = Vec::new();
    for (name, rate) in rates.explicit.iter().take(MAX_LOW_VOLUME_TRANSACTIONS) {
        let condition = Condition::Eq {
            name: "trace.transaction".to_owned(),
            value: json!([name]),
            ignore_case: true,
        };
        values.push((relative(*rate) / implicit, condition));
    }
    values.push((implicit, Condition::everything()));
    values.retain(|(value, _)| changes(*value));
    (LOW_VOLUME_TRANSACTIONS..)
        .zip(values)
        .map(|(id, (value, condition))| rule(id, RuleKind::Trace, factor(value), condition))
        .collect()
}
