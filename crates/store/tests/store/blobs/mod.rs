//! FIL1: files on blobs that are kept once.

mod clean;
mod durable;
mod files;
mod put;

use std::{cell::Cell, path::Path};

use bytes::Bytes;
use model::{FileId, OrganizationId, Timestamp};
use store::{
    Store,
    blobs::{BlobStore, Prepared},
    files::{CreateError, FileReader, Headers, NewFile},
};
use tempfile::TempDir;

use crate::seed::{self, ORGANIZATION, PROJECT, organization};

pub(crate) const OTHER: OrganizationId = OrganizationId(2);

/// A store with two organizations, and a folder for objects.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) blobs: BlobStore,
    folder: TempDir,
    pool: sqlx::AnyPool,
    last_id: Cell<i64>,
}

impl Fixture {
    pub(crate) async fn new(url: &str) -> Self {
        let store = seed::seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        store::organizations::create(&mut tx, &organization(OTHER, "other"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self {
            blobs: BlobStore::open(store.clone(), &folder.path().join("blobs")).unwrap(),
            store,
            folder,
            pool: sqlx::AnyPool::connect(url).await.unwrap(),
            last_id: Cell::new(1_000),
        }
    }

    /// Another process, as it were: it has no memory of what this one wrote.
    fn second_blobs(&self) -> BlobStore {
        BlobStore::open(self.store.clone(), &self.folder.path().join("blobs")).unwrap()
    }

    pub(crate) fn new_file(&self, organization: OrganizationId, name: &str, now: Timestamp) -> NewFile {
        self.last_id.set(self.last_id.get() + 1);
        NewFile {
            id: FileId(self.last_id.get()),
            organization,
            project: PROJECT,
            name: name.to_owned(),
            content_type: "text/plain".to_owned(),
            headers: Headers::new(),
            created_at: now,
        }
    }

    async fn create(&self, file: &NewFile, content: &Prepared) -> Result<(), CreateError> {
        let mut tx = self.store.begin().await.unwrap();
        store::files::create(&mut tx, file, content).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts content and makes a file of it.
    pub(crate) async fn add(&self, organization: OrganizationId, content: &Bytes, now: Timestamp) -> FileId {
        let file = self.new_file(organization, "a.txt", now);
        let prepared = self.blobs.put(content.clone(), None, now).await.unwrap();
        self.create(&file, &prepared).await.unwrap();
        file.id
    }

    async fn delete(&self, id: FileId, now: Timestamp) {
        let mut tx = self.store.begin().await.unwrap();
        store::files::delete(&mut tx, &[id], now).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn reader(&self, id: FileId) -> FileReader {
        let mut db = self.store.read().await.unwrap();
        let reader = self.blobs.reader(&mut db, ORGANIZATION, id).await.unwrap();
        reader.expect("the file is there")
    }

    async fn content(&self, id: FileId) -> Bytes {
        self.reader(id).await.read_range(0..u64::MAX).await.unwrap()
    }

    /// How many rows a table has.
    async fn rows(&self, table: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// The files in the folder of objects, by their paths in it.
    fn objects(&self) -> Vec<String> {
        let mut objects = Vec::new();
        let root = self.folder.path().join("blobs");
        for day in std::fs::read_dir(&root).unwrap() {
            for file in std::fs::read_dir(day.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                objects.push(path.strip_prefix(&root).unwrap().display().to_string());
            }
        }
        objects.sort();
        objects
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Bytes without a pattern that would repeat within a blob, different for each seed.
pub(crate) fn content(len: usize, seed: u64) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}
