//! What SDKs talk to: the endpoints that accept bytes into the spool, and the processing that turns them into events.
//!
//! Lives here: authentication by DSN, decoding, limits, answers as Sentry gives them ([`routes`]), and the walk of a
//! record from the spool to the store ([`processing`]). Stays out: what an event means (`normalize`, `grouping`), SQL.

mod config;
mod state;

mod endpoints;
mod routes;

mod authenticate;
mod client;
mod incoming;

mod body;
pub mod encoding;
mod envelope_check;
mod envelope_scan;
pub mod store_body;

mod error;
mod rate_limits;
mod refusals;

mod record;

pub mod processing;

pub mod metrics;

pub use config::IngestConfig;
pub use record::{LimitedItem, RecordKind, RecordMeta};
pub use routes::routes;
pub use state::IngestState;

#[cfg(test)]
mod tests;
