//! What the pages do to issues: status, assignee, priority, marks, deletion; of one or of many.

mod bulk;
mod confirm;
mod status;
mod talk;

pub(crate) use bulk::{MOST_MATCHING, bulk};
pub(crate) use confirm::ConfirmPage;
pub(crate) use talk::{add_comment, add_link, change_comment, delete_comment, delete_link};

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, IssueAccess,
    scopes::{EventAdmin, EventWrite},
};
use model::{Assignee, IssueStatus, Priority};
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    issues::{IssueChange, Marks},
};
use store::issues::Issue;

use self::status::StatusFields;
use crate::{
    notice::{Done, MAX_UNDO, PendingNotice, PendingUndo},
    page,
    urls::Links,
    visit::Visit,
};

/// The page of an issue, where its forms lead back to unless they name another page of ours.
fn back(access: &OrganizationScope, issue: &Issue, next: Option<&str>) -> Redirect {
    let page = Links::new(&access.organization.slug, String::new()).issue(issue.id.0);
    page::redirect(next, &page)
}

/// What takes a change of status back, when all issues were open before: how others were resolved or archived is not
/// known any more.
fn undo(access: &OrganizationScope, issues: &[Issue], now: IssueStatus) -> Option<PendingUndo> {
    let open = |issue: &Issue| issue.status == IssueStatus::Unresolved;
    let is_possible = now != IssueStatus::Unresolved && issues.len() <= MAX_UNDO && issues.iter().all(open);
    (is_possible && !issues.is_empty()).then(|| PendingUndo {
        organization: access.organization.slug.clone(),
        status: IssueStatus::Unresolved,
        issues: issues.iter().map(|issue| issue.id.0).collect(),
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct StatusForm {
    #[serde(flatten)]
    status: StatusFields,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/status/`
pub(crate) async fn set_status(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<StatusForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = (access.scope, access.issue);
    let Some(status) = form.status.read()? else {
        return Err(ApiError::bad_request("The form does not say what to do."));
    };
    let now = status.status();
    let change = IssueChange {
        status: Some(status),
        ..IssueChange::default()
    };
    let issues = std::slice::from_ref(&issue);
    services::issues::update(&visit.app, &access, issues, change).await?;
    let notice = PendingNotice {
        undo: undo(&access, issues, now),
        ..PendingNotice::of(Done::of_status(now))
    };
    Ok((notice, back(&access, &issue, form.next.as_deref())).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct AssigneeForm {
    /// `me`, `user:7`, `team:3`, or empty for nobody.
    assignee: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/assign/`
pub(crate) async fn assign(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<AssigneeForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = (access.scope, access.issue);
    let (assignee, done) = assignee(&visit, &form.assignee)?;
    let change = IssueChange {
        assignee: Some(assignee),
        ..IssueChange::default()
    };
    services::issues::update(&visit.app, &access, std::slice::from_ref(&issue), change).await?;
    Ok((PendingNotice::of(done), back(&access, &issue, form.next.as_deref())).into_response())
}

fn assignee(visit: &Visit, name: &str) -> Result<(Option<Assignee>, Done), ApiError> {
    let me = Assignee::User(visit.user().id);
    let who = match name {
        "" => None,
        "me" => Some(me),
        other => Some(
            other
                .parse()
                .map_err(|_| ApiError::bad_request("There is no such assignee."))?,
        ),
    };
    Ok(match who {
        None => (None, Done::Unassigned),
        Some(who) if who == me => (Some(who), Done::Assigned),
        Some(who) => (Some(who), Done::AssignedOther),
    })
}

fn priority(name: &str) -> Result<Priority, ApiError> {
    let all = [Priority::Low, Priority::Medium, Priority::High];
    let found = all.into_iter().find(|priority| priority.name() == name);
    found.ok_or_else(|| ApiError::bad_request("There is no such priority."))
}

/// What has a button of its own: what is left out stays.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    priority: Option<String>,
    /// `on` or `off`, as all below.
    bookmark: Option<String>,
    subscribe: Option<String>,
    share: Option<String>,
    review: Option<String>,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/change/`
pub(crate) async fn change(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<ChangeForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = (access.scope, access.issue);
    let is_on = |field: &Option<String>| field.as_deref().map(|value| value == "on");
    let change = IssueChange {
        priority: form.priority.as_deref().map(priority).transpose()?,
        review: is_on(&form.review),
        marks: Marks {
            bookmarked: is_on(&form.bookmark),
            subscribed: is_on(&form.subscribe),
            public: is_on(&form.share),
        },
        ..IssueChange::default()
    };
    services::issues::update(&visit.app, &access, std::slice::from_ref(&issue), change).await?;
    Ok(back(&access, &issue, form.next.as_deref()).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeletionForm {
    /// Whether events of the kind are dropped from then on.
    discard: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: IssueAccess<EventAdmin>,
    CsrfForm { form, .. }: CsrfForm<DeletionForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = (access.scope, access.issue);
    let issues = std::slice::from_ref(&issue);
    let done = if form.discard.is_some() {
        services::issues::discard(&visit.app, issues).await?;
        Done::IssueDiscarded
    } else {
        services::issues::delete(&visit.app, issues).await?;
        Done::IssueDeleted
    };
    let list = Links::new(&access.organization.slug, String::new()).issues();
    Ok((PendingNotice::of(done), Redirect::to(&list)).into_response())
}
