//! What SDKs talk to: the endpoints that accept bytes into the spool, and the processing that turns them into events.
//!
//! Lives here: authentication by DSN, decoding, limits, answers as Sentry gives them ([`endpoints`]), and the walk of a
//! record from the spool to the store ([`processing`]). Stays out: what an event means (`normalize`, `grouping`), SQL.

pub mod encoding;
pub mod metrics;
pub mod processing;
mod record;
pub mod store_body;

pub use record::{RecordKind, RecordMeta};
