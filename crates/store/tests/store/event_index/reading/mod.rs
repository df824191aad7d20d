//! What questions about rows are answered.

mod facets;
mod filters;
mod hits;
mod rows;
mod support;
