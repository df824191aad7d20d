//! Issues: finding, listing and changing them.

use std::{fmt, time::Duration};

use model::{IssueId, IssueStatus, Priority, Substatus, Timestamp, UserId};
use store::{
    events::Buckets,
    issues::{Issue, IssueFilter, IssueOrder, IssuePage, StatusChange},
    users::User,
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
    projects::buckets_until_now,
};

/// `SHOP-1A`: the project's slug and a number in Crockford's base 32, as Sentry writes short ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortId {
    /// Lower case.
    pub project_slug: String,
    pub number: i64,
}

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ShortId {
    pub fn of(issue: &Issue) -> Self {
        Self {
            project_slug: issue.project_slug.clone(),
            number: issue.short_number,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (slug, digits) = text.rsplit_once('-')?;
        let mut number: i64 = 0;
        for digit in digits.bytes() {
            let digit = digit.to_ascii_uppercase();
            // Crockford: letters that look like digits are read as these.
            let digit = match digit {
                b'I' | b'L' => b'1',
                b'O' => b'0',
                other => other,
            };
            let value = DIGITS.iter().position(|known| *known == digit)?;
            number = number.checked_mul(32)?.checked_add(i64::try_from(value).ok()?)?;
        }
        let valid = !slug.is_empty() && !digits.is_empty() && number > 0;
        valid.then(|| Self {
            project_slug: slug.to_lowercase(),
            number,
        })
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = Vec::new();
        let mut rest = u64::try_from(self.number).unwrap_or(0);
        loop {
            digits.push(char::from(DIGITS[(rest % 32) as usize]));
            rest /= 32;
            if rest == 0 {
                break;
            }
        }
        write!(
            f,
            "{}-{}",
            self.project_slug.to_uppercase(),
            digits.iter().rev().collect::<String>()
        )
    }
}

pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: &IssueFilter,
    order: IssueOrder,
    page: IssuePage,
) -> Result<Vec<Issue>, store::Error> {
    store::issues::list(
        &mut *app.store.read().await?,
        scope.organization.id,
        filter,
        order,
        page,
    )
    .await
}

/// How many issues match, counted up to `limit`.
pub async fn count(
    app: &App,
    scope: &OrganizationScope,
    filter: &IssueFilter,
    limit: i64,
) -> Result<i64, store::Error> {
    store::issues::count(&mut *app.store.read().await?, scope.organization.id, filter, limit).await
}

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
    for issue in issues {
        store::issues::mark_deleting(&mut tx, issue.project, issue.id).await?;
    }
    tx.commit().await?;
    app.purge.notify_one();
    Ok(())
}

/// [`delete`], and new events with the hashes of these issues are dropped from now on.
pub async fn discard(app: &App, issues: &[Issue]) -> Result<(), store::Error> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    for issue in issues {
        store::issues::discard_hashes(&mut tx, issue.project, issue.id, now).await?;
        store::issues::mark_deleting(&mut tx, issue.project, issue.id).await?;
    }
    tx.commit().await?;
    app.purge.notify_one();
    Ok(())
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

/// Events a bucket of each issue, over the time up to now, oldest bucket first.
pub async fn event_counts(
    app: &App,
    issues: &[Issue],
    width: Duration,
    slots: usize,
) -> Result<Vec<EventCounts>, store::Error> {
    event_counts_in(app, issues, buckets_until_now(app, width, slots)).await
}

/// The same over any time.
pub async fn event_counts_in(app: &App, issues: &[Issue], buckets: Buckets) -> Result<Vec<EventCounts>, store::Error> {
    let ids: Vec<_> = issues.iter().map(|issue| (issue.project, issue.id)).collect();
    let counts = store::events::counts(&mut *app.store.read().await?, &ids, buckets).await?;
    Ok(counts
        .into_iter()
        .map(|counts| EventCounts {
            start: buckets.start,
            width: buckets.width,
            counts,
        })
        .collect())
}

/// How many events fell into each bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCounts {
    /// When the first bucket begins.
    pub start: model::Timestamp,
    pub width: Duration,
    pub counts: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_read_as_they_are_written() {
        for (number, text) in [
            (1, "WEB-APP-1"),
            (31, "WEB-APP-Z"),
            (32, "WEB-APP-10"),
            (1_000_000, "WEB-APP-YGJ0"),
        ] {
            let id = ShortId {
                project_slug: "web-app".to_owned(),
                number,
            };
            assert_eq!(id.to_string(), text);
            assert_eq!(ShortId::parse(text), Some(id.clone()));
            assert_eq!(ShortId::parse(&text.to_lowercase()), Some(id));
        }
        for bad in [
            "",
            "WEB",
            "-1",
            "WEB-",
            "WEB-0",
            "WEB-U",
            "WEB-ZZZZZZZZZZZZZZZZ",
            "WEB-é",
        ] {
            assert_eq!(ShortId::parse(bad), None, "{bad}");
        }
    }
}
