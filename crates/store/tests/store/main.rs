//! Every statement of the store, on every database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attachments;
mod blobs;
mod discover_queries;
mod event_index;
mod issues;
mod people;
mod power_cut;
mod projects;
mod schema;
mod seed;
mod stored_items;
mod user_reports;
