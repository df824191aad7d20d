//! The API in-process over a real store, on every database. Modules mirror the paths.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
// For the bodies of whole issues in `json!`.
#![recursion_limit = "256"]

mod api; // an installation with its router and clients,
mod seed; // events for it,
mod statements; // and how many questions it asks of the database

mod access;
mod accounts;
mod alert_aliases;
mod conformance;
mod discover;
mod embed;
mod events;
mod issues;
mod js_sdk_loader;
mod limits;
mod mails;
mod metric_alerts;
mod notifications;
mod oauth;
mod openapi;
mod organizations;
mod projects;
mod rights;
mod root;
mod serializing;
mod teams;
