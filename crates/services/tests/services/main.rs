//! Operations on a real database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attachments;
mod documents;
mod grouping;
mod housekeeping;
mod installation;
mod organizations;
mod storage;
mod stored_items;
mod user_reports;
