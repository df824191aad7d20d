//! People around issues: who is told about them, who marked them, and who may see them without an account.

use model::{IssueId, OrganizationId, SubscriptionReason, TeamId, Timestamp, UserId};

use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::Sql,
    teams::{self, Team},
    users::{self, User},
};

/// Whether somebody is told about an issue, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// Unset: somebody who would be told does not want to be.
    pub is_active: bool,
    pub reason: SubscriptionReason,
}

/// Lets a user be told about an issue, unless he has decided on that himself.
pub async fn subscribe(
    db: &mut Connection,
    issue: IssueId,
    user: UserId,
    reason: SubscriptionReason,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_subscriptions (issue_id, user_id, is_active, reason, created_at)
        VALUES ($1, $2, 1, $3, $4) ON CONFLICT (issue_id, user_id) DO NOTHING";
    sqlx::query(sql)
        .bind(issue.0)
        .bind(user.0)
        .bind(reason.number())
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// The same for all of a team.
pub async fn subscribe_team(
    db: &mut Connection,
    issue: IssueId,
    team: TeamId,
    reason: SubscriptionReason,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_team_subscriptions (issue_id, team_id, is_active, reason, created_at)
        VALUES ($1, $2, 1, $3, $4) ON CONFLICT (issue_id, team_id) DO NOTHING";
    sqlx::query(sql)
        .bind(issue.0)
        .bind(team.0)
        .bind(reason.number())
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// What a user decided on himself. A reason that there was already stays.
pub async fn set_subscription(
    db: &mut Connection,
    issue: IssueId,
    user: UserId,
    is_active: bool,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO issue_subscriptions (issue_id, user_id, is_active, reason, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (issue_id, user_id) DO UPDATE SET is_active = excluded.is_active";
    sqlx::query(sql)
        .bind(issue.0)
        .bind(user.0)
        .bind(i64::from(is_active))
        .bind(SubscriptionReason::Unknown.number())
        .bind(at.0)
        .run(db)
        .await?;
    Ok(())
}

/// What is decided on for a user and these issues: by himself, or by one of his teams.
pub async fn subscriptions(
    db: &mut Connection,
    user: UserId,
    teams: &[TeamId],
    issues: &[IssueId],
) -> Result<Vec<(IssueId, Subscription)>, Error> {
    let mut sql =
        Sql::new("SELECT issue_id, is_active, reason, 0 AS of_team FROM issue_subscriptions WHERE user_id = ");
    sql.int(user.0)
        .push(" AND issue_id IN ")
        .ints(issues.iter().map(|id| id.0))
        .push(" UNION ALL SELECT issue_id, is_active, reason, 1 FROM issue_team_subscriptions WHERE team_id IN ")
        .ints(teams.iter().map(|team| team.0))
        .push(" AND issue_id IN ")
        .ints(issues.iter().map(|id| id.0))
        .push(" ORDER BY issue_id, of_team");
    let mut found: Vec<(IssueId, Subscription)> = sql
        .query()
        .list(db, |row| {
            let subscription = Subscription {
                is_active: row.flag("is_active")?,
                reason: row.number("reason", SubscriptionReason::from_number)?,
            };
            Ok((IssueId(row.int("issue_id")?), subscription))
        })
        .await?;
    found.dedup_by_key(|(issue, _)| *issue);
    Ok(found)
}

/// The users who are told about an issue on their own account, those who came first at the front.
pub async fn subscribers(db: &mut Connection, issue: IssueId) -> Result<Vec<(User, SubscriptionReason)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {}, s.reason FROM issue_subscriptions s JOIN users u ON u.id = s.user_id
         WHERE s.issue_id = $1 AND s.is_active = 1 ORDER BY s.created_at, u.id",
        users::COLUMNS
    ));
    sqlx::query(sql)
        .bind(issue.0)
        .list(db, |row| {
            Ok((
                users::read(row)?,
                row.number("reason", SubscriptionReason::from_number)?,
            ))
        })
        .await
}

