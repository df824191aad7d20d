//! Moving hashes from issue to issue with all that they brought, and what has to follow.

use model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use sqlx::any::AnyRow;

use super::{Issue, Sighting};
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// Until the end of the transaction nobody else counts events of these issues, moves their hashes or changes them.
pub async fn hold(db: &mut Connection, projects: &[ProjectId], issues: &[IssueId]) -> Result<(), Error> {
    // SQLite has one writer. PostgreSQL locks rows in the order in which they are given, that of saved events: hashes
    // before issues.
    if db.backend_name() == "SQLite" {
        return Ok(());
    }
    let mut sql = Sql::new("SELECT issue_id FROM issue_hashes WHERE project_id IN ");
    sql.ints(projects.iter().map(|project| project.0));
    sql.push(" AND issue_id IN ").ints(issues.iter().map(|issue| issue.0));
    sql.push(" ORDER BY project_id, issue_id, hash FOR UPDATE");
    sql.query().list(db, |row| row.int("issue_id")).await?;
    super::lock(db, projects, issues).await
}

/// Gives all hashes of an issue to another one.
pub async fn rebind_all(db: &mut Connection, project: ProjectId, from: IssueId, to: IssueId) -> Result<(), Error> {
    sqlx::query("UPDATE issue_hashes SET issue_id = $3 WHERE project_id = $1 AND issue_id = $2")
        .bind(project.0)
        .bind(from.0)
        .bind(to.0)
        .run(db)
        .await?;
    sqlx::query("UPDATE issue_environments SET issue_id = $2 WHERE issue_id = $1")
        .bind(from.0)
        .bind(to.0)
        .run(db)
        .await?;
    Ok(())
}

/// Gives these hashes of an issue to another one. Returns how many it had.
pub async fn rebind(
    db: &mut Connection,
    project: ProjectId,
    hashes: &[String],
    from: IssueId,
    to: IssueId,
) -> Result<u64, Error> {
    let mut moved = 0;
    for hashes in hashes.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("UPDATE issue_hashes SET issue_id = ");
        sql.int(to.0).push(" WHERE project_id = ").int(project.0);
        sql.push(" AND issue_id = ").int(from.0);
        sql.push(" AND hash IN ").texts(hashes.iter().map(String::as_str));
        moved += sql.query().run(db).await?;
    }
    let sql = "UPDATE issue_environments SET issue_id = $2
        WHERE issue_id = $1 AND binding_id IN (SELECT binding_id FROM issue_hashes WHERE issue_id = $2)";
    sqlx::query(sql).bind(from.0).bind(to.0).run(db).await?;
    Ok(moved)
}

/// Makes the counts of an issue the sums of its bindings.
pub async fn recount(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<(), Error> {
    let sql = "UPDATE issues SET
            times_seen = (SELECT CAST(COALESCE(SUM(h.times_seen), 0) AS BIGINT) FROM issue_hashes h WHERE h.issue_id = $2),
            users_seen = (SELECT COUNT(DISTINCT u.user_tag) FROM issue_hashes h
                JOIN binding_users u ON u.binding_id = h.binding_id WHERE h.issue_id = $2),
            first_seen = COALESCE((SELECT MIN(h.first_seen) FROM issue_hashes h WHERE h.issue_id = $2), first_seen),
            last_seen = COALESCE((SELECT MAX(h.last_seen) FROM issue_hashes h WHERE h.issue_id = $2), last_seen),
            first_release = (SELECT h.first_release FROM issue_hashes h WHERE h.issue_id = $2 AND h.times_seen > 0
                ORDER BY h.first_seen, h.hash LIMIT 1),
            last_release = (SELECT h.last_release FROM issue_hashes h WHERE h.issue_id = $2 AND h.times_seen > 0
                ORDER BY h.last_seen DESC, h.hash LIMIT 1)
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql).bind(project.0).bind(issue.0).run(db).await?;
    Ok(())
}

