//! Every statement of the store, on every database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attachments;
mod bindings;
mod blobs;
mod discover_queries;
mod event_index;
mod issues;
mod people;
mod power_cut;
mod projects;
mod releases;
mod schema;
mod seed;
mod stored_items;
mod upgrade;
mod user_reports;
mod workflow;
