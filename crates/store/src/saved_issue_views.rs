//! Searches of issues that people keep, those of them that are their tabs, and what they searched lately.

use model::{IssueViewId, OrganizationId, ProjectId, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, like},
    users::{self, User},
};

#[derive(Debug, Clone, PartialEq)]
pub struct SavedIssueView {
    pub id: IssueViewId,
    pub organization: OrganizationId,
    pub created_by: User,
    pub name: String,
    pub query: String,
    /// The name of an order.
    pub sort: String,
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    /// Any when empty.
    pub environments: Vec<String>,
    /// `period`, or `start` and `end`.
    pub time_filters: Map<String, Value>,
    pub is_shared: bool,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    pub visited_at: Option<Timestamp>,
    /// How many people have it as a tab.
    pub stars: i64,
    /// Whether the one who asks has.
    pub is_starred: bool,
}

const COLUMNS: &str = "v.id AS view_id, v.organization_id, v.name AS view_name, v.query, v.sort, v.projects,
    v.environments, v.time_filters, v.visibility, v.created_at AS view_created_at, v.changed_at, v.visited_at,
    (SELECT COUNT(*) FROM starred_issue_views c WHERE c.view_id = v.id) AS stars,
    (SELECT COUNT(*) FROM starred_issue_views c WHERE c.view_id = v.id AND c.user_id = ";

/// The views that a user may see: own ones, and those that are the organization's.
fn select(organization: OrganizationId, viewer: UserId, with: &str) -> Sql {
    let mut sql = Sql::new(format!("SELECT {}, {COLUMNS}", users::COLUMNS));
    sql.int(viewer.0)
        .push(") AS own_stars FROM saved_issue_views v JOIN users u ON u.id = v.user_id")
        .push(with)
        .push(" WHERE v.organization_id = ")
        .int(organization.0)
        .push(" AND (v.visibility = 1 OR v.user_id = ")
        .int(viewer.0)
        .push(")");
    sql
}

fn read(row: &AnyRow) -> Result<SavedIssueView, Error> {
    let projects: Vec<i64> = row.json("projects")?;
    Ok(SavedIssueView {
        id: IssueViewId(row.int("view_id")?),
        organization: OrganizationId(row.int("organization_id")?),
        created_by: users::read(row)?,
        name: row.text("view_name")?,
        query: row.text("query")?,
        sort: row.text("sort")?,
        projects: projects.into_iter().map(ProjectId).collect(),
        environments: row.json("environments")?,
        time_filters: row.json("time_filters")?,
        is_shared: row.flag("visibility")?,
        created_at: row.time("view_created_at")?,
        changed_at: row.time("changed_at")?,
        visited_at: row.optional_time("visited_at")?,
        stars: row.int("stars")?,
        is_starred: row.int("own_stars")? > 0,
    })
}

/// By what views are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ViewOrder {
    /// The last used first.
    #[default]
    Visited,
    Name,
    /// The oldest first.
    Created,
    /// The one with the most stars first.
    Stars,
}

/// Whose views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewsOf {
    Everybody,
    Viewer,
    Others,
}

/// Which part of the list of views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewPage {
    pub of: ViewsOf,
    /// What name or query must hold, in any case; `*` stands for anything.
    pub text: Option<String>,
    pub order: ViewOrder,
    /// The other way round.
    pub reversed: bool,
    pub offset: i64,
    pub limit: i64,
}

pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    viewer: UserId,
    page: &ViewPage,
) -> Result<Vec<SavedIssueView>, Error> {
    let mut sql = select(organization, viewer, "");
    match page.of {
        ViewsOf::Everybody => {}
        ViewsOf::Viewer => {
            sql.push(" AND v.user_id = ").int(viewer.0);
        }
        ViewsOf::Others => {
            sql.push(" AND v.user_id <> ").int(viewer.0);
        }
    }
    if let Some(text) = &page.text {
        let pattern = format!("%{}%", like(text));
        sql.push(" AND (LOWER(v.name) LIKE ")
            .text(&pattern)
            .push(" ESCAPE '\\'");
        sql.push(" OR LOWER(v.query) LIKE ")
            .text(&pattern)
            .push(" ESCAPE '\\')");
    }
    let (column, is_descending) = match page.order {
        ViewOrder::Visited => ("COALESCE(v.visited_at, v.created_at)", true),
        ViewOrder::Name => ("LOWER(v.name)", false),
        ViewOrder::Created => ("v.created_at", false),
        ViewOrder::Stars => (
            "(SELECT COUNT(*) FROM starred_issue_views c WHERE c.view_id = v.id)",
            true,
        ),
    };
    let direction = if is_descending != page.reversed { "DESC" } else { "ASC" };
    sql.push(&format!(" ORDER BY {column} {direction}, v.id LIMIT "))
        .int(page.limit)
        .push(" OFFSET ")
        .int(page.offset);
    sql.query().list(db, read).await
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    viewer: UserId,
    id: IssueViewId,
) -> Result<Option<SavedIssueView>, Error> {
    let mut sql = select(organization, viewer, "");
    sql.push(" AND v.id = ").int(id.0);
    sql.query().find(db, read).await
}

/// The tabs of a user, in their order.
pub async fn starred(
    db: &mut Connection,
    organization: OrganizationId,
    viewer: UserId,
) -> Result<Vec<SavedIssueView>, Error> {
    let mut sql = select(organization, viewer, " JOIN starred_issue_views s ON s.view_id = v.id");
    sql.push(" AND s.user_id = ")
        .int(viewer.0)
        .push(" ORDER BY s.position, v.id");
    sql.query().list(db, read).await
}

