//! Operations on a real database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attachments;
mod housekeeping;
mod installation;
mod stored_items;
mod user_reports;
