//! What the product does: one module per concept, its operations on top of the store. API, pages and ingest call these;
//! the rules that need no I/O are in the pure crates below. An operation opens and commits its transactions.

mod app;
mod secret;

pub mod access;
pub mod browser_sessions;
pub mod events;
pub mod housekeeping;
pub mod issues;
pub mod organizations;
pub mod outcomes;
pub mod passwords;
pub mod project_keys;
pub mod projects;
pub mod sample_event;
pub mod setup;
pub mod slug;
pub mod tags;
pub mod teams;
pub mod tokens;
pub mod users;

pub use access::{Actor, Scope, Scopes};
pub use app::{App, AppState, PublicUrl};
pub use store::Error as StoreError;
