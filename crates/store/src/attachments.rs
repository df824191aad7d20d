//! Attachments: files that were sent beside an event, which may be there, come later, or never come.

use model::{AttachmentId, EventId, FileId, IssueId, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    blobs::Checksum,
    files,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub event_id: EventId,
    /// `None` until the event is there, and for events that belong to no issue.
    pub issue: Option<IssueId>,
    /// As the sender called it: never a path of ours.
    pub name: String,
    pub content_type: String,
    /// `event.attachment`, `event.minidump`, …
    pub attachment_type: String,
    /// In bytes.
    pub size: u64,
    pub checksum: Checksum,
    pub file: FileId,
    pub received_at: Timestamp,
}

/// Which attachments of an issue to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttachmentFilter {
    /// Of these types only; of any when empty.
    pub types: Vec<String>,
    /// Pictures that SDKs take of the screen only.
    pub screenshots: bool,
    /// Received since then.
    pub since: Option<Timestamp>,
    /// Received before then.
    pub until: Option<Timestamp>,
}

const COLUMNS: &str = "id, organization_id, project_id, event_id, issue_id, name, content_type, attachment_type, size,
    checksum, file_id, received_at";

fn read(row: &AnyRow) -> Result<Attachment, Error> {
    Ok(Attachment {
        id: AttachmentId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        event_id: row.event_id("event_id")?,
        issue: row.optional_int("issue_id")?.map(IssueId),
        name: row.text("name")?,
        content_type: row.text("content_type")?,
        attachment_type: row.text("attachment_type")?,
        size: files::size(row)?,
        checksum: files::checksum(row)?,
        file: FileId(row.int("file_id")?),
        received_at: row.time("received_at")?,
    })
}

/// Adds an attachment; its file is made by [`files::create`].
pub async fn create(db: &mut Connection, attachment: &Attachment) -> Result<(), Error> {
    let sql = "INSERT INTO attachments (id, organization_id, project_id, event_id, issue_id, name, content_type,
            attachment_type, size, checksum, file_id, received_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(sql)
        .bind(attachment.id.0)
        .bind(attachment.organization.0)
        .bind(attachment.project.0)
        .bind(attachment.event_id.to_string())
        .bind(attachment.issue.map(|issue| issue.0))
        .bind(clean(&attachment.name))
        .bind(clean(&attachment.content_type))
        .bind(clean(&attachment.attachment_type))
        .bind(i64::try_from(attachment.size).unwrap_or(i64::MAX))
        .bind(attachment.checksum.to_string())
        .bind(attachment.file.0)
        .bind(attachment.received_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Those of `events` that something came for before they did.
pub async fn waiting(db: &mut Connection, project: ProjectId, events: &[EventId]) -> Result<Vec<EventId>, Error> {
    let mut waiting = Vec::new();
    for events in events.chunks(VALUES_A_STATEMENT) {
        let ids: Vec<String> = events.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new("SELECT DISTINCT event_id FROM attachments WHERE project_id = ");
        sql.int(project.0)
            .push(" AND issue_id IS NULL AND event_id IN ")
            .texts(ids.iter().map(String::as_str));
        waiting.extend(sql.query().list(db, |row| row.event_id("event_id")).await?);
    }
    Ok(waiting)
}

/// Those of `issues` with an attachment of any event.
pub async fn issues_with_any(
    db: &mut Connection,
    projects: &[ProjectId],
    issues: &[IssueId],
) -> Result<Vec<IssueId>, Error> {
    let mut found = Vec::new();
    for issues in issues.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT DISTINCT issue_id FROM attachments WHERE project_id IN ");
        sql.ints(projects.iter().map(|project| project.0))
            .push(" AND issue_id IN ")
            .ints(issues.iter().map(|issue| issue.0));
        found.extend(
            sql.query_once()
                .list(db, |row| row.int("issue_id").map(IssueId))
                .await?,
        );
    }
    Ok(found)
}

/// Those of `events` with an attachment.
pub async fn events_with_any(
    db: &mut Connection,
    projects: &[ProjectId],
    events: &[EventId],
) -> Result<Vec<(ProjectId, EventId)>, Error> {
    let mut found = Vec::new();
    for events in events.chunks(VALUES_A_STATEMENT) {
        let ids: Vec<String> = events.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new("SELECT DISTINCT project_id, event_id FROM attachments WHERE project_id IN ");
        sql.ints(projects.iter().map(|project| project.0))
            .push(" AND event_id IN ")
            .texts(ids.iter().map(String::as_str));
        let read = |row: &AnyRow| Ok((ProjectId(row.int("project_id")?), row.event_id("event_id")?));
        found.extend(sql.query_once().list(db, read).await?);
    }
    Ok(found)
}

/// Lets what came before its event belong to the event's issue.
pub async fn link(db: &mut Connection, project: ProjectId, event: EventId, issue: IssueId) -> Result<(), Error> {
    let sql = "UPDATE attachments SET issue_id = $3 WHERE project_id = $1 AND event_id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(event.to_string())
        .bind(issue.0)
        .run(db)
        .await?;
    Ok(())
}

/// What was uploaded before the envelope that names it waits as an attachment of this type, under an id of its own
/// instead of an event's.
pub const UPLOAD: &str = "upload";

/// What an upload becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption<'a> {
    pub event_id: EventId,
    pub issue: Option<IssueId>,
    pub name: &'a str,
    pub content_type: &'a str,
    pub attachment_type: &'a str,
}

