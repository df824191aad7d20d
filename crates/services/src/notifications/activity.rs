//! Letting people know of what happens to issues and releases. The causes are written with what they tell of.

use std::collections::HashMap;

use model::{ActivityKind, EventId, IssueId, NotificationKind, OrganizationId, ProjectId, UserId};
use serde_json::Map;
use store::{
    Connection,
    deploys::Deploy,
    issues::{Issue, IssueActivity},
    releases::Release,
};

use super::{
    NewCause,
    causes::{ActivityCause, DeployCause, FIRST_SEEN},
    rules::Severity,
};
use crate::App;

/// The kinds of which people are told.
fn is_told(kind: ActivityKind) -> bool {
    matches!(
        kind,
        ActivityKind::Note
            | ActivityKind::Assigned
            | ActivityKind::Unassigned
            | ActivityKind::SetResolved
            | ActivityKind::SetResolvedInRelease
            | ActivityKind::SetResolvedInCommit
            | ActivityKind::SetResolvedByAge
            | ActivityKind::SetUnresolved
            | ActivityKind::SetIgnored
            | ActivityKind::SetRegression
            | ActivityKind::SetEscalating
    )
}

/// Lets those who take part in an issue know of an activity that was added.
pub(crate) async fn tell(app: &App, db: &mut Connection, activity: &IssueActivity) -> Result<(), store::Error> {
    if !is_told(activity.kind) {
        return Ok(());
    }
    let cause = ActivityCause {
        activity: Some(activity.id),
        kind: activity.kind.name().to_owned(),
        actor: activity.user,
        data: activity.data.clone(),
    };
    // Alerts tell of new issues and whose they are; a rule of somebody may ask for this as well.
    if cause.is_assigned_by_rule() && !store::notification_rules::any_of_project(db, activity.project).await? {
        return Ok(());
    }
    let new = NewCause {
        organization: Some(activity.organization),
        project: Some(activity.project),
        issue: Some(activity.issue),
        event: None,
        kind: NotificationKind::Activity,
        cause: serde_json::to_value(cause)?,
        is_critical: false,
    };
    super::cause(app, db, new).await?;
    Ok(())
}

/// Lets teams and users whose rules ask for it know of new issues, each with its first event. Most projects have no such
/// rule: then one question is all.
pub(crate) async fn first_seen(
    app: &App,
    db: &mut Connection,
    new: &[(ProjectId, IssueId, EventId)],
) -> Result<(), store::Error> {
    let mut asked: HashMap<ProjectId, bool> = HashMap::new();
    for (project, issue, event) in new {
        let is_wanted = match asked.get(project) {
            Some(is_wanted) => *is_wanted,
            None => {
                let is_wanted = store::notification_rules::any_of_project(db, *project).await?;
                asked.insert(*project, is_wanted);
                is_wanted
            }
        };
        if !is_wanted {
            continue;
        }
        for of in store::issues::states(db, &[*project], &[*issue]).await? {
            if let Some(issue) = store::issues::find(db, of.organization, of.id).await? {
                super::cause(app, db, first_event(of.organization, &issue, *event)?).await?;
            }
        }
    }
    Ok(())
}

fn first_event(organization: OrganizationId, issue: &Issue, event: EventId) -> Result<NewCause, store::Error> {
    let cause = ActivityCause {
        activity: None,
        kind: FIRST_SEEN.to_owned(),
        actor: None,
        data: Map::new(),
    };
    Ok(NewCause {
        organization: Some(organization),
        project: Some(issue.project),
        issue: Some(issue.id),
        event: Some(event),
        kind: NotificationKind::Activity,
        cause: serde_json::to_value(cause)?,
        is_critical: Severity::of_issue(issue.priority, issue.level) == Severity::Critical,
    })
}

/// Lets people know that a release went live.
pub(crate) async fn deployed(
    app: &App,
    db: &mut Connection,
    deploy: &Deploy,
    release: &Release,
    projects: &[ProjectId],
    actor: Option<UserId>,
) -> Result<(), store::Error> {
    let cause = DeployCause {
        deploy: deploy.id,
        release: release.id,
        version: release.version.clone(),
        environment: deploy.environment.clone(),
        name: deploy.name.clone(),
        url: deploy.url.clone(),
        projects: projects.to_vec(),
        actor,
    };
    let new = NewCause {
        organization: Some(deploy.organization),
        project: projects.first().copied(),
        issue: None,
        event: None,
        kind: NotificationKind::Deploy,
        cause: serde_json::to_value(cause)?,
        is_critical: false,
    };
    super::cause(app, db, new).await?;
    Ok(())
}
