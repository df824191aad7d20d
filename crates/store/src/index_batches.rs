//! What was decided on the items of a batch, kept until the event index has committed past it.
//!
//! An item is decided once, in the transaction that counts it. The index commits later and on its own, so after a crash
//! the items between its position and that of the database are read from the spool again, and what was decided on each of
//! them is read from here.

use serde::{Deserialize, Serialize};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
};

/// A batch of records of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBatch {
    pub start: u64,
    /// Behind its last record.
    pub position: u64,
    pub decisions: Vec<Decision>,
}

/// An accepted item that has rows in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Of the record in the spool.
    #[serde(rename = "r")]
    pub record: u64,
    /// Of the item in the record.
    #[serde(rename = "i")]
    pub item: u32,
    #[serde(rename = "s")]
    pub sequence: i64,
    /// Empty for what belongs to no issue.
    #[serde(rename = "h", default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

pub async fn add(db: &mut Connection, batch: &IndexBatch) -> Result<(), Error> {
    sqlx::query("INSERT INTO index_batches (position, start_position, decisions) VALUES ($1, $2, $3)")
        .bind(number(batch.position))
        .bind(number(batch.start))
        .bind(serde_json::to_string(&batch.decisions)?)
        .run(db)
        .await?;
    Ok(())
}

/// Those that are perhaps not in all indexes, in the order of the spool.
pub async fn list(db: &mut Connection) -> Result<Vec<IndexBatch>, Error> {
    sqlx::query("SELECT position, start_position, decisions FROM index_batches ORDER BY position")
        .list(db, |row| {
            Ok(IndexBatch {
                start: row.int("start_position")?.cast_unsigned(),
                position: row.int("position")?.cast_unsigned(),
                decisions: row.json("decisions")?,
            })
        })
        .await
}

/// Behind the newest of them.
pub async fn newest(db: &mut Connection) -> Result<Option<u64>, Error> {
    end(db, "SELECT MAX(position) AS position FROM index_batches").await
}

/// Behind the oldest of them.
pub async fn oldest(db: &mut Connection) -> Result<Option<u64>, Error> {
    end(db, "SELECT MIN(position) AS position FROM index_batches").await
}

async fn end(db: &mut Connection, sql: &'static str) -> Result<Option<u64>, Error> {
    let position = sqlx::query(sql).find(db, |row| row.optional_int("position")).await?;
    Ok(position.flatten().map(i64::cast_unsigned))
}

/// Forgets the batches that every index has committed.
pub async fn delete_until(db: &mut Connection, position: u64) -> Result<(), Error> {
    sqlx::query("DELETE FROM index_batches WHERE position <= $1")
        .bind(number(position))
        .run(db)
        .await?;
    Ok(())
}

/// Positions are bytes of a log: far below 2^63.
fn number(position: u64) -> i64 {
    position.cast_signed()
}
