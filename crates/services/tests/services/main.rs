//! Operations on a real database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod alerts;
mod attachments;
mod documents;
mod grouping;
mod housekeeping;
mod installation;
mod jobs;
mod mails;
mod moving;
mod notifications;
mod organizations;
mod second_factor;
mod sessions;
mod similar;
mod statements;
mod storage;
mod stored_items;
mod tokens;
mod user_reports;
mod workflow;
