//! Searching and sorting issues by what their rows say.

use std::{cmp::Reverse, collections::HashMap};

use model::{IssueId, OrganizationId, ProjectId, Timestamp, UserId};
use query::Expr;
use sqlx::any::AnyRow;

use crate::{
    Connection, Error,
    issues::{
        BINDING, COLUMNS, Issue,
        condition::{IssueTest, push_tests},
        find_all, read, read_binding,
    },
    packed,
    row::{Column as _, Fetch as _},
    sql::{NOT_BY_INDEX, Sql},
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
    /// When somebody was asked to look at it; never is 0.
    Review,
}

impl IssueColumn {
    /// The column behind the project in an index.
    fn indexed(self) -> Option<&'static str> {
        match self {
            Self::LastSeen => Some("i.last_seen"),
            Self::FirstSeen => Some("i.first_seen"),
            Self::TimesSeen => Some("i.times_seen"),
            Self::UsersSeen => Some("i.users_seen"),
            Self::Review => None,
        }
    }
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
    if column == IssueColumn::LastSeen
        && !filter.environments.is_empty()
        && let Some(places) = seen_last_in_environments(db, organization, filter, start, limit).await?
    {
        return of_places(db, organization, places).await;
    }
    let page = Page::new(start, limit);
    // Sorted are places alone: rows of issues are wide.
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS}, found.sort_value FROM (SELECT id, sort_value FROM ("
    ));
    match column.indexed() {
        Some(value) if filter.environments.is_empty() && (1..=MOST_WALKED).contains(&filter.projects.len()) => {
            for (number, project) in filter.projects.iter().enumerate() {
                sql.push(if number == 0 { "" } else { " UNION ALL " });
                push_walk(&mut sql, organization, *project, filter, (value, None), &page);
            }
            sql.push(") AS walks");
        }
        _ => {
            sql.push("SELECT i.id, ");
            push_value(&mut sql, column, &filter.environments);
            sql.push(" AS sort_value");
            push_matching(&mut sql, organization, &filter.projects, filter, None);
            sql.push(") AS matching WHERE 1 = 1");
            page.push_start(&mut sql, "sort_value", "id");
        }
    }
    page.push_end(&mut sql, "sort_value", "id");
    sql.push(") AS found JOIN issues i ON i.id = found.id JOIN projects p ON p.id = i.project_id");
    page.push_order(&mut sql, "found.sort_value", "i.id");
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

/// In so many projects a list goes along the index of each of them, up to the end of the page. In more, all that match
/// are sorted.
const MOST_WALKED: usize = 20;

/// How many issues are looked at, one step after the other, before all that match are sorted.
const LOOKS: [usize; 3] = [100, 400, 1_600];

/// The places of a page of issues by when they were last seen in environments, if few issues tell. None was seen there
/// after it was last seen anywhere: so issues are looked at in that order, and when the page is full of those seen later
/// than the next one was, nothing behind it can be on it.
async fn seen_last_in_environments(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    start: IssueStart,
    limit: usize,
) -> Result<Option<Vec<IssuePlace>>, Error> {
    let after = match start {
        IssueStart::First => None,
        IssueStart::After(place) => Some((place.value, place.id)),
        IssueStart::Before(_) => return Ok(None),
    };
    if !(1..=MOST_WALKED).contains(&filter.projects.len()) {
        return Ok(None);
    }
    let mut places: Vec<IssuePlace> = Vec::new();
    let mut next = IssueStart::First;
    for look in LOOKS {
        let page = Page::new(next, look);
        let mut sql = Sql::new("SELECT id, sort_value, of_environments FROM (");
        for (number, project) in filter.projects.iter().enumerate() {
            sql.push(if number == 0 { "" } else { " UNION ALL " });
            let values = ("i.last_seen", Some(IssueColumn::LastSeen));
            push_walk(&mut sql, organization, *project, filter, values, &page);
        }
        sql.push(") AS walks");
        page.push_end(&mut sql, "sort_value", "id");
        let read = |row: &AnyRow| {
            Ok((
                row.int("sort_value")?,
                row.int("of_environments")?,
                IssueId(row.int("id")?),
            ))
        };
        let found = sql.query_once().list(db, read).await?;
        let of_page = found.iter().map(|(_, value, id)| IssuePlace { value: *value, id: *id });
        places.extend(of_page.filter(|place| after.is_none_or(|after| (place.value, place.id) < after)));
        places.sort_unstable_by_key(|place| Reverse((place.value, place.id)));
        places.truncate(limit);
        let last = found.last().filter(|_| found.len() == look);
        let Some((seen, _, id)) = last else {
            return Ok(Some(places));
        };
        if places.len() == limit && places.last().is_some_and(|place| place.value > *seen) {
            return Ok(Some(places));
        }
        next = IssueStart::After(IssuePlace { value: *seen, id: *id });
    }
    Ok(None)
}

