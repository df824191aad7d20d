//! What alert rules want to know of issues, as it is when their events are counted.

use model::{Assignee, IssueId, IssueStatus, OrganizationId, Priority, Timestamp};
use serde::{Deserialize, Serialize};

use super::state::assignee;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::Sql,
};

/// How an issue stands at a time. Kept with its events until the rules were asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    #[serde(rename = "o")]
    pub organization: OrganizationId,
    /// Its number.
    #[serde(rename = "s")]
    status: i64,
    #[serde(rename = "p")]
    priority: i64,
    #[serde(rename = "f")]
    pub first_seen: Timestamp,
    #[serde(rename = "n")]
    pub times_seen: i64,
    /// As `user:1` or `team:1`.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// Of the newest event.
    #[serde(rename = "e")]
    pub event_type: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub first_release: Option<String>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub last_release: Option<String>,
}

impl Standing {
    pub fn status(&self) -> IssueStatus {
        IssueStatus::from_number(self.status).unwrap_or_default()
    }

    pub fn priority(&self) -> Priority {
        Priority::from_number(self.priority).unwrap_or(Priority::High)
    }

    pub fn assignee(&self) -> Option<Assignee> {
        self.assignee.as_deref().and_then(|text| text.parse().ok())
    }
}

pub async fn standings(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<(IssueId, Standing)>, Error> {
    let mut sql = Sql::new(
        "SELECT i.id, p.organization_id, i.status, i.priority, i.first_seen, i.times_seen, i.assignee_id,
            i.assignee_team_id, i.event_type, i.first_release, i.last_release
        FROM issues i JOIN projects p ON p.id = i.project_id WHERE i.id IN ",
    );
    sql.ints(issues.iter().map(|issue| issue.0));
    sql.query_once()
        .list(db, |row| {
            let standing = Standing {
                organization: OrganizationId(row.int("organization_id")?),
                status: row.int("status")?,
                priority: row.int("priority")?,
                first_seen: row.time("first_seen")?,
                times_seen: row.int("times_seen")?,
                assignee: assignee(row)?.map(|assignee| assignee.to_string()),
                event_type: row.text("event_type")?,
                first_release: row.optional_text("first_release")?,
                last_release: row.optional_text("last_release")?,
            };
            Ok((IssueId(row.int("id")?), standing))
        })
        .await
}

/// In which environments issues were seen.
pub async fn environments_of(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<(IssueId, String)>, Error> {
    let mut sql = Sql::new("SELECT DISTINCT issue_id, environment FROM issue_environments WHERE issue_id IN ");
    sql.ints(issues.iter().map(|issue| issue.0));
    sql.query_once()
        .list(db, |row| Ok((IssueId(row.int("issue_id")?), row.text("environment")?)))
        .await
}

/// The hashes that belong to each of these issues.
pub async fn hashes_by_issue(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<(IssueId, String)>, Error> {
    let mut sql = Sql::new("SELECT issue_id, hash FROM issue_hashes WHERE issue_id IN ");
    sql.ints(issues.iter().map(|issue| issue.0));
    sql.query_once()
        .list(db, |row| Ok((IssueId(row.int("issue_id")?), row.text("hash")?)))
        .await
}
