//! Dynamic sampling: which traces are kept when not all are (`ingest.md` §7.2).
//!
//! [`rules`] makes the rules of a project from its settings, [`decide`] applies them. A decision depends on nothing
//! but the rules and the trace, so every server that sees a part of a trace decides alike. What is dropped by it was
//! still counted.

mod biases;
mod decide;
mod random;
mod rebalance;
mod rule;
mod trace;

pub use biases::{Bias, Biases, CustomRule, Inputs, LatestRelease, Settings, rules};
pub use decide::{Decision, Reservoirs, decide};
pub use rebalance::{Class, InvalidInput, Model, Rates};
pub use rule::{DecayingFn, InvalidRule, Rule, RuleKind, SamplingValue, TimeRange};
pub use trace::Trace;
