//! What users wrote about an event that they met, one report an event. The event may be there, come later, or never
//! come.

use model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp, UserReportId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    pub id: UserReportId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub event_id: EventId,
    /// `None` until the event is there, and for events that belong to no issue.
    pub issue: Option<IssueId>,
    pub name: String,
    pub email: String,
    pub comments: String,
    /// When it was first received; an overwritten one keeps it.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "id, organization_id, project_id, event_id, issue_id, name, email, comments, created_at";

fn read(row: &AnyRow) -> Result<UserReport, Error> {
    Ok(UserReport {
        id: UserReportId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        event_id: row.event_id("event_id")?,
        issue: row.optional_int("issue_id")?.map(IssueId),
        name: row.text("name")?,
        email: row.text("email")?,
        comments: row.text("comments")?,
        created_at: row.time("created_at")?,
    })
}

/// Returns `false` if the event has a report; nothing is written then.
pub async fn create(db: &mut Connection, report: &UserReport) -> Result<bool, Error> {
    let sql = "INSERT INTO user_reports (id, organization_id, project_id, event_id, issue_id, name, email, comments,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (project_id, event_id) DO NOTHING";
    let created = sqlx::query(sql)
        .bind(report.id.0)
        .bind(report.organization.0)
        .bind(report.project.0)
        .bind(report.event_id.to_string())
        .bind(report.issue.map(|issue| issue.0))
        .bind(clean(&report.name))
        .bind(clean(&report.email))
        .bind(clean(&report.comments))
        .bind(report.created_at.0)
        .run(db)
        .await?;
    Ok(created == 1)
}

/// Replaces what a user wrote; when it was received stays.
pub async fn update(db: &mut Connection, report: &UserReport) -> Result<(), Error> {
    let sql = "UPDATE user_reports SET name = $3, email = $4, comments = $5, issue_id = $6
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(report.project.0)
        .bind(report.id.0)
        .bind(clean(&report.name))
        .bind(clean(&report.email))
        .bind(clean(&report.comments))
        .bind(report.issue.map(|issue| issue.0))
        .run(db)
        .await?;
    Ok(())
}

/// Those of `events` that something came for before they did.
pub async fn waiting(db: &mut Connection, project: ProjectId, events: &[EventId]) -> Result<Vec<EventId>, Error> {
    let mut waiting = Vec::new();
    for events in events.chunks(VALUES_A_STATEMENT) {
        let ids: Vec<String> = events.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new("SELECT DISTINCT event_id FROM user_reports WHERE project_id = ");
        sql.int(project.0)
            .push(" AND issue_id IS NULL AND event_id IN ")
            .texts(ids.iter().map(String::as_str));
        waiting.extend(sql.query().list(db, |row| row.event_id("event_id")).await?);
    }
    Ok(waiting)
}

/// Lets what came before its event belong to the event's issue.
pub async fn link(db: &mut Connection, project: ProjectId, event: EventId, issue: IssueId) -> Result<(), Error> {
    let sql = "UPDATE user_reports SET issue_id = $3 WHERE project_id = $1 AND event_id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(event.to_string())
        .bind(issue.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut Connection, project: ProjectId, event: EventId) -> Result<Option<UserReport>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM user_reports WHERE project_id = $1 AND event_id = $2"
    ));
    sqlx::query(sql)
        .bind(project.0)
        .bind(event.to_string())
        .find(db, read)
        .await
}

/// A page of a project's, newest first.
pub async fn list_of_project(db: &mut Connection, project: ProjectId, page: IdPage) -> Result<Vec<UserReport>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM user_reports WHERE project_id = "));
    sql.int(project.0);
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// A page of an issue's, newest first.
pub async fn list_of_issue(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    page: IdPage,
) -> Result<Vec<UserReport>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM user_reports WHERE project_id = "));
    sql.int(project.0).push(" AND issue_id = ").int(issue.0);
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// A page of an organization's, newest first; of all its projects when none is named.
pub async fn list_of_organization(
    db: &mut Connection,
    organization: OrganizationId,
    projects: &[ProjectId],
    page: IdPage,
) -> Result<Vec<UserReport>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM user_reports WHERE organization_id = "));
    sql.int(organization.0);
    if !projects.is_empty() {
        sql.push(" AND project_id IN ").ints(projects.iter().map(|id| id.0));
    }
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

pub async fn count_of_issue(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS reports FROM user_reports WHERE project_id = $1 AND issue_id = $2";
    let count = sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .find(db, |row| row.int("reports"))
        .await?;
    Ok(count.unwrap_or(0))
}

/// Removes at most `limit` of an issue's; returns how many.
pub async fn purge_issue(db: &mut Connection, project: ProjectId, issue: IssueId, limit: i64) -> Result<u64, Error> {
    let mut which = Sql::new("SELECT id FROM user_reports WHERE project_id = ");
    which.int(project.0).push(" AND issue_id = ").int(issue.0);
    which.push(" ORDER BY id LIMIT ").int(limit);
    delete_all(db, which).await
}

/// Removes at most `limit` of a project's; returns how many.
pub async fn purge_project(db: &mut Connection, project: ProjectId, limit: i64) -> Result<u64, Error> {
    let mut which = Sql::new("SELECT id FROM user_reports WHERE project_id = ");
    which.int(project.0).push(" ORDER BY id LIMIT ").int(limit);
    delete_all(db, which).await
}

/// Removes at most `limit` that were received before then, of all organizations; returns how many.
pub async fn purge_older(db: &mut Connection, created_before: Timestamp, limit: i64) -> Result<u64, Error> {
    let mut which = Sql::new("SELECT id FROM user_reports WHERE created_at < ");
    which.int(created_before.0);
    which.push(" ORDER BY created_at, id LIMIT ").int(limit);
    delete_all(db, which).await
}

async fn delete_all(db: &mut Connection, which: Sql) -> Result<u64, Error> {
    let ids = which.query().list(db, |row| row.int("id")).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new("DELETE FROM user_reports WHERE id IN ");
    sql.ints(ids);
    sql.query().run(db).await
}
