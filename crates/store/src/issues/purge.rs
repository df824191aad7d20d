//! Taking the rows of hidden issues away, a bounded number at a time so that the one writer is never held long.

use model::{IssueId, ProjectId, Timestamp};

use crate::{
    Connection, Error, attachments,
    row::{Column as _, Fetch as _},
    user_reports,
};

/// Removes at most about `limit` rows of issues that are marked as deleting, over all organizations. Returns `false`
/// when none are left; call it again, in a transaction of its own, until then.
pub async fn purge(db: &mut Connection, limit: i64, now: Timestamp) -> Result<bool, Error> {
    let sql = "SELECT project_id, id FROM issues WHERE deleting = 1 ORDER BY id LIMIT 1";
    let Some((project, issue)) = sqlx::query(sql)
        .find(db, |row| {
            Ok((ProjectId(row.int("project_id")?), IssueId(row.int("id")?)))
        })
        .await?
    else {
        return Ok(false);
    };
    if attachments::purge_issue(db, project, issue, limit, now).await? > 0
        || user_reports::purge_issue(db, project, issue, limit).await? > 0
    {
        return Ok(true);
    }
    for sql in [
        "DELETE FROM issue_users WHERE issue_id = $1",
        "DELETE FROM issue_environments WHERE issue_id = $1",
        "DELETE FROM issue_views WHERE issue_id = $1",
        "DELETE FROM issue_hashes WHERE issue_id = $1",
        "DELETE FROM issues WHERE id = $1",
    ] {
        sqlx::query(sql).bind(issue.0).run(db).await?;
    }
    Ok(true)
}
