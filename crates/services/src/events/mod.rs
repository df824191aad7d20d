//! Events: reading them, and saving a processed one into its issue.

use grouping::Grouping;
use model::{EventId, IssueId, IssueStatus, Level, Priority, ProjectId, Substatus, Timestamp};
use normalize::Normalized;
use protocol::event::{Event, EventType};
use store::{
    Connection,
    events::{EventPage, EventsOf, StoredEvent},
    issues::{Issue, NewIssue, Sighting, StatusChange},
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

/// An event that went through all pure steps.
#[derive(Debug)]
pub struct ProcessedEvent {
    pub project: ProjectId,
    pub id: EventId,
    pub received_at: Timestamp,
    pub event: Event,
    pub normalized: Normalized,
    pub grouping: Grouping,
    /// [`Event::to_json`], made beside the database's writer.
    pub payload: String,
}

/// What saving an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was counted before; nothing was written.
    Duplicate,
    NewIssue(IssueId),
    KnownIssue(IssueId),
    /// The issue was resolved and is open again.
    Regression(IssueId),
}

/// Saves an event: decides on duplicates, finds or makes its issue, counts it. The caller owns the transaction.
pub async fn save(app: &App, db: &mut Connection, processed: &ProcessedEvent) -> Result<Saved, store::Error> {
    let ProcessedEvent {
        project,
        id,
        received_at,
        ..
    } = *processed;
    if !store::recent_event_ids::add(db, project, id, received_at).await? {
        return Ok(Saved::Duplicate);
    }
    let seen = sighting(processed);
    let hashes: Vec<String> = processed.grouping.hashes.iter().map(ToString::to_string).collect();
    let (saved, issue) = find_or_create_issue(app, db, project, received_at, &seen, &hashes).await?;
    let environment = processed.event.environment.as_deref().unwrap_or_default();
    let user_tag = processed
        .event
        .user
        .as_ref()
        .and_then(|user| user.sentry_user.as_deref())
        .unwrap_or_default();
    let stored = StoredEvent {
        project,
        id,
        issue,
        timestamp: seen.at,
        received_at,
        environment: environment.to_owned(),
        user_tag: user_tag.to_owned(),
        payload: processed.payload.clone(),
    };
    if !store::events::create(db, &stored, &processed.normalized.tags).await? {
        // The same id came more than a day ago: it is in the store and stays counted once.
        return Ok(Saved::Duplicate);
    }
    let new_user = !user_tag.is_empty() && store::issues::add_user(db, issue, user_tag).await?;
    store::issues::record(db, project, issue, &seen, new_user).await?;
    if !environment.is_empty() {
        store::issues::record_environment(db, issue, environment, seen.at).await?;
        store::projects::add_environment(db, project, environment, received_at).await?;
    }
    store::projects::set_first_event(db, project, received_at).await?;
    Ok(saved)
}

async fn find_or_create_issue(
    app: &App,
    db: &mut Connection,
    project: ProjectId,
    received_at: Timestamp,
    seen: &Sighting,
    hashes: &[String],
) -> Result<(Saved, IssueId), store::Error> {
    for hash in hashes {
        let Some((issue, status)) = store::issues::find_by_hash(db, project, hash).await? else {
            continue;
        };
        if hashes.len() > 1 {
            store::issues::bind_hashes(db, project, issue, hashes.iter().map(String::as_str)).await?;
        }
        // An event from before the resolution that arrives late reopens nothing.
        if status.status == IssueStatus::Resolved && status.resolved_at.is_none_or(|at| seen.at > at) {
            let reopened = StatusChange {
                status: IssueStatus::Unresolved,
                substatus: Substatus::Regressed,
                resolved_at: None,
            };
            store::issues::set_status(db, project, issue, reopened).await?;
            return Ok((Saved::Regression(issue), issue));
        }
        return Ok((Saved::KnownIssue(issue), issue));
    }
    let issue = IssueId(app.ids.next());
    let new = NewIssue {
        id: issue,
        project,
        short_number: store::projects::next_short_number(db, project).await?,
        priority: Priority::of_level(seen.level),
    };
    store::issues::create(db, new, seen).await?;
    store::issues::bind_hashes(db, project, issue, hashes.iter().map(String::as_str)).await?;
    tracing::debug!(project.id = %project, issue.id = %issue, event.received_at = %received_at, "new issue");
    Ok((Saved::NewIssue(issue), issue))
}

