//! Processing over layers that forget what was not synced, and over payloads that break.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod parts;
mod power_cut;
mod quarantine;
