//! Limits of the API, options, pictures: what stands around all paths.

pub(crate) mod avatars;
mod options;
mod requests;
