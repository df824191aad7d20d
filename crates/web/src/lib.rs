//! The pages: server-rendered HTML over the operations of `services`.
//!
//! Lives here: page handlers, their typed templates (`templates/<concept>/`), the one stylesheet and the one script.
//! Stays out: SQL, rules, and the JSON API. Each page is a struct that is filled from plain values; [`gallery`] renders
//! all of them with sample data.

mod retention;
mod routes; // every path, one line each,

mod account; // the pages, concept by concept,
mod admin;
mod alert_reports;
mod alert_rules;
mod auth;
mod discover;
mod errors;
mod events;
mod home;
mod incidents;
mod invitations;
mod issues;
mod mails;
mod metric_alerts;
mod oauth;
mod preferences;
mod projects;
mod settings;
mod stats;
mod tokens;

mod limits; // forms that several of them have,
mod scrubbing;
mod search_bar;

mod assets;
mod audit_entries;
mod form;
mod json_text;
mod notice;
mod page; // how a page is made and answered,
mod scope;
mod shell;
mod urls;
mod visit;

mod avatar; // and what pages are made of
mod chart;
mod csv;
mod icon;
mod number;
mod text;
mod time;

pub mod gallery;

pub use routes::routes;
