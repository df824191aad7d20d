//! Everything that is kept in the relational database, and the only place where SQL is written.
//!
//! One SQL text serves SQLite and PostgreSQL (ARCHITECTURE.md, "Storage"). One file per table family; functions take a
//! connection and the tenant's id first and return domain types. Transactions are opened and committed by the caller,
//! the operation in `services`. Stays out: rules, HTTP, the clock.

mod connection;
mod error;
mod migrate;
mod row;
mod sql;

pub mod browser_sessions;
pub mod events;
pub mod instance;
pub mod issues;
pub mod members;
pub mod organizations;
pub mod outcomes;
pub mod project_keys;
pub mod projects;
pub mod recent_event_ids;
pub mod spool_positions;
pub mod tags;
pub mod teams;
pub mod tokens;
pub mod users;

pub use connection::{Connection, Reader, Store, StoreConfig, Tx};
pub use error::Error;