/// Lets an issue that is archived until more events come wait for as many as before, although what came went elsewhere,
/// or came from there.
pub async fn shift_snooze(db: &mut Connection, issue: IssueId, events: i64, users: i64) -> Result<(), Error> {
    sqlx::query(
        "UPDATE issue_snoozes SET events_base = events_base + $2, users_base = users_base + $3 WHERE issue_id = $1",
    )
    .bind(issue.0)
    .bind(events)
    .bind(users)
    .run(db)
    .await?;
    Ok(())
}

/// Lets an issue look like an event, without counting it.
pub async fn set_face(db: &mut Connection, project: ProjectId, issue: IssueId, seen: &Sighting) -> Result<(), Error> {
    let sql =
        "UPDATE issues SET event_type = $3, title = $4, culprit = $5, metadata = $6, search_text = $7, level = $8,
            platform = $9, logger = $10, unhandled = $11
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(clean(&seen.event_type))
        .bind(clean(&seen.title))
        .bind(clean(&seen.culprit))
        .bind(clean(&serde_json::to_string(&seen.metadata)?))
        .bind(clean(&seen.search_text))
        .bind(seen.level.number())
        .bind(clean(&seen.platform))
        .bind(clean(&seen.logger))
        .bind(i64::from(seen.unhandled))
        .run(db)
        .await?;
    Ok(())
}

/// Lets an issue look like another one of its project.
pub async fn copy_face(db: &mut Connection, project: ProjectId, from: IssueId, to: IssueId) -> Result<(), Error> {
    let sql = "UPDATE issues SET
            (event_type, title, culprit, metadata, search_text, level, platform, logger, unhandled) =
            (SELECT o.event_type, o.title, o.culprit, o.metadata, o.search_text, o.level, o.platform, o.logger, o.unhandled
                FROM issues o WHERE o.id = $2)
        WHERE project_id = $1 AND id = $3";
    sqlx::query(sql).bind(project.0).bind(from.0).bind(to.0).run(db).await?;
    Ok(())
}

/// Gives what people did around an issue to another one, where that has not the same.
pub async fn move_people(db: &mut Connection, project: ProjectId, from: IssueId, to: IssueId) -> Result<(), Error> {
    let comments = "UPDATE issues SET comments = comments + (SELECT o.comments FROM issues o WHERE o.id = $1)
        WHERE id = $2 AND project_id = $3";
    sqlx::query(comments)
        .bind(from.0)
        .bind(to.0)
        .bind(project.0)
        .run(db)
        .await?;
    for sql in [
        "UPDATE issue_activities SET issue_id = $2 WHERE issue_id = $1",
        "INSERT INTO issue_views (issue_id, user_id, viewed_at)
            SELECT $2, user_id, viewed_at FROM issue_views WHERE issue_id = $1 ON CONFLICT (issue_id, user_id) DO NOTHING",
        "INSERT INTO issue_subscriptions (issue_id, user_id, is_active, reason, created_at)
            SELECT $2, user_id, is_active, reason, created_at FROM issue_subscriptions WHERE issue_id = $1
            ON CONFLICT (issue_id, user_id) DO NOTHING",
        "INSERT INTO issue_team_subscriptions (issue_id, team_id, is_active, reason, created_at)
            SELECT $2, team_id, is_active, reason, created_at FROM issue_team_subscriptions WHERE issue_id = $1
            ON CONFLICT (issue_id, team_id) DO NOTHING",
        "INSERT INTO issue_bookmarks (issue_id, user_id, created_at)
            SELECT $2, user_id, created_at FROM issue_bookmarks WHERE issue_id = $1
            ON CONFLICT (issue_id, user_id) DO NOTHING",
        "UPDATE issue_shares SET issue_id = $2
            WHERE issue_id = $1 AND NOT EXISTS (SELECT 1 FROM issue_shares o WHERE o.issue_id = $2)",
        "UPDATE issue_links SET issue_id = $2 WHERE issue_id = $1 AND NOT EXISTS (SELECT 1 FROM issue_links o
            WHERE o.issue_id = $2 AND o.service = issue_links.service AND o.display_name = issue_links.display_name)",
        "INSERT INTO alert_rule_issues (rule_id, issue_id, last_fired_at, last_sequence, times_fired)
            SELECT rule_id, $2, last_fired_at, last_sequence, times_fired FROM alert_rule_issues WHERE issue_id = $1
            ON CONFLICT (rule_id, issue_id) DO NOTHING",
        "INSERT INTO mail_mutes (address, issue_id) SELECT address, $2 FROM mail_mutes WHERE issue_id = $1
            ON CONFLICT (address, issue_id) DO NOTHING",
    ] {
        sqlx::query(sql).bind(from.0).bind(to.0).run(db).await?;
    }
    Ok(())
}

