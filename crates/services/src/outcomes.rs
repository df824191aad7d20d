//! What became of items: in numbers, and of a single event.

use std::time::Duration;

use model::{EventId, IssueId, OrganizationId, ProjectId, Timestamp};
use store::{
    event_outcomes::EventOutcome,
    outcomes::{OutcomeFilter, OutcomeGroup, OutcomeSum, OutcomeTotal},
};

use crate::{
    App,
    access::{OrganizationScope, ProjectScope, Visible},
};

/// For how long it is known what became of a single event that was not accepted.
pub const EVENT_OUTCOME_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// Totals of a project since then, by category, outcome and reason.
pub async fn totals(app: &App, scope: &ProjectScope, since: Timestamp) -> Result<Vec<OutcomeTotal>, store::Error> {
    store::outcomes::totals(&mut *app.store.read().await?, scope.project.id, since).await
}

/// A stretch of time in equal buckets of whole hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: Timestamp,
    pub end: Timestamp,
    pub interval: Duration,
}

impl Period {
    /// Outcomes are counted by the hour.
    pub const SMALLEST_INTERVAL: Duration = Duration::from_secs(3600);

    /// Where the buckets begin; the last one may reach beyond the end.
    pub fn buckets(&self) -> Vec<Timestamp> {
        let mut starts = Vec::new();
        let mut at = self.start;
        while at < self.end {
            starts.push(at);
            at = at + self.interval;
        }
        starts
    }
}

/// Sums of an organization, told apart by `groups`, in the buckets of `period`.
pub async fn sums(
    app: &App,
    scope: &OrganizationScope,
    filter: &OutcomeFilter,
    groups: &[OutcomeGroup],
    period: Period,
) -> Result<Vec<OutcomeSum>, store::Error> {
    let Period { start, end, interval } = period;
    let mut db = app.store.read().await?;
    let filter = OutcomeFilter {
        projects: scope.visible.narrow(&filter.projects),
        ..filter.clone()
    };
    store::outcomes::sums(&mut db, scope.organization.id, &filter, groups, (start, end, interval)).await
}

/// What became of an event, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventStory {
    pub event_id: EventId,
    /// Accepted and stored.
    pub stored: Option<StoredPlace>,
    /// What of it was not accepted, the latest first.
    pub outcomes: Vec<EventOutcome>,
}

/// Where an accepted event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlace {
    pub project: ProjectId,
    pub issue: Option<IssueId>,
    pub event_type: String,
    pub received_at: Timestamp,
}

pub async fn of_event(app: &App, scope: &OrganizationScope, event_id: EventId) -> Result<EventStory, store::Error> {
    story(app, scope.organization.id, &scope.visible, event_id).await
}

/// The same over all organizations, those that know nothing of it left out: for the person who runs the installation.
pub async fn of_event_everywhere(
    app: &App,
    event_id: EventId,
) -> Result<Vec<(store::organizations::Organization, EventStory)>, store::Error> {
    let organizations = store::organizations::list_all(&mut *app.store.read().await?).await?;
    let mut stories = Vec::new();
    for organization in organizations {
        let story = story(app, organization.id, &Visible::All, event_id).await?;
        if story.stored.is_some() || !story.outcomes.is_empty() {
            stories.push((organization, story));
        }
    }
    Ok(stories)
}

async fn story(
    app: &App,
    organization: OrganizationId,
    visible: &Visible,
    event_id: EventId,
) -> Result<EventStory, store::Error> {
    let stored = crate::events::find_in_organization(app, organization, visible, event_id).await?;
    let mut db = app.store.read().await?;
    let mut outcomes = store::event_outcomes::list(&mut db, organization, event_id).await?;
    outcomes.retain(|outcome| visible.has(outcome.project));
    Ok(EventStory {
        event_id,
        stored: stored.map(|event| StoredPlace {
            project: event.project,
            issue: event.issue,
            event_type: event.event_type,
            received_at: event.received_at,
        }),
        outcomes,
    })
}
