//! Blobs: content in parts of at most 1 MB, each kept once for the whole installation under its SHA-1.
//!
//! The bytes are objects of an object store (files of the data folder), the rows say which object holds which checksum.
//! They meet in two steps, because an object store knows no transactions: [`BlobStore::put`] writes the objects and
//! syncs them, and [`crate::files::create`] writes the rows, in the transaction of whoever has something to keep. So a
//! row never names an object that a power cut could take. Objects whose rows were never committed are found by
//! [`BlobStore::clean`], which also removes what no file has any longer.

mod checksum;
mod clean;
mod folder;
mod owners;
mod put;
mod rows;

use std::{fmt, io, path::Path, sync::Arc, time::Duration};

use folder::Folder;
use object_store::ObjectStore;
use tokio::sync::Semaphore;

use crate::Store;

pub use checksum::{Checksum, ParseChecksumError};
pub use clean::{CleanError, Cleaned};
pub use owners::owned;
pub(crate) use put::{Part, Source};
pub use put::{Prepared, PutError};
pub(crate) use rows::{keep, release};

/// Content is cut into blobs of this size; the last one is what remains.
pub const BLOB_BYTES: usize = 1 << 20;

/// Larger files are refused.
pub const MAX_FILE_BYTES: u64 = 2 << 30;

/// That somebody relied on a blob is written down again after this time.
const TOUCH_EVERY: Duration = Duration::from_secs(12 * 3600);

/// What nobody has relied on for this long may be removed.
const UNUSED_FOR: Duration = Duration::from_secs(24 * 3600);

/// How long [`Prepared`] can be used. With [`TOUCH_EVERY`] it is well below [`UNUSED_FOR`], so that its blobs are there.
const PREPARED_FOR: Duration = Duration::from_secs(6 * 3600);

/// An object outlives its row by this time, for those who are reading it.
const REMOVE_AFTER: Duration = Duration::from_secs(60);

/// Objects that are written at the same time, by all callers together.
const PARALLEL_UPLOADS: usize = 8;

/// The objects, and the database that knows them. Clones are the same.
#[derive(Clone)]
pub struct BlobStore {
    store: Store,
    objects: Arc<dyn ObjectStore>,
    /// Where the objects are files.
    folder: Option<Arc<Folder>>,
    uploads: Arc<Semaphore>,
    recent: Arc<put::Recent>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot make the folder {folder}")]
    Folder { folder: String, source: io::Error },
    #[error("cannot use the folder {folder}")]
    Objects {
        folder: String,
        source: object_store::Error,
    },
}

impl BlobStore {
    /// Objects are files of `folder`, which is made for its owner only.
    pub fn open(store: Store, folder: &Path) -> Result<Self, OpenError> {
        let name = || folder.display().to_string();
        let files = Folder::open(folder).map_err(|source| OpenError::Folder { folder: name(), source })?;
        let objects = files
            .objects()
            .map_err(|source| OpenError::Objects { folder: name(), source })?;
        let mut blobs = Self::new(store, Arc::new(objects));
        blobs.folder = Some(Arc::new(files));
        Ok(blobs)
    }

    /// Objects are wherever `objects` puts them. What it has written when a put returns must last.
    pub fn new(store: Store, objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            objects,
            folder: None,
            uploads: Arc::new(Semaphore::new(PARALLEL_UPLOADS)),
            recent: Arc::default(),
        }
    }

    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.objects)
    }
}

impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobStore({})", self.objects)
    }
}
