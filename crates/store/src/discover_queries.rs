//! Questions about events that members of an organization keep (saved Discover queries).

use std::collections::HashMap;

use model::{DiscoverQueryId, OrganizationId, ProjectId, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, like},
    users::{self, User},
};

#[derive(Debug, Clone, PartialEq)]
pub struct DiscoverQuery {
    pub id: DiscoverQueryId,
    pub organization: OrganizationId,
    /// `None` when the user is gone.
    pub created_by: Option<User>,
    pub name: String,
    /// What it asks about, as the API names it: `error-events`, `transaction-like`, `discover`.
    pub dataset: String,
    /// All of the organization when empty.
    pub projects: Vec<ProjectId>,
    /// `fields`, `query`, `orderby`, `range`, …
    pub query: Map<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// How often it was opened, its creation included.
    pub visits: i64,
    pub last_visited_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryOrder {
    Name,
    CreatedAt,
    UpdatedAt,
    /// The most visited first.
    Visits,
    /// The last visited first.
    LastVisit,
    /// Those of this user first.
    OwnerFirst(UserId),
}

/// Which queries of an organization, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// What the name must hold, in any case; `*` stands for anything.
    pub name: Option<String>,
    pub order: QueryOrder,
    pub descending: bool,
    pub offset: i64,
    pub limit: i64,
}

const COLUMNS: &str = "q.id AS query_id, q.organization_id, q.created_by, q.name AS query_name, q.dataset, q.query,
    q.created_at AS query_created_at, q.updated_at, q.visits, q.last_visited_at";

fn select(organization: OrganizationId) -> Sql {
    // The columns of a user who is gone are not read.
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS}, {} FROM discover_queries q LEFT JOIN users u ON u.id = q.created_by WHERE q.organization_id = ",
        users::COLUMNS
    ));
    sql.int(organization.0);
    sql
}

fn read(row: &AnyRow) -> Result<DiscoverQuery, Error> {
    let created_by = match row.optional_int("created_by")? {
        Some(_) => Some(users::read(row)?),
        None => None,
    };
    Ok(DiscoverQuery {
        id: DiscoverQueryId(row.int("query_id")?),
        organization: OrganizationId(row.int("organization_id")?),
        created_by,
        name: row.text("query_name")?,
        dataset: row.text("dataset")?,
        projects: Vec::new(),
        query: row.json("query")?,
        created_at: row.time("query_created_at")?,
        updated_at: row.time("updated_at")?,
        visits: row.int("visits")?,
        last_visited_at: row.optional_time("last_visited_at")?,
    })
}

