//! Items that no part of the product reads yet (sessions, check-ins, profiles, replays, metrics), kept
//! whole with what finds them again, so that nothing is lost until that part is there.

mod kind;
mod payload;

use model::{EventId, FileId, OrganizationId, ProjectId, StoredItemId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage, files,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

pub use kind::StoredItemKind;
pub use payload::{INLINE_BYTES, pack, unpack};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    pub id: StoredItemId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub kind: StoredItemKind,
    /// What items belong together: the id of the replay, profiler, check-in, session or trace; else empty.
    pub key: String,
    /// The id of the item within that (the chunk of a profile), else empty.
    pub part: String,
    /// The number of the item within that (the segment of a replay, the sequence of a session), else 0.
    pub position: i64,
    pub event_id: Option<EventId>,
    /// What the item says of its time.
    pub timestamp: Timestamp,
    pub received_at: Timestamp,
    pub release: Option<String>,
    pub environment: Option<String>,
    /// Bytes of the payload before compression.
    pub size: u64,
    /// Where the payload is when it is not in the row.
    pub file: Option<FileId>,
}

const COLUMNS: &str =
    "id, organization_id, project_id, kind, item_key, part, position, event_id, timestamp, received_at,
    release_name, environment, size, file_id";

fn read(row: &AnyRow) -> Result<StoredItem, Error> {
    let event_id = match row.optional_text("event_id")? {
        Some(_) => Some(row.event_id("event_id")?),
        None => None,
    };
    Ok(StoredItem {
        id: StoredItemId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        kind: kind(row)?,
        key: row.text("item_key")?,
        part: row.text("part")?,
        position: row.int("position")?,
        event_id,
        timestamp: row.time("timestamp")?,
        received_at: row.time("received_at")?,
        release: row.optional_text("release_name")?,
        environment: row.optional_text("environment")?,
        size: files::size(row)?,
        file: row.optional_int("file_id")?.map(FileId),
    })
}

fn kind(row: &AnyRow) -> Result<StoredItemKind, Error> {
    let name = row.text("kind")?;
    StoredItemKind::from_name(&name).ok_or_else(|| Error::Corrupt(format!("column kind holds {name:?}")))
}

/// Adds an item; `packed` is its payload unless that is a file, which the caller makes. Returns `false` if it is there
/// already, and writes nothing then.
pub async fn create(db: &mut Connection, item: &StoredItem, packed: Option<&[u8]>) -> Result<bool, Error> {
    let sql = "INSERT INTO stored_items (id, organization_id, project_id, kind, item_key, part, position, natural_key,
            event_id, timestamp, received_at, release_name, environment, size, payload, file_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (project_id, kind, natural_key) DO NOTHING";
    let (key, part) = (clean(&item.key), clean(&item.part));
    let created = sqlx::query(sql)
        .bind(item.id.0)
        .bind(item.organization.0)
        .bind(item.project.0)
        .bind(item.kind.name())
        .bind(&key)
        .bind(&part)
        .bind(item.position)
        .bind(item.kind.natural_key(&key, &part, item.position))
        .bind(item.event_id.map(|id| id.to_string()))
        .bind(item.timestamp.0)
        .bind(item.received_at.0)
        .bind(item.release.as_deref().map(clean))
        .bind(item.environment.as_deref().map(clean))
        .bind(i64::try_from(item.size).unwrap_or(i64::MAX))
        .bind(packed)
        .bind(item.file.map(|file| file.0))
        .run(db)
        .await?;
    Ok(created == 1)
}

pub async fn find(db: &mut Connection, project: ProjectId, id: StoredItemId) -> Result<Option<StoredItem>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM stored_items WHERE project_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(project.0).bind(id.0).find(db, read).await
}

/// The packed payload that is in the row.
pub async fn find_packed(db: &mut Connection, project: ProjectId, id: StoredItemId) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT payload FROM stored_items WHERE project_id = $1 AND id = $2";
    let found = sqlx::query(sql)
        .bind(project.0)
        .bind(id.0)
        .find(db, |row| row.optional_bytes("payload"))
        .await?;
    Ok(found.flatten())
}

