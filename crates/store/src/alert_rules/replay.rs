//! What happened to the issues of a project: what a rule is replayed on.

use model::{ActivityKind, IssueId, Priority, ProjectId, Timestamp};
use serde_json::{Map, Value};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// A change of an issue that Tocsin itself made, because of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueChange {
    pub issue: IssueId,
    pub kind: ActivityKind,
    /// The priority became high.
    pub is_high: bool,
    pub at: Timestamp,
}

/// Those of a project after a moment, the oldest first, at most `limit`.
pub async fn changes(
    db: &mut Connection,
    project: ProjectId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<IssueChange>, Error> {
    const KINDS: [ActivityKind; 4] = [
        ActivityKind::SetRegression,
        ActivityKind::SetEscalating,
        ActivityKind::SetUnresolved,
        ActivityKind::SetPriority,
    ];
    let mut sql = Sql::new("SELECT issue_id, kind, data, created_at FROM issue_activities WHERE project_id = ");
    sql.int(project.0)
        .push(" AND user_id IS NULL AND created_at >= ")
        .int(since.0)
        .push(" AND kind IN ")
        .ints(KINDS.iter().map(|kind| kind.number()))
        .push(" ORDER BY id LIMIT ")
        .int(limit);
    sql.query()
        .list(db, |row| {
            let data: Map<String, Value> = row.json("data")?;
            let kind = row.number("kind", ActivityKind::from_number)?;
            let priority = data.get("priority").and_then(Value::as_str);
            Ok(IssueChange {
                issue: IssueId(row.int("issue_id")?),
                kind,
                is_high: kind == ActivityKind::SetPriority && priority == Some(Priority::High.name()),
                at: row.time("created_at")?,
            })
        })
        .await
}

/// When each of several issues was first seen in each environment.
pub async fn first_seen_in_environments(
    db: &mut Connection,
    issues: &[IssueId],
) -> Result<Vec<(IssueId, String, Timestamp)>, Error> {
    if issues.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT issue_id, environment, MIN(first_seen) AS first_at FROM issue_environments WHERE issue_id IN ",
    );
    sql.plain_ints(issues.iter().map(|issue| issue.0))
        .push(" GROUP BY issue_id, environment");
    sql.query_once()
        .list(db, |row| {
            Ok((
                IssueId(row.int("issue_id")?),
                row.text("environment")?,
                row.time("first_at")?,
            ))
        })
        .await
}
