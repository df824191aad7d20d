//! Searching and sorting issues by what their rows say.

use model::{IssueId, OrganizationId, ProjectId, Timestamp, UserId};
use query::Expr;

use crate::{
    Connection, Error,
    issues::{
        COLUMNS, Issue,
        condition::{IssueTest, push_tests},
        read,
    },
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// Which issues of an organization.
#[derive(Debug, Clone)]
pub struct IssueFilter {
    /// Only of these; all of the organization's when empty.
    pub projects: Vec<ProjectId>,
    /// Only those seen in one of these; any when empty.
    pub environments: Vec<String>,
    /// Only those with an event since then, in the environments.
    pub since: Option<Timestamp>,
    /// Only those whose first event was before then, in the environments.
    pub until: Option<Timestamp>,
    pub tests: Expr<IssueTest>,
    /// Who `me` is.
    pub viewer: UserId,
}

/// By what issues are sorted, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueColumn {
    LastSeen,
    FirstSeen,
    TimesSeen,
    UsersSeen,
}

/// Where an issue stands in a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuePlace {
    pub value: i64,
    pub id: IssueId,
}

/// Issues behind a place, or before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueStart {
    First,
    After(IssuePlace),
    Before(IssuePlace),
}

/// At most `limit` issues with their places, in the order of the list, whichever way the page was reached.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    column: IssueColumn,
    start: IssueStart,
    limit: usize,
) -> Result<Vec<(IssuePlace, Issue)>, Error> {
    let mut sql = Sql::new(format!("SELECT * FROM (SELECT {COLUMNS}, "));
    push_value(&mut sql, column, &filter.environments);
    sql.push(" AS sort_value");
    push_matching(&mut sql, organization, filter);
    sql.push(") AS matching");
    let (direction, bound) = match start {
        IssueStart::First => ("DESC", None),
        IssueStart::After(place) => ("DESC", Some(("<", place))),
        IssueStart::Before(place) => ("ASC", Some((">", place))),
    };
    if let Some((sign, place)) = bound {
        sql.push(&format!(" WHERE sort_value {sign} ")).int(place.value);
        sql.push(" OR (sort_value = ").int(place.value);
        sql.push(&format!(" AND id {sign} ")).int(place.id.0).push(")");
    }
    sql.push(&format!(" ORDER BY sort_value {direction}, id {direction} LIMIT "))
        .int(i64::try_from(limit).unwrap_or(i64::MAX));
    let mut issues = sql
        .query_once()
        .list(db, |row| {
            let place = IssuePlace {
                value: row.int("sort_value")?,
                id: IssueId(row.int("id")?),
            };
            Ok((place, read(row)?))
        })
        .await?;
    if matches!(start, IssueStart::Before(_)) {
        issues.reverse();
    }
    Ok(issues)
}

/// How many issues match, counted up to `limit`.
pub async fn count(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    limit: usize,
) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT COUNT(*) AS issues FROM (SELECT i.id");
    push_matching(&mut sql, organization, filter);
    sql.push(" LIMIT ").int(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(") AS matching");
    let found = sql.query_once().find(db, |row| row.int("issues")).await?;
    Ok(found.unwrap_or(0))
}

/// Those that match, in no order; `limit` at most.
pub async fn matching(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    limit: usize,
) -> Result<Vec<IssueId>, Error> {
    let mut sql = Sql::new("SELECT i.id");
    push_matching(&mut sql, organization, filter);
    sql.push(" LIMIT ").int(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.query_once().list(db, |row| Ok(IssueId(row.int("id")?))).await
}

fn push_matching(sql: &mut Sql, organization: OrganizationId, filter: &IssueFilter) {
    sql.push(" FROM issues i JOIN projects p ON p.id = i.project_id WHERE p.organization_id = ")
        .int(organization.0)
        .push(" AND p.deleting = 0 AND i.deleting = 0");
    if !filter.projects.is_empty() {
        sql.push(" AND i.project_id IN ")
            .ints(filter.projects.iter().map(|project| project.0));
    }
    if filter.environments.is_empty() {
        push_time(sql, "i", filter);
    } else {
        sql.push(" AND EXISTS (SELECT 1");
        push_environments(sql, &filter.environments);
        push_time(sql, "e", filter);
        sql.push(")");
    }
    if !filter.tests.is_all() {
        sql.push(" AND ");
        push_tests(sql, &filter.tests, filter.viewer);
    }
}

fn push_time(sql: &mut Sql, table: &str, filter: &IssueFilter) {
    if let Some(since) = filter.since {
        sql.push(&format!(" AND {table}.last_seen >= ")).int(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(&format!(" AND {table}.first_seen < ")).int(until.0);
    }
}

fn push_environments(sql: &mut Sql, environments: &[String]) {
    sql.push(" FROM issue_environments e WHERE e.issue_id = i.id AND e.environment IN ")
        .texts(environments.iter().map(String::as_str));
}

/// What of the issue the list is sorted by: as it is in the environments, where that is known of them.
fn push_value(sql: &mut Sql, column: IssueColumn, environments: &[String]) {
    let (of_issue, of_environments) = match column {
        IssueColumn::LastSeen => ("i.last_seen", Some("MAX(e.last_seen)")),
        IssueColumn::FirstSeen => ("i.first_seen", Some("MIN(e.first_seen)")),
        IssueColumn::TimesSeen => ("i.times_seen", Some("CAST(SUM(e.times_seen) AS BIGINT)")),
        IssueColumn::UsersSeen => ("i.users_seen", None),
    };
    match of_environments {
        Some(value) if !environments.is_empty() => {
            sql.push(&format!("(SELECT {value}"));
            push_environments(sql, environments);
            sql.push(")");
        }
        _ => {
            sql.push(of_issue);
        }
    }
}
