//! The API in-process over a real store, on every database. Modules mirror the paths.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api; // an installation with its router and clients,
mod seed; // and events for it

mod access;
mod discover;
mod embed;
mod events;
mod issues;
mod js_sdk_loader;
mod organizations;
mod projects;
mod root;
mod teams;
