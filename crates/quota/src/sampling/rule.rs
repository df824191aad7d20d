use model::Timestamp;
use protocol::condition::Condition;
use serde::{Deserialize, Serialize};

/// A sampling rule. All kinds share this shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub id: u32,
    #[serde(rename = "type")]
    pub kind: RuleKind,
    pub sampling_value: SamplingValue,
    pub condition: Condition,
    #[serde(default, skip_serializing_if = "TimeRange::is_open")]
    pub time_range: TimeRange,
    #[serde(default, skip_serializing_if = "DecayingFn::is_constant")]
    pub decaying_fn: DecayingFn,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RuleKind {
    /// The trace, by the rules of the project in which it began.
    Trace,
    /// The transaction itself.
    Transaction,
    /// The trace, by the rules of the project that the item was sent to.
    Project,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum SamplingValue {
    /// Decides, after all factors before it were multiplied with it.
    SampleRate {
        value: f64,
    },
    Factor {
        value: f64,
    },
    /// What the rate that decides is at least, before factors.
    MinimumSampleRate {
        value: f64,
    },
    /// Keeps the first so many that match, whatever the other rules say; then it is as if it were not there.
    Reservoir {
        limit: u64,
    },
}

/// From the start on, until just before the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeRange {
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

/// How the value of a rule changes over its time range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum DecayingFn {
    #[default]
    Constant,
    /// In a straight line to this value at the end.
    #[serde(rename_all = "camelCase")]
    Linear { decayed_value: f64 },
}

/// Why a rule cannot run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    #[error("a sample rate lies between 0 and 1")]
    SampleRate,
    #[error("a factor is a number above 0")]
    Factor,
    #[error("a reservoir has room for at least one")]
    Reservoir,
    #[error("the time range ends before it starts")]
    TimeRange,
    #[error("a value that decays needs the start and the end of its time range")]
    Decay,
    #[error("a reservoir does not decay")]
    DecayingReservoir,
}

impl TimeRange {
    fn is_open(&self) -> bool {
        *self == Self::default()
    }

    fn contains(&self, now: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= now) && self.end.is_none_or(|end| now < end)
    }
}

impl DecayingFn {
    fn is_constant(&self) -> bool {
        *self == Self::Constant
    }
}

impl SamplingValue {
    fn check(self, value: f64) -> Result<(), InvalidRule> {
        match self {
            Self::SampleRate { .. } | Self::MinimumSampleRate { .. } if !(0.0..=1.0).contains(&value) => {
                Err(InvalidRule::SampleRate)
            }
            Self::Factor { .. } if !(value.is_finite() && value > 0.0) => Err(InvalidRule::Factor),
            _ => Ok(()),
        }
    }
}

impl Rule {
    /// Invalid rules never run.
    pub fn check(&self) -> Result<(), InvalidRule> {
        let TimeRange { start, end } = self.time_range;
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            return Err(InvalidRule::TimeRange);
        }
        match self.sampling_value {
            SamplingValue::SampleRate { value }
            | SamplingValue::Factor { value }
            | SamplingValue::MinimumSampleRate { value } => self.sampling_value.check(value)?,
            SamplingValue::Reservoir { limit: 0 } => return Err(InvalidRule::Reservoir),
            SamplingValue::Reservoir { .. } => {}
        }
        match (self.decaying_fn, self.sampling_value) {
            (DecayingFn::Constant, _) => Ok(()),
            (DecayingFn::Linear { .. }, SamplingValue::Reservoir { .. }) => Err(InvalidRule::DecayingReservoir),
            (DecayingFn::Linear { .. }, _) if start.is_none() || end.is_none() => Err(InvalidRule::Decay),
            (DecayingFn::Linear { decayed_value }, value) => value.check(decayed_value),
        }
    }

    /// The value of now, if the rule is valid and it is its time.
    pub(super) fn value_at(&self, now: Timestamp) -> Option<SamplingValue> {
        if !self.time_range.contains(now) || self.check().is_err() {
            return None;
        }
        Some(match self.sampling_value {
            SamplingValue::SampleRate { value } => SamplingValue::SampleRate {
                value: self.decayed(value, now),
            },
            SamplingValue::Factor { value } => SamplingValue::Factor {
                value: self.decayed(value, now),
            },
            SamplingValue::MinimumSampleRate { value } => SamplingValue::MinimumSampleRate {
                value: self.decayed(value, now),
            },
            reservoir @ SamplingValue::Reservoir { .. } => reservoir,
        })
    }

    fn decayed(&self, value: f64, now: Timestamp) -> f64 {
        match (self.decaying_fn, self.time_range.start, self.time_range.end) {
            (DecayingFn::Linear { decayed_value }, Some(start), Some(end)) => {
                let passed = now.since(start).as_secs_f64() / end.since(start).as_secs_f64();
                value + (decayed_value - value) * passed
            }
            _ => value,
        }
    }
}