/// A page of the items of a kind, or of those that belong together under `key`, newest first.
pub async fn list(
    db: &mut Connection,
    project: ProjectId,
    kind: StoredItemKind,
    key: Option<&str>,
    page: IdPage,
) -> Result<Vec<StoredItem>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM stored_items WHERE project_id = "));
    sql.int(project.0).push(" AND kind = ").text(kind.name());
    if let Some(key) = key {
        sql.push(" AND item_key = ").text(key);
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Those of a kind that were received within a time (its end excluded), by id, behind one that was read.
pub async fn list_received(
    db: &mut Connection,
    project: ProjectId,
    kind: StoredItemKind,
    (from, until): (Timestamp, Timestamp),
    after: StoredItemId,
    limit: i64,
) -> Result<Vec<StoredItem>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM stored_items WHERE received_at >= "));
    sql.int(from.0).push(" AND received_at < ").int(until.0);
    sql.push(" AND project_id = ")
        .int(project.0)
        .push(" AND kind = ")
        .text(kind.name());
    sql.push(" AND id > ")
        .int(after.0)
        .push(" ORDER BY id LIMIT ")
        .int(limit);
    sql.query().list(db, read).await
}

/// How many there are of each kind, those without any left out.
pub async fn counts(db: &mut Connection, project: ProjectId) -> Result<Vec<(StoredItemKind, i64)>, Error> {
    let sql = "SELECT kind, COUNT(*) AS items FROM stored_items WHERE project_id = $1 GROUP BY kind ORDER BY kind";
    let counts = sqlx::query(sql)
        .bind(project.0)
        .list(db, |row| Ok((row.text("kind")?, row.int("items")?)))
        .await?;
    // Earlier versions kept kinds here that now have a place of their own.
    let known = |(kind, items): (String, i64)| Some((StoredItemKind::from_name(&kind)?, items));
    Ok(counts.into_iter().filter_map(known).collect())
}

/// Removes at most `limit` of a project's; returns how many.
pub async fn purge_project(
    db: &mut Connection,
    project: ProjectId,
    limit: i64,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut which = Sql::new("SELECT id, file_id FROM stored_items WHERE project_id = ");
    which.int(project.0).push(" ORDER BY id LIMIT ").int(limit);
    delete_all(db, which, now).await
}

/// Removes at most `limit` that were received before then, of all organizations; returns how many.
pub async fn purge_older(
    db: &mut Connection,
    received_before: Timestamp,
    limit: i64,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut which = Sql::new("SELECT id, file_id FROM stored_items WHERE received_at < ");
    which.int(received_before.0);
    which.push(" ORDER BY received_at, id LIMIT ").int(limit);
    delete_all(db, which, now).await
}

async fn delete_all(db: &mut Connection, which: Sql, now: Timestamp) -> Result<usize, Error> {
    let found: Vec<(i64, Option<i64>)> = which
        .query()
        .list(db, |row| Ok((row.int("id")?, row.optional_int("file_id")?)))
        .await?;
    if found.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new("DELETE FROM stored_items WHERE id IN ");
    sql.ints(found.iter().map(|(id, _)| *id));
    sql.query().run(db).await?;
    let files: Vec<FileId> = found.iter().filter_map(|(_, file)| file.map(FileId)).collect();
    files::delete(db, &files, now).await?;
    Ok(found.len())
}

/// How many sessions began within a time and were told of one by one: after `after`, and no later than `until`.
pub async fn sessions_begun(
    db: &mut Connection,
    project: ProjectId,
    environment: Option<&str>,
    (after, until): (Timestamp, Timestamp),
) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT COUNT(DISTINCT item_key) AS sessions FROM stored_items WHERE project_id = ");
    sql.int(project.0)
        .push(" AND kind = ")
        .text(StoredItemKind::Session.name());
    sql.push(" AND received_at > ").int(after.0);
    sql.push(" AND timestamp > ")
        .int(after.0)
        .push(" AND timestamp <= ")
        .int(until.0);
    if let Some(environment) = environment {
        sql.push(" AND environment = ").text(environment);
    }
    Ok(sql.query().find(db, |row| row.int("sessions")).await?.unwrap_or(0))
}

/// The payloads of counts of sessions that were received within a time, the newest first: those that are in their rows.
pub async fn session_counts(
    db: &mut Connection,
    project: ProjectId,
    environment: Option<&str>,
    (after, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<bytes::Bytes>, Error> {
    let mut sql = Sql::new("SELECT payload, size FROM stored_items WHERE project_id = ");
    sql.int(project.0)
        .push(" AND kind = ")
        .text(StoredItemKind::Sessions.name());
    sql.push(" AND received_at > ")
        .int(after.0)
        .push(" AND received_at <= ")
        .int(until.0);
    if let Some(environment) = environment {
        sql.push(" AND environment = ").text(environment);
    }
    sql.push(" AND payload IS NOT NULL ORDER BY id DESC LIMIT ").int(limit);
    sql.query()
        .list(db, |row| {
            let packed = row.optional_bytes("payload")?.unwrap_or_default();
            let payload = unpack(&packed, files::size(row)?);
            payload.map_err(|error| Error::Corrupt(error.to_string()))
        })
        .await
}
