//! One event, taken apart for its page. Everything here reads the stored payload, and nothing in it is trusted.

pub(crate) mod breadcrumbs;
pub(crate) mod contexts;
pub(crate) mod frame;
pub(crate) mod highlights;
pub(crate) mod markdown;
pub(crate) mod payload;
pub(crate) mod processing_errors;
pub(crate) mod raw_trace;
pub(crate) mod request;
pub(crate) mod tags;
pub(crate) mod trace;
pub(crate) mod value;
mod view;

pub(crate) use view::EventView;
