use model::Timestamp;
use protocol::event::Event;

use crate::{
    FingerprintInfo, Hash, Settings, SettingsError, StrategyId, Variant,
    fingerprint::{self, FingerprintRules},
    settings::PreviousStrategy,
    stack_rules::StackRules,
    stacks, strategies,
};

/// A project's settings, compiled. Cheap to make: the built-in rules are compiled once and shared.
#[derive(Debug)]
pub struct Config {
    strategy: StrategyId,
    previous: Option<PreviousStrategy>,
    fingerprint_rules: FingerprintRules,
    stack_rules: StackRules,
}

/// Where an event belongs, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Grouping {
    pub strategy: StrategyId,
    /// Never empty; the primary hash first.
    pub hashes: Vec<Hash>,
    /// Those of the strategy that the project moved away from, while they are still looked for. None of them is among
    /// `hashes`.
    pub previous_hashes: Vec<Hash>,
    /// Everything that was looked at, also what did not count.
    pub variants: Vec<Variant>,
    pub fingerprint: FingerprintInfo,
    /// What the matched fingerprint rule calls the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self::new(&Settings::default()).expect("without rules nothing can be wrong with them")
    }
}

impl Config {
    pub fn new(settings: &Settings) -> Result<Self, Vec<SettingsError>> {
        let fingerprint_rules = FingerprintRules::parse(&settings.fingerprint_rules);
        let stack_rules = StackRules::parse(&settings.stack_trace_rules);
        match (fingerprint_rules, stack_rules) {
            (Ok(fingerprint_rules), Ok(stack_rules)) => Ok(Self {
                strategy: settings.strategy,
                previous: settings.previous,
                fingerprint_rules,
                stack_rules,
            }),
            (fingerprint_rules, stack_rules) => {
                let errors = [fingerprint_rules.err(), stack_rules.err()];
                Err(errors.into_iter().flatten().flatten().collect())
            }
        }
    }

    pub fn strategy(&self) -> StrategyId {
        self.strategy
    }

    /// Groups a normalized event, or one that was grouped and stored before.
    ///
    /// Writes into the event what grouping found out about it: which frames are in app, the short names of functions, the
    /// fingerprint that a rule gives, the exception that names it. All this is taken back first, so that grouping again
    /// gives the same.
    pub fn group(&self, event: &mut Event, now: Timestamp) -> Grouping {
        let before = self
            .previous
            .filter(|previous| now < previous.until && previous.strategy != self.strategy)
            .map(|previous| (previous.strategy, event.clone()));
        let mut grouping = self.group_by(self.strategy, event);
        if let Some((strategy, mut event)) = before {
            grouping.previous_hashes = self.group_by(strategy, &mut event).hashes;
            grouping.previous_hashes.retain(|hash| !grouping.hashes.contains(hash));
        }
        grouping
    }

    fn group_by(&self, strategy: StrategyId, event: &mut Event) -> Grouping {
        let stacks = stacks::prepare(event, strategy, &self.stack_rules);
        let (mut fingerprint, title) = fingerprint::apply_rules(event, &self.fingerprint_rules);
        let mut variants = match &event.checksum {
            Some(checksum) => vec![Variant::of_checksum(checksum)],
            None => {
                let (variants, main_exception_id) = strategies::variants(event, strategy, &stacks);
                if main_exception_id.is_some() {
                    event.main_exception_id = main_exception_id;
                }
                fingerprint::apply(event, &mut fingerprint, variants, strategy.differences())
            }
        };
        let mut hashes = contributing_hashes(&variants);
        if hashes.is_empty() {
            variants.push(Variant::fallback());
            hashes = contributing_hashes(&variants);
        }
        Grouping {
            strategy,
            hashes,
            previous_hashes: Vec::new(),
            variants,
            fingerprint,
            title,
        }
    }
}

fn contributing_hashes(variants: &[Variant]) -> Vec<Hash> {
    let mut hashes = Vec::new();
    for hash in variants
        .iter()
        .filter(|variant| variant.contributes)
        .filter_map(|variant| variant.hash)
    {
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    hashes
}

/// Groups an event as a project without settings does, and leaves it as it is.
pub fn group(event: &Event, strategy: StrategyId) -> Grouping {
    let config = Config {
        strategy,
        ..Config::default()
    };
    config.group_by(strategy, &mut event.clone())
}
