//! The pages: server-rendered HTML over the operations of `services`.
//!
//! Lives here: page handlers, their typed templates (`templates/<concept>/`), the one stylesheet and the one script.
//! Stays out: SQL, rules, and the JSON API. Each page is a struct that is filled from plain values; [`gallery`] renders
//! all of them with sample data.

mod assets;
mod chart;
mod form;
mod icon;
mod number;
mod scope;
mod shell;
mod text;
mod time;
mod urls;

mod auth;
mod errors;
mod events;
mod issues;
mod projects;
mod tokens;

pub mod gallery;
