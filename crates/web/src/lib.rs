//! The pages: server-rendered HTML over the operations of `services`.
//!
//! Lives here: page handlers, their typed templates (`templates/<concept>/`), the one stylesheet and the one script.
//! Stays out: SQL, rules, and the JSON API. Each page is a struct that is filled from plain values; [`gallery`] renders
//! all of them with sample data.

mod retention;
mod routes; // every path, one line each,

mod auth; // the pages, concept by concept,
mod discover;
mod errors;
mod events;
mod home;
mod issues;
mod preferences;
mod projects;
mod settings;
mod stats;
mod tokens;

mod limits; // forms that several of them have,
mod scrubbing;
mod search_bar;

mod assets;
mod form;
mod json_text;
mod notice;
mod page; // how a page is made and answered,
mod scope;
mod shell;
mod urls;
mod visit;

mod chart; // and what pages are made of
mod icon;
mod number;
mod text;
mod time;

pub mod gallery;

pub use routes::routes;