/// Hides an issue that was merged into another one, and lets its names lead there.
pub async fn redirect(
    db: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    from: IssueId,
    to: IssueId,
) -> Result<(), Error> {
    for sql in [
        "UPDATE issue_redirects SET target_id = $4 WHERE organization_id = $1 AND project_id = $2 AND target_id = $3",
        "INSERT INTO issue_redirects (issue_id, organization_id, project_id, short_number, target_id)
            SELECT i.id, $1, $2, i.short_number, $4 FROM issues i WHERE i.id = $3 AND i.project_id = $2",
    ] {
        sqlx::query(sql)
            .bind(organization.0)
            .bind(project.0)
            .bind(from.0)
            .bind(to.0)
            .run(db)
            .await?;
    }
    // 2: visible nowhere, and not to be removed before everything of it is with the other issue.
    sqlx::query("UPDATE issues SET deleting = 2 WHERE project_id = $1 AND id = $2")
        .bind(project.0)
        .bind(from.0)
        .run(db)
        .await?;
    Ok(())
}

/// Into which issue one was merged.
pub async fn target_of(
    db: &mut Connection,
    organization: OrganizationId,
    issue: IssueId,
) -> Result<Option<IssueId>, Error> {
    sqlx::query("SELECT target_id FROM issue_redirects WHERE organization_id = $1 AND issue_id = $2")
        .bind(organization.0)
        .bind(issue.0)
        .find(db, |row| Ok(IssueId(row.int("target_id")?)))
        .await
}

/// An issue, or what it was merged into.
pub async fn find_or_target(
    db: &mut Connection,
    organization: OrganizationId,
    issue: IssueId,
) -> Result<Option<Issue>, Error> {
    let target = target_of(db, organization, issue).await?;
    super::find(db, organization, target.unwrap_or(issue)).await
}

/// Those of these issues that were merged, with what they were merged into.
pub async fn targets(db: &mut Connection, issues: &[IssueId]) -> Result<Vec<(IssueId, IssueId)>, Error> {
    let mut sql = Sql::new("SELECT issue_id, target_id FROM issue_redirects WHERE issue_id IN ");
    sql.ints(issues.iter().map(|issue| issue.0));
    sql.query_once()
        .list(db, |row| {
            Ok((IssueId(row.int("issue_id")?), IssueId(row.int("target_id")?)))
        })
        .await
}

/// The same, by the two parts of its short id; the slug in lower case.
pub async fn target_of_short_id(
    db: &mut Connection,
    organization: OrganizationId,
    project_slug: &str,
    short_number: i64,
) -> Result<Option<IssueId>, Error> {
    let sql = "SELECT r.target_id FROM issue_redirects r JOIN projects p ON p.id = r.project_id
        WHERE p.organization_id = $1 AND p.slug = $2 AND p.deleting = 0 AND r.short_number = $3";
    sqlx::query(sql)
        .bind(organization.0)
        .bind(clean(project_slug))
        .bind(short_number)
        .find(db, |row| Ok(IssueId(row.int("target_id")?)))
        .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveKind {
    /// All of the source.
    Merge,
    /// Some of its hashes.
    Unmerge,
}

/// What of a move is done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveStage {
    Attachments,
    UserReports,
    Done,
}

