//! What people do to issues.

use model::{IssueId, IssueStatus, Priority, Substatus, UserId};
use store::{
    Connection,
    issues::{Issue, StatusChange},
};

use super::seen;
use crate::{App, access::OrganizationScope, events};

/// What to change of issues; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IssueChange {
    pub status: Option<IssueStatus>,
    pub priority: Option<Priority>,
    /// `Some(None)` takes the assignee away.
    pub assignee: Option<Option<UserId>>,
    /// Whether the actor has seen it.
    pub seen: Option<bool>,
}

#[derive(Debug, thiserror::Error)]
pub enum IssueChangeError {
    #[error("user {0} is no member of this organization")]
    NotAMember(UserId),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Changes all of `issues` in one transaction and gives them back as they are then.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    issues: &[Issue],
    change: IssueChange,
) -> Result<Vec<Issue>, IssueChangeError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Some(Some(user)) = change.assignee
        && store::members::find(&mut tx, scope.organization.id, user)
            .await?
            .is_none()
    {
        return Err(IssueChangeError::NotAMember(user));
    }
    for issue in issues {
        if let Some(status) = change.status.filter(|status| *status != issue.status) {
            let change = StatusChange {
                status,
                substatus: match status {
                    IssueStatus::Ignored => Substatus::ArchivedForever,
                    IssueStatus::Unresolved | IssueStatus::Resolved => Substatus::Ongoing,
                },
                resolved_at: (status == IssueStatus::Resolved).then_some(now),
            };
            store::issues::set_status(&mut tx, issue.project, issue.id, change).await?;
        }
        if let Some(priority) = change.priority {
            store::issues::set_priority(&mut tx, issue.project, issue.id, priority).await?;
        }
        if let Some(assignee) = change.assignee {
            store::issues::set_assignee(&mut tx, issue.project, issue.id, assignee).await?;
        }
        match change.seen {
            Some(true) => store::issues::add_view(&mut tx, issue.id, scope.actor.user.id, now).await?,
            Some(false) => store::issues::delete_view(&mut tx, issue.id, scope.actor.user.id).await?,
            None => {}
        }
    }
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let changed = store::issues::find_all(&mut tx, scope.organization.id, &ids).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Notes that the actor has seen an issue, the first time only: looking at a page again writes nothing.
pub async fn mark_seen(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<(), store::Error> {
    if seen(app, scope, std::slice::from_ref(issue)).await?.contains(&issue.id) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    store::issues::add_view(&mut tx, issue.id, scope.actor.user.id, app.now()).await?;
    tx.commit().await
}

/// Takes issues out of sight at once; their events are removed in the background. New events make new issues.
pub async fn delete(app: &App, issues: &[Issue]) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    hide(app, &mut tx, issues).await?;
    tx.commit().await?;
    events::refresh_hidden(app).await?;
    app.purge.notify_one();
    Ok(())
}

/// [`delete`], and new events with the hashes of these issues are dropped from now on.
pub async fn discard(app: &App, issues: &[Issue]) -> Result<(), store::Error> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    for issue in issues {
        store::issues::discard_hashes(&mut tx, issue.project, issue.id, now).await?;
    }
    hide(app, &mut tx, issues).await?;
    tx.commit().await?;
    events::refresh_hidden(app).await?;
    app.purge.notify_one();
    Ok(())
}

/// Whatever was received until now with their hashes is gone; what comes later with the same ones is another issue's.
async fn hide(app: &App, db: &mut Connection, issues: &[Issue]) -> Result<(), store::Error> {
    let until = app.next_sequence();
    for issue in issues {
        store::removed_hashes::add_of_issue(db, issue.project, issue.id, until).await?;
        store::issues::mark_deleting(db, issue.project, issue.id).await?;
    }
    Ok(())
}
