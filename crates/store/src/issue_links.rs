//! Links from issues to what other systems keep on them.

use model::{IssueId, IssueLinkId, OrganizationId, Timestamp, UserId};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLink {
    pub id: IssueLinkId,
    pub organization: OrganizationId,
    pub issue: IssueId,
    /// The system that it leads to, as `tracker`.
    pub service: String,
    /// As `TRACK-12`.
    pub display_name: String,
    pub url: String,
    /// `None`: a token made it, or somebody who is gone.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
}

fn read(row: &AnyRow) -> Result<IssueLink, Error> {
    Ok(IssueLink {
        id: IssueLinkId(row.int("id")?),
        organization: OrganizationId(row.int("organization_id")?),
        issue: IssueId(row.int("issue_id")?),
        service: row.text("service")?,
        display_name: row.text("display_name")?,
        url: row.text("url")?,
        created_by: row.optional_int("created_by")?.map(UserId),
        created_at: row.time("created_at")?,
    })
}

/// [`Error::Conflict`] when the issue has such a link already.
pub async fn create(db: &mut Connection, link: &IssueLink) -> Result<(), Error> {
    let sql =
        "INSERT INTO issue_links (id, organization_id, issue_id, service, display_name, url, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(link.id.0)
        .bind(link.organization.0)
        .bind(link.issue.0)
        .bind(clean(&link.service))
        .bind(clean(&link.display_name))
        .bind(clean(&link.url))
        .bind(link.created_by.map(|user| user.0))
        .bind(link.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The links of several issues, in the order in which they were made.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    issues: &[IssueId],
) -> Result<Vec<IssueLink>, Error> {
    let mut sql = Sql::new("SELECT * FROM issue_links WHERE organization_id = ");
    sql.int(organization.0)
        .push(" AND issue_id IN ")
        .ints(issues.iter().map(|id| id.0))
        .push(" ORDER BY id");
    sql.query().list(db, read).await
}

pub async fn delete(
    db: &mut Connection,
    organization: OrganizationId,
    issue: IssueId,
    id: IssueLinkId,
) -> Result<bool, Error> {
    let sql = "DELETE FROM issue_links WHERE organization_id = $1 AND issue_id = $2 AND id = $3";
    let deleted = sqlx::query(sql)
        .bind(organization.0)
        .bind(issue.0)
        .bind(id.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}
