//! What happened to issues: changes of all kinds, and what people wrote about them.

use model::{ActivityId, ActivityKind, IssueId, OrganizationId, ProjectId, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error, IdPage,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq)]
pub struct IssueActivity {
    pub id: ActivityId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub issue: IssueId,
    pub kind: ActivityKind,
    /// `None`: Tocsin itself, or somebody who is gone.
    pub user: Option<UserId>,
    pub data: Map<String, Value>,
    pub created_at: Timestamp,
    /// Set when somebody wrote a comment anew.
    pub changed_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, organization_id, project_id, issue_id, kind, user_id, data, created_at, changed_at";

fn read(row: &AnyRow) -> Result<IssueActivity, Error> {
    Ok(IssueActivity {
        id: ActivityId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        project: ProjectId(row.int("project_id")?),
        issue: IssueId(row.int("issue_id")?),
        kind: row.number("kind", ActivityKind::from_number)?,
        user: row.optional_int("user_id")?.map(UserId),
        data: row.json("data")?,
        created_at: row.time("created_at")?,
        changed_at: row.optional_time("changed_at")?,
    })
}

/// Adds an activity; a comment is counted by its issue.
pub async fn add_activity(db: &mut Connection, activity: &IssueActivity) -> Result<(), Error> {
    let sql =
        "INSERT INTO issue_activities (id, organization_id, project_id, issue_id, kind, user_id, data, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(activity.id.0)
        .bind(activity.organization.0)
        .bind(activity.project.0)
        .bind(activity.issue.0)
        .bind(activity.kind.number())
        .bind(activity.user.map(|user| user.0))
        .bind(clean(&serde_json::to_string(&activity.data)?))
        .bind(activity.created_at.0)
        .run(db)
        .await?;
    if activity.kind == ActivityKind::Note {
        count_comments(db, activity.project, activity.issue, 1).await?;
    }
    Ok(())
}

async fn count_comments(db: &mut Connection, project: ProjectId, issue: IssueId, more: i64) -> Result<(), Error> {
    sqlx::query("UPDATE issues SET comments = comments + $3 WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(issue.0)
        .bind(more)
        .run(db)
        .await?;
    Ok(())
}

/// The newest activities of an issue, the newest first: of these kinds, or of all when there are none.
pub async fn activities(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    kinds: &[ActivityKind],
    before: Option<ActivityId>,
    limit: i64,
) -> Result<Vec<IssueActivity>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM issue_activities WHERE project_id = "));
    sql.int(project.0).push(" AND issue_id = ").int(issue.0);
    if !kinds.is_empty() {
        sql.push(" AND kind IN ").ints(kinds.iter().map(|kind| kind.number()));
    }
    if let Some(before) = before {
        sql.push(" AND id < ").int(before.0);
    }
    sql.push(" ORDER BY id DESC LIMIT ").int(limit);
    sql.query().list(db, read).await
}

pub async fn find_activity(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    id: ActivityId,
) -> Result<Option<IssueActivity>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM issue_activities WHERE project_id = "));
    sql.int(project.0).push(" AND issue_id = ").int(issue.0);
    sql.push(" AND id = ").int(id.0);
    sql.query().find(db, read).await
}

/// The comments on an issue, the newest first.
pub async fn comments(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    page: IdPage,
) -> Result<Vec<IssueActivity>, Error> {
    let mut sql = Sql::new(format!("SELECT {COLUMNS} FROM issue_activities WHERE project_id = "));
    sql.int(project.0).push(" AND issue_id = ").int(issue.0);
    sql.push(" AND kind = ").int(ActivityKind::Note.number());
    page.add_to(&mut sql);
    Ok(page.sorted(sql.query().list(db, read).await?))
}

/// Writes a comment anew.
pub async fn change_comment(
    db: &mut Connection,
    project: ProjectId,
    id: ActivityId,
    data: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE issue_activities SET data = $4, changed_at = $5 WHERE project_id = $1 AND id = $2 AND kind = $3";
    sqlx::query(sql)
        .bind(project.0)
        .bind(id.0)
        .bind(ActivityKind::Note.number())
        .bind(clean(&serde_json::to_string(data)?))
        .bind(now.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete_comment(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    id: ActivityId,
) -> Result<bool, Error> {
    let sql = "DELETE FROM issue_activities WHERE project_id = $1 AND issue_id = $2 AND id = $3 AND kind = $4";
    let deleted = sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(id.0)
        .bind(ActivityKind::Note.number())
        .run(db)
        .await?
        == 1;
    if deleted {
        count_comments(db, project, issue, -1).await?;
    }
    Ok(deleted)
}
