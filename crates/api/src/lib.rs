//! The JSON API under `/api/0/`: Sentry's paths, fields, paging and error bodies, so that its clients work unchanged.
//! Beside it the two scripts that pages of others include: the crash-report dialog and the loader of the SDK.
//!
//! Lives here: a folder for each concept, with its handlers and what they read and write on the wire. A handler
//! extracts, calls one operation of `services` and renders. Stays out: rules, SQL, status codes (`httpkit::ApiError`).
//! Start at [`routes`].

mod routes; // every path, one line each,

mod body; // how requests are read,
mod fallback;
mod parameters;
mod period;

mod page; // how lists are answered,
mod roles; // parts that several answers share
mod script; // how data gets into scripts, and
mod view;

mod alert_metrics;
mod alert_rules;
mod attachments;
mod audit;
mod avatars;
mod detectors;
mod diagnostics;
mod discover;
mod embed;
mod environments;
mod events;
mod filters;
mod grouping;
mod incidents;
mod issue_views;
mod issues;
mod mails;
mod members;
mod metric_alerts;
mod notifications;
mod oauth;
mod openapi;
mod options;
mod organizations;
mod outcomes;
mod ownership;
mod project_keys;
mod projects;
mod quotas;
mod releases;
mod replays;
mod reports;
mod root;
mod sampling;
mod scrubbing;
mod sdk_loader;
mod stored_items;
mod tags;
mod teams;
mod tokens;
mod user_reports;
mod users;
mod workflows;

pub use routes::routes;
