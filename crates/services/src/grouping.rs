//! Why an event is where it is, and where other rules would put the events of a project.

use std::{collections::HashMap, time::Duration};

use ::grouping::{Config, Hash, Regrouping, Sample, Settings};
use model::{EventId, IssueId, ProjectId};
use protocol::event::Event;
use serde_json::Value;
use store::{
    events::{EventPage, EventsOf, PageStart, StoredEvent},
    issues::Issue,
};
use tokio::sync::{Semaphore, mpsc};

use crate::{
    App,
    access::{AccessError, ProjectScope},
    events::{self, EventSearch},
    settings::{self, Problem, ProjectTopic as _},
};

/// How many events a preview looks at.
pub const PREVIEW_EVENTS: usize = 1_000;

/// A preview ends after this time with what it has seen by then.
const PREVIEW_TIME: Duration = Duration::from_secs(20);

/// Events that are read at once; as many wait to be grouped. An event has a megabyte at most.
const PAGE: usize = 20;

/// Each preview needs a core and some twenty megabytes: others wait.
static PREVIEWS: Semaphore = Semaphore::const_new(1);

#[derive(Debug, thiserror::Error)]
pub enum InfoError {
    #[error("the event belongs to no issue")]
    WithoutIssue,
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// Why an event has its hashes: the variants of today's settings, each compared with what was stored.
pub async fn info(app: &App, scope: &ProjectScope, event: EventId) -> Result<Value, InfoError> {
    let stored = crate::events::get(app, scope.project.id, event).await?.stored;
    of_stored(app, &stored).await
}

/// The same for an event that was read.
pub async fn of_stored(app: &App, stored: &StoredEvent) -> Result<Value, InfoError> {
    let issue = stored.issue.ok_or(InfoError::WithoutIssue)?;
    let config = config(app, stored.project).await.map_err(AccessError::Store)?;
    // Only its first hash is stored with an event; the others are those of its issue.
    let mut db = app.store.read().await.map_err(AccessError::Store)?;
    let of_issue = store::issues::hashes(&mut db, stored.project, issue).await;
    let of_issue = of_issue.map_err(AccessError::Store)?;
    drop(db);
    let hashes = of_issue.iter().chain([&stored.hash]);
    let hashes: Vec<Hash> = hashes.filter_map(|hash| hash.parse().ok()).collect();
    let (payload, at) = (stored.payload.clone(), stored.received_at);
    let info = tokio::task::spawn_blocking(move || {
        let mut event = Event::from_stored(&payload).ok()?;
        let grouping = config.group(&mut event, at);
        Some(::grouping::grouping_info(&grouping, &hashes))
    })
    .await
    .expect("grouping does not panic");
    Ok(info.ok_or(AccessError::NotFound)?)
}

async fn config(app: &App, project: ProjectId) -> Result<Config, store::Error> {
    let settings = settings::read_project(&mut *app.store.read().await?, project).await?;
    // Settings were checked when they were set; what a newer version finds fault with is left out there too.
    Ok(Config::new(&settings.grouping).unwrap_or_default())
}

#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error("the settings hold values that cannot be taken")]
    Invalid(Vec<Problem>),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What a change of the settings would do to the project's newest events.
#[derive(Debug)]
pub struct Preview {
    pub regrouping: Regrouping,
    /// Whether the time was up before all of [`PREVIEW_EVENTS`] were looked at.
    pub out_of_time: bool,
}

/// How the newest events of the project would be grouped with `settings`. Nothing is changed.
pub async fn preview(app: &App, scope: &ProjectScope, settings: &Settings) -> Result<Preview, PreviewError> {
    let problems = settings.problems();
    if !problems.is_empty() {
        return Err(PreviewError::Invalid(problems));
    }
    let config = Config::new(settings).unwrap_or_default();
    let _permit = PREVIEWS.acquire().await.expect("it is never closed");
    let (send, mut samples) = mpsc::channel::<StoredEvent>(1);
    let now = app.now();
    let grouped = tokio::task::spawn_blocking(move || {
        let samples = std::iter::from_fn(|| samples.blocking_recv());
        ::grouping::preview(samples.filter_map(sample), &config, now)
    });
    let fed = tokio::time::timeout(PREVIEW_TIME, feed(app, scope.project.id, send)).await;
    let regrouping = grouped.await.expect("grouping does not panic");
    let out_of_time = match fed {
        Ok(fed) => {
            fed?;
            false
        }
        Err(_) => true,
    };
    Ok(Preview {
        regrouping,
        out_of_time,
    })
}

/// Sends the newest events that belong to issues, page by page, as fast as they are taken.
async fn feed(app: &App, project: ProjectId, samples: mpsc::Sender<StoredEvent>) -> Result<(), store::Error> {
    let (search, mut start) = (EventSearch::all(EventsOf::Project(project)), PageStart::Newest);
    for _ in 0..PREVIEW_EVENTS / PAGE {
        let page = EventPage {
            start,
            limit: PAGE as i64,
        };
        let events = events::list(app, search.clone(), page).await?;
        let Some(last) = events.last() else { break };
        start = PageStart::OlderThan(last.place());
        for event in events {
            // Nobody takes them any longer when grouping has failed, which the caller notices.
            if samples.send(event).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// An event that cannot be read was not grouped by rules either.
fn sample(stored: StoredEvent) -> Option<Sample> {
    let event = Event::from_stored(&stored.payload).ok()?;
    Some(Sample {
        title: normalize::metadata(&event).title,
        hash: stored.hash.parse().ok()?,
        event,
    })
}

/// The issues that hashes of a project lead to now; those that lead to none are left out.
pub async fn issues_of(app: &App, scope: &ProjectScope, hashes: &[Hash]) -> Result<HashMap<Hash, Issue>, store::Error> {
    let mut db = app.store.read().await?;
    let texts: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut ids: HashMap<Hash, IssueId> = HashMap::new();
    for bound in store::issues::bound(&mut db, scope.project.id, &texts).await? {
        if let Ok(hash) = bound.hash.parse() {
            ids.insert(hash, bound.issue);
        }
    }
    let wanted: Vec<IssueId> = ids.values().copied().collect();
    let issues = store::issues::find_all(&mut db, scope.organization.id, &wanted).await?;
    let issues: HashMap<IssueId, Issue> = issues.into_iter().map(|issue| (issue.id, issue)).collect();
    let found = ids.into_iter();
    Ok(found
        .filter_map(|(hash, id)| Some((hash, issues.get(&id)?.clone())))
        .collect())
}
