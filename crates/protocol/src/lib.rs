//! What SDKs send: DSN and authentication, envelopes and their items, events.
//!
//! Lives here: reading and writing these forms, their limits, and what is wrong with a field. Stays out: HTTP with its
//! codings (`ingest`), and what is done with an event once it is read (`normalize`, `grouping`).
//! Bad input never panics: an envelope that is malformed is an error, a bad field of an event is noted in the event.

pub mod auth;
pub mod condition;
pub mod crash;
pub mod drain;
pub mod dsn;
pub mod envelope;
pub mod event;
pub mod form;
pub mod items;
pub mod msgpack;
pub mod otlp;
pub mod security;
pub mod store;
pub mod unpack;
pub mod url;

mod base64;
mod query_string;

pub use dsn::{Dsn, PublicKey};
pub use query_string::pairs as query_pairs;
