//! What SDKs talk to: the endpoints that accept bytes into the spool, and the processing that turns them into events.
//!
//! Lives here: authentication by DSN, decoding, limits, answers as Sentry gives them ([`routes`]), and the walk of a
//! record from the spool to the store ([`processing`]). Stays out: what an event means (`normalize`, `grouping`), SQL.

mod config;
mod state;
mod routes;
mod endpoints;
mod incoming;
mod authenticate;
mod client;
mod body;
pub mod encoding;
mod envelope_check;
pub mod store_body;
mod record;
mod error;
pub mod refusals;
pub mod metrics;
pub mod processing;

pub use config::IngestConfig;
pub use record::{RecordKind, RecordMeta};
pub use routes::routes;
pub use state::IngestState;

#[cfg(test)]
mod tests;
