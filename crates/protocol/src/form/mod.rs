//! Forms: what crash handlers and pages post as `multipart/form-data` (`ingest.md` §1.1).

pub mod event_fields;
pub mod multipart;