/// Gives an upload to an event. Returns `false` if there is none of this id, or no more.
pub async fn adopt(
    db: &mut Connection,
    project: ProjectId,
    upload: EventId,
    adoption: &Adoption<'_>,
) -> Result<bool, Error> {
    let sql = "UPDATE attachments SET event_id = $4, issue_id = $5, name = $6, content_type = $7, attachment_type = $8
        WHERE project_id = $1 AND event_id = $2 AND attachment_type = $3";
    let changed = sqlx::query(sql)
        .bind(project.0)
        .bind(upload.to_string())
        .bind(UPLOAD)
        .bind(adoption.event_id.to_string())
        .bind(adoption.issue.map(|issue| issue.0))
        .bind(clean(adoption.name))
        .bind(clean(adoption.content_type))
        .bind(clean(adoption.attachment_type))
        .run(db)
        .await?;
    Ok(changed == 1)
}

pub async fn find(
    db: &mut Connection,
    project: ProjectId,
    event: EventId,
    id: AttachmentId,
) -> Result<Option<Attachment>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM attachments WHERE project_id = $1 AND event_id = $2 AND id = $3"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(event.to_string())
        .bind(id.0)
        .find(db, read)
        .await
}

/// A page of the attachments of an event, newest first.
pub async fn list_of_event(
    db: &mut Connection,
    project: ProjectId,
    event: EventId,
    page: IdPage,
) -> Result<Vec<Attachment>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM attachments WHERE project_id = "));
    sql.int(project.0).push(" AND event_id = ").text(&event.to_string());
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// A page of the attachments of an issue's events, newest first.
pub async fn list_of_issue(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    filter: &AttachmentFilter,
    page: IdPage,
) -> Result<Vec<Attachment>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM attachments WHERE project_id = "));
    sql.int(project.0).push(" AND issue_id = ").int(issue.0);
    if !filter.types.is_empty() {
        sql.push(" AND attachment_type IN ")
            .texts(filter.types.iter().map(String::as_str));
    }
    if filter.screenshots {
        sql.push(" AND LOWER(name) LIKE ").text("screenshot%");
        sql.push(" AND content_type LIKE ").text("image/%");
    }
    if let Some(since) = filter.since {
        sql.push(" AND received_at >= ").int(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(" AND received_at < ").int(until.0);
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Returns `false` if it is not there.
pub async fn delete(db: &mut Connection, attachment: &Attachment, now: Timestamp) -> Result<bool, Error> {
    let mut which = Sql::new("SELECT id, file_id FROM attachments WHERE project_id = ");
    which.int(attachment.project.0).push(" AND id = ").int(attachment.id.0);
    Ok(delete_all(db, which, now).await? == 1)
}

/// Removes at most `limit` of an issue's; returns how many.
pub async fn purge_issue(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    limit: i64,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut which = Sql::new("SELECT id, file_id FROM attachments WHERE project_id = ");
    which.int(project.0).push(" AND issue_id = ").int(issue.0);
    which.push(" ORDER BY id LIMIT ").int(limit);
    delete_all(db, which, now).await
}

/// Removes at most `limit` of a project's; returns how many.
pub async fn purge_project(
    db: &mut Connection,
    project: ProjectId,
    limit: i64,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut which = Sql::new("SELECT id, file_id FROM attachments WHERE project_id = ");
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
    let mut which = Sql::new("SELECT id, file_id FROM attachments WHERE received_at < ");
    which.int(received_before.0);
    which.push(" ORDER BY received_at, id LIMIT ").int(limit);
    delete_all(db, which, now).await
}

async fn delete_all(db: &mut Connection, which: Sql, now: Timestamp) -> Result<usize, Error> {
    let found: Vec<(i64, FileId)> = which
        .query()
        .list(db, |row| Ok((row.int("id")?, FileId(row.int("file_id")?))))
        .await?;
    if found.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new("DELETE FROM attachments WHERE id IN ");
    sql.ints(found.iter().map(|(id, _)| *id));
    sql.query().run(db).await?;
    let files: Vec<FileId> = found.iter().map(|(_, file)| *file).collect();
    files::delete(db, &files, now).await?;
    Ok(found.len())
}
