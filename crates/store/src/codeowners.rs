//! CODEOWNERS files of projects.

use std::collections::BTreeMap;

use model::{CodeownersId, ProjectId, Timestamp};
use sqlx::any::AnyRow;
use triage::ownership::Codeowners;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeownersFile {
    pub id: CodeownersId,
    pub project: ProjectId,
    pub file: Codeowners,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
}

const COLUMNS: &str = "id, project_id, raw, source_root, stack_root, names, created_at, changed_at";

fn read(row: &AnyRow) -> Result<CodeownersFile, Error> {
    Ok(CodeownersFile {
        id: CodeownersId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        file: Codeowners {
            raw: row.text("raw")?,
            source_root: row.text("source_root")?,
            stack_root: row.text("stack_root")?,
            names: row.json::<BTreeMap<String, String>>("names")?,
        },
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
    })
}

/// Those of a project, the oldest first.
pub async fn list(db: &mut Connection, project: ProjectId) -> Result<Vec<CodeownersFile>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM codeowners WHERE project_id = $1 ORDER BY id"
    ));
    sqlx::query(sql).bind(project.0).list(db, read).await
}

pub async fn find(db: &mut Connection, project: ProjectId, id: CodeownersId) -> Result<Option<CodeownersFile>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM codeowners WHERE project_id = $1 AND id = $2"
    ));
    sqlx::query(sql).bind(project.0).bind(id.0).find(db, read).await
}

/// Adds a file, or writes one of the same id anew.
pub async fn set(db: &mut Connection, file: &CodeownersFile) -> Result<(), Error> {
    let sql = "INSERT INTO codeowners (id, project_id, raw, source_root, stack_root, names, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET raw = excluded.raw, source_root = excluded.source_root,
            stack_root = excluded.stack_root, names = excluded.names, changed_at = excluded.changed_at";
    sqlx::query(sql)
        .bind(file.id.0)
        .bind(file.project.0)
        .bind(clean(&file.file.raw))
        .bind(clean(&file.file.source_root))
        .bind(clean(&file.file.stack_root))
        .bind(clean(&serde_json::to_string(&file.file.names)?))
        .bind(file.created_at.0)
        .bind(file.changed_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut Connection, project: ProjectId, id: CodeownersId) -> Result<bool, Error> {
    let sql = "DELETE FROM codeowners WHERE project_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(project.0).bind(id.0).run(db).await? == 1)
}