/// How many an organization keeps.
pub async fn count(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let found = sqlx::query("SELECT COUNT(*) AS views FROM saved_issue_views WHERE organization_id = $1")
        .bind(organization.0)
        .find(db, |row| row.int("views"))
        .await?;
    Ok(found.unwrap_or(0))
}

pub async fn create(db: &mut Connection, view: &SavedIssueView) -> Result<(), Error> {
    let sql = "INSERT INTO saved_issue_views (id, organization_id, user_id, name, query, sort, projects, environments,
        time_filters, visibility, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(sql)
        .bind(view.id.0)
        .bind(view.organization.0)
        .bind(view.created_by.id.0)
        .bind(clean(&view.name))
        .bind(clean(&view.query))
        .bind(clean(&view.sort))
        .bind(serde_json::to_string(&view.projects)?)
        .bind(clean(&serde_json::to_string(&view.environments)?))
        .bind(clean(&serde_json::to_string(&view.time_filters)?))
        .bind(i64::from(view.is_shared))
        .bind(view.created_at.0)
        .bind(view.changed_at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Name and what it asks for.
pub async fn update(db: &mut Connection, view: &SavedIssueView) -> Result<(), Error> {
    let sql = "UPDATE saved_issue_views SET name = $3, query = $4, sort = $5, projects = $6, environments = $7,
        time_filters = $8, visibility = $9, changed_at = $10 WHERE organization_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(view.organization.0)
        .bind(view.id.0)
        .bind(clean(&view.name))
        .bind(clean(&view.query))
        .bind(clean(&view.sort))
        .bind(serde_json::to_string(&view.projects)?)
        .bind(clean(&serde_json::to_string(&view.environments)?))
        .bind(clean(&serde_json::to_string(&view.time_filters)?))
        .bind(i64::from(view.is_shared))
        .bind(view.changed_at.0)
        .run(db)
        .await?;
    Ok(())
}

pub async fn delete(db: &mut Connection, organization: OrganizationId, id: IssueViewId) -> Result<bool, Error> {
    let deleted = sqlx::query("DELETE FROM saved_issue_views WHERE organization_id = $1 AND id = $2")
        .bind(organization.0)
        .bind(id.0)
        .run(db)
        .await?;
    Ok(deleted == 1)
}

pub async fn set_visited(
    db: &mut Connection,
    organization: OrganizationId,
    id: IssueViewId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query("UPDATE saved_issue_views SET visited_at = $3 WHERE organization_id = $1 AND id = $2")
        .bind(organization.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// Makes these views of one organization the tabs of a user there, in this order.
pub async fn set_starred(
    db: &mut Connection,
    organization: OrganizationId,
    user: UserId,
    views: &[IssueViewId],
) -> Result<(), Error> {
    let sql = "DELETE FROM starred_issue_views WHERE user_id = $1 AND view_id IN
        (SELECT id FROM saved_issue_views WHERE organization_id = $2)";
    sqlx::query(sql).bind(user.0).bind(organization.0).run(db).await?;
    for (position, view) in views.iter().enumerate() {
        sqlx::query("INSERT INTO starred_issue_views (view_id, user_id, position) VALUES ($1, $2, $3)")
            .bind(view.0)
            .bind(user.0)
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .run(db)
            .await?;
    }
    Ok(())
}

/// Searches of issues that a user made lately, the latest first, those that hold `text`.
pub async fn recent_searches(
    db: &mut Connection,
    organization: OrganizationId,
    user: UserId,
    text: &str,
    limit: i64,
) -> Result<Vec<(String, Timestamp)>, Error> {
    let mut sql = Sql::new("SELECT query, used_at FROM recent_issue_searches WHERE organization_id = ");
    sql.int(organization.0).push(" AND user_id = ").int(user.0);
    if !text.is_empty() {
        sql.push(" AND LOWER(query) LIKE ")
            .text(&format!("%{}%", like(text)))
            .push(" ESCAPE '\\'");
    }
    sql.push(" ORDER BY used_at DESC, query LIMIT ").int(limit);
    sql.query()
        .list(db, |row| Ok((row.text("query")?, row.time("used_at")?)))
        .await
}

/// Notes a search, of which a user keeps the latest `most`. Returns `false` if it was noted before.
pub async fn add_recent_search(
    db: &mut Connection,
    organization: OrganizationId,
    user: UserId,
    query: &str,
    at: Timestamp,
    most: i64,
) -> Result<bool, Error> {
    let query = clean(query);
    let sql =
        "UPDATE recent_issue_searches SET used_at = $4 WHERE organization_id = $1 AND user_id = $2 AND query = $3";
    let known = sqlx::query(sql)
        .bind(organization.0)
        .bind(user.0)
        .bind(&query)
        .bind(at.0)
        .run(db)
        .await?
        > 0;
    if known {
        return Ok(false);
    }
    let sql = "INSERT INTO recent_issue_searches (organization_id, user_id, query, used_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization_id, user_id, query) DO NOTHING";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(user.0)
        .bind(&query)
        .bind(at.0)
        .run(db)
        .await?;
    let sql = "DELETE FROM recent_issue_searches WHERE organization_id = $1 AND user_id = $2 AND query NOT IN
        (SELECT query FROM recent_issue_searches WHERE organization_id = $1 AND user_id = $2
         ORDER BY used_at DESC, query LIMIT $3)";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(user.0)
        .bind(most)
        .run(db)
        .await?;
    Ok(true)
}
