//! The JSON API under `/api/0/`: Sentry's paths, fields, paging and error bodies, so that its clients work unchanged.
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
mod view; // and parts that several answers share

mod events;
mod issues;
mod organizations;
mod project_keys;
mod projects;
mod root;
mod tags;
mod teams;
mod users;

pub use routes::routes;