impl MoveKind {
    fn from_number(number: i64) -> Option<Self> {
        [Self::Merge, Self::Unmerge]
            .into_iter()
            .find(|kind| *kind as i64 == number)
    }
}

impl MoveStage {
    fn from_number(number: i64) -> Option<Self> {
        [Self::Attachments, Self::UserReports, Self::Done]
            .into_iter()
            .find(|stage| *stage as i64 == number)
    }
}

/// Rows that follow their events from issue to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueMove {
    pub id: i64,
    pub project: ProjectId,
    pub kind: MoveKind,
    pub source: IssueId,
    pub target: IssueId,
    /// Of an unmerge.
    pub hashes: Vec<String>,
    pub stage: MoveStage,
    /// Rows of the stage up to this id were looked at.
    pub reached: i64,
    pub created_at: Timestamp,
}

fn read_move(row: &AnyRow) -> Result<IssueMove, Error> {
    Ok(IssueMove {
        id: row.int("id")?,
        project: ProjectId(row.int("project_id")?),
        kind: row.number("kind", MoveKind::from_number)?,
        source: IssueId(row.int("source_id")?),
        target: IssueId(row.int("target_id")?),
        hashes: row.json("hashes")?,
        stage: row.number("stage", MoveStage::from_number)?,
        reached: row.int("reached")?,
        created_at: row.time("created_at")?,
    })
}

pub async fn add_move(db: &mut Connection, new: &IssueMove) -> Result<(), Error> {
    let sql = "INSERT INTO issue_moves (id, project_id, kind, source_id, target_id, hashes, stage, reached, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(sql)
        .bind(new.id)
        .bind(new.project.0)
        .bind(new.kind as i64)
        .bind(new.source.0)
        .bind(new.target.0)
        .bind(clean(&serde_json::to_string(&new.hashes)?))
        .bind(new.stage as i64)
        .bind(new.reached)
        .bind(new.created_at.0)
        .run(db)
        .await?;
    Ok(())
}

const MOVE: &str =
    "SELECT id, project_id, kind, source_id, target_id, hashes, stage, reached, created_at FROM issue_moves";

/// The move that waits longest, of all organizations.
pub async fn oldest_move(db: &mut Connection) -> Result<Option<IssueMove>, Error> {
    let mut sql = Sql::new(format!("{MOVE} WHERE stage < "));
    sql.int(MoveStage::Done as i64).push(" ORDER BY id LIMIT 1");
    sql.query().find(db, read_move).await
}

