//! The states of issues: how they are resolved and archived, and who sees to them.

use std::time::Duration;

use model::{
    AssignedBy, Assignee, InboxReason, IssueId, IssueStatus, OrganizationId, Priority, ProjectId, Substatus, TeamId,
    Timestamp, UserId,
};
use sqlx::any::AnyRow;
use triage::{Release, Resolution, ResolutionKind, Review, Snooze, State, Target};

use super::waiting;
use crate::{
    Connection, Error,
    row::{Column as _, Fetch as _, clean},
    sql::{Sql, VALUES_A_STATEMENT},
};

/// An issue with all that decides on how it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    pub id: IssueId,
    pub project: ProjectId,
    pub organization: OrganizationId,
    pub state: State,
    pub assignee: Option<Assignee>,
    pub assigned_by: AssignedBy,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub times_seen: i64,
    pub users_seen: i64,
    /// Who archived it, until something happens.
    pub archived_by: Option<UserId>,
    /// Of what is archived until it escalates, once it is known.
    pub forecast: Option<Forecast>,
}

/// How many events an hour may bring before an issue escalates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The first of the days.
    pub from: Timestamp,
    /// By day.
    pub ceilings: Vec<i64>,
}

const COLUMNS: &str = "i.id, i.project_id, p.organization_id, i.status, i.substatus, i.substatus_since, i.priority,
    i.initial_priority, i.priority_locked_at, i.resolved_at, i.review_reason, i.review_since, i.assignee_id,
    i.assignee_team_id, i.assigned_by, i.first_seen, i.last_seen, i.times_seen, i.users_seen,
    r.kind AS resolution_kind, r.version, r.version_date, r.repository, r.commit_key, r.resolved_by,
    s.made_by, s.made_at, s.until_at, s.events, s.events_window, s.events_base, s.users, s.users_window, s.users_base,
    s.until_escalating, s.ceilings, s.ceilings_from";

fn select() -> Sql {
    Sql::new(format!(
        "SELECT {COLUMNS} FROM issues i JOIN projects p ON p.id = i.project_id
         LEFT JOIN issue_resolutions r ON r.issue_id = i.id LEFT JOIN issue_snoozes s ON s.issue_id = i.id
         WHERE i.deleting = 0 AND p.deleting = 0"
    ))
}

/// The states of those of these projects' issues that are there, by id.
pub async fn states(db: &mut Connection, projects: &[ProjectId], ids: &[IssueId]) -> Result<Vec<Tracked>, Error> {
    let mut found = Vec::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let mut sql = select();
        sql.push(" AND i.project_id IN ")
            .ints(projects.iter().map(|project| project.0))
            .push(" AND i.id IN ")
            .ints(ids.iter().map(|id| id.0))
            .push(" ORDER BY i.id");
        found.extend(sql.query().list(db, read).await?);
    }
    Ok(found)
}

/// Until the end of the transaction nobody else changes these issues.
pub async fn lock(db: &mut Connection, projects: &[ProjectId], ids: &[IssueId]) -> Result<(), Error> {
    // SQLite has one writer. PostgreSQL locks rows in the order in which they are given, that of saved events.
    if db.backend_name() == "SQLite" {
        return Ok(());
    }
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let mut sql = Sql::new("SELECT id FROM issues WHERE project_id IN ");
        sql.ints(projects.iter().map(|project| project.0));
        sql.push(" AND id IN ").ints(ids.iter().map(|id| id.0));
        sql.push(" ORDER BY project_id, id FOR UPDATE");
        sql.query().list(db, |row| row.int("id")).await?;
    }
    Ok(())
}

/// [`states`] for a transaction that changes them: until its end nobody else does.
pub async fn states_to_change(
    db: &mut Connection,
    projects: &[ProjectId],
    ids: &[IssueId],
) -> Result<Vec<Tracked>, Error> {
    lock(db, projects, ids).await?;
    states(db, projects, ids).await
}

