//! One event, taken apart for its page. Everything here reads the stored payload, and nothing in it is trusted.

pub(crate) mod attachments;
pub(crate) mod breadcrumbs;
pub(crate) mod contexts;
pub(crate) mod debug_images;
pub(crate) mod feedback;
pub(crate) mod files;
pub(crate) mod frame;
pub(crate) mod grouping;
pub(crate) mod highlights;
pub(crate) mod markdown;
pub(crate) mod page;
pub(crate) mod payload;
pub(crate) mod processing_errors;
pub(crate) mod remarks;
pub(crate) mod request;
mod samples;
pub(crate) mod spans;
pub(crate) mod stored;
pub(crate) mod tags;
pub(crate) mod trace;
pub(crate) mod value;
mod view;

pub(crate) use view::{EventSource, EventView};