/// Whether something of one of these issues is on its way to or from another one.
pub async fn is_moving(db: &mut Connection, issues: &[IssueId]) -> Result<bool, Error> {
    for column in ["source_id", "target_id"] {
        let mut sql = Sql::new(format!("SELECT id FROM issue_moves WHERE {column} IN "));
        sql.ints(issues.iter().map(|issue| issue.0))
            .push(" AND stage < ")
            .int(MoveStage::Done as i64)
            .push(" LIMIT 1");
        if sql.query().find(db, |row| row.int("id")).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Goes on with a move. `false`: somebody else has.
pub async fn advance_move(
    db: &mut Connection,
    before: &IssueMove,
    stage: MoveStage,
    reached: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE issue_moves SET stage = $4, reached = $5 WHERE id = $1 AND stage = $2 AND reached = $3";
    let changed = sqlx::query(sql)
        .bind(before.id)
        .bind(before.stage as i64)
        .bind(before.reached)
        .bind(stage as i64)
        .bind(reached)
        .run(db)
        .await?;
    Ok(changed == 1)
}

/// Lets what is left of an issue be removed, after all of it was moved.
pub async fn let_go(db: &mut Connection, project: ProjectId, issue: IssueId) -> Result<(), Error> {
    sqlx::query("UPDATE issues SET deleting = 1 WHERE project_id = $1 AND id = $2 AND deleting = 2")
        .bind(project.0)
        .bind(issue.0)
        .run(db)
        .await?;
    Ok(())
}

/// Forgets moves that were begun before then and are done.
pub async fn delete_moves(db: &mut Connection, before: Timestamp) -> Result<u64, Error> {
    sqlx::query("DELETE FROM issue_moves WHERE stage = $1 AND created_at < $2")
        .bind(MoveStage::Done as i64)
        .bind(before.0)
        .run(db)
        .await
}

/// Where an event of an issue is now, if nobody but the issue it came to is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovedTo {
    /// Where it was.
    Nowhere,
    Issue(IssueId),
    /// Its hash decides: some of the issue's went to another one.
    Divided,
}

/// What became of an issue within the last day.
pub async fn moved_to(db: &mut Connection, issue: IssueId) -> Result<MovedTo, Error> {
    let sql = "SELECT kind, target_id FROM issue_moves WHERE source_id = $1 ORDER BY kind DESC";
    let moves = sqlx::query(sql)
        .bind(issue.0)
        .list(db, |row| {
            let kind = row.number("kind", MoveKind::from_number)?;
            Ok((kind, IssueId(row.int("target_id")?)))
        })
        .await?;
    Ok(match moves.first() {
        None => MovedTo::Nowhere,
        Some((MoveKind::Unmerge, _)) => MovedTo::Divided,
        Some((MoveKind::Merge, target)) => {
            // The target may have been merged or divided in turn.
            match Box::pin(moved_to(db, *target)).await? {
                MovedTo::Nowhere => MovedTo::Issue(*target),
                further => further,
            }
        }
    })
}

/// Some rows of an issue that belong to events, by their ids.
async fn rows_of_issue(
    db: &mut Connection,
    table: &str,
    of: &IssueMove,
    limit: i64,
) -> Result<Vec<(i64, EventId)>, Error> {
    let mut sql = Sql::new(format!("SELECT id, event_id FROM {table} WHERE project_id = "));
    sql.int(of.project.0).push(" AND issue_id = ").int(of.source.0);
    sql.push(" AND id > ")
        .int(of.reached)
        .push(" ORDER BY id LIMIT ")
        .int(limit);
    sql.query()
        .list(db, |row| Ok((row.int("id")?, row.event_id("event_id")?)))
        .await
}

/// Gives rows to the target of a move, if they are still the source's.
async fn move_rows(db: &mut Connection, table: &str, of: &IssueMove, ids: &[i64]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(format!("UPDATE {table} SET issue_id = "));
    sql.int(of.target.0).push(" WHERE project_id = ").int(of.project.0);
    sql.push(" AND issue_id = ").int(of.source.0);
    sql.push(" AND id IN ").ints(ids.iter().copied());
    sql.query().run(db).await?;
    Ok(())
}

/// Rows of a stage that are still to be looked at, with the events that they belong to; in the order of their ids.
pub async fn rows_to_move(db: &mut Connection, of: &IssueMove, limit: i64) -> Result<Vec<(i64, EventId)>, Error> {
    match of.stage {
        MoveStage::Attachments => rows_of_issue(db, "attachments", of, limit).await,
        MoveStage::UserReports => rows_of_issue(db, "user_reports", of, limit).await,
        MoveStage::Done => Ok(Vec::new()),
    }
}

/// Gives some rows of a stage to the target, if they are still the source's.
pub async fn move_some(db: &mut Connection, of: &IssueMove, ids: &[i64]) -> Result<(), Error> {
    match of.stage {
        MoveStage::Attachments => move_rows(db, "attachments", of, ids).await,
        MoveStage::UserReports => move_rows(db, "user_reports", of, ids).await,
        MoveStage::Done => Ok(()),
    }
}
