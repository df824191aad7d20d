//! Proof that committed SQLite transactions survive a power cut, within one process. Killing a process proves nothing
//! about `fsync`, as the operating system keeps what was written.
//!
//! A file layer (SQLite: VFS) named [`VFS`] stands before SQLite's own and keeps, for every file of a watched folder,
//! what a disk would hold: the bytes as of the last sync, and under names that were synced. It is a harsh disk: whatever
//! was not synced is lost.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! # let folder = tempfile::tempdir().unwrap();
//! # let after = tempfile::tempdir().unwrap();
//! # use sqlx::{Connection as _, Executor as _};
//! # sqlx::any::install_default_drivers();
//! use testkit::power_cut::{PowerCut, database_url};
//!
//! let disk = PowerCut::new(folder.path()).unwrap(); // before the database is opened
//! let mut db = sqlx::AnyConnection::connect(&disk.url("tocsin.db")).await.unwrap();
//! # db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").await.unwrap();
//! db.execute("CREATE TABLE bells (id BIGINT)").await.unwrap();
//! disk.freeze();
//! db.execute("CREATE TABLE ropes (id BIGINT)").await.unwrap();
//! disk.restore_into(after.path()).unwrap();
//!
//! let mut db = sqlx::AnyConnection::connect(&database_url(after.path(), "tocsin.db")).await.unwrap();
//! db.execute("SELECT id FROM bells").await.unwrap();
//! db.execute("SELECT id FROM ropes").await.unwrap_err();
//! # }
//! ```
//!
//! `?vfs=powercut` in a `sqlite:` URL chooses the layer, for sqlx's `Any` driver too (`SqliteConnectOptions::vfs` does
//! the same). The layer refuses to open files outside of watched folders.

mod disk; // what a disk holds,
mod vfs; // and how SQLite is made to write to it

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use disk::{Disk, Power};

/// The name of the file layer.
pub const VFS: &str = "powercut";

/// The disks that are watched. A file of any other folder cannot be opened through the layer.
static DISKS: Mutex<Vec<Weak<Disk>>> = Mutex::new(Vec::new());

fn disks() -> MutexGuard<'static, Vec<Weak<Disk>>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn disk_of(folder: &Path) -> Option<Arc<Disk>> {
    disks()
        .iter()
        .filter_map(Weak::upgrade)
        .find(|disk| disk.folder() == folder)
}

/// A folder whose power can be cut.
#[derive(Debug)]
pub struct PowerCut {
    disk: Arc<Disk>,
}

impl PowerCut {
    /// Watches `folder`, and none below it. What is in it now counts as synced; no database in it may be open.
    pub fn new(folder: &Path) -> io::Result<Self> {
        vfs::register();
        let disk = Arc::new(Disk::read(folder)?);
        let mut disks = disks();
        disks.retain(|disk| disk.strong_count() > 0);
        if disks
            .iter()
            .filter_map(Weak::upgrade)
            .any(|other| other.folder() == disk.folder())
        {
            return Err(io::Error::other(format!("{} is watched already", folder.display())));
        }
        disks.push(Arc::downgrade(&disk));
        Ok(Self { disk })
    }

    /// The URL of a database in the folder, through this layer.
    pub fn url(&self, file: &str) -> String {
        format!("{}&vfs={VFS}", database_url(self.disk.folder(), file))
    }

    /// From now on nothing becomes durable any more. Syncs are still reported as done, so that the program goes on as if
    /// nothing had happened: what it was told before this call must be found by [`Self::restore_into`], so note that
    /// first and freeze then.
    pub fn freeze(&self) {
        self.disk.set_power(Power::Frozen);
    }

    /// From now on nothing becomes durable any more, and every write and sync fails. So whatever the program was ever
    /// told to be committed must be found by [`Self::restore_into`].
    pub fn pull_plug(&self) {
        self.disk.set_power(Power::Off);
    }

    /// Writes into `folder` what would be found if the power were cut now, or was found when it was.
    pub fn restore_into(&self, folder: &Path) -> io::Result<()> {
        self.disk.restore_into(folder)
    }
}

/// The URL of a SQLite database, created when it is not there; through no layer.
pub fn database_url(folder: &Path, file: &str) -> String {
    format!("sqlite://{}?mode=rwc", folder.join(file).display())
}

#[cfg(test)]
mod tests;
