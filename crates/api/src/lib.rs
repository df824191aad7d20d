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
mod script; // how data gets into scripts,
mod view; // and parts that several answers share

mod attachments;
mod discover;
mod embed;
mod events;
mod filters;
mod grouping;
mod issues;
mod organizations;
mod outcomes;
mod project_keys;
mod projects;
mod quotas;
mod replays;
mod root;
mod sampling;
mod scrubbing;
mod sdk_loader;
mod stored_items;
mod tags;
mod teams;
mod user_reports;
mod users;

pub use routes::routes;
