//! Issues, the hashes that make them, and who has seen them.

mod activity;
mod bindings;
mod condition;
mod list;
mod moves;
mod purge;
mod rates;
mod record;
mod standing;
mod state;
mod told;
mod waiting;

pub use activity::{IssueActivity, activities, add_activity, change_comment, comments, delete_comment, find_activity};
pub use bindings::{
    BindingSightings, EnvironmentSightings, SeenHash, add_users, bind_hashes, bindings_of_users, divided,
    record_bindings, record_environments, seen_hashes,
};
pub use condition::IssueTest;
pub use list::{IssueColumn, IssueFilter, IssuePlace, IssueStart, count, hashes_matching, list};
pub use moves::{
    IssueMove, MoveKind, MoveStage, MovedTo, add_move, advance_move, copy_face, delete_moves, find_or_target, hold,
    is_moving, let_go, move_people, move_some, moved_to, oldest_move, rebind, rebind_all, recount, redirect,
    rows_to_move, set_face, shift_snooze, target_of, target_of_short_id, targets,
};
pub use purge::purge;
pub use rates::{count_minutes, events_since, forget_rates, see_users, users_since};
pub use record::{
    Bound, NewIssue, Sighting, Sightings, bound, create, discard_hashes, discarded, having_hashes, record,
};
pub use standing::{Standing, environments_of, hashes_by_issue, standings};
pub use state::{
    Forecast, Tracked, due, lock, quiet, set_assignee, set_due, set_forecast, set_state, states, states_to_change,
    without_forecast,
};
pub use waiting::{settle_commits, settle_release, waiting_for_release};

use model::{Assignee, IssueId, IssueStatus, Level, OrganizationId, Priority, ProjectId, Substatus, Timestamp, UserId};
use sqlx::any::AnyRow;
use triage::Review;

use crate::{
    Connection, Error, packed,
    row::{Column as _, Fetch as _},
    sql::{NOT_BY_INDEX, Sql, VALUES_A_STATEMENT},
    users::{self, User},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    pub id: IssueId,
    pub project: ProjectId,
    pub project_slug: String,
    /// The number in the short id.
    pub short_number: i64,
    /// `error`, `default`, …: the type of the newest event.
    pub event_type: String,
    pub title: String,
    pub culprit: String,
    /// `type`, `value`, `filename`, …
    pub metadata: serde_json::Map<String, serde_json::Value>,
    pub level: Level,
    pub platform: String,
    /// May be empty.
    pub logger: String,
    /// The newest event was not handled by the program.
    pub unhandled: bool,
    pub status: IssueStatus,
    pub substatus: Substatus,
    pub priority: Priority,
    pub initial_priority: Priority,
    /// Set when a person has decided on the priority.
    pub priority_locked_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub assignee: Option<Assignee>,
    /// Why somebody should look at it.
    pub review: Option<Review>,
    /// How many.
    pub comments: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Events.
    pub times_seen: i64,
    /// Different users.
    pub users_seen: i64,
    pub first_release: Option<String>,
    pub last_release: Option<String>,
}

const COLUMNS: &str = "i.id, i.project_id, p.slug AS project_slug, i.short_number, i.event_type, i.title, i.culprit,
    i.metadata, i.level, i.platform, i.logger, i.unhandled, i.status, i.substatus, i.priority,
    i.initial_priority, i.priority_locked_at, i.resolved_at, i.assignee_id, i.assignee_team_id, i.review_reason, i.review_since, i.comments,
    i.first_seen, i.last_seen, i.times_seen, i.users_seen, i.first_release, i.last_release";

fn read(row: &AnyRow) -> Result<Issue, Error> {
    Ok(Issue {
        id: IssueId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        project_slug: row.text("project_slug")?,
        short_number: row.int("short_number")?,
        event_type: row.text("event_type")?,
        title: row.text("title")?,
        culprit: row.text("culprit")?,
        metadata: row.json("metadata")?,
        level: row.number("level", Level::from_number)?,
        platform: row.text("platform")?,
        logger: row.text("logger")?,
        unhandled: row.flag("unhandled")?,
        status: row.number("status", IssueStatus::from_number)?,
        substatus: row.number("substatus", Substatus::from_number)?,
        priority: row.number("priority", Priority::from_number)?,
        initial_priority: row.number("initial_priority", Priority::from_number)?,
        priority_locked_at: row.optional_time("priority_locked_at")?,
        resolved_at: row.optional_time("resolved_at")?,
        assignee: state::assignee(row)?,
        review: state::review(row)?,
        comments: row.int("comments")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        times_seen: row.int("times_seen")?,
        users_seen: row.int("users_seen")?,
        first_release: row.optional_text("first_release")?,
        last_release: row.optional_text("last_release")?,
    })
}

