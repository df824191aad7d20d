//! What people do to issues. However an issue is changed, by people, events, or time, [`apply`] and [`note`] write it.

mod apply;
mod removal;
mod request;

pub use apply::By;
pub(crate) use apply::{AssignedAs, Place, apply, assign, note};
pub use removal::{delete, discard};
pub(crate) use request::RECENT;
pub use request::{ArchivedUntil, LONGEST_WINDOW, More, NewStatus, ResolvedIn};

use model::{Assignee, IssueId, IssueStatus, Priority, ProjectId, TeamId, Timestamp, UserId};
use store::{
    Connection,
    issues::{Issue, Tracked},
};
use triage::Action;

use super::{IssueOrder, IssuePage, IssueSearch, Marks, SearchError, people, search, seen};
use crate::{App, access::OrganizationScope, notifications::preferences};

/// How many issues one transaction changes, so that events are not kept waiting.
const ISSUES_A_TRANSACTION: usize = 500;

/// What to change of issues; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssueChange {
    pub status: Option<NewStatus>,
    pub priority: Option<Priority>,
    /// `Some(None)` takes the assignee away.
    pub assignee: Option<Option<Assignee>>,
    /// Whether somebody should look at it; `Some(false)` when the actor has.
    pub review: Option<bool>,
    /// Whether the actor has seen it.
    pub seen: Option<bool>,
    pub marks: Marks,
}

#[derive(Debug, thiserror::Error)]
pub enum IssueChangeError {
    #[error("user {0} is no member of this organization")]
    NotAMember(UserId),
    #[error("team {0} has no part in the project of the issue")]
    NoTeamOfProject(TeamId),
    #[error("issues of several projects cannot be resolved in one release")]
    SeveralProjects,
    #[error("the project has no release yet")]
    NoRelease,
    #[error("there is no release {0:?} in the project")]
    UnknownRelease(String),
    #[error("events and users are counted within a week at most")]
    WindowTooLong,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Changes `issues` and gives them back as they are then.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    issues: &[Issue],
    change: IssueChange,
) -> Result<Vec<Issue>, IssueChangeError> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let mut projects: Vec<ProjectId> = issues.iter().map(|issue| issue.project).collect();
    projects.sort_unstable();
    projects.dedup();
    if change.status.as_ref().is_some_and(NewStatus::names_release) && projects.len() > 1 {
        return Err(IssueChangeError::SeveralProjects);
    }
    if change.status.as_ref().is_some_and(NewStatus::has_long_window) {
        return Err(IssueChangeError::WindowTooLong);
    }
    check_assignee(app, scope, &projects, change.assignee.flatten()).await?;
    let mut changed = Vec::with_capacity(issues.len());
    for ids in ids.chunks(ISSUES_A_TRANSACTION) {
        let mut tx = app.store.begin().await?;
        update_some(app, &mut tx, scope, &projects, ids, &change).await?;
        changed.extend(store::issues::find_all(&mut tx, scope.organization.id, ids).await?);
        tx.commit().await?;
    }
    Ok(changed)
}

/// Changes all that a search finds now, `most` at most; what comes to match meanwhile is left alone. Returns how many
/// that were.
pub async fn update_matching(
    app: &App,
    scope: &OrganizationScope,
    matching: &IssueSearch,
    change: IssueChange,
    most: usize,
) -> Result<usize, UpdateMatchingError> {
    let page = IssuePage::first(most, app.now());
    let found = search(app, scope, matching, IssueOrder::default(), page).await?;
    let issues: Vec<Issue> = found.issues.into_iter().map(|found| found.issue).collect();
    update(app, scope, &issues, change).await?;
    Ok(issues.len())
}

#[derive(Debug, thiserror::Error)]
pub enum UpdateMatchingError {
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Change(#[from] IssueChangeError),
}

async fn check_assignee(
    app: &App,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    assignee: Option<Assignee>,
) -> Result<(), IssueChangeError> {
    let mut db = app.store.read().await?;
    match assignee {
        None => {}
        Some(Assignee::User(user)) => {
            let member = store::members::find(&mut db, scope.organization.id, user).await?;
            member.ok_or(IssueChangeError::NotAMember(user))?;
        }
        Some(Assignee::Team(team)) => {
            let of_team = store::teams::projects_of(&mut db, scope.organization.id, &[team]).await?;
            if !projects.iter().all(|project| of_team.contains(project)) {
                return Err(IssueChangeError::NoTeamOfProject(team));
            }
        }
    }
    Ok(())
}

async fn update_some(
    app: &App,
    db: &mut Connection,
    scope: &OrganizationScope,
    projects: &[ProjectId],
    ids: &[IssueId],
    change: &IssueChange,
) -> Result<(), IssueChangeError> {
    let (by, now) = (By::of(scope), app.now());
    let status = match &change.status {
        Some(status) => Some(status.prepare(db, projects).await?),
        None => None,
    };
    let self_assigned = self_assigned(db, by, change).await?;
    for mut issue in store::issues::states_to_change(db, projects, ids).await? {
        let mut actions = Vec::new();
        if let Some(status) = &status {
            actions.extend(status.action(&issue, now));
        }
        actions.extend(change.priority.map(Action::SetPriority));
        actions.extend(change.review.map(|wanted| match wanted {
            true => Action::AskForReview,
            false => Action::MarkReviewed,
        }));
        for action in actions {
            if let Some(step) = triage::act(&issue.state, &action, by.user(), now) {
                apply(app, db, &mut issue, step, by, now).await?;
            }
        }
        let assignee = change
            .assignee
            .or_else(|| self_assigned.filter(|_| takes_over(&issue)).map(Some));
        if let Some(assignee) = assignee {
            assign(app, db, &mut issue, assignee, AssignedAs::Person, by, now).await?;
        }
        see(db, scope, &issue, change.seen, now).await?;
        people::set_marks(app, db, scope, &issue, change.marks, now).await?;
    }
    Ok(())
}

/// Who resolves issues and wants those that nobody sees to.
async fn self_assigned(db: &mut Connection, by: By, change: &IssueChange) -> Result<Option<Assignee>, store::Error> {
    let (Some(user), Some(NewStatus::Resolved(_))) = (by.user(), &change.status) else {
        return Ok(None);
    };
    let preferences = preferences::of_users(db, &[user]).await?;
    let wants = preferences.get(&user).is_some_and(|own| own.self_assign_on_resolve);
    Ok(wants.then_some(Assignee::User(user)))
}

fn takes_over(issue: &Tracked) -> bool {
    issue.assignee.is_none() && issue.state.status == IssueStatus::Resolved
}

async fn see(
    db: &mut Connection,
    scope: &OrganizationScope,
    issue: &Tracked,
    seen: Option<bool>,
    now: Timestamp,
) -> Result<(), store::Error> {
    match (scope.actor.user_id(), seen) {
        (Some(user), Some(true)) => store::issues::add_view(db, issue.id, user, now).await,
        (Some(user), Some(false)) => store::issues::delete_view(db, issue.id, user).await,
        (None, _) | (_, None) => Ok(()),
    }
}

/// Notes that the actor has seen an issue, the first time only: looking at a page again writes nothing.
pub async fn mark_seen(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<(), store::Error> {
    let Some(user) = scope.actor.user_id() else {
        return Ok(());
    };
    if seen(app, scope, std::slice::from_ref(issue)).await?.contains(&issue.id) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    store::issues::add_view(&mut tx, issue.id, user, app.now()).await?;
    tx.commit().await
}
