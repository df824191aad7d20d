//! What the pages do to issues: status, assignee, deletion; of one or of many.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, PathParams};
use model::{IssueId, IssueStatus, UserId};
use serde::Deserialize;
use services::{
    Scope,
    access::{self, OrganizationScope},
    issues::{IssueChange, IssueOrder, IssuePage, MOST_HITS},
};
use store::issues::Issue;

use super::{filter, list::MAX_COUNT};
use crate::{
    form::NoFields,
    notice::{Done, MAX_UNDO, PendingNotice, PendingUndo},
    page,
    urls::Links,
    visit::Visit,
};

fn status(name: &str) -> Result<IssueStatus, ApiError> {
    let all = [IssueStatus::Unresolved, IssueStatus::Resolved, IssueStatus::Ignored];
    all.into_iter()
        .find(|status| status.name() == name)
        .ok_or_else(|| ApiError::bad_request("There is no such status."))
}

/// The issue in the path of a form.
async fn issue_of_form(visit: &Visit, path: &PathParams, scope: Scope) -> Result<(OrganizationScope, Issue), ApiError> {
    let access = access::organization(&visit.app, visit.actor(), path.get("organization")?, scope).await?;
    let issue = services::issues::get(&visit.app, &access, path.get("issue")?).await?;
    Ok((access, issue))
}

/// The page of an issue, where its forms lead back to unless they name another page of ours.
fn back(access: &OrganizationScope, issue: &Issue, next: Option<&str>) -> Redirect {
    let page = Links::new(&access.organization.slug, String::new()).issue(issue.id.0);
    page::redirect(next, &page)
}

/// What takes a change of status back, when all issues had the same one before.
fn undo(access: &OrganizationScope, issues: &[Issue], now: IssueStatus) -> Option<PendingUndo> {
    let before = issues.first()?.status;
    let is_possible = before != now && issues.len() <= MAX_UNDO && issues.iter().all(|issue| issue.status == before);
    is_possible.then(|| PendingUndo {
        organization: access.organization.slug.clone(),
        status: before,
        issues: issues.iter().map(|issue| issue.id.0).collect(),
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct StatusForm {
    status: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/status/`
pub(crate) async fn set_status(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<StatusForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = issue_of_form(&visit, &path, Scope::EventWrite).await?;
    let status = status(&form.status)?;
    let change = IssueChange {
        status: Some(status),
        ..IssueChange::default()
    };
    let issues = std::slice::from_ref(&issue);
    services::issues::update(&visit.app, &access, issues, change).await?;
    let notice = PendingNotice {
        undo: undo(&access, issues, status),
        ..PendingNotice::of(Done::of_status(status))
    };
    Ok((notice, back(&access, &issue, form.next.as_deref())).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct AssigneeForm {
    /// `me`, or empty for nobody.
    assignee: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/assign/`
pub(crate) async fn assign(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<AssigneeForm>,
) -> Result<Response, ApiError> {
    let (access, issue) = issue_of_form(&visit, &path, Scope::EventWrite).await?;
    let (assignee, done) = assignee(&visit, &form.assignee)?;
    let change = IssueChange {
        assignee: Some(assignee),
        ..IssueChange::default()
    };
    services::issues::update(&visit.app, &access, std::slice::from_ref(&issue), change).await?;
    Ok((PendingNotice::of(done), back(&access, &issue, form.next.as_deref())).into_response())
}

fn assignee(visit: &Visit, name: &str) -> Result<(Option<UserId>, Done), ApiError> {
    match name {
        "me" => Ok((Some(visit.actor().user.id), Done::Assigned)),
        "" => Ok((None, Done::Unassigned)),
        _ => Err(ApiError::bad_request(
            "An issue is assigned to yourself or to nobody here.",
        )),
    }
}

/// `POST /organizations/{organization}/issues/{issue}/delete/`
pub(crate) async fn delete(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let (access, issue) = issue_of_form(&visit, &path, Scope::EventAdmin).await?;
    services::issues::delete(&visit.app, std::slice::from_ref(&issue)).await?;
    let list = Links::new(&access.organization.slug, String::new()).issues();
    Ok((PendingNotice::of(Done::IssueDeleted), Redirect::to(&list)).into_response())
}

/// What the list does to the issues that are selected, or to all that its search finds.
#[derive(Debug, Deserialize)]
pub(crate) struct BulkForm {
    #[serde(default)]
    issue: Vec<String>,
    status: Option<String>,
    assignee: Option<String>,
    /// One issue, by the button in its row.
    assign: Option<String>,
    unassign: Option<String>,
    all_matching: Option<String>,
    /// Set by the button that takes an action back, which is not taken back itself.
    is_undo: Option<String>,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/bulk/`
pub(crate) async fn bulk(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<BulkForm>,
) -> Result<Response, ApiError> {
    let access = access::organization(&visit.app, visit.actor(), path.get("organization")?, Scope::EventWrite).await?;
    let list = Links::new(&access.organization.slug, String::new()).issues();
    let back = page::redirect(form.next.as_deref(), &list);
    let issues = form.issues(&visit, &access).await?;
    if issues.is_empty() {
        return Ok((PendingNotice::of(Done::NothingSelected), back).into_response());
    }
    let (change, done) = form.change(&visit)?;
    services::issues::update(&visit.app, &access, &issues, change).await?;
    let mut notice = PendingNotice::counted(done, issues.len());
    if let (Some(status), None) = (change.status, &form.is_undo) {
        notice.undo = undo(&access, &issues, status);
    }
    Ok((notice, back).into_response())
}

impl BulkForm {
    fn change(&self, visit: &Visit) -> Result<(IssueChange, Done), ApiError> {
        let assigned = |name: &str| {
            let (assignee, done) = assignee(visit, name)?;
            Ok((
                IssueChange {
                    assignee: Some(assignee),
                    ..IssueChange::default()
                },
                done,
            ))
        };
        match (&self.assign, &self.unassign, &self.assignee, &self.status) {
            (Some(_), ..) => assigned("me"),
            (_, Some(_), ..) => assigned(""),
            (_, _, Some(name), _) => assigned(name),
            (_, _, _, Some(name)) => {
                let status = status(name)?;
                Ok((
                    IssueChange {
                        status: Some(status),
                        ..IssueChange::default()
                    },
                    Done::of_status(status),
                ))
            }
            (None, None, None, None) => Err(ApiError::bad_request("The form does not say what to do.")),
        }
    }

    async fn issues(&self, visit: &Visit, access: &OrganizationScope) -> Result<Vec<Issue>, ApiError> {
        if self.all_matching.is_some() {
            return all_matching(visit, access, self.next.as_deref().unwrap_or_default()).await;
        }
        let own = self.assign.iter().chain(&self.unassign);
        let ids = own.chain(&self.issue).filter_map(|id| id.parse().ok().map(IssueId));
        let ids: Vec<IssueId> = ids.take(MAX_COUNT as usize).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(services::issues::find_all(&visit.app, access, &ids).await?)
    }
}

/// The issues that the list at `address` shows on all of its pages, up to as many as are counted.
async fn all_matching(visit: &Visit, access: &OrganizationScope, address: &str) -> Result<Vec<Issue>, ApiError> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = crate::urls::parse_query(query);
    let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let search = filter::of_query(pairs, visit.app.now())?;
    let page = IssuePage::first(MOST_HITS, visit.app.now());
    let found = services::issues::search(&visit.app, access, &search, IssueOrder::FirstSeen, page).await?;
    Ok(found.issues.into_iter().map(|found| found.issue).collect())
}