fn select(organization: OrganizationId) -> Sql {
    let mut sql = Sql::new(format!(
        "SELECT {COLUMNS} FROM issues i JOIN projects p ON p.id = i.project_id"
    ));
    sql.push(" WHERE p.organization_id = ")
        .int(organization.0)
        .push(" AND p.deleting = 0 AND i.deleting = 0");
    sql
}

pub async fn find(db: &mut Connection, organization: OrganizationId, id: IssueId) -> Result<Option<Issue>, Error> {
    let mut sql = select(organization);
    sql.push(" AND i.id = ").int(id.0);
    sql.query().find(db, read).await
}

/// Those of `ids` that are there, by id.
pub async fn find_all(db: &mut Connection, organization: OrganizationId, ids: &[IssueId]) -> Result<Vec<Issue>, Error> {
    let mut sql = select(organization);
    sql.push(" AND i.id IN ")
        .ints(ids.iter().map(|id| id.0))
        .push(" ORDER BY i.id");
    sql.query().list(db, read).await
}

/// By the two parts of its short id; the slug in lower case.
pub async fn find_by_short_id(
    db: &mut Connection,
    organization: OrganizationId,
    project_slug: &str,
    short_number: i64,
) -> Result<Option<Issue>, Error> {
    let mut sql = select(organization);
    sql.push(" AND p.slug = ")
        .text(project_slug)
        .push(" AND i.short_number = ")
        .int(short_number);
    sql.query().find(db, read).await
}

/// Hides an issue for good and lets its hashes go, so that new events make a new issue; [`purge`] removes its rows. An
/// event that binds a hash to it meanwhile would leave that behind: [`hold`] it first.
pub async fn mark_deleting(db: &mut Connection, project: ProjectId, id: IssueId) -> Result<bool, Error> {
    bindings::drop_of_issue(db, project, id).await?;
    let sql = "UPDATE issues SET deleting = 1 WHERE project_id = $1 AND id = $2 AND deleting = 0";
    Ok(sqlx::query(sql).bind(project.0).bind(id.0).run(db).await? == 1)
}

/// Hides all issues of a project that is being deleted.
pub async fn mark_all_deleting(db: &mut Connection, project: ProjectId) -> Result<(), Error> {
    bindings::drop_of_project(db, project).await?;
    for sql in [
        // What merges have not moved yet goes with the project.
        "DELETE FROM issue_moves WHERE project_id = $1",
        "UPDATE issues SET deleting = 1 WHERE project_id = $1 AND deleting <> 1",
    ] {
        sqlx::query(sql).bind(project.0).run(db).await?;
    }
    Ok(())
}

/// Hides issues whose newest event is older than `before`, and lets their hashes go; at most `limit` of them. Returns how
/// many that were.
pub async fn mark_older_deleting(
    db: &mut Connection,
    project: ProjectId,
    before: Timestamp,
    limit: i64,
) -> Result<usize, Error> {
    let sql =
        "SELECT id FROM issues WHERE project_id = $1 AND last_seen < $2 AND deleting = 0 ORDER BY last_seen LIMIT $3";
    let older = sqlx::query(sql)
        .bind(project.0)
        .bind(before.0)
        .bind(limit)
        .list(db, |row| Ok(IssueId(row.int("id")?)))
        .await?;
    hold(db, &[project], &older).await?;
    for issue in &older {
        mark_deleting(db, project, *issue).await?;
    }
    Ok(older.len())
}

/// The hashes of an issue, in order.
pub async fn hashes(db: &mut Connection, project: ProjectId, id: IssueId) -> Result<Vec<String>, Error> {
    // Not by the project's index (see `NOT_BY_INDEX`).
    let sql = "SELECT hash FROM issue_hashes WHERE +project_id = $1 AND issue_id = $2 ORDER BY hash";
    sqlx::query(sql)
        .bind(project.0)
        .bind(id.0)
        .list(db, |row| row.text("hash"))
        .await
}

/// The hashes of several issues of these projects.
pub async fn hashes_of(
    db: &mut Connection,
    projects: &[ProjectId],
    ids: &[IssueId],
) -> Result<Vec<(ProjectId, String, IssueId)>, Error> {
    let mut found = Vec::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT project_id, hash, issue_id FROM issue_hashes WHERE ");
        sql.push(NOT_BY_INDEX).push("project_id IN ");
        sql.ints(projects.iter().map(|project| project.0))
            .push(" AND issue_id IN ")
            .ints(ids.iter().map(|id| id.0));
        found.extend(packed::list(sql, BINDING, db, read_binding).await?);
    }
    Ok(found)
}

