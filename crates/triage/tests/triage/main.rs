//! Tests of the public names of `triage`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod escalation;
mod model;
mod ownership;
mod releases;
mod states;
