//! Processing over layers that forget what was not synced, and over payloads that break.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod endpoints; // for tests that send requests
mod parts; // for tests that fill the spool themselves

mod hostile;
mod items;
mod outcomes;
mod power_cut;
mod quarantine;
mod searchable;
