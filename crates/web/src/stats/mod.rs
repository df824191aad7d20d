//! Stats: how much came in, what was dropped and why, and what became of a single event.

mod categories;
pub(crate) mod csv;
pub(crate) mod page;
mod reasons;
mod samples;
mod story;
mod sums;

pub(crate) use categories::Category;
pub(crate) use sums::{Usage, usage};
