//! Metric alert rules: a number over a window of time, measured each minute, and thresholds that it must not cross.
//!
//! Lives here: what a rule is and how it is written ([`MetricRule`]), what its thresholds make of a value
//! ([`step()`]), what is usual for the time of a week ([`seasonal`]), and how it is said and drawn. What the value is,
//! the caller finds out.

mod action;
mod rule; // what a rule is,
mod wire; // how it is written,

mod check; // what holds between its fields;
mod object;

mod reading; // what was measured,
mod state; // and what that changes;

pub mod seasonal;

pub mod chart; // how it is drawn
mod words; // and said

pub use action::{MetricAction, TargetType};
pub use check::check;
pub use reading::Reading;
pub use rule::{
    CrashFree, Dataset, Detection, Direction, EventType, Level, MOST_ACTIONS, MetricRule, Sensitivity, Trigger,
};
pub use state::{REOPENS_AFTER, State, Verdict, openings, step};
pub use wire::is_service;
pub use words::{number, sentence, threshold_text, value_text};

#[cfg(test)]
mod tests;
