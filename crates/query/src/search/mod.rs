//! The search language: `is:unresolved (release:1.* OR !has:user) "time out"`.
//!
//! One grammar for all searches: [`token`] and [`tree`] know how it is written, [`key`], [`literal`] and [`meaning`] what
//! its filters ask of an event. [`events`] and [`issues`] are the two searches, [`print`] writes them down again, and
//! [`complete`] offers what could be typed next.

pub mod complete;
pub mod events;
pub mod issues;

pub(crate) mod key;
pub(crate) mod literal;
pub(crate) mod meaning;
mod print;
mod token;
mod tree;

pub(crate) use print::{escaped, escaped_value, key};
pub(crate) use token::{Filter, Piece, closing, closing_quote, unescape};

/// Keys with a meaning of their own in every search.
pub(crate) const WORDS: &[&str] = &["has"];
