//! The real binary, as users and SDKs meet it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alerts;
mod bad_input;
mod commands;
mod corpus;
mod crash;
mod events;
mod installation;
mod jobs;
mod permissions;
mod quarantine;
mod rows;
mod secrets;
