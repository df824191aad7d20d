use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use model::{Outcome, Timestamp};
use protocol::{condition::Fields, event::Event};

use super::{
    random,
    rule::{Rule, RuleKind, SamplingValue},
    trace::Trace,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Nothing speaks against it, or it was among those kept at this rate.
    Keep { sample_rate: f64 },
    /// Dropped at this rate, by these rules in the order in which they matched.
    Drop { sample_rate: f64, rules: Vec<u32> },
}

impl Decision {
    /// The outcome of what is dropped.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Keep { .. } => None,
            Self::Drop { rules, .. } => {
                let ids: Vec<String> = rules.iter().map(u32::to_string).collect();
                Some(Outcome::filtered(format!("Sampled:{}", ids.join(","))))
            }
        }
    }
}

/// How many the reservoirs of an organization have taken, by rule.
#[derive(Debug, Default)]
pub struct Reservoirs(Mutex<HashMap<u32, u64>>);

impl Reservoirs {
    pub fn new(taken: impl IntoIterator<Item = (u32, u64)>) -> Self {
        Self(Mutex::new(taken.into_iter().collect()))
    }

    /// What was taken so far, to be kept over a restart.
    pub fn taken(&self) -> Vec<(u32, u64)> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<_> = taken.iter().map(|(rule, count)| (*rule, *count)).collect();
        taken.sort_unstable();
        taken
    }

    /// Forgets rules that are no more.
    pub fn retain(&self, keep: impl Fn(u32) -> bool) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|rule, _| keep(*rule));
    }

    fn take(&self, rule: u32, limit: u64) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(rule).or_default();
        let has_room = *count < limit;
        *count += u64::from(has_room);
        has_room
    }
}

/// Decides about an event and its trace.
///
/// `own` are the rules of the project that the event was sent to, `root` those of the project in which the trace
/// began. First the rules for transactions look at the event, then the project's and the root's look at the trace,
/// each in their order: factors multiply until a rule with a sample rate matches, and that one decides. The number that
/// is compared with the rate is the one that the SDK drew for the trace, else one that follows from the id of the
/// trace, for transaction rules from that of the event. Where no rule decides, all is kept.
pub fn decide(
    own: &[Rule],
    root: &[Rule],
    event: Option<&Event>,
    trace: Option<&Trace>,
    reservoirs: &Reservoirs,
    now: Timestamp,
) -> Decision {
    let mut matcher = Matcher {
        reservoirs,
        now,
        factor: 1.0,
        minimum: 0.0,
        matched: Vec::new(),
    };
    if let Some((event, id)) = event.and_then(|event| Some((event, event.event_id?)))
        && let Some(rate) = matcher.rate(own, RuleKind::Transaction, event)
    {
        return matcher.decision(rate, random::from_id(id.0));
    }
    let Some(trace) = trace else {
        return Decision::Keep { sample_rate: 1.0 };
    };
    let rate = matcher
        .rate(own, RuleKind::Project, trace)
        .or_else(|| matcher.rate(root, RuleKind::Trace, trace));
    match rate {
        Some(rate) => {
            let drawn = trace.sample_rand.unwrap_or_else(|| random::from_id(trace.trace_id));
            matcher.decision(rate, drawn)
        }
        None => Decision::Keep { sample_rate: 1.0 },
    }
}

struct Matcher<'a> {
    reservoirs: &'a Reservoirs,
    now: Timestamp,
    factor: f64,
    minimum: f64,
    matched: Vec<u32>,
}

impl Matcher<'_> {
    fn rate(&mut self, rules: &[Rule], kind: RuleKind, fields: &dyn Fields) -> Option<f64> {
        for rule in rules.iter().filter(|rule| rule.kind == kind) {
            let Some(value) = rule.value_at(self.now) else { continue };
            if !rule.condition.matches(fields) {
                continue;
            }
            match value {
                SamplingValue::Factor { value } => {
                    self.factor *= value;
                    self.matched.push(rule.id);
                }
                SamplingValue::MinimumSampleRate { value } => self.minimum = self.minimum.max(value),
                SamplingValue::SampleRate { value } => {
                    self.matched.push(rule.id);
                    return Some((value.max(self.minimum) * self.factor).clamp(0.0, 1.0));
                }
                SamplingValue::Reservoir { limit } => {
                    if self.reservoirs.take(rule.id, limit) {
                        self.matched = vec![rule.id];
                        return Some(1.0);
                    }
                }
            }
        }
        None
    }

    fn decision(self, sample_rate: f64, drawn: f64) -> Decision {
        if drawn < sample_rate {
            Decision::Keep { sample_rate }
        } else {
            Decision::Drop {
                sample_rate,
                rules: self.matched,
            }
        }
    }
}
