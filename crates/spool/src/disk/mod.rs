//! The few operations on files that the spool and the quarantine need, so that tests can put a disk under them that
//! loses power, runs full or fails to sync.

mod real;
#[cfg(any(test, feature = "simulated"))]
pub mod simulated;

pub use real::RealDisk;

use std::{fmt, io, path::Path};

/// All calls block. A change of a folder (create, rename, remove) is durable after [`Disk::sync_dir`].
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes the folder and those above it, readable by the owner only. An existing one is fine.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// The files of a folder, in any order.
    fn list(&self, dir: &Path) -> io::Result<Vec<Listed>>;
    /// Makes an empty file, readable by the owner only. What had the name is gone.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub bytes: u64,
}

pub trait DiskFile: fmt::Debug + Send + Sync {
    fn len(&self) -> io::Result<u64>;
    /// Fills `buffer`, or fails with `UnexpectedEof`.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes content and length durable.
    fn sync(&self) -> io::Result<()>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}
