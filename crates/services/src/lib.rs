//! What the product does: one module per concept, its operations on top of the store. API, pages and ingest call these;
//! the rules that need no I/O are in the pure crates below. An operation opens and commits its transactions.

mod app;
mod file_names;
mod secret;

pub mod access;
pub mod attachments;
pub mod browser_sessions;
pub mod discover;
pub mod events;
pub mod grouping;
pub mod housekeeping;
pub mod issues;
pub mod organizations;
pub mod origins;
pub mod outcomes;
pub mod passwords;
pub mod project_config;
pub mod project_keys;
pub mod projects;
pub mod quotas;
pub mod sample_event;
pub mod sdk_loader;
pub mod settings;
pub mod setup;
pub mod slug;
pub mod storage;
pub mod stored_items;
pub mod tags;
pub mod teams;
pub mod tokens;
pub mod transaction_names;
pub mod user_reports;
pub mod users;

pub use access::{Actor, Scope, Scopes};
pub use app::{App, AppState, PublicUrl};
pub use store::Error as StoreError;
