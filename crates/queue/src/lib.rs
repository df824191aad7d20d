//! Durable jobs: written in the transaction that causes them, done once, tried again by the policy of their kind.
//!
//! | to… | go to |
//! | --- | --- |
//! | say what a job is, and what its failure means | [`Job`], [`Policy`], [`JobError`] |
//! | list the kinds, and what is done from time to time | [`Registry`], [`Schedule`] |
//! | write a job with what causes it | [`add`] |
//! | let a job end in its own transaction | [`Running::finish`] |
//! | do what is due | [`Worker`] |
//!
//! Two lanes: an *outbox* is done in order within its shard, and never let go of by itself; *deliveries* are independent
//! of each other, and may end as dead letters. Whoever works on a job or a shard holds it by the id of the worker, not
//! for a time: only of a worker whose beat stands still, by the observer's own steady clock, is it taken away. So a wall
//! clock that steps doubles nothing. Stays out: what the jobs do, and SQL.

mod backoff;
mod job;
mod registry;
mod running;
mod schedule;
mod worker;

pub use backoff::Backoff;
pub use job::{Job, JobError, Policy, add};
pub use registry::Registry;
pub use running::{FinishError, Running};
pub use schedule::{CatchUp, Schedule, Weekday};
pub use worker::{BLOCKED, RunDue, Tools, Wake, Worker};