async fn of_places(
    db: &mut Connection,
    organization: OrganizationId,
    places: Vec<IssuePlace>,
) -> Result<Vec<(IssuePlace, Issue)>, Error> {
    let ids: Vec<IssueId> = places.iter().map(|place| place.id).collect();
    let found = find_all(db, organization, &ids).await?;
    let mut found: HashMap<IssueId, Issue> = found.into_iter().map(|issue| (issue.id, issue)).collect();
    let issue = |place: IssuePlace| Some((place, found.remove(&place.id)?));
    Ok(places.into_iter().filter_map(issue).collect())
}

/// The first issues of a page in one project.
fn push_walk(
    sql: &mut Sql,
    organization: OrganizationId,
    project: ProjectId,
    filter: &IssueFilter,
    (value, of_environments): (&str, Option<IssueColumn>),
    page: &Page,
) {
    sql.push(&format!("SELECT * FROM (SELECT i.id, {value} AS sort_value"));
    if let Some(column) = of_environments {
        sql.push(", ");
        push_value(sql, column, &filter.environments);
        sql.push(" AS of_environments");
    }
    push_matching(sql, organization, &[project], filter, Some(value));
    page.push_start(sql, value, "i.id");
    page.push_end(sql, value, "i.id");
    sql.push(") AS walk");
}

/// Where a page begins, in which direction it is read, and how long it is.
struct Page {
    direction: &'static str,
    after: Option<(&'static str, IssuePlace)>,
    limit: i64,
}

impl Page {
    fn new(start: IssueStart, limit: usize) -> Self {
        let (direction, after) = match start {
            IssueStart::First => ("DESC", None),
            IssueStart::After(place) => ("DESC", Some(("<", place))),
            IssueStart::Before(place) => ("ASC", Some((">", place))),
        };
        Self {
            direction,
            after,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        }
    }

    /// The first comparison alone is what an index is searched by.
    fn push_start(&self, sql: &mut Sql, value: &str, id: &str) {
        let Some((sign, place)) = self.after else { return };
        sql.push(&format!(" AND {value} {sign}= ")).int(place.value);
        sql.push(&format!(" AND ({value} {sign} ")).int(place.value);
        sql.push(&format!(" OR {id} {sign} ")).int(place.id.0).push(")");
    }

    fn push_order(&self, sql: &mut Sql, value: &str, id: &str) {
        let direction = self.direction;
        sql.push(&format!(" ORDER BY {value} {direction}, {id} {direction}"));
    }

    fn push_end(&self, sql: &mut Sql, value: &str, id: &str) {
        self.push_order(sql, value, id);
        sql.push(" LIMIT ").int(self.limit);
    }
}

/// How many issues match, counted up to `limit`.
pub async fn count(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    limit: usize,
) -> Result<i64, Error> {
    let mut sql = Sql::new("SELECT COUNT(*) AS issues FROM (SELECT i.id");
    push_matching(&mut sql, organization, &filter.projects, filter, None);
    sql.push(" LIMIT ").int(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(") AS matching");
    let found = sql.query_once().find(db, |row| row.int("issues")).await?;
    Ok(found.unwrap_or(0))
}

/// The hashes of the issues that match, of `limit` issues at most, in no order.
pub async fn hashes_matching(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    limit: usize,
) -> Result<Vec<(ProjectId, String, IssueId)>, Error> {
    let mut sql = Sql::new("SELECT h.project_id, h.hash, h.issue_id FROM (SELECT i.id");
    push_matching(&mut sql, organization, &filter.projects, filter, None);
    sql.push(" LIMIT ").int(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(") matching JOIN issue_hashes h ON h.issue_id = matching.id");
    packed::list(sql, BINDING, db, read_binding).await
}

/// `walked`: the column whose index is gone along, so that no other one is searched instead.
fn push_matching(
    sql: &mut Sql,
    organization: OrganizationId,
    projects: &[ProjectId],
    filter: &IssueFilter,
    walked: Option<&str>,
) {
    sql.push(" FROM issues i JOIN projects p ON p.id = i.project_id WHERE p.organization_id = ")
        .int(organization.0)
        .push(" AND p.deleting = 0 AND i.deleting = 0");
    if !projects.is_empty() {
        sql.push(" AND i.project_id IN ")
            .ints(projects.iter().map(|project| project.0));
    }
    if filter.environments.is_empty() {
        push_time(sql, "i", filter, walked);
    } else {
        sql.push(" AND EXISTS (SELECT 1");
        push_environments(sql, &filter.environments);
        push_time(sql, "e", filter, None);
        sql.push(")");
    }
    if !filter.tests.is_all() {
        sql.push(" AND ");
        push_tests(sql, &filter.tests, filter.viewer);
    }
}

fn push_time(sql: &mut Sql, table: &str, filter: &IssueFilter, walked: Option<&str>) {
    let bounds = [("last_seen", ">=", filter.since), ("first_seen", "<", filter.until)];
    for (column, sign, bound) in bounds {
        let Some(bound) = bound else { continue };
        let column = format!("{table}.{column}");
        let hint = walked.map_or("", |walked| if walked == column { "" } else { NOT_BY_INDEX });
        sql.push(&format!(" AND {hint}{column} {sign} ")).int(bound.0);
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
        IssueColumn::Review => ("COALESCE(i.review_since, 0)", None),
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
