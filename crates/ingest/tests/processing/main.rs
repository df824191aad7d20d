//! Processing over layers that forget what was not synced, and over payloads that break.

mod parts;
mod power_cut;
mod quarantine;
