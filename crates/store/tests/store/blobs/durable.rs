//! What was committed can be read after a power cut: objects are safe before the rows that name them.

use std::{
    fmt,
    future::Future,
    os::unix::fs::PermissionsExt as _,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::stream::BoxStream;
use model::FileId;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, memory::InMemory, path::Path,
};
use store::{
    Store, StoreConfig,
    blobs::{BLOB_BYTES, BlobStore},
    files::{Headers, NewFile},
};
use testkit::power_cut::{PowerCut, database_url};

use super::content;
use crate::seed::{ORGANIZATION, PROJECT, at, organization};

/// Objects that are lost with the power unless their put had returned.
#[derive(Debug)]
struct Lossy {
    durable: InMemory,
    power: AtomicBool,
}

impl fmt::Display for Lossy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lossy")
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl ObjectStore for Lossy {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Answer<'c, PutResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            // Time in which a row that is written too early could be committed.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if !self.power.load(Ordering::SeqCst) {
                return Err(object_store::Error::NotImplemented {
                    operation: "a put".to_owned(),
                    implementer: "a disk without power".to_owned(),
                });
            }
            self.durable.put_opts(location, payload, options).await
        })
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> Answer<'c, Box<dyn MultipartUpload>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.durable.put_multipart_opts(location, options)
    }

    fn get_opts<'a, 'b, 'c>(&'a self, location: &'b Path, options: GetOptions) -> Answer<'c, GetResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.durable.get_opts(location, options)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.durable.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.durable.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(&'a self, prefix: Option<&'b Path>) -> Answer<'c, ListResult>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.durable.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'd, 'c>(&'a self, from: &'b Path, to: &'d Path, options: CopyOptions) -> Answer<'c, ()>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        self.durable.copy_opts(from, to, options)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_that_was_committed_can_be_read_after_a_power_cut() {
    let (folder, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let power = PowerCut::new(folder.path()).unwrap();
    let objects = Arc::new(Lossy {
        durable: InMemory::new(),
        power: AtomicBool::new(true),
    });
    let store = Store::open(&StoreConfig::new(power.url("tocsin.db"))).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    store::organizations::create(&mut tx, &organization(ORGANIZATION, "acme"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let blobs = BlobStore::new(store.clone(), Arc::clone(&objects) as Arc<dyn ObjectStore>);
    let mut acknowledged = 0;
    for number in 1..=60 {
        if number == 41 {
            // Objects and database lose the power at different moments: the harder order.
            objects.power.store(false, Ordering::SeqCst);
        }
        if number == 51 {
            power.pull_plug();
        }
        if add(&store, &blobs, number).await {
            acknowledged = number;
        }
    }
    assert_eq!(acknowledged, 40);
    power.restore_into(restored.path()).unwrap();
    objects.power.store(true, Ordering::SeqCst);
    let store = Store::open(&StoreConfig::new(database_url(restored.path(), "tocsin.db")))
        .await
        .unwrap();
    let blobs = BlobStore::new(store.clone(), objects);
    let mut db = store.read().await.unwrap();
    for number in 1..=60 {
        let found = blobs.reader(&mut db, ORGANIZATION, FileId(number)).await.unwrap();
        assert_eq!(found.is_some(), number <= acknowledged, "file {number}");
        if let Some(reader) = found {
            assert_eq!(reader.read_range(0..u64::MAX).await.unwrap(), sent(number));
        }
    }
}

fn sent(number: i64) -> bytes::Bytes {
    content(BLOB_BYTES + 100, u64::try_from(number).unwrap())
}

/// Returns whether the file was committed.
async fn add(store: &Store, blobs: &BlobStore, number: i64) -> bool {
    let Ok(prepared) = blobs.put(sent(number), None, at(number)).await else {
        return false;
    };
    let Ok(mut tx) = store.begin().await else { return false };
    let file = NewFile {
        id: FileId(number),
        organization: ORGANIZATION,
        project: PROJECT,
        name: "a".to_owned(),
        content_type: String::new(),
        headers: Headers::new(),
        created_at: at(number),
    };
    store::files::create(&mut tx, &file, &prepared).await.is_ok() && tx.commit().await.is_ok()
}

#[tokio::test]
async fn the_folder_is_for_its_owner_only() {
    let database = testkit::TestDatabase::sqlite();
    let store = Store::open(&StoreConfig::new(database.url())).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("data/blobs");
    let mode = || std::fs::metadata(&blobs).unwrap().permissions().mode() & 0o777;
    BlobStore::open(store.clone(), &blobs).unwrap();
    assert_eq!(mode(), 0o700);
    std::fs::set_permissions(&blobs, std::fs::Permissions::from_mode(0o755)).unwrap();
    BlobStore::open(store.clone(), &blobs).unwrap();
    assert_eq!(mode(), 0o700, "it was there, open to others");
    std::fs::write(folder.path().join("file"), b"").unwrap();
    BlobStore::open(store, &folder.path().join("file/blobs")).unwrap_err();
}