/// The status of the issue that each of these hashes belongs to; those without one are left out.
pub async fn statuses_of_hashes(
    db: &mut Connection,
    project: ProjectId,
    hashes: &[String],
) -> Result<Vec<(String, IssueStatus)>, Error> {
    let mut found = Vec::new();
    for some in hashes.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new(
            "SELECT h.hash, i.status FROM issue_hashes h JOIN issues i ON i.id = h.issue_id WHERE h.project_id = ",
        );
        sql.int(project.0)
            .push(" AND h.hash IN ")
            .texts(some.iter().map(String::as_str));
        let read = |row: &AnyRow| Ok((row.text("hash")?, row.number("status", IssueStatus::from_number)?));
        found.extend(sql.query().list(db, read).await?);
    }
    Ok(found)
}

/// Hashes of these projects with the issues that they belong to, `limit` at most.
pub async fn bindings(
    db: &mut Connection,
    organization: OrganizationId,
    projects: &[ProjectId],
    limit: usize,
) -> Result<Vec<(ProjectId, String, IssueId)>, Error> {
    let mut sql = Sql::new(
        "SELECT h.project_id, h.hash, h.issue_id FROM issue_hashes h JOIN projects p ON p.id = h.project_id
        WHERE p.organization_id = ",
    );
    sql.int(organization.0).push(" AND h.project_id IN ");
    sql.ints(projects.iter().map(|project| project.0));
    sql.push(" LIMIT ").int(i64::try_from(limit).unwrap_or(i64::MAX));
    packed::list(sql, BINDING, db, read_binding).await
}

const BINDING: [&str; 3] = ["project_id", "hash", "issue_id"];

fn read_binding([project, hash, issue]: [&str; 3]) -> Result<(ProjectId, String, IssueId), Error> {
    Ok((
        ProjectId(packed::int(project)?),
        hash.to_owned(),
        IssueId(packed::int(issue)?),
    ))
}

/// Notes that a user opened the issue.
pub async fn add_view(db: &mut Connection, id: IssueId, user: UserId, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO issue_views (issue_id, user_id, viewed_at) VALUES ($1, $2, $3)
        ON CONFLICT (issue_id, user_id) DO UPDATE SET viewed_at = excluded.viewed_at";
    sqlx::query(sql).bind(id.0).bind(user.0).bind(at.0).run(db).await?;
    Ok(())
}

/// Takes back that a user opened the issue.
pub async fn delete_view(db: &mut Connection, id: IssueId, user: UserId) -> Result<(), Error> {
    sqlx::query("DELETE FROM issue_views WHERE issue_id = $1 AND user_id = $2")
        .bind(id.0)
        .bind(user.0)
        .run(db)
        .await?;
    Ok(())
}

/// Those of `ids` that the user has opened.
pub async fn viewed(db: &mut Connection, ids: &[IssueId], user: UserId) -> Result<Vec<IssueId>, Error> {
    let mut sql = Sql::new("SELECT issue_id FROM issue_views WHERE user_id = ");
    sql.int(user.0)
        .push(" AND issue_id IN ")
        .ints(ids.iter().map(|id| id.0));
    sql.query().list(db, |row| Ok(IssueId(row.int("issue_id")?))).await
}

/// How many people have opened each of `ids`; those that nobody has are absent.
pub async fn count_viewers(db: &mut Connection, ids: &[IssueId]) -> Result<Vec<(IssueId, i64)>, Error> {
    let mut sql = Sql::new("SELECT issue_id, COUNT(*) AS viewers FROM issue_views WHERE issue_id IN ");
    sql.ints(ids.iter().map(|id| id.0)).push(" GROUP BY issue_id");
    let pair = |row: &AnyRow| Ok((IssueId(row.int("issue_id")?), row.int("viewers")?));
    sql.query().list(db, pair).await
}

/// Who has opened an issue, and when last; the latest first.
pub async fn viewers(db: &mut Connection, id: IssueId) -> Result<Vec<(User, Timestamp)>, Error> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {}, v.viewed_at FROM issue_views v JOIN users u ON u.id = v.user_id
         WHERE v.issue_id = $1 ORDER BY v.viewed_at DESC, u.id",
        users::COLUMNS
    ));
    sqlx::query(sql)
        .bind(id.0)
        .list(db, |row| Ok((users::read(row)?, row.time("viewed_at")?)))
        .await
}

/// The environments that an issue was seen in, by name.
pub async fn environments(db: &mut Connection, id: IssueId) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT environment FROM issue_environments WHERE issue_id = $1 ORDER BY environment";
    sqlx::query(sql)
        .bind(id.0)
        .list(db, |row| row.text("environment"))
        .await
}
