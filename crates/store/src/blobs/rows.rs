//! What the database knows of blobs.

use model::{OrganizationId, Timestamp};
use sqlx::any::AnyRow;

use super::{Checksum, Part, REMOVE_AFTER, Source, TOUCH_EVERY, UNUSED_FOR};
use crate::{
    Connection, Error, files,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// PostgreSQL takes 65,535 parameters a statement, SQLite 32,766.
const ROWS_A_STATEMENT: usize = 1_000;

pub(super) struct Found {
    pub(super) checksum: Checksum,
    pub(super) touched_at: Timestamp,
}

/// Those of `checksums` that are there.
pub(super) async fn find(db: &mut Connection, checksums: &[Checksum]) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for checksums in checksums.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("SELECT checksum, touched_at FROM blobs WHERE checksum IN ");
        add_list(&mut sql, checksums);
        let read = |row: &AnyRow| {
            Ok(Found {
                checksum: files::checksum(row)?,
                touched_at: row.time("touched_at")?,
            })
        };
        found.extend(sql.query().list(db, read).await?);
    }
    Ok(found)
}

/// Notes that somebody relies on these, where that was noted last a good while ago.
pub(super) async fn touch(db: &mut Connection, checksums: &[Checksum], now: Timestamp) -> Result<(), Error> {
    for checksums in checksums.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("UPDATE blobs SET touched_at = ");
        sql.int(now.0).push(" WHERE checksum IN ");
        add_list(&mut sql, checksums);
        sql.push(" AND touched_at <= ").int((now - TOUCH_EVERY).0);
        sql.query().run(db).await?;
    }
    Ok(())
}

fn add_list(sql: &mut Sql, checksums: &[Checksum]) {
    let texts: Vec<String> = checksums.iter().map(Checksum::to_string).collect();
    sql.texts(texts.iter().map(String::as_str));
}

/// Makes rows of what was written, and owners of all. Returns `false` if a blob that was known is gone.
pub(crate) async fn keep(
    db: &mut Connection,
    organization: OrganizationId,
    parts: &[Part],
    now: Timestamp,
) -> Result<bool, Error> {
    let mut known = Vec::new();
    for part in parts {
        match &part.source {
            Source::Known => known.push(part.checksum),
            Source::Written(path) => create(db, part, path, now).await?,
        }
    }
    known.sort_unstable();
    known.dedup();
    if find(db, &known).await?.len() < known.len() {
        return Ok(false);
    }
    own(db, organization, parts, now).await?;
    Ok(true)
}

/// Of several that wrote the same content one makes the row; the objects of the others are removed.
async fn create(db: &mut Connection, part: &Part, path: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO blobs (checksum, path, size, touched_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (checksum) DO NOTHING";
    let created = sqlx::query(sql)
        .bind(part.checksum.to_string())
        .bind(path)
        .bind(i64::try_from(part.size).unwrap_or(i64::MAX))
        .bind(now.0)
        .run(db)
        .await?;
    if created == 1 {
        return Ok(());
    }
    let kept = sqlx::query("SELECT path FROM blobs WHERE checksum = $1")
        .bind(part.checksum.to_string())
        .find(db, |row| row.text("path"))
        .await?;
    if kept.as_deref() != Some(path) {
        remove_later(db, path, now).await?;
    }
    Ok(())
}

async fn own(db: &mut Connection, organization: OrganizationId, parts: &[Part], now: Timestamp) -> Result<(), Error> {
    for parts in parts.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("INSERT INTO blob_owners (organization_id, checksum, created_at) VALUES ");
        for (index, part) in parts.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            sql.int(organization.0).push(", ").text(&part.checksum.to_string());
            sql.push(", ").int(now.0).push(")");
        }
        sql.push(" ON CONFLICT (organization_id, checksum) DO NOTHING");
        sql.query().run(db).await?;
    }
    Ok(())
}

/// Notes that files which had these blobs are gone: they become [`candidates`].
pub(crate) async fn release(db: &mut Connection, checksums: &[Checksum], now: Timestamp) -> Result<(), Error> {
    for checksums in checksums.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("UPDATE blobs SET released_at = ");
        sql.int(now.0).push(" WHERE checksum IN ");
        add_list(&mut sql, checksums);
        sql.query().run(db).await?;
    }
    Ok(())
}

/// A blob that may have no file any longer.
pub(super) struct Candidate {
    checksum: String,
    path: String,
}

/// Blobs that were released a while ago and that nobody relied on in the meantime.
pub(super) async fn candidates(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<Candidate>, Error> {
    let sql = "SELECT checksum, path FROM blobs WHERE released_at <= $1 AND touched_at <= $1
        ORDER BY released_at, checksum LIMIT $2";
    let read = |row: &AnyRow| {
        Ok(Candidate {
            checksum: row.text("checksum")?,
            path: row.text("path")?,
        })
    };
    sqlx::query(sql)
        .bind((now - UNUSED_FOR).0)
        .bind(limit)
        .list(db, read)
        .await
}

/// Removes those that no file has, and their objects after them; the others are no candidates any longer. Returns how
/// many went.
pub(super) async fn remove_unused(db: &mut Connection, candidates: &[Candidate], now: Timestamp) -> Result<u64, Error> {
    let mut removed = 0;
    for Candidate { checksum, path } in candidates {
        let unused = "DELETE FROM blobs WHERE checksum = $1 AND touched_at <= $2
            AND NOT EXISTS (SELECT 1 FROM file_blobs f WHERE f.checksum = blobs.checksum)";
        let query = sqlx::query(unused).bind(checksum).bind((now - UNUSED_FOR).0);
        if query.run(db).await? == 1 {
            remove_later(db, path, now).await?;
            removed += 1;
        } else {
            let stays = "UPDATE blobs SET released_at = NULL WHERE checksum = $1
                AND EXISTS (SELECT 1 FROM file_blobs f WHERE f.checksum = blobs.checksum)";
            sqlx::query(stays).bind(checksum).run(db).await?;
        }
    }
    Ok(removed)
}

async fn remove_later(db: &mut Connection, path: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO blob_removals (path, due_at) VALUES ($1, $2) ON CONFLICT (path) DO NOTHING";
    sqlx::query(sql).bind(path).bind((now + REMOVE_AFTER).0).run(db).await?;
    Ok(())
}

/// Objects that can be removed now.
pub(super) async fn due_removals(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<String>, Error> {
    let sql = "SELECT path FROM blob_removals r WHERE due_at <= $1
        AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.path = r.path) ORDER BY due_at, path LIMIT $2";
    sqlx::query(sql)
        .bind(now.0)
        .bind(limit)
        .list(db, |row| row.text("path"))
        .await
}

pub(super) async fn forget_removals(db: &mut Connection, paths: &[String]) -> Result<(), Error> {
    let mut sql = Sql::new("DELETE FROM blob_removals WHERE path IN ");
    sql.texts(paths.iter().map(String::as_str));
    sql.query().run(db).await?;
    Ok(())
}

/// Those of `paths` that a blob names.
pub(super) async fn named(db: &mut Connection, paths: &[String]) -> Result<Vec<String>, Error> {
    let mut sql = Sql::new("SELECT path FROM blobs WHERE path IN ");
    sql.texts(paths.iter().map(String::as_str));
    sql.query().list(db, |row| row.text("path")).await
}
