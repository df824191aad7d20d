//! Removing what nothing names: blobs without a file, and objects without a blob.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::Timestamp;
use object_store::{ObjectStoreExt as _, path::Path};

use super::{BlobStore, PARALLEL_UPLOADS, put::day, rows};
use crate::instance;

/// How many rows one transaction touches.
const ROWS_A_STEP: i64 = 500;

/// More is left to the next call.
const STEPS: usize = 40;

const SWEPT: &str = "blobs_swept";

/// What one call of [`BlobStore::clean`] has removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// Blobs that no file has any longer.
    pub blobs: u64,
    /// Objects of such blobs, and those of writers that came second.
    pub objects: u64,
    /// Objects whose row was never committed.
    pub orphans: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    #[error("the objects cannot be listed or removed")]
    Objects(#[from] object_store::Error),
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl BlobStore {
    /// Removes what was not used for a day, and the objects of what was removed at least a minute before. Meant to be
    /// called every minute; once a day it also looks for orphans.
    pub async fn clean(&self, now: Timestamp) -> Result<Cleaned, CleanError> {
        Ok(Cleaned {
            blobs: self.remove_unused(now).await?,
            objects: self.remove_due(now).await?,
            orphans: self.remove_orphans(now).await?,
        })
    }

    async fn remove_unused(&self, now: Timestamp) -> Result<u64, CleanError> {
        let mut blobs = 0;
        for _ in 0..STEPS {
            // Most often there is none, and the writer is not kept busy.
            let candidates = rows::candidates(&mut *self.store.read().await?, now, ROWS_A_STEP).await?;
            if candidates.is_empty() {
                break;
            }
            let mut tx = self.store.begin().await?;
            blobs += rows::remove_unused(&mut tx, &candidates, now).await?;
            tx.commit().await?;
        }
        Ok(blobs)
    }

    async fn remove_due(&self, now: Timestamp) -> Result<u64, CleanError> {
        let mut objects = 0;
        for _ in 0..STEPS {
            let due = rows::due_removals(&mut *self.store.read().await?, now, ROWS_A_STEP).await?;
            if due.is_empty() {
                break;
            }
            // The objects first: after a crash between the two they are removed once more, which is no error.
            objects += self.remove_objects(due.clone()).await?;
            let mut tx = self.store.begin().await?;
            rows::forget_removals(&mut tx, &due).await?;
            tx.commit().await?;
        }
        Ok(objects)
    }

    /// Objects lie in folders of the day of their making, so that only those of one day have to be looked through: a
    /// day that ended a day ago, because no row can be made for its objects any longer.
    async fn remove_orphans(&self, now: Timestamp) -> Result<u64, CleanError> {
        let swept = instance::find(&mut *self.store.read().await?, SWEPT).await?;
        let until = day(now - Duration::from_secs(2 * 24 * 3600));
        if swept.as_ref().is_some_and(|swept| *swept >= until) {
            return Ok(0);
        }
        let mut days: Vec<String> = self
            .objects
            .list_with_delimiter(None)
            .await?
            .common_prefixes
            .iter()
            .map(ToString::to_string)
            .filter(|folder| is_day(folder) && *folder <= until)
            .collect();
        days.sort();
        let mut orphans = 0;
        for day in days {
            if swept.as_ref().is_none_or(|swept| day > *swept) {
                orphans += self.sweep(&day).await?;
                self.note_swept(&day).await?;
            }
            if let Some(folder) = &self.folder {
                folder.remove_day(&day).await?;
            }
        }
        self.note_swept(&until).await?;
        Ok(orphans)
    }

    async fn note_swept(&self, day: &str) -> Result<(), crate::Error> {
        let mut tx = self.store.begin().await?;
        instance::set(&mut tx, SWEPT, day).await?;
        tx.commit().await
    }

    async fn sweep(&self, day: &str) -> Result<u64, CleanError> {
        let mut orphans = 0;
        let mut listed = self
            .objects
            .list(Some(&Path::from(day)))
            .map_ok(|object| object.location.to_string())
            .try_chunks(usize::try_from(ROWS_A_STEP).unwrap_or(1))
            .map_err(|error| error.1);
        while let Some(mut paths) = listed.try_next().await? {
            let named = rows::named(&mut *self.store.read().await?, &paths).await?;
            paths.retain(|path| !named.contains(path));
            orphans += self.remove_objects(paths).await?;
        }
        if let Some(folder) = &self.folder {
            folder.remove_unfinished(day).await?;
        }
        Ok(orphans)
    }

    async fn remove_objects(&self, paths: Vec<String>) -> Result<u64, object_store::Error> {
        let removals = paths.into_iter().map(|path| async move {
            match self.objects.delete(&Path::from(path)).await {
                Ok(()) => Ok(1),
                Err(object_store::Error::NotFound { .. }) => Ok(0),
                Err(error) => Err(error),
            }
        });
        stream::iter(removals)
            .buffer_unordered(PARALLEL_UPLOADS)
            .try_fold(0, |sum, removed| async move { Ok(sum + removed) })
            .await
    }
}

/// What else somebody keeps in the folder is not ours to remove.
fn is_day(folder: &str) -> bool {
    folder.len() == 10 && folder.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}
