//! Taking the rows of hidden issues away, a bounded number at a time so that the one writer is never held long.

use model::{IssueId, ProjectId, Timestamp};

use super::{MoveStage, bindings, moves, told::move_told};
use crate::{
    Connection, Error,
    alert_firings::{self, FiringsOf},
    attachments, notifications,
    row::{Column as _, Fetch as _},
    user_reports,
};

/// Removes at most about `limit` rows of issues that are marked as deleting, over all organizations. Returns `false`
/// when none are left; call it again, in a transaction of its own, until then.
pub async fn purge(db: &mut Connection, limit: i64, now: Timestamp) -> Result<bool, Error> {
    if bindings::purge_dropped(db, limit).await? {
        return Ok(true);
    }
    // One that still gives or gets rows waits for them.
    let sql = "SELECT project_id, id FROM issues i WHERE deleting = 1
            AND NOT EXISTS (SELECT 1 FROM issue_moves m WHERE m.source_id = i.id AND m.stage < $1)
            AND NOT EXISTS (SELECT 1 FROM issue_moves m WHERE m.target_id = i.id AND m.stage < $1)
        ORDER BY id LIMIT 1";
    let Some((project, issue)) = sqlx::query(sql)
        .bind(MoveStage::Done as i64)
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
    // Of one that was merged nothing is lost that is to be told, or was.
    let merged = moves::targets(db, &[issue]).await?;
    if let Some((_, target)) = merged.first()
        && move_told(db, issue, *target, limit).await?
    {
        return Ok(true);
    }
    alert_firings::delete_of(db, FiringsOf::Issue(issue)).await?;
    notifications::delete_of_issue(db, issue).await?;
    for sql in [
        "DELETE FROM issue_environments WHERE issue_id = $1",
        "DELETE FROM issue_views WHERE issue_id = $1",
        "DELETE FROM issue_activities WHERE issue_id = $1",
        "DELETE FROM issue_resolutions WHERE issue_id = $1",
        "DELETE FROM issue_snoozes WHERE issue_id = $1",
        "DELETE FROM issue_minutes WHERE issue_id = $1",
        "DELETE FROM issue_recent_users WHERE issue_id = $1",
        "DELETE FROM issue_owners WHERE issue_id = $1",
        "DELETE FROM issue_subscriptions WHERE issue_id = $1",
        "DELETE FROM issue_team_subscriptions WHERE issue_id = $1",
        "DELETE FROM issue_bookmarks WHERE issue_id = $1",
        "DELETE FROM issue_shares WHERE issue_id = $1",
        "DELETE FROM issue_links WHERE issue_id = $1",
        "DELETE FROM issue_redirects WHERE target_id = $1",
        "DELETE FROM mail_threads WHERE issue_id = $1",
        "DELETE FROM mail_mutes WHERE issue_id = $1",
        "DELETE FROM false_alarms WHERE issue_id = $1",
        "DELETE FROM issues WHERE id = $1",
    ] {
        sqlx::query(sql).bind(issue.0).run(db).await?;
    }
    Ok(true)
}
