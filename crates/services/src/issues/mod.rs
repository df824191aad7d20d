//! Issues: finding, searching, counting and changing them.

mod short_id; // what they are called,

mod matching; // which of them match,
mod ranking;
mod search;

mod counts; // how often they were seen,

mod change; // and what is done to them

pub use change::{IssueChange, IssueChangeError, delete, discard, mark_seen, update};
pub use counts::{Counted, EventCounts, Seen, event_counts, event_counts_in, matching_counts, seen_within};
pub use search::{FoundIssue, FoundIssues, IssueOrder, IssuePage, IssueSearch, MOST_HITS, SearchError, count, search};
pub use short_id::ShortId;
pub use store::issues::{IssuePlace, IssueStart};

use model::{IssueId, Timestamp};
use store::{issues::Issue, users::User};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

/// By its id or its short id.
pub async fn get(app: &App, scope: &OrganizationScope, id: &str) -> Result<Issue, AccessError> {
    let mut db = app.store.read().await?;
    let organization = scope.organization.id;
    let issue = match (id.parse(), ShortId::parse(id)) {
        (Ok(id), _) => store::issues::find(&mut db, organization, IssueId(id)).await?,
        (_, Some(short)) => {
            store::issues::find_by_short_id(&mut db, organization, &short.project_slug, short.number).await?
        }
        _ => None,
    };
    issue.ok_or(AccessError::NotFound)
}

/// Those of `ids` that are there, by id.
pub async fn find_all(app: &App, scope: &OrganizationScope, ids: &[IssueId]) -> Result<Vec<Issue>, store::Error> {
    store::issues::find_all(&mut *app.store.read().await?, scope.organization.id, ids).await
}

/// Which organization an issue belongs to, among those of the actor: for the API's paths that name no organization.
pub async fn find_scope(
    app: &App,
    actor: &crate::Actor,
    id: &str,
    scope: crate::Scope,
) -> Result<(OrganizationScope, Issue), AccessError> {
    for organization in crate::organizations::list(app, actor).await? {
        let scope = crate::access::organization(app, actor, &organization.slug, scope).await?;
        match get(app, &scope, id).await {
            Ok(issue) => return Ok((scope, issue)),
            Err(AccessError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AccessError::NotFound)
}

/// The hashes of an issue, in order.
pub async fn hashes(app: &App, issue: &Issue) -> Result<Vec<String>, store::Error> {
    store::issues::hashes(&mut *app.store.read().await?, issue.project, issue.id).await
}

/// The environments that an issue was seen in, by name.
pub async fn environments(app: &App, issue: &Issue) -> Result<Vec<String>, store::Error> {
    store::issues::environments(&mut *app.store.read().await?, issue.id).await
}

/// Those of `issues` that the actor has seen.
pub async fn seen(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Vec<IssueId>, store::Error> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    store::issues::viewed(&mut *app.store.read().await?, &ids, scope.actor.user.id).await
}

/// Who has opened an issue, and when last; the latest first.
pub async fn viewers(app: &App, issue: &Issue) -> Result<Vec<(User, Timestamp)>, store::Error> {
    store::issues::viewers(&mut *app.store.read().await?, issue.id).await
}
