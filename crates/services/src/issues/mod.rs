//! Issues: finding, searching, counting and changing them.

mod short_id; // what they are called,

mod matching; // which of them match,
mod ranking;
mod search;
mod similar;

mod counts; // how often they were seen,

pub mod comments;
pub mod links;
mod people; // who is concerned,
pub mod sharing;
pub mod views;

mod change; // and what is done to them,
pub(crate) mod jobs; // also by time alone
pub(crate) mod moving; // or to their hashes

pub use change::{
    ArchivedUntil, By, IssueChange, IssueChangeError, LONGEST_WINDOW, More, NewStatus, ResolvedIn, UpdateMatchingError,
    delete, discard, mark_seen, update, update_matching,
};
pub(crate) use change::{AssignedAs, RECENT, apply, assign, note};
pub use counts::{Counted, EventCounts, Seen, event_counts, event_counts_in, matching_counts, seen_within};
pub use moving::{MergeError, Merged, UnmergeError, merge, settle, unmerge};
pub use people::{Around, Assignable, Marks, Participants, People, around, assignable, participants};
pub use search::{FoundIssue, FoundIssues, IssueOrder, IssuePage, IssueSearch, MOST_HITS, SearchError, count, search};
pub use short_id::ShortId;
pub use similar::{SimilarIssue, similar};
pub use store::issues::{IssuePlace, IssueStart};

use model::{IssueId, IssueStatus, OrganizationId, ProjectId, Timestamp};
use store::{
    Connection,
    issues::{Issue, IssueActivity, SeenHash, Tracked},
    users::User,
};
use triage::Review;

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

/// By its id or its short id.
pub async fn get(app: &App, scope: &OrganizationScope, id: &str) -> Result<Issue, AccessError> {
    let found = find_named(&mut *app.store.read().await?, scope.organization.id, id).await?;
    found
        .filter(|issue| scope.visible.has(issue.project))
        .ok_or(AccessError::NotFound)
}

/// By its id or its short id. The names of what was merged into another issue lead there.
pub(crate) async fn find_named(
    db: &mut Connection,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<Issue>, store::Error> {
    let (issue, target) = match (name.parse().map(IssueId), ShortId::parse(name)) {
        (Ok(id), _) => match store::issues::find(db, organization, id).await? {
            None => (None, store::issues::target_of(db, organization, id).await?),
            found => (found, None),
        },
        (Err(_), Some(ShortId { project_slug, number })) => {
            match store::issues::find_by_short_id(db, organization, &project_slug, number).await? {
                None => {
                    let target = store::issues::target_of_short_id(db, organization, &project_slug, number).await?;
                    (None, target)
                }
                found => (found, None),
            }
        }
        (Err(_), None) => (None, None),
    };
    match target {
        Some(target) => store::issues::find(db, organization, target).await,
        None => Ok(issue),
    }
}

/// Those of `ids` that are there, by id.
pub async fn find_all(app: &App, scope: &OrganizationScope, ids: &[IssueId]) -> Result<Vec<Issue>, store::Error> {
    let mut issues = store::issues::find_all(&mut *app.store.read().await?, scope.organization.id, ids).await?;
    issues.retain(|issue| scope.visible.has(issue.project));
    Ok(issues)
}

/// Which organization an issue belongs to, among those of the actor: for the API's paths that name no organization.
pub async fn find_scope(app: &App, actor: &crate::Actor, id: &str) -> Result<(OrganizationScope, Issue), AccessError> {
    for scope in crate::access::enter_all(app, actor).await? {
        match get(app, &scope, id).await {
            Ok(issue) => return Ok((scope, issue)),
            Err(AccessError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Err(AccessError::NotFound)
}

/// What happened to an issue: the newest, the newest first.
pub async fn activities(app: &App, issue: &Issue, most: i64) -> Result<Vec<IssueActivity>, store::Error> {
    store::issues::activities(&mut *app.store.read().await?, issue.project, issue.id, &[], None, most).await
}

/// Why somebody should look at an issue; after a week that is forgotten.
pub fn current_review(issue: &Issue, now: Timestamp) -> Option<Review> {
    issue
        .review
        .filter(|review| now.since(review.since) < triage::UNTIL_ONGOING)
}

/// How those of `issues` that are resolved or archived are so. Of the others there is nothing to say.
pub async fn settled(app: &App, issues: &[Issue]) -> Result<Vec<Tracked>, store::Error> {
    let settled = || issues.iter().filter(|issue| issue.status != IssueStatus::Unresolved);
    let ids: Vec<IssueId> = settled().map(|issue| issue.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let projects: Vec<ProjectId> = settled().map(|issue| issue.project).collect();
    store::issues::states(&mut *app.store.read().await?, &projects, &ids).await
}

/// The hashes of an issue, in order.
pub async fn hashes(app: &App, issue: &Issue) -> Result<Vec<String>, store::Error> {
    store::issues::hashes(&mut *app.store.read().await?, issue.project, issue.id).await
}

/// The hashes under which events came to an issue; the one that was seen last first.
pub async fn seen_hashes(app: &App, issue: &Issue) -> Result<Vec<SeenHash>, store::Error> {
    store::issues::seen_hashes(&mut *app.store.read().await?, issue.project, issue.id).await
}

/// The environments that an issue was seen in, by name.
pub async fn environments(app: &App, issue: &Issue) -> Result<Vec<String>, store::Error> {
    store::issues::environments(&mut *app.store.read().await?, issue.id).await
}

/// Those of `issues` that the actor has seen.
pub async fn seen(app: &App, scope: &OrganizationScope, issues: &[Issue]) -> Result<Vec<IssueId>, store::Error> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    store::issues::viewed(&mut *app.store.read().await?, &ids, scope.actor.viewer()).await
}

/// How many people have opened each of `issues`; those that nobody has are absent.
pub async fn count_viewers(app: &App, issues: &[Issue]) -> Result<Vec<(IssueId, i64)>, store::Error> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    store::issues::count_viewers(&mut *app.store.read().await?, &ids).await
}

/// Who has opened an issue, and when last; the latest first.
pub async fn viewers(app: &App, issue: &Issue) -> Result<Vec<(User, Timestamp)>, store::Error> {
    store::issues::viewers(&mut *app.store.read().await?, issue.id).await
}
