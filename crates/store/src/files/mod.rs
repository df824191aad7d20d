//! Files: a name and the blobs that hold the content, in their order.

mod reader;

use model::{FileId, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    blobs::{self, BlobStore, Checksum, Prepared},
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

pub use reader::{FileReader, ReadError};

/// Further headers of what was sent, by name.
pub type Headers = serde_json::Map<String, serde_json::Value>;

#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub id: FileId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    /// As the sender called it: never a path of ours.
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub checksum: Checksum,
    /// Empty when not known.
    pub content_type: String,
    pub headers: Headers,
    pub created_at: Timestamp,
}

/// A file to be made of [`Prepared`] content.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFile {
    pub id: FileId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub name: String,
    pub content_type: String,
    pub headers: Headers,
    pub created_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Its blobs may have been removed since: the content must be put again.
    #[error("the content was prepared too long ago")]
    Stale,
    #[error(transparent)]
    Store(#[from] Error),
}

impl CreateError {
    /// Whether the same may succeed later, with the same prepared content.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stale => false,
            Self::Store(error) => error.is_transient(),
        }
    }
}

/// Adds a file, its blobs and their owner.
pub async fn create(db: &mut Connection, file: &NewFile, content: &Prepared) -> Result<(), CreateError> {
    let now = file.created_at;
    if content.is_stale(now) || !blobs::keep(db, file.organization, &content.parts, now).await? {
        return Err(CreateError::Stale);
    }
    let sql =
        "INSERT INTO files (id, organization_id, project_id, name, size, checksum, content_type, headers, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(file.id.0)
        .bind(file.organization.0)
        .bind(file.project.0)
        .bind(clean(&file.name))
        .bind(i64::try_from(content.size).unwrap_or(i64::MAX))
        .bind(content.checksum.to_string())
        .bind(clean(&file.content_type))
        .bind(clean(&serde_json::to_string(&file.headers).map_err(Error::from)?))
        .bind(now.0)
        .run(db)
        .await?;
    create_parts(db, file.id, content).await?;
    Ok(())
}

/// PostgreSQL takes 65,535 parameters a statement, SQLite 32,766.
const ROWS_A_STATEMENT: usize = 1_000;

async fn create_parts(db: &mut Connection, file: FileId, content: &Prepared) -> Result<(), Error> {
    let mut start = 0;
    for parts in content.parts.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("INSERT INTO file_blobs (file_id, start_byte, checksum) VALUES ");
        for (index, part) in parts.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            sql.int(file.0).push(", ").int(start);
            sql.push(", ").text(&part.checksum.to_string()).push(")");
            start += i64::try_from(part.size).unwrap_or(i64::MAX);
        }
        sql.query().run(db).await?;
    }
    Ok(())
}

const COLUMNS: &str = "id, organization_id, project_id, name, size, checksum, content_type, headers, created_at";

fn read(row: &AnyRow) -> Result<File, Error> {
    Ok(File {
        id: FileId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        name: row.text("name")?,
        size: size(row)?,
        checksum: checksum(row)?,
        content_type: row.text("content_type")?,
        headers: row.json("headers")?,
        created_at: row.time("created_at")?,
    })
}

/// The column `size`.
pub(crate) fn size(row: &AnyRow) -> Result<u64, Error> {
    u64::try_from(row.int("size")?).map_err(|_| Error::Corrupt("column size is negative".to_owned()))
}

/// The column `checksum`.
pub(crate) fn checksum(row: &AnyRow) -> Result<Checksum, Error> {
    row.text("checksum")?
        .parse()
        .map_err(|error| Error::Corrupt(format!("column checksum: {error}")))
}

pub async fn find(db: &mut Connection, organization: OrganizationId, id: FileId) -> Result<Option<File>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM files WHERE organization_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(organization.0).bind(id.0).find(db, read).await
}

impl BlobStore {
    /// Opens a file for reading; the connection is not wanted any longer then. For a minute after a file was removed
    /// its readers can go on.
    pub async fn reader(
        &self,
        db: &mut Connection,
        organization: OrganizationId,
        id: FileId,
    ) -> Result<Option<FileReader>, Error> {
        let Some(file) = find(db, organization, id).await? else {
            return Ok(None);
        };
        let sql = "SELECT f.start_byte, b.size, b.path FROM file_blobs f JOIN blobs b ON b.checksum = f.checksum
            WHERE f.file_id = $1 ORDER BY f.start_byte";
        let parts = sqlx::query(sql).bind(id.0).list(db, reader::Part::read).await?;
        FileReader::new(self.objects(), file, parts).map(Some)
    }
}

/// Removes files; their blobs go a day later, where no other file has them.
pub async fn delete(db: &mut Connection, ids: &[FileId], now: Timestamp) -> Result<(), Error> {
    for ids in ids.chunks(ROWS_A_STATEMENT) {
        let mut sql = Sql::new("SELECT DISTINCT checksum FROM file_blobs WHERE file_id IN ");
        sql.ints(ids.iter().map(|id| id.0));
        let checksums = sql.query().list(db, checksum).await?;
        for text in [
            "DELETE FROM file_blobs WHERE file_id IN ",
            "DELETE FROM files WHERE id IN ",
        ] {
            let mut sql = Sql::new(text);
            sql.ints(ids.iter().map(|id| id.0));
            sql.query().run(db).await?;
        }
        blobs::release(db, &checksums, now).await?;
    }
    Ok(())
}