pub async fn create(db: &mut Connection, query: &DiscoverQuery) -> Result<(), Error> {
    let sql = "INSERT INTO discover_queries
        (id, organization_id, created_by, name, dataset, query, created_at, updated_at, visits, last_visited_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(query.id.0)
        .bind(query.organization.0)
        .bind(query.created_by.as_ref().map(|user| user.id.0))
        .bind(clean(&query.name))
        .bind(&query.dataset)
        .bind(json(&query.query)?)
        .bind(query.created_at.0)
        .bind(query.updated_at.0)
        .bind(query.visits)
        .bind(query.last_visited_at.map(|at| at.0))
        .run(db)
        .await?;
    add_projects(db, query).await
}

/// Name, dataset, projects and what is asked. Returns `false` if the organization has no such query.
pub async fn update(db: &mut Connection, query: &DiscoverQuery) -> Result<bool, Error> {
    let sql = "UPDATE discover_queries SET name = $3, dataset = $4, query = $5, updated_at = $6
        WHERE organization_id = $1 AND id = $2";
    let found = sqlx::query(sql)
        .bind(query.organization.0)
        .bind(query.id.0)
        .bind(clean(&query.name))
        .bind(&query.dataset)
        .bind(json(&query.query)?)
        .bind(query.updated_at.0)
        .run(db)
        .await?;
    if found == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM discover_query_projects WHERE query_id = $1")
        .bind(query.id.0)
        .run(db)
        .await?;
    add_projects(db, query).await?;
    Ok(true)
}

/// U+0000, which PostgreSQL refuses, is written `\u0000` in JSON, and read back as what it stood for.
fn json(query: &Map<String, Value>) -> Result<String, Error> {
    Ok(serde_json::to_string(query)?)
}

async fn add_projects(db: &mut Connection, query: &DiscoverQuery) -> Result<(), Error> {
    for project in &query.projects {
        sqlx::query(
            "INSERT INTO discover_query_projects (query_id, project_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(query.id.0)
        .bind(project.0)
        .run(db)
        .await?;
    }
    Ok(())
}

pub async fn find(
    db: &mut Connection,
    organization: OrganizationId,
    id: DiscoverQueryId,
) -> Result<Option<DiscoverQuery>, Error> {
    let mut sql = select(organization);
    sql.push(" AND q.id = ").int(id.0);
    let found = sql.query().find(db, read).await?;
    with_projects(db, found.into_iter().collect())
        .await
        .map(|mut found| found.pop())
}

pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    page: &QueryPage,
) -> Result<Vec<DiscoverQuery>, Error> {
    let mut sql = select(organization);
    if let Some(name) = &page.name {
        sql.push(" AND LOWER(q.name) LIKE ")
            .text(&format!("%{}%", like(name)))
            .push(" ESCAPE '\\'");
    }
    let direction = |up: &'static str, down: &'static str| if page.descending { down } else { up };
    sql.push(" ORDER BY ");
    match page.order {
        QueryOrder::Name => sql.push(direction("LOWER(q.name) ASC", "LOWER(q.name) DESC")),
        QueryOrder::CreatedAt => sql.push(direction("q.created_at ASC", "q.created_at DESC")),
        QueryOrder::UpdatedAt => sql.push(direction("q.updated_at ASC", "q.updated_at DESC")),
        QueryOrder::Visits => sql.push(direction("q.visits DESC", "q.visits ASC")),
        QueryOrder::LastVisit => sql.push(direction(
            "q.last_visited_at DESC NULLS LAST",
            "q.last_visited_at ASC NULLS FIRST",
        )),
        QueryOrder::OwnerFirst(user) => sql
            .push("CASE WHEN q.created_by = ")
            .int(user.0)
            .push(" THEN 0 ELSE 1 END, LOWER(q.name)"),
    };
    sql.push(", q.id DESC LIMIT ")
        .int(page.limit)
        .push(" OFFSET ")
        .int(page.offset);
    let found = sql.query().list(db, read).await?;
    with_projects(db, found).await
}

async fn with_projects(db: &mut Connection, mut queries: Vec<DiscoverQuery>) -> Result<Vec<DiscoverQuery>, Error> {
    let mut sql = Sql::new("SELECT query_id, project_id FROM discover_query_projects WHERE query_id IN ");
    sql.ints(queries.iter().map(|query| query.id.0));
    sql.push(" ORDER BY project_id");
    let pairs = sql
        .query()
        .list(db, |row| {
            Ok((DiscoverQueryId(row.int("query_id")?), ProjectId(row.int("project_id")?)))
        })
        .await?;
    let mut projects: HashMap<DiscoverQueryId, Vec<ProjectId>> = HashMap::new();
    for (query, project) in pairs {
        projects.entry(query).or_default().push(project);
    }
    for query in &mut queries {
        query.projects = projects.remove(&query.id).unwrap_or_default();
    }
    Ok(queries)
}

/// How many an organization keeps.
pub async fn count(db: &mut Connection, organization: OrganizationId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS number FROM discover_queries WHERE organization_id = $1";
    let found = sqlx::query(sql)
        .bind(organization.0)
        .find(db, |row| row.int("number"))
        .await?;
    Ok(found.unwrap_or(0))
}

/// Notes that somebody opened it. Returns `false` if the organization has no such query.
pub async fn add_visit(
    db: &mut Connection,
    organization: OrganizationId,
    id: DiscoverQueryId,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE discover_queries SET visits = visits + 1, last_visited_at = $3
        WHERE organization_id = $1 AND id = $2";
    let found = sqlx::query(sql)
        .bind(organization.0)
        .bind(id.0)
        .bind(at.0)
        .run(db)
        .await?;
    Ok(found == 1)
}

/// Returns `false` if the organization has no such query.
pub async fn delete(db: &mut Connection, organization: OrganizationId, id: DiscoverQueryId) -> Result<bool, Error> {
    let sql = "DELETE FROM discover_queries WHERE organization_id = $1 AND id = $2";
    Ok(sqlx::query(sql).bind(organization.0).bind(id.0).run(db).await? == 1)
}
