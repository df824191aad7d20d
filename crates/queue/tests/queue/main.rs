//! Jobs on real databases, with a clock that stands still until it is moved.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deliveries;
mod lab;
mod leases;
mod outbox;
mod periodic;
mod poison;
mod random;
