//! Searching and sorting issues.

use model::{OrganizationId, ProjectId, Timestamp, UserId};
use query::issues::{Assignee, Condition, Filter, IssueQuery, Pattern};

use crate::{
    Connection, Error,
    issues::{Issue, read, select},
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
};

/// Which issues of an organization.
#[derive(Debug, Clone)]
pub struct IssueFilter {
    /// Only of these; all of the organization's when empty.
    pub projects: Vec<ProjectId>,
    /// Only those seen in one of these; any when empty.
    pub environments: Vec<String>,
    /// Only those with an event since then.
    pub since: Option<Timestamp>,
    /// Only those with an event before then.
    pub until: Option<Timestamp>,
    pub query: IssueQuery,
    /// Who `me` is.
    pub viewer: UserId,
}

/// By what issues are sorted, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueOrder {
    #[default]
    LastSeen,
    FirstSeen,
    Events,
    Users,
}

impl IssueOrder {
    fn column(self) -> &'static str {
        match self {
            Self::LastSeen => "last_seen",
            Self::FirstSeen => "first_seen",
            Self::Events => "times_seen",
            Self::Users => "users_seen",
        }
    }

    /// The value that an issue is sorted by.
    pub fn value(self, issue: &Issue) -> i64 {
        match self {
            Self::LastSeen => issue.last_seen.0,
            Self::FirstSeen => issue.first_seen.0,
            Self::Events => issue.times_seen,
            Self::Users => issue.users_seen,
        }
    }
}

/// Where an issue stands in a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuePlace {
    pub value: i64,
    pub id: i64,
}

/// At most `limit` issues behind a place, or before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuePage {
    First { limit: i64 },
    After { place: IssuePlace, limit: i64 },
    Before { place: IssuePlace, limit: i64 },
}

/// The issues of a page in the order of the list, whichever way the page was reached.
pub async fn list(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    order: IssueOrder,
    page: IssuePage,
) -> Result<Vec<Issue>, Error> {
    let mut sql = select(organization);
    conditions(&mut sql, filter);
    let column = order.column();
    let (limit, direction, bound) = match page {
        IssuePage::First { limit } => (limit, "DESC", None),
        IssuePage::After { place, limit } => (limit, "DESC", Some(("<", place))),
        IssuePage::Before { place, limit } => (limit, "ASC", Some((">", place))),
    };
    if let Some((sign, place)) = bound {
        sql.push(&format!(" AND (i.{column} {sign} ")).int(place.value);
        sql.push(&format!(" OR (i.{column} = ")).int(place.value);
        sql.push(&format!(" AND i.id {sign} ")).int(place.id).push("))");
    }
    sql.push(&format!(" ORDER BY i.{column} {direction}, i.id {direction} LIMIT "))
        .int(limit);
    let mut issues = sql.query().list(db, read).await?;
    if matches!(page, IssuePage::Before { .. }) {
        issues.reverse();
    }
    Ok(issues)
}

/// How many issues match, counted up to `limit`.
pub async fn count(
    db: &mut Connection,
    organization: OrganizationId,
    filter: &IssueFilter,
    limit: i64,
) -> Result<i64, Error> {
    let mut sql = Sql::new(
        "SELECT COUNT(*) AS issues FROM (SELECT i.id FROM issues i JOIN projects p ON p.id = i.project_id
         WHERE p.organization_id = ",
    );
    sql.int(organization.0).push(" AND p.deleting = 0 AND i.deleting = 0");
    conditions(&mut sql, filter);
    sql.push(" LIMIT ").int(limit).push(") AS matching");
    Ok(sql.query().find(db, |row| row.int("issues")).await?.unwrap_or(0))
}

fn conditions(sql: &mut Sql, filter: &IssueFilter) {
    if !filter.projects.is_empty() {
        sql.push(" AND i.project_id IN ")
            .ints(filter.projects.iter().map(|project| project.0));
    }
    if let Some(since) = filter.since {
        sql.push(" AND i.last_seen >= ").int(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(" AND i.first_seen < ").int(until.0);
    }
    if !filter.environments.is_empty() {
        sql.push(" AND EXISTS (SELECT 1 FROM issue_environments ie WHERE ie.issue_id = i.id AND ie.environment IN ");
        sql.texts(filter.environments.iter().map(String::as_str)).push(")");
    }
    for Filter { negated, condition } in &filter.query.filters {
        sql.push(if *negated { " AND NOT (" } else { " AND (" });
        self::condition(sql, condition, filter.viewer);
        sql.push(")");
    }
}

fn condition(sql: &mut Sql, condition: &Condition, viewer: UserId) {
    match condition {
        Condition::Status(status) => {
            sql.push("i.status = ").int(status.number());
        }
        Condition::Assigned(true) => {
            sql.push("i.assignee_id IS NOT NULL");
        }
        Condition::Assigned(false) | Condition::AssignedTo(Assignee::Nobody) => {
            sql.push("i.assignee_id IS NULL");
        }
        Condition::AssignedTo(Assignee::Me) => {
            // NOT (NULL = 1) is NULL, so unassigned issues would be missing from `!assigned:me`.
            sql.push("COALESCE(i.assignee_id, 0) = ").int(viewer.0);
        }
        Condition::AssignedTo(Assignee::User(name)) => {
            let name = name.to_lowercase();
            sql.push("EXISTS (SELECT 1 FROM users u WHERE u.id = i.assignee_id AND (u.email = ")
                .text(&name);
            sql.push(" OR LOWER(u.name) = ").text(&name).push("))");
        }
        // Issues are assigned to users only, so far.
        Condition::AssignedTo(Assignee::Team(_)) => {
            sql.push("1 = 0");
        }
        Condition::Level(level) => {
            sql.push("i.level = ").int(level.number());
        }
        Condition::Tag { key, values } => {
            sql.push("EXISTS (SELECT 1 FROM event_tags t WHERE t.issue_id = i.id AND t.tag_key = ")
                .text(key);
            sql.push(" AND (");
            for (index, value) in values.iter().enumerate() {
                sql.push(if index == 0 { "" } else { " OR " });
                match value {
                    Pattern::Exact(value) => sql.push("t.tag_value = ").text(value),
                    Pattern::Wildcard(value) => sql
                        .push("LOWER(t.tag_value) LIKE ")
                        .text(&like(value))
                        .push(" ESCAPE '\\'"),
                };
            }
            sql.push(if values.is_empty() { "1 = 0))" } else { "))" });
        }
        Condition::Text(text) => {
            // Any part may hold it, `*` stands for anything.
            let pattern = format!("%{}%", like(text));
            sql.push("(LOWER(i.search_text) LIKE ")
                .text(&pattern)
                .push(" ESCAPE '\\'");
            sql.push(" OR LOWER(i.title) LIKE ").text(&pattern).push(" ESCAPE '\\'");
            sql.push(" OR LOWER(i.culprit) LIKE ")
                .text(&pattern)
                .push(" ESCAPE '\\')");
        }
    }
}

/// A LIKE pattern in lower case: `*` is the wildcard, everything else stands for itself.
fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in clean(text).to_lowercase().chars() {
        match c {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern
}
