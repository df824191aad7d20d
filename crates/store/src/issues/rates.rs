//! How often archived issues are seen that wait for a rate. Of all others nothing of this is kept.

use std::collections::{HashMap, HashSet};

use model::{IssueId, Timestamp};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// Counts events of issues by their minutes since 1970; no pair of both twice.
pub async fn count_minutes(db: &mut Connection, minutes: &[(IssueId, i64, i64)]) -> Result<(), Error> {
    for minutes in minutes.chunks(VALUES_A_STATEMENT / 3) {
        let mut sql = Sql::new("INSERT INTO issue_minutes (issue_id, minute, events) VALUES ");
        for (index, (issue, minute, events)) in minutes.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(issue.0);
            sql.push(", ").int(*minute).push(", ").int(*events).push(")");
        }
        sql.push(" ON CONFLICT (issue_id, minute) DO UPDATE SET events = issue_minutes.events + excluded.events");
        sql.query().run(db).await?;
    }
    Ok(())
}

/// How many events of each of these issues came in this minute and later ones; those without any are absent.
pub async fn events_since(
    db: &mut Connection,
    issues: &[IssueId],
    minute: i64,
) -> Result<HashMap<IssueId, i64>, Error> {
    let mut found = HashMap::new();
    for issues in issues.chunks(VALUES_A_STATEMENT) {
        let mut sql =
            Sql::new("SELECT issue_id, CAST(SUM(events) AS BIGINT) AS events FROM issue_minutes WHERE issue_id IN ");
        sql.ints(issues.iter().map(|issue| issue.0)).push(" AND minute >= ");
        sql.int(minute).push(" GROUP BY issue_id");
        let counts = sql
            .query()
            .list(db, |row| Ok((IssueId(row.int("issue_id")?), row.int("events")?)));
        found.extend(counts.await?);
    }
    Ok(found)
}

/// Notes users as seen now.
pub async fn see_users(
    db: &mut Connection,
    issue: IssueId,
    users: &HashSet<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let users: Vec<&str> = users.iter().copied().collect();
    for users in users.chunks(VALUES_A_STATEMENT / 3) {
        let mut sql = Sql::new("INSERT INTO issue_recent_users (issue_id, user_tag, seen_at) VALUES ");
        for (index, user) in users.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).int(issue.0);
            sql.push(", ").text(user).push(", ").int(now.0).push(")");
        }
        sql.push(" ON CONFLICT (issue_id, user_tag) DO UPDATE SET seen_at = excluded.seen_at");
        sql.query().run(db).await?;
    }
    Ok(())
}

/// How many different users were seen since then.
pub async fn users_since(db: &mut Connection, issue: IssueId, since: Timestamp) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) AS users FROM issue_recent_users WHERE issue_id = $1 AND seen_at > $2";
    let found = sqlx::query(sql).bind(issue.0).bind(since.0);
    Ok(found.find(db, |row| row.int("users")).await?.unwrap_or(0))
}

/// Forgets what no window reaches back to any more: what was before `before`.
pub async fn forget_rates(db: &mut Connection, before: Timestamp) -> Result<(), Error> {
    sqlx::query("DELETE FROM issue_minutes WHERE minute < $1")
        .bind(before.seconds().div_euclid(60))
        .run(db)
        .await?;
    sqlx::query("DELETE FROM issue_recent_users WHERE seen_at < $1")
        .bind(before.0)
        .run(db)
        .await?;
    Ok(())
}
