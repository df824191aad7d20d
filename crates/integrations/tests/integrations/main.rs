//! Channels against servers that the tests run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod smtp;
mod webhook;
