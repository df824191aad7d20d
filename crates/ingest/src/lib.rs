//! What SDKs talk to: the endpoints that accept bytes into the spool, and the processing that turns them into events.
//!
//! Lives here: authentication by DSN, decoding, limits, answers as Sentry gives them ([`routes`]), and the walk of a
//! record from the spool to the store ([`processing`]). Stays out: what an event means (`normalize`, `grouping`), SQL.

mod authenticate;
mod body;
mod client;
mod config;
pub mod encoding;
mod endpoints;
mod envelope_check;
mod error;
mod incoming;
pub mod metrics;
pub mod processing;
mod record;
pub mod refusals;
mod routes;
mod state;
pub mod store_body;

pub use config::IngestConfig;
pub use record::{RecordKind, RecordMeta};
pub use routes::routes;
pub use state::IngestState;

#[cfg(test)]
mod tests;
