//! Discover: one question about many events, as a chart and a table, and the questions that are kept.

mod asked; // what a URL asks,

mod chart;
mod known;
pub(crate) mod page; // the page that answers it,
pub(crate) mod problem;
mod quantity;
mod table;

pub(crate) mod csv; // the same as a file,
pub(crate) mod saved; // questions that are kept,

mod samples; // and all of it with made-up data

pub(crate) use asked::window;
pub(crate) use known::{known_columns, known_values};
