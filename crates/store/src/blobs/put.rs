//! Writing content: what no blob holds becomes an object.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::Timestamp;
use object_store::{ObjectStoreExt as _, PutPayload, path::Path};
use sha1::{Digest as _, Sha1};

use super::{BLOB_BYTES, BlobStore, Checksum, MAX_FILE_BYTES, PARALLEL_UPLOADS, PREPARED_FOR, TOUCH_EVERY, rows};

/// Content whose bytes are safe, ready to become a file in a transaction. When it does not, nothing needs to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub(crate) size: u64,
    pub(crate) checksum: Checksum,
    /// In the order of the content.
    pub(crate) parts: Vec<Part>,
    at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) checksum: Checksum,
    pub(crate) size: u64,
    pub(crate) source: Source,
}

/// Where the bytes of a part are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// In a blob that the database knows.
    Known,
    /// In a new object, which no row names yet.
    Written(String),
}

#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("the content has {0} bytes, and at most {MAX_FILE_BYTES} are kept")]
    TooLarge(u64),
    #[error("the content has the checksum {actual}, not {claimed}")]
    ChecksumMismatch { claimed: Checksum, actual: Checksum },
    #[error("an object could not be written")]
    Write(#[from] object_store::Error),
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl PutError {
    /// Whether the same may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TooLarge(_) | Self::ChecksumMismatch { .. } => false,
            Self::Write(_) => true,
            Self::Store(error) => error.is_transient(),
        }
    }
}

impl Prepared {
    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// Whether its blobs may be gone.
    pub(crate) fn is_stale(&self, now: Timestamp) -> bool {
        now.since(self.at) > PREPARED_FOR
    }
}

impl BlobStore {
    /// Makes the bytes of a file safe: those that no blob holds yet are written and synced when this returns. Refuses
    /// content that has not the checksum which its sender `claimed`.
    ///
    /// Not to be called by the holder of a transaction that writes: on SQLite, where there is one at a time, this may
    /// want one itself.
    pub async fn put(&self, content: Bytes, claimed: Option<Checksum>, now: Timestamp) -> Result<Prepared, PutError> {
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        if size > MAX_FILE_BYTES {
            return Err(PutError::TooLarge(size));
        }
        let Cut { checksum, parts } = cut(content).await;
        if let Some(claimed) = claimed.filter(|claimed| *claimed != checksum) {
            return Err(PutError::ChecksumMismatch {
                claimed,
                actual: checksum,
            });
        }
        let sources = self.sources(&parts, now).await?;
        let parts = parts
            .iter()
            .map(|(checksum, content)| Part {
                checksum: *checksum,
                size: content.len() as u64,
                source: sources[checksum].clone(),
            })
            .collect();
        Ok(Prepared {
            size,
            checksum,
            parts,
            at: now,
        })
    }

    async fn sources(
        &self,
        parts: &[(Checksum, Bytes)],
        now: Timestamp,
    ) -> Result<BTreeMap<Checksum, Source>, PutError> {
        let mut sources = BTreeMap::new();
        let mut missing: BTreeMap<Checksum, Bytes> = parts.iter().cloned().collect();
        for checksum in self.known(missing.keys().copied().collect(), now).await? {
            missing.remove(&checksum);
            sources.insert(checksum, Source::Known);
        }
        missing.retain(|checksum, _| match self.recent.find(*checksum, now) {
            Some(path) => sources.insert(*checksum, Source::Written(path)).is_some(),
            None => true,
        });
        let writing = missing.into_iter().map(|(checksum, content)| async move {
            let path = self.write(checksum, content, now).await?;
            Ok::<_, object_store::Error>((checksum, Source::Written(path)))
        });
        let written: Vec<_> = stream::iter(writing).buffered(PARALLEL_UPLOADS).try_collect().await?;
        sources.extend(written);
        Ok(sources)
    }

    /// Those of `checksums` that a blob holds, which from now on cannot be removed for long enough.
    async fn known(&self, checksums: Vec<Checksum>, now: Timestamp) -> Result<Vec<Checksum>, crate::Error> {
        let found = rows::find(&mut *self.store.read().await?, &checksums).await?;
        let old: Vec<Checksum> = found
            .iter()
            .filter(|found| now.since(found.touched_at) >= TOUCH_EVERY)
            .map(|found| found.checksum)
            .collect();
        if old.is_empty() {
            return Ok(found.into_iter().map(|found| found.checksum).collect());
        }
        let mut tx = self.store.begin().await?;
        rows::touch(&mut tx, &old, now).await?;
        // One that was about to be removed may be gone by now.
        let found = rows::find(&mut tx, &checksums).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|found| found.checksum).collect())
    }

    async fn write(&self, checksum: Checksum, content: Bytes, now: Timestamp) -> Result<String, object_store::Error> {
        let _upload = self.uploads.acquire().await.expect("the semaphore is never closed");
        let day = day(now);
        if let Some(folder) = &self.folder {
            folder.make_day(&day).await?;
        }
        let path = format!("{day}/{}", random_name());
        self.objects
            .put(&Path::from(path.as_str()), PutPayload::from(content))
            .await?;
        self.recent.add(checksum, &path, now);
        Ok(path)
    }
}

/// A name that tells nothing of the content.
fn random_name() -> String {
    let mut name = [0; 16];
    getrandom::fill(&mut name).expect("the system's random source answers");
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of what is written now, as `2026-11-21`.
pub(super) fn day(now: Timestamp) -> String {
    now.to_string().chars().take(10).collect()
}

struct Cut {
    checksum: Checksum,
    parts: Vec<(Checksum, Bytes)>,
}

/// Below this size hashing takes less than handing it to another thread.
const HASHED_HERE: usize = 64 << 10;

async fn cut(content: Bytes) -> Cut {
    if content.len() <= HASHED_HERE {
        return cut_now(&content);
    }
    tokio::task::spawn_blocking(move || cut_now(&content))
        .await
        .expect("hashing does not panic")
}

fn cut_now(content: &Bytes) -> Cut {
    let parts: Vec<(Checksum, Bytes)> = (0..content.len())
        .step_by(BLOB_BYTES)
        .map(|start| content.slice(start..content.len().min(start + BLOB_BYTES)))
        .map(|part| (Checksum::of(&part), part))
        .collect();
    let checksum = match parts.as_slice() {
        [(checksum, _)] => *checksum,
        _ => Checksum(Sha1::digest(content).into()),
    };
    Cut { checksum, parts }
}

/// Objects that were written a short time ago and whose rows may not be committed yet: the same content that arrives
/// several times in one batch is written once.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<HashMap<Checksum, (String, Timestamp)>>);

/// About 200 bytes each.
const MAX_RECENT: usize = 4_096;

/// Far below the time after which an object without a row is removed.
const RECENT_FOR: Duration = Duration::from_secs(10 * 60);

impl Recent {
    fn find(&self, checksum: Checksum, now: Timestamp) -> Option<String> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, at) = recent.get(&checksum)?;
        (now.since(*at) < RECENT_FOR).then(|| path.clone())
    }

    fn add(&self, checksum: Checksum, path: &str, now: Timestamp) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MAX_RECENT {
            recent.retain(|_, (_, at)| now.since(*at) < RECENT_FOR);
        }
        if recent.len() >= MAX_RECENT {
            recent.clear();
        }
        recent.insert(checksum, (path.to_owned(), now));
    }
}
