//! Writing a change of an issue, with the activities that tell of it.

use model::{
    ActivityId, ActivityKind, AssignedBy, Assignee, IssueId, OrganizationId, ProjectId, SubscriptionReason, Timestamp,
    UserId,
};
use store::{
    Connection,
    issues::{IssueActivity, Tracked},
};
use triage::{Data, Step};

use crate::{App, access::OrganizationScope, notifications};

/// Who does something to an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    User(UserId),
    /// Tocsin itself, or whoever is no user, as a token of an organization.
    System,
}

impl By {
    pub fn of(scope: &OrganizationScope) -> Self {
        scope.actor.user_id().map_or(Self::System, Self::User)
    }

    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::System => None,
        }
    }
}

/// Where an activity belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) issue: IssueId,
}

impl Place {
    pub(crate) fn of(issue: &Tracked) -> Self {
        Self {
            organization: issue.organization,
            project: issue.project,
            issue: issue.id,
        }
    }
}

/// Takes an issue a step further: the one place that writes its state. `issue` is as it is then.
pub(crate) async fn apply(
    app: &App,
    db: &mut Connection,
    issue: &mut Tracked,
    step: Step,
    by: By,
    now: Timestamp,
) -> Result<(), store::Error> {
    store::issues::set_state(db, issue, &step.state, by.user(), now).await?;
    for activity in step.activities {
        note(app, db, Place::of(issue), activity.kind, by, activity.data).await?;
    }
    if let By::User(user) = by
        && step.state.status != issue.state.status
    {
        store::issue_people::subscribe(db, issue.id, user, SubscriptionReason::StatusChange, now).await?;
    }
    issue.state = step.state;
    Ok(())
}

/// Tells what happened to an issue: the one place that adds activities. Their ids rise.
pub(crate) async fn note(
    app: &App,
    db: &mut Connection,
    place: Place,
    kind: ActivityKind,
    by: By,
    data: Data,
) -> Result<ActivityId, store::Error> {
    let activity = IssueActivity {
        id: ActivityId(app.ids.next()),
        organization: place.organization,
        project: place.project,
        issue: place.issue,
        kind,
        user: by.user(),
        data,
        created_at: app.now(),
        changed_at: None,
    };
    store::issues::add_activity(db, &activity).await?;
    notifications::activity::tell(app, db, &activity).await?;
    Ok(activity.id)
}

/// What decides on an assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssignedAs<'a> {
    Person,
    /// With the line that says so.
    OwnershipRule(&'a str),
    /// With the name of the alert rule.
    AlertRule(&'a str),
}

/// Lets somebody see to an issue, or nobody: the one place that writes assignees.
pub(crate) async fn assign(
    app: &App,
    db: &mut Connection,
    issue: &mut Tracked,
    assignee: Option<Assignee>,
    how: AssignedAs<'_>,
    by: By,
    now: Timestamp,
) -> Result<(), store::Error> {
    let assigned_by = match how {
        AssignedAs::Person => AssignedBy::Person,
        AssignedAs::OwnershipRule(_) => AssignedBy::OwnershipRule,
        AssignedAs::AlertRule(_) => AssignedBy::AlertRule,
    };
    if (issue.assignee, issue.assigned_by) == (assignee, assigned_by) {
        return Ok(());
    }
    store::issues::set_assignee(db, issue.project, issue.id, assignee, assigned_by, now).await?;
    let is_same = issue.assignee == assignee;
    (issue.assignee, issue.assigned_by) = (assignee, assigned_by);
    if is_same {
        return Ok(());
    }
    let mut data = Data::new();
    let kind = match assignee {
        None => ActivityKind::Unassigned,
        Some(assignee) => {
            let (id, kind) = match assignee {
                Assignee::User(user) => (user.to_string(), "user"),
                Assignee::Team(team) => (team.to_string(), "team"),
            };
            data.insert("assignee".to_owned(), id.into());
            data.insert("assigneeType".to_owned(), kind.into());
            if let Assignee::User(user) = assignee {
                store::issue_people::subscribe(db, issue.id, user, SubscriptionReason::Assigned, now).await?;
                let user = store::users::find(db, user).await?;
                data.insert("assigneeEmail".to_owned(), user.map(|user| user.email).into());
            }
            ActivityKind::Assigned
        }
    };
    let said_by = match how {
        AssignedAs::Person => None,
        AssignedAs::OwnershipRule(rule) => Some(("projectOwnership", rule)),
        AssignedAs::AlertRule(rule) => Some(("alertRule", rule)),
    };
    if let Some((integration, rule)) = said_by {
        data.insert("integration".to_owned(), integration.into());
        data.insert("rule".to_owned(), rule.into());
    }
    note(app, db, Place::of(issue), kind, by, data).await?;
    Ok(())
}