/// Issues of all organizations that time alone changes by now; those that wait longest first.
pub async fn due(db: &mut Connection, now: Timestamp, limit: i64) -> Result<Vec<Tracked>, Error> {
    let mut sql = select();
    sql.push(" AND i.due_at <= ").int(now.0);
    sql.push(" ORDER BY i.due_at, i.id LIMIT ").int(limit);
    sql.query().list(db, read).await
}

/// Unresolved issues of a project that were not seen since `before`.
pub async fn quiet(
    db: &mut Connection,
    project: ProjectId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Tracked>, Error> {
    let mut sql = select();
    sql.push(" AND i.project_id = ").int(project.0);
    sql.push(" AND i.status = ").int(IssueStatus::Unresolved.number());
    sql.push(" AND i.last_seen <= ").int(before.0);
    sql.push(" ORDER BY i.last_seen LIMIT ").int(limit);
    sql.query().list(db, read).await
}

/// Issues of all organizations that are archived until they escalate and have no forecast since `old`.
pub async fn without_forecast(db: &mut Connection, old: Timestamp, limit: i64) -> Result<Vec<Tracked>, Error> {
    let mut sql = select();
    sql.push(" AND s.until_escalating = 1 AND (s.ceilings_from IS NULL OR s.ceilings_from < ")
        .int(old.0);
    sql.push(") ORDER BY i.id LIMIT ").int(limit);
    sql.query().list(db, read).await
}

/// Keeps a forecast, where it is still waited for.
pub async fn set_forecast(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    forecast: &Forecast,
) -> Result<(), Error> {
    let sql = "UPDATE issue_snoozes SET ceilings = $3, ceilings_from = $4
        WHERE project_id = $1 AND issue_id = $2 AND until_escalating = 1";
    sqlx::query(sql)
        .bind(project.0)
        .bind(issue.0)
        .bind(serde_json::to_string(&forecast.ceilings)?)
        .bind(forecast.from.0)
        .run(db)
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Tracked, Error> {
    let status = row.number("status", IssueStatus::from_number)?;
    Ok(Tracked {
        id: IssueId(row.int("id")?),
        project: ProjectId(row.int("project_id")?),
        organization: OrganizationId(row.int("organization_id")?),
        state: State {
            status,
            substatus: row.number("substatus", Substatus::from_number)?,
            since: row.time("substatus_since")?,
            priority: row.number("priority", Priority::from_number)?,
            initial_priority: row.number("initial_priority", Priority::from_number)?,
            priority_locked_at: row.optional_time("priority_locked_at")?,
            resolution: match status {
                IssueStatus::Resolved => Some(resolution(row)?),
                IssueStatus::Unresolved | IssueStatus::Ignored => None,
            },
            snooze: match status {
                IssueStatus::Ignored => Some(snooze(row)?),
                IssueStatus::Unresolved | IssueStatus::Resolved => None,
            },
            review: review(row)?,
        },
        assignee: assignee(row)?,
        assigned_by: row.number("assigned_by", AssignedBy::from_number)?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        times_seen: row.int("times_seen")?,
        users_seen: row.int("users_seen")?,
        archived_by: row.optional_int("made_by")?.map(UserId),
        forecast: forecast(row)?,
    })
}

pub(super) fn assignee(row: &AnyRow) -> Result<Option<Assignee>, Error> {
    Ok(match row.optional_int("assignee_team_id")? {
        Some(team) => Some(Assignee::Team(TeamId(team))),
        None => row
            .optional_int("assignee_id")?
            .map(|user| Assignee::User(UserId(user))),
    })
}

pub(super) fn review(row: &AnyRow) -> Result<Option<Review>, Error> {
    let Some(since) = row.optional_time("review_since")? else {
        return Ok(None);
    };
    let reason = row.number("review_reason", InboxReason::from_number)?;
    Ok(Some(Review { reason, since }))
}

/// The numbers of the kinds in the table.
const NOW: i64 = 0;
pub(super) const IN_RELEASE: i64 = 1;
const IN_NEXT_RELEASE: i64 = 2;
const IN_COMMIT: i64 = 3;
const BY_AGE: i64 = 4;

fn resolution(row: &AnyRow) -> Result<Resolution, Error> {
    let release = || {
        Ok::<_, Error>(Release {
            version: row.text("version")?,
            date: row.time("version_date")?,
        })
    };
    let kind = match row.optional_int("resolution_kind")?.unwrap_or(NOW) {
        IN_RELEASE => ResolutionKind::InRelease(release()?),
        IN_NEXT_RELEASE => ResolutionKind::InNextRelease { after: release()? },
        IN_COMMIT => ResolutionKind::InCommit {
            repository: row.text("repository")?,
            commit: row.text("commit_key")?,
        },
        BY_AGE => ResolutionKind::ByAge,
        NOW => ResolutionKind::Now,
        other => return Err(Error::Corrupt(format!("a resolution is of the unknown kind {other}"))),
    };
    Ok(Resolution {
        at: row.optional_time("resolved_at")?.unwrap_or(Timestamp(0)),
        by: row.optional_int("resolved_by")?.map(UserId),
        kind,
    })
}

fn snooze(row: &AnyRow) -> Result<Snooze, Error> {
    if row.optional_int("made_at")?.is_none() {
        return Ok(Snooze::Forever);
    }
    if row.flag("until_escalating")? {
        return Ok(Snooze::UntilEscalating);
    }
    let target = |more: Option<i64>, window: Option<i64>, base: i64| {
        more.map(|more| Target {
            more,
            window: window.and_then(|minutes| Some(Duration::from_secs(u64::try_from(minutes).ok()? * 60))),
            base,
        })
    };
    Ok(Snooze::UntilCondition {
        events: target(
            row.optional_int("events")?,
            row.optional_int("events_window")?,
            row.int("events_base")?,
        ),
        users: target(
            row.optional_int("users")?,
            row.optional_int("users_window")?,
            row.int("users_base")?,
        ),
        until: row.optional_time("until_at")?,
    })
}

fn forecast(row: &AnyRow) -> Result<Option<Forecast>, Error> {
    match (row.optional_time("ceilings_from")?, row.optional_text("ceilings")?) {
        (Some(from), Some(ceilings)) => Ok(Some(Forecast {
            from,
            ceilings: serde_json::from_str(&ceilings)?,
        })),
        _ => Ok(None),
    }
}

/// Writes the state that an issue goes over to; `by` made it so.
pub async fn set_state(
    db: &mut Connection,
    issue: &Tracked,
    state: &State,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE issues SET status = $3, substatus = $4, substatus_since = $5, priority = $6,
            priority_locked_at = $7, resolved_at = $8, review_reason = $9, review_since = $10, due_at = $11
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(issue.project.0)
        .bind(issue.id.0)
        .bind(state.status.number())
        .bind(state.substatus.number())
        .bind(state.since.0)
        .bind(state.priority.number())
        .bind(state.priority_locked_at.map(|at| at.0))
        .bind(state.resolution.as_ref().map(|resolution| resolution.at.0))
        .bind(state.review.map(|review| review.reason.number()))
        .bind(state.review.map(|review| review.since.0))
        .bind(triage::due(state, issue.first_seen).map(|at| at.0))
        .run(db)
        .await?;
    if issue.state.resolution != state.resolution {
        set_resolution(db, issue, state.resolution.as_ref()).await?;
    }
    if issue.state.snooze != state.snooze {
        set_snooze(db, issue, state.snooze.as_ref(), by, now).await?;
    }
    Ok(())
}

/// Notes anew when time alone changes an issue next.
pub async fn set_due(db: &mut Connection, issue: &Tracked) -> Result<(), Error> {
    sqlx::query("UPDATE issues SET due_at = $3 WHERE project_id = $1 AND id = $2")
        .bind(issue.project.0)
        .bind(issue.id.0)
        .bind(triage::due(&issue.state, issue.first_seen).map(|at| at.0))
        .run(db)
        .await?;
    Ok(())
}

async fn set_resolution(db: &mut Connection, issue: &Tracked, resolution: Option<&Resolution>) -> Result<(), Error> {
    sqlx::query("DELETE FROM issue_resolutions WHERE issue_id = $1")
        .bind(issue.id.0)
        .run(db)
        .await?;
    let Some(resolution) = resolution else {
        return Ok(());
    };
    let (kind, release) = match &resolution.kind {
        ResolutionKind::Now => (NOW, None),
        ResolutionKind::InRelease(release) => (IN_RELEASE, Some(release)),
        ResolutionKind::InNextRelease { after } => (IN_NEXT_RELEASE, Some(after)),
        ResolutionKind::InCommit { .. } => (IN_COMMIT, None),
        ResolutionKind::ByAge => (BY_AGE, None),
    };
    let (repository, commit) = match &resolution.kind {
        ResolutionKind::InCommit { repository, commit } => (Some(clean(repository)), Some(clean(commit))),
        _ => (None, None),
    };
    let sql = "INSERT INTO issue_resolutions (issue_id, project_id, kind, version, version_date, next, repository,
            commit_key, resolved_by, resolved_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    sqlx::query(sql)
        .bind(issue.id.0)
        .bind(issue.project.0)
        .bind(kind)
        .bind(release.map(|release| clean(&release.version)))
        .bind(release.map(|release| release.date.0))
        .bind(match kind {
            IN_NEXT_RELEASE => waiting::FOR_NEXT_RELEASE,
            IN_COMMIT => waiting::FOR_COMMIT,
            _ => waiting::FOR_NOTHING,
        })
        .bind(repository)
        .bind(commit)
        .bind(resolution.by.map(|user| user.0))
        .bind(resolution.at.0)
        .run(db)
        .await?;
    Ok(())
}

async fn set_snooze(
    db: &mut Connection,
    issue: &Tracked,
    snooze: Option<&Snooze>,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    for sql in [
        "DELETE FROM issue_snoozes WHERE issue_id = $1",
        "DELETE FROM issue_minutes WHERE issue_id = $1",
        "DELETE FROM issue_recent_users WHERE issue_id = $1",
    ] {
        sqlx::query(sql).bind(issue.id.0).run(db).await?;
    }
    let (events, users, until) = match snooze {
        None | Some(Snooze::Forever) => return Ok(()),
        Some(Snooze::UntilEscalating) => (None, None, None),
        Some(Snooze::UntilCondition { events, users, until }) => (*events, *users, *until),
    };
    let minutes = |target: Option<Target>| target.and_then(Target::window_minutes);
    let sql = "INSERT INTO issue_snoozes (issue_id, project_id, until_at, events, events_window, events_base, users,
            users_window, users_base, until_escalating, made_by, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sqlx::query(sql)
        .bind(issue.id.0)
        .bind(issue.project.0)
        .bind(until.map(|at| at.0))
        .bind(events.map(|target| target.more))
        .bind(minutes(events))
        .bind(events.map_or(0, |target| target.base))
        .bind(users.map(|target| target.more))
        .bind(minutes(users))
        .bind(users.map_or(0, |target| target.base))
        .bind(i64::from(matches!(snooze, Some(Snooze::UntilEscalating))))
        .bind(by.map(|user| user.0))
        .bind(now.0)
        .run(db)
        .await?;
    Ok(())
}

/// Who sees to an issue from now on, and who decided that.
pub async fn set_assignee(
    db: &mut Connection,
    project: ProjectId,
    id: IssueId,
    assignee: Option<Assignee>,
    by: AssignedBy,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE issues SET assignee_id = $3, assignee_team_id = $4, assigned_by = $5, assigned_at = $6
        WHERE project_id = $1 AND id = $2";
    sqlx::query(sql)
        .bind(project.0)
        .bind(id.0)
        .bind(assignee.and_then(Assignee::user).map(|user| user.0))
        .bind(assignee.and_then(Assignee::team).map(|team| team.0))
        .bind(by.number())
        .bind(now.0)
        .run(db)
        .await?;
    Ok(())
}