fn sighting(processed: &ProcessedEvent) -> Sighting {
    let ProcessedEvent {
        event,
        normalized,
        received_at,
        ..
    } = processed;
    let metadata = &normalized.metadata;
    let unhandled = event.exception.iter().any(|exception| {
        exception
            .mechanism
            .as_ref()
            .is_some_and(|mechanism| mechanism.handled == Some(false))
    });
    Sighting {
        at: event.timestamp.unwrap_or(*received_at),
        event_type: event.kind.name().to_owned(),
        title: metadata.title.clone(),
        culprit: metadata.culprit.clone(),
        metadata: metadata.metadata.clone(),
        search_text: metadata.search_text.clone(),
        level: event.level.unwrap_or(if event.kind == EventType::Transaction {
            Level::Info
        } else {
            Level::Error
        }),
        platform: event.platform.clone().unwrap_or_else(|| "other".to_owned()),
        logger: event.logger.clone().unwrap_or_default(),
        unhandled,
        release: event.release.clone(),
    }
}

/// The events of an issue or a project, newest first.
pub async fn list(
    app: &App,
    of: EventsOf,
    since: Timestamp,
    until: Timestamp,
    page: EventPage,
) -> Result<Vec<StoredEvent>, store::Error> {
    store::events::list(&mut *app.store.read().await?, of, since, until, page).await
}

/// Which event of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Latest,
    Oldest,
    /// The one that tells most; until there is a measure, the latest.
    Recommended,
    Id(EventId),
}

impl Which {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "latest" => Self::Latest,
            "oldest" => Self::Oldest,
            "recommended" => Self::Recommended,
            id => Self::Id(id.parse().ok()?),
        })
    }
}

/// An event with its place among those of its issue.
#[derive(Debug, Clone, PartialEq)]
pub struct EventInIssue {
    pub stored: StoredEvent,
    /// Next older.
    pub previous: Option<EventId>,
    /// Next newer.
    pub next: Option<EventId>,
}

pub async fn get_of_issue(app: &App, issue: &Issue, which: Which) -> Result<EventInIssue, AccessError> {
    let mut db = app.store.read().await?;
    let stored = match which {
        Which::Latest | Which::Recommended => store::events::latest(&mut db, issue.project, issue.id).await?,
        Which::Oldest => store::events::oldest(&mut db, issue.project, issue.id).await?,
        Which::Id(id) => store::events::find(&mut db, issue.project, id)
            .await?
            .filter(|event| event.issue == issue.id),
    };
    with_neighbors(&mut db, stored.ok_or(AccessError::NotFound)?).await
}

pub async fn get(app: &App, project: ProjectId, id: EventId) -> Result<EventInIssue, AccessError> {
    let mut db = app.store.read().await?;
    let stored = store::events::find(&mut db, project, id)
        .await?
        .ok_or(AccessError::NotFound)?;
    with_neighbors(&mut db, stored).await
}

/// An event of any project of the organization.
pub async fn get_in_organization(
    app: &App,
    scope: &OrganizationScope,
    id: EventId,
) -> Result<EventInIssue, AccessError> {
    let mut db = app.store.read().await?;
    let stored = store::events::find_in_organization(&mut db, scope.organization.id, id).await?;
    with_neighbors(&mut db, stored.ok_or(AccessError::NotFound)?).await
}

async fn with_neighbors(db: &mut Connection, stored: StoredEvent) -> Result<EventInIssue, AccessError> {
    let (previous, next) = store::events::neighbors(db, stored.project, stored.issue, stored.place()).await?;
    Ok(EventInIssue { stored, previous, next })
}
