//! Events: reading them, and saving a processed one into its issue.

mod process;

pub use process::{ProcessedEvent, Step, TraceOrigin, process, process_with, sampled_out};

use grouping::Grouping;
use model::{EventId, IssueId, IssueStatus, Level, Priority, ProjectId, Substatus, Timestamp};
use protocol::event::EventType;
use store::{
    Connection,
    events::{EventPage, EventsOf, StoredEvent},
    issues::{Issue, NewIssue, Sighting, StatusChange},
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
};

/// What saving an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was counted before; nothing was written.
    Duplicate,
    NewIssue(IssueId),
    KnownIssue(IssueId),
    /// The issue was resolved and is open again.
    Regression(IssueId),
    /// It belongs to no issue, as a transaction.
    WithoutIssue,
    /// Its issue was deleted and discarded; nothing was written.
    Discarded,
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
    let environment = processed.event.environment.as_deref().unwrap_or_default();
    if !environment.is_empty() {
        store::projects::add_environment(db, project, environment, received_at).await?;
    }
    store::projects::set_first_event(db, project, received_at).await?;
    let saved = match &processed.grouping {
        Some(grouping) => save_into_issue(app, db, processed, grouping).await?,
        None if store::events::create(db, &stored(processed, None), &[]).await? => {
            if let Some(name) = normalize::transaction::sample_name(&processed.event) {
                store::transaction_names::add(db, project, name, received_at).await?;
            }
            Saved::WithoutIssue
        }
        None => Saved::Duplicate,
    };
    Ok(saved)
}

async fn save_into_issue(
    app: &App,
    db: &mut Connection,
    processed: &ProcessedEvent,
    grouping: &Grouping,
) -> Result<Saved, store::Error> {
    let project = processed.project;
    let seen = sighting(processed);
    let hashes: Vec<String> = grouping.hashes.iter().map(ToString::to_string).collect();
    for hash in &hashes {
        if store::issues::is_discarded(db, project, hash).await? {
            return Ok(Saved::Discarded);
        }
    }
    let previous: Vec<String> = grouping.previous_hashes.iter().map(ToString::to_string).collect();
    let (saved, issue) = find_or_create_issue(app, db, processed, &seen, (&hashes, &previous)).await?;
    let stored = stored(processed, Some((issue, grouping)));
    if !store::events::create(db, &stored, &processed.summary.tags).await? {
        // The same id came more than a day ago: it is in the store and stays counted once.
        return Ok(Saved::Duplicate);
    }
    store::attachments::link(db, project, processed.id, issue).await?;
    store::user_reports::link(db, project, processed.id, issue).await?;
    let new_user = !stored.user_tag.is_empty() && store::issues::add_user(db, issue, &stored.user_tag).await?;
    store::issues::record(db, project, issue, &seen, new_user).await?;
    if !stored.environment.is_empty() {
        store::issues::record_environment(db, issue, &stored.environment, seen.at).await?;
    }
    Ok(saved)
}

fn stored(processed: &ProcessedEvent, place: Option<(IssueId, &Grouping)>) -> StoredEvent {
    let event = &processed.event;
    let user = event.user.as_ref();
    StoredEvent {
        project: processed.project,
        id: processed.id,
        issue: place.map(|(issue, _)| issue),
        event_type: event.kind.name().to_owned(),
        hash: place
            .map(|(_, grouping)| grouping.hashes[0].to_string())
            .unwrap_or_default(),
        grouping_strategy: place
            .map(|(_, grouping)| grouping.strategy.to_string())
            .unwrap_or_default(),
        timestamp: event.timestamp.unwrap_or(processed.received_at),
        received_at: processed.received_at,
        environment: event.environment.clone().unwrap_or_default(),
        user_tag: user.and_then(|user| user.sentry_user.clone()).unwrap_or_default(),
        payload: processed.payload.clone(),
    }
}

/// By one of its hashes, the newest strategy's first. Where only a hash of the strategy that the project moves away from
/// is known, the event stays in its issue and brings the new hashes along (`ingest.md` §6.9).
async fn find_or_create_issue(
    app: &App,
    db: &mut Connection,
    processed: &ProcessedEvent,
    seen: &Sighting,
    (hashes, previous): (&[String], &[String]),
) -> Result<(Saved, IssueId), store::Error> {
    let project = processed.project;
    let all: Vec<String> = hashes.iter().chain(previous).cloned().collect();
    for hash in &all {
        let Some((issue, status)) = store::issues::find_by_hash(db, project, hash).await? else {
            continue;
        };
        if all.len() > 1 {
            store::issues::bind_hashes(db, project, issue, &all).await?;
        }
        return Ok((reopen(db, project, issue, status, seen).await?, issue));
    }
    let issue = IssueId(app.ids.next());
    let new = NewIssue {
        id: issue,
        project,
        short_number: store::projects::next_short_number(db, project).await?,
        priority: Priority::of_level(seen.level),
    };
    store::issues::create(db, new, seen).await?;
    store::issues::bind_hashes(db, project, issue, &all).await?;
    tracing::debug!(project.id = %project, issue.id = %issue, event.received_at = %processed.received_at, "new issue");
    Ok((Saved::NewIssue(issue), issue))
}

/// An event from before the resolution that arrives late reopens nothing.
async fn reopen(
    db: &mut Connection,
    project: ProjectId,
    issue: IssueId,
    status: StatusChange,
    seen: &Sighting,
) -> Result<Saved, store::Error> {
    if status.status != IssueStatus::Resolved || status.resolved_at.is_some_and(|at| seen.at <= at) {
        return Ok(Saved::KnownIssue(issue));
    }
    let reopened = StatusChange {
        status: IssueStatus::Unresolved,
        substatus: Substatus::Regressed,
        resolved_at: None,
    };
    store::issues::set_status(db, project, issue, reopened).await?;
    Ok(Saved::Regression(issue))
}

fn sighting(processed: &ProcessedEvent) -> Sighting {
    let ProcessedEvent {
        event,
        summary,
        received_at,
        ..
    } = processed;
    let metadata = &summary.metadata;
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
            .filter(|event| event.issue == Some(issue.id)),
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
    let (previous, next) = match stored.issue {
        Some(issue) => store::events::neighbors(db, stored.project, issue, stored.place()).await?,
        None => (None, None),
    };
    Ok(EventInIssue { stored, previous, next })
}
