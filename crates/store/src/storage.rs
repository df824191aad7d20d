//! How much the database and the files beside it take.

use model::Timestamp;

use crate::{
    Connection, Error, Store,
    row::{Column as _, Fetch as _},
};

/// What the database takes on its disk, in bytes.
pub async fn database_bytes(store: &Store) -> Result<u64, Error> {
    // The two have no word in common for it.
    let sql = match store.backend() {
        "sqlite" => {
            "SELECT CAST(page_count * page_size AS BIGINT) AS bytes FROM pragma_page_count(), pragma_page_size()"
        }
        _ => "SELECT CAST(pg_database_size(current_database()) AS BIGINT) AS bytes",
    };
    bytes(&mut *store.read().await?, sql).await
}

/// What the content of files takes, equal parts once.
pub async fn blob_bytes(db: &mut Connection) -> Result<u64, Error> {
    bytes(db, "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM blobs").await
}

async fn bytes(db: &mut Connection, sql: &'static str) -> Result<u64, Error> {
    let bytes = sqlx::query(sql).find(db, |row| row.int("bytes")).await?;
    Ok(u64::try_from(bytes.unwrap_or(0)).unwrap_or(0))
}

/// Everything that was kept, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageSample {
    pub at: Timestamp,
    pub bytes: i64,
}

pub async fn add_sample(db: &mut Connection, sample: StorageSample) -> Result<(), Error> {
    let sql = "INSERT INTO storage_samples (at, bytes) VALUES ($1, $2)
        ON CONFLICT (at) DO UPDATE SET bytes = excluded.bytes";
    sqlx::query(sql).bind(sample.at.0).bind(sample.bytes).run(db).await?;
    Ok(())
}

/// Those from `since` on, oldest first.
pub async fn samples(db: &mut Connection, since: Timestamp) -> Result<Vec<StorageSample>, Error> {
    sqlx::query("SELECT at, bytes FROM storage_samples WHERE at >= $1 ORDER BY at")
        .bind(since.0)
        .list(db, |row| {
            Ok(StorageSample {
                at: row.time("at")?,
                bytes: row.int("bytes")?,
            })
        })
        .await
}

pub async fn delete_samples_before(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM storage_samples WHERE at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(())
}
