//! Everything that is kept: the relational database, whose SQL is written only here, and the objects that hold the
//! content of files.
//!
//! One SQL text serves SQLite and PostgreSQL (ARCHITECTURE.md, "Storage"). One file per table family; functions take a
//! connection and the tenant's id first and return domain types. Transactions are opened and committed by the caller,
//! the operation in `services`. Stays out: rules, HTTP, the clock.

mod connection;
mod error;
mod id_page;
mod migrate;
mod packed;
mod row;
mod sql;

pub mod alert_firings;
pub mod alert_metrics;
pub mod alert_rules;
pub mod attachments;
pub mod audience;
pub mod audit;
pub mod avatars;
pub mod blobs;
pub mod browser_sessions;
pub mod chat_links;
pub mod codeowners;
pub mod commits;
pub mod deliveries;
pub mod deploys;
pub mod discover_queries;
pub mod event_outcomes;
pub mod events;
pub mod files;
pub mod held_notifications;
pub mod incidents;
pub mod index_batches;
pub mod instance;
pub mod invitations;
pub mod issue_links;
pub mod issue_owners;
pub mod issue_people;
pub mod issues;
pub mod jobs;
pub mod mail_addresses;
pub mod mail_bounces;
pub mod mail_links;
pub mod mail_templates;
pub mod mail_threads;
pub mod mails;
pub mod members;
pub mod metric_alerts;
pub mod notification_actions;
pub mod notification_rules;
pub mod notification_settings;
pub mod notifications;
pub mod oauth;
pub mod options;
pub mod organization_tokens;
pub mod organizations;
pub mod outcomes;
pub mod project_keys;
pub mod project_transfer;
pub mod projects;
pub mod push_subscriptions;
pub mod quota_notices;
pub mod recent_event_ids;
pub mod releases;
pub mod removed_hashes;
pub mod saved_issue_views;
pub mod second_factor;
pub mod settings;
pub mod slug_redirects;
pub mod spool_positions;
pub mod storage;
pub mod stored_items;
pub mod teams;
pub mod tokens;
pub mod transaction_names;
pub mod user_emails;
pub mod user_permissions;
pub mod user_reports;
pub mod users;
pub mod weekly_reports;

pub use connection::{Connection, Reader, Store, StoreConfig, Tx};
pub use error::Error;
pub use id_page::{IdPage, IdStart};
