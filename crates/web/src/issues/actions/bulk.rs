//! What the list does to the issues that are selected, or to all that its search finds.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, OrganizationAccess, scopes::EventWrite};
use model::IssueId;
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    issues::{IssueChange, MergeError},
};
use store::issues::Issue;

use super::{ConfirmPage, assignee, priority, status::StatusFields, undo};
use crate::{
    issues::{
        filter,
        list::{DEFAULT_QUERY, MAX_COUNT},
        row::natural,
    },
    notice::{Done, PendingNotice},
    page::{self, Page},
    shell::Part,
    urls::{self, Links},
    visit::Visit,
};

/// How many issues one press of a button changes, when all are meant that a search finds.
pub(crate) const MOST_MATCHING: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BulkForm {
    issue: Vec<String>,
    #[serde(flatten)]
    status: StatusFields,
    assignee: Option<String>,
    priority: Option<String>,
    review: Option<String>,
    merge: Option<String>,
    /// One issue, by the button in its row.
    assign: Option<String>,
    unassign: Option<String>,
    all_matching: Option<String>,
    /// Whether the count was read.
    confirmed: Option<String>,
    /// Set by the button that takes an action back, which is not taken back itself.
    is_undo: Option<String>,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/bulk/`
pub(crate) async fn bulk(
    visit: Visit,
    access: OrganizationAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<BulkForm>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    let list = Links::new(&access.organization.slug, String::new()).issues();
    let back = page::redirect(form.next.as_deref(), &list);
    if form.all_matching.is_some() && form.merge.is_none() {
        let (change, done) = form.change(&visit)?;
        let address = form.next.as_deref().unwrap_or_default();
        let search = search_at(&visit, address)?;
        if form.confirmed.is_none() {
            return confirm(&visit, &access, &form, &search, done).await;
        }
        let changed = services::issues::update_matching(&visit.app, &access, &search, change, MOST_MATCHING).await?;
        let done = if changed == 0 { Done::NothingSelected } else { done };
        return Ok((PendingNotice::counted(done, changed), back).into_response());
    }
    let issues = form.issues(&visit, &access).await?;
    if issues.is_empty() {
        return Ok((PendingNotice::of(Done::NothingSelected), back).into_response());
    }
    if form.merge.is_some() {
        let done = merge(&visit, &access, &issues).await?;
        return Ok((PendingNotice::counted(done, issues.len()), back).into_response());
    }
    let (change, done) = form.change(&visit)?;
    let status = change.status.as_ref().map(services::issues::NewStatus::status);
    services::issues::update(&visit.app, &access, &issues, change).await?;
    let mut notice = PendingNotice::counted(done, issues.len());
    if let (Some(status), None) = (status, &form.is_undo) {
        notice.undo = undo(&access, &issues, status);
    }
    Ok((notice, back).into_response())
}

async fn merge(visit: &Visit, access: &OrganizationScope, issues: &[Issue]) -> Result<Done, ApiError> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    services::issues::settle(&visit.app, &ids).await?;
    match services::issues::merge(&visit.app, access, issues).await {
        Ok(_) => Ok(Done::Merged),
        Err(MergeError::TooFew) => Ok(Done::NothingToMerge),
        Err(MergeError::SeveralProjects) => Ok(Done::SeveralProjects),
        Err(MergeError::Busy) => Ok(Done::StillMoving),
        Err(error) => Err(error.into()),
    }
}

impl BulkForm {
    fn change(&self, visit: &Visit) -> Result<(IssueChange, Done), ApiError> {
        let unchanged = IssueChange::default();
        let assigned = |name: &str| {
            let (assignee, done) = assignee(visit, name)?;
            let change = IssueChange {
                assignee: Some(assignee),
                ..IssueChange::default()
            };
            Ok((change, done))
        };
        if self.assign.is_some() {
            return assigned("me");
        }
        if self.unassign.is_some() {
            return assigned("");
        }
        if let Some(name) = &self.assignee {
            return assigned(name);
        }
        if let Some(status) = self.status.read()? {
            let done = Done::of_status(status.status());
            let status = Some(status);
            return Ok((IssueChange { status, ..unchanged }, done));
        }
        if let Some(name) = &self.priority {
            let priority = Some(priority(name)?);
            return Ok((IssueChange { priority, ..unchanged }, Done::PrioritySet));
        }
        if self.review.is_some() {
            let review = Some(false);
            return Ok((IssueChange { review, ..unchanged }, Done::Reviewed));
        }
        Err(ApiError::bad_request("The form does not say what to do."))
    }

    /// All that it says of what to do, to be said again.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let own = [
            ("assignee", &self.assignee),
            ("priority", &self.priority),
            ("review", &self.review),
            ("all_matching", &self.all_matching),
        ];
        let fields = self.status.fields().into_iter().chain(own);
        fields
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }

    async fn issues(&self, visit: &Visit, access: &OrganizationScope) -> Result<Vec<Issue>, ApiError> {
        let own = self.assign.iter().chain(&self.unassign);
        let ids = own.chain(&self.issue).filter_map(|id| id.parse().ok().map(IssueId));
        let ids: Vec<IssueId> = ids.take(MAX_COUNT as usize).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(services::issues::find_all(&visit.app, access, &ids).await?)
    }
}

/// The same form again, with how many issues it is about.
async fn confirm(
    visit: &Visit,
    access: &OrganizationScope,
    form: &BulkForm,
    search: &services::issues::IssueSearch,
    done: Done,
) -> Result<Response, ApiError> {
    let address = form.next.as_deref().unwrap_or_default();
    let found = natural(services::issues::count(&visit.app, access, search).await?);
    let list = Links::new(&access.organization.slug, String::new()).issues();
    let back = if urls::is_local(address) { address } else { &list };
    if found == 0 {
        return Ok((PendingNotice::of(Done::NothingSelected), Redirect::to(back)).into_response());
    }
    let page = ConfirmPage {
        shell: visit
            .shell_of(&access.organization, Part::Issues, "Change issues")
            .await?,
        what: done.proposal(found.min(MOST_MATCHING as u64)),
        query: query_at(address),
        is_cut: found > MOST_MATCHING as u64,
        fields: form.fields(),
        back: back.to_owned(),
    };
    Ok(Page(page).into_response())
}

/// What the search bar of the list at `address` says.
fn query_at(address: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = urls::parse_query(query).into_iter().rev();
    let query = pairs.find(|(name, _)| name == "query").map(|(_, query)| query);
    query.unwrap_or_else(|| DEFAULT_QUERY.to_owned()).trim().to_owned()
}

/// What the list at `address` shows on all of its pages.
fn search_at(visit: &Visit, address: &str) -> Result<services::issues::IssueSearch, ApiError> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = urls::parse_query(query);
    let pairs = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Ok(filter::of_query(pairs, visit.app.now())?)
}
