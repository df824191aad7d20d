//! The append-only log of accepted bytes, and the quarantine for what could not be processed.
//!
//! Lives here: segment files, checksums, group commit (an append returns after the sync), repair at the start, reading
//! by position, deletion behind the reader, and the [`disk::Disk`] that all of it writes through. Stays out: what the
//! bytes mean (`ingest` defines and reads the `meta` of a record), which position was processed (the database knows),
//! the lock of the data folder (`server` holds it).
//!
//! Written here because the crates that exist (`okaywal`, `wal-db`, `commitlog`, `raft-engine`) give up at the first
//! damaged record or drop it, cannot step past a failed sync, and cannot be tested over a disk that forgets.
//!
//! # The log
//!
//! - A [`Position`] is a byte offset over the whole log. It never falls and is never used twice for records that were
//!   acknowledged; after a failed write there may be a gap.
//! - A segment file is named by the position of its first byte, so the place of a record in its file is a subtraction.
//! - One thread writes. It takes all appends that wait, writes them, syncs once, and answers them.
//! - After a failed write or sync the file is given up at its last synced byte and the log goes on in a new one: what
//!   the kernel says about a file after a failed `fsync` cannot be trusted.
//! - There is always at least one segment file, so that the end of the log survives when everything was deleted.

mod position;
mod record;

pub mod disk;
pub mod quarantine;

mod segment;
mod state;

mod open;
mod writer;

mod read;
mod spool;

pub use open::{Cut, OpenError, OpenOptions, OpenReport};
pub use position::Position;
pub use read::{Batch, Entry, ReadError};
pub use spool::{AppendError, Closed, Spool, SpoolConfig};
pub use state::Depth;
pub use writer::ReleaseError;

#[cfg(test)]
mod tests;