/// The teams that are told about an issue.
pub async fn team_subscribers(db: &mut Connection, issue: IssueId) -> Result<Vec<Team>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {} FROM issue_team_subscriptions s JOIN teams t ON t.id = s.team_id
         WHERE s.issue_id = $1 AND s.is_active = 1 ORDER BY s.created_at, t.id",
        teams::COLUMNS
    ));
    sqlx::query(sql).bind(issue.0).list(db, teams::read).await
}

/// Marks an issue for a user, or takes the mark away.
pub async fn set_bookmark(
    db: &mut Connection,
    issue: IssueId,
    user: UserId,
    is_set: bool,
    at: Timestamp,
) -> Result<(), Error> {
    if is_set {
        let sql = "INSERT INTO issue_bookmarks (issue_id, user_id, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (issue_id, user_id) DO NOTHING";
        sqlx::query(sql).bind(issue.0).bind(user.0).bind(at.0).run(db).await?;
    } else {
        sqlx::query("DELETE FROM issue_bookmarks WHERE issue_id = $1 AND user_id = $2")
            .bind(issue.0)
            .bind(user.0)
            .run(db)
            .await?;
    }
    Ok(())
}

/// Those of `issues` that a user has marked.
pub async fn bookmarked(db: &mut Connection, issues: &[IssueId], user: UserId) -> Result<Vec<IssueId>, Error> {
    let mut sql = Sql::new("SELECT issue_id FROM issue_bookmarks WHERE user_id = ");
    sql.int(user.0)
        .push(" AND issue_id IN ")
        .ints(issues.iter().map(|id| id.0));
    sql.query().list(db, |row| Ok(IssueId(row.int("issue_id")?))).await
}

/// Lets whoever knows `key` see an issue. Returns `false` if it is shared already, with the key it had.
pub async fn share(
    db: &mut Connection,
    issue: IssueId,
    key: &str,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO issue_shares (issue_id, uuid, user_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (issue_id) DO NOTHING";
    let added = sqlx::query(sql)
        .bind(issue.0)
        .bind(key)
        .bind(by.map(|user| user.0))
        .bind(at.0)
        .run(db)
        .await?;
    Ok(added == 1)
}

/// Returns `false` if the issue was not shared.
pub async fn unshare(db: &mut Connection, issue: IssueId) -> Result<bool, Error> {
    let removed = sqlx::query("DELETE FROM issue_shares WHERE issue_id = $1")
        .bind(issue.0)
        .run(db)
        .await?;
    Ok(removed == 1)
}

/// The keys of those of `issues` that are shared.
pub async fn shares(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<(IssueId, String)>, Error> {
    let mut sql = Sql::new("SELECT issue_id, uuid FROM issue_shares WHERE issue_id IN ");
    sql.ints(issues.iter().map(|id| id.0));
    let pair = |row: &sqlx::any::AnyRow| Ok((IssueId(row.int("issue_id")?), row.text("uuid")?));
    sql.query().list(db, pair).await
}

/// The issue that a key opens, and whose it is.
pub async fn find_share(db: &mut Connection, key: &str) -> Result<Option<(OrganizationId, IssueId)>, Error> {
    let sql = "SELECT p.organization_id, s.issue_id FROM issue_shares s JOIN issues i ON i.id = s.issue_id
        JOIN projects p ON p.id = i.project_id WHERE s.uuid = $1 AND i.deleting = 0 AND p.deleting = 0";
    sqlx::query(sql)
        .bind(clean(key))
        .find(db, |row| {
            Ok((
                OrganizationId(row.int("organization_id")?),
                IssueId(row.int("issue_id")?),
            ))
        })
        .await
}

/// The users who are in any of these teams.
pub async fn members_of_teams(
    db: &mut Connection,
    teams: impl IntoIterator<Item = &TeamId>,
) -> Result<Vec<UserId>, Error> {
    let mut sql = Sql::new("SELECT DISTINCT user_id FROM team_members WHERE team_id IN ");
    sql.ints(teams.into_iter().map(|team| team.0));
    sql.query().list(db, |row| Ok(UserId(row.int("user_id")?))).await
}
