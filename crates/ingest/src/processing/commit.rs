//! A batch becomes one transaction: issues, counters, outcomes, the position behind it.

use std::collections::HashMap;

use alerts::Change;
use model::{DataCategory, IssueId, OrganizationId, Outcome, OutcomeKind, ProjectId};
use quota::Scoping;
use services::{
    App, alert_firings, attachments,
    events::{self, NewEvent, Saved, SavedEvents},
    quotas, stored_items,
    user_reports::{self, SaveError},
};
use spool::Position;
use store::{
    Connection, Tx,
    event_outcomes::EventOutcome,
    files::CreateError,
    index_batches::{self, Decision, IndexBatch},
    issues::Standing,
    outcomes::{OutcomeCounts, OutcomeKey},
    spool_positions,
};

use super::{
    DecodedBatch, Processor,
    item::{Content, Origin, Processed, Save, SpooledItem},
    quarantine,
};

#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Quarantine(#[from] quarantine::PutAsideError),
}

/// A batch that is in the database.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) counts: OutcomeCounts,
    /// Of the accepted items that have rows in the event index, by their place in the batch.
    pub(super) decisions: Vec<(usize, Decision)>,
}

/// On an error nothing of the batch is in the database, and it can be tried again: quarantine entries are named by their
/// place in the spool, so that putting one twice is putting it once.
pub(super) async fn batch(processor: &Processor, batch: &DecodedBatch) -> Result<Committed, CommitError> {
    let mut tx = processor.app.store.begin().await?;
    let mut state = State {
        counts: OutcomeCounts::new(),
        not_accepted: Vec::new(),
        decisions: Vec::new(),
        projects: HashMap::new(),
        refused_events: HashMap::new(),
    };
    let mut events = save_events(processor, &mut tx, batch, &mut state).await?;
    for (index, item) in batch.items.iter().enumerate() {
        let event = events.saved.remove(&index);
        self::item(processor, &mut tx, (index, item), event, &mut state).await?;
    }
    hand_over(processor, &mut tx, batch, &events, &state).await?;
    store::outcomes::add(&mut tx, &state.counts).await?;
    for outcome in &state.not_accepted {
        // The project may be gone, and its rows with it.
        if state.projects.get(&outcome.project) != Some(&false) {
            store::event_outcomes::add(&mut tx, outcome).await?;
        }
    }
    if !state.decisions.is_empty() {
        let rows = IndexBatch {
            start: batch.start.0,
            position: batch.next.0,
            decisions: state.decisions.iter().map(|(_, decision)| decision.clone()).collect(),
        };
        index_batches::add(&mut tx, &rows).await?;
    }
    let newest = state.decisions.iter().map(|(_, decision)| decision.sequence).max();
    spool_positions::set(&mut tx, spool_positions::SHARD, batch.next.0, newest.unwrap_or(0)).await?;
    tx.commit().await?;
    processor.app.jobs.wake();
    refund(processor, batch).await;
    Ok(Committed {
        counts: state.counts,
        decisions: state.decisions,
    })
}

/// What saving an event came to. An error: the database refused this one event for good.
type SavedEvent = Result<Saved, String>;

/// What saving the events of a batch came to, by their places in it.
#[derive(Debug, Default)]
struct SavedOfBatch {
    saved: HashMap<usize, SavedEvent>,
    /// The issues of those that were saved, and what they did to them.
    changes: HashMap<usize, (IssueId, Change)>,
    /// How issues stand behind the batch.
    issues: HashMap<IssueId, Standing>,
}

impl SavedOfBatch {
    fn add(&mut self, places: &[usize], saved: SavedEvents) {
        for ((place, one), change) in places.iter().zip(&saved.saved).zip(saved.changes) {
            self.saved.insert(*place, Ok(*one));
            if let Some(issue) = one.issue() {
                self.changes.insert(*place, (issue, change));
            }
        }
        self.issues.extend(saved.issues);
    }
}

/// Lets the alert rules be asked about the events that were saved.
async fn hand_over(
    processor: &Processor,
    tx: &mut Tx,
    batch: &DecodedBatch,
    events: &SavedOfBatch,
    state: &State,
) -> Result<(), store::Error> {
    let saved: Vec<alert_firings::SavedEvent<'_>> = state
        .decisions
        .iter()
        .filter_map(|(place, decision)| {
            let (issue, change) = events.changes.get(place)?;
            let Processed::Save {
                what: Save::Event(event),
                ..
            } = &batch.items[*place]
            else {
                return None;
            };
            Some(alert_firings::SavedEvent {
                issue: *issue,
                event,
                change: *change,
                sequence: decision.sequence,
            })
        })
        .collect();
    alert_firings::hand_over(&processor.app, tx, batch.next.0, &saved, &events.issues).await
}

/// Saves all events of a batch together, because what many of them do to one issue is one change. Where the database
/// finds fault with one, each is saved by itself, so that only that one goes to the quarantine.
async fn save_events(
    processor: &Processor,
    tx: &mut Tx,
    batch: &DecodedBatch,
    state: &mut State,
) -> Result<SavedOfBatch, CommitError> {
    let (mut places, mut events) = (Vec::new(), Vec::new());
    for (index, item) in batch.items.iter().enumerate() {
        if let Processed::Save {
            what: Save::Event(event),
            item: SpooledItem { origin, .. },
            ..
        } = item
            && state.has_project(tx, origin.organization, origin.project).await?
        {
            places.push(index);
            events.push(&**event);
        }
    }
    let mut of_batch = SavedOfBatch::default();
    if events.is_empty() {
        return Ok(of_batch);
    }
    if let Ok(all) = save_some(processor, tx, &events).await? {
        of_batch.add(&places, all);
        return Ok(of_batch);
    }
    for (place, event) in places.into_iter().zip(events) {
        match save_some(processor, tx, &[event]).await? {
            Ok(saved) => of_batch.add(&[place], saved),
            Err(error) => {
                of_batch.saved.insert(place, Err(error));
            }
        }
    }
    Ok(of_batch)
}

/// Saves events in a savepoint. The inner error: the database refused them, and nothing of them is there.
async fn save_some(
    processor: &Processor,
    tx: &mut Tx,
    events: &[&NewEvent],
) -> Result<Result<SavedEvents, String>, CommitError> {
    let mut savepoint = tx.savepoint().await?;
    match events::save_watched(&processor.app, &mut savepoint, events).await {
        Ok(saved) => {
            savepoint.release().await?;
            Ok(Ok(saved))
        }
        // The database itself is in trouble: the whole batch waits.
        Err(error) if error.is_transient() => Err(error.into()),
        Err(error) => {
            savepoint.rollback().await?;
            Ok(Err(error.to_string()))
        }
    }
}

/// What filters did not want uses up no quota.
async fn refund(processor: &Processor, batch: &DecodedBatch) {
    for item in &batch.items {
        let Processed::Counted {
            origin,
            outcome,
            quantities,
        } = item
        else {
            continue;
        };
        if outcome.kind != OutcomeKind::Filtered {
            continue;
        }
        let scoping = Scoping {
            organization: origin.organization,
            project: origin.project,
            key: origin.key,
        };
        if let Err(error) = quotas::refund(&processor.app, scoping, quantities, origin.received_at).await {
            tracing::warn!(error = %error, "what a filter dropped still counts against the quotas");
        }
    }
}

struct State {
    counts: OutcomeCounts,
    /// What somebody may ask for by its event id.
    not_accepted: Vec<EventOutcome>,
    /// Of the items that have rows in the event index, by their place in the batch.
    decisions: Vec<(usize, Decision)>,
    /// Whether a project is (still) there.
    projects: HashMap<ProjectId, bool>,
    /// Events that were not taken: what came in the same record and belongs to them shares their outcome.
    refused_events: HashMap<Position, Outcome>,
}

/// `event` is what saving the item came to, if it is an event.
async fn item(
    processor: &Processor,
    tx: &mut Tx,
    (index, item): (usize, &Processed),
    event: Option<SavedEvent>,
    state: &mut State,
) -> Result<(), CommitError> {
    match item {
        Processed::Counted {
            origin,
            outcome,
            quantities,
        } => state.count(*origin, outcome, quantities),
        Processed::Failed { item, error } => quarantine::put(processor, item, error).await?,
        Processed::Unreadable { entry, body } => quarantine::put_record(processor, entry, body).await?,
        Processed::Save { what, quantities, item } => {
            let origin = item.origin;
            if !state.has_project(tx, origin.organization, origin.project).await? {
                state.count(origin, &Outcome::invalid("project_id"), quantities);
                return Ok(());
            }
            if let Some(outcome) = state
                .refused_events
                .get(&item.id.position)
                .filter(|_| item.follows_event)
            {
                let outcome = outcome.clone();
                state.count(origin, &outcome, quantities);
                return Ok(());
            }
            let outcome = match event {
                Some(Ok(saved)) => Some(outcome_of(saved)),
                Some(Err(error)) => {
                    quarantine::put(processor, item, &error).await?;
                    None
                }
                None => save(processor, tx, what, item).await?,
            };
            let Some(outcome) = outcome else { return Ok(()) };
            if outcome == Outcome::ACCEPTED {
                state.decide(&processor.app, index, what, item);
            } else if matches!(what, Save::Event(_)) {
                state.refused_events.insert(item.id.position, outcome.clone());
            }
            state.count(origin, &outcome, quantities);
        }
    }
    Ok(())
}

fn outcome_of(saved: Saved) -> Outcome {
    match saved {
        Saved::Duplicate => Outcome::invalid("duplicate"),
        Saved::Discarded => Outcome::filtered("discarded-hash"),
        Saved::NewIssue(_) | Saved::KnownIssue(_) | Saved::Regression(_) | Saved::WithoutIssue => Outcome::ACCEPTED,
    }
}

/// Saves an item in a savepoint of its own. `None`: the database refused this one item, and it is in quarantine.
async fn save(
    processor: &Processor,
    tx: &mut Tx,
    what: &Save,
    item: &SpooledItem,
) -> Result<Option<Outcome>, CommitError> {
    let mut savepoint = tx.savepoint().await?;
    match write(processor, &mut savepoint, what).await {
        Ok(outcome) => {
            savepoint.release().await?;
            Ok(Some(outcome))
        }
        // The database itself is in trouble: the whole batch waits.
        Err(WriteError::Store(error) | WriteError::Content(CreateError::Store(error))) if error.is_transient() => {
            Err(error.into())
        }
        Err(error) => {
            savepoint.rollback().await?;
            quarantine::put(processor, item, &error.to_string()).await?;
            Ok(None)
        }
    }
}

/// Why an item could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Content(#[from] CreateError),
    #[error("the content was not prepared")]
    Unprepared,
}

async fn write(processor: &Processor, db: &mut Connection, what: &Save) -> Result<Outcome, WriteError> {
    let app = &processor.app;
    match what {
        // Rows of the event index alone.
        Save::Documents(_) => Ok(Outcome::ACCEPTED),
        Save::Attachment(new, Content::Prepared(content)) => {
            attachments::create(app, db, new, content).await?;
            Ok(Outcome::ACCEPTED)
        }
        Save::Upload(new, upload) => {
            let waited = attachments::adopt(app, db, *upload, new).await?;
            Ok(if waited {
                Outcome::ACCEPTED
            } else {
                Outcome::invalid("payload")
            })
        }
        Save::StoredItem(new, Content::Prepared(payload)) => {
            let is_new = stored_items::create(app, db, new, payload).await?;
            Ok(if is_new {
                Outcome::ACCEPTED
            } else {
                Outcome::invalid("duplicate")
            })
        }
        // Events were saved before, all together.
        Save::Event(_) | Save::Attachment(_, Content::Bytes(_)) | Save::StoredItem(_, Content::Bytes(_)) => {
            Err(WriteError::Unprepared)
        }
        Save::UserReport(new) => match user_reports::save(app, db, new).await {
            Ok(_) => Ok(Outcome::ACCEPTED),
            Err(SaveError::TooLong) => Ok(Outcome::invalid("payload")),
            Err(SaveError::EventTooOld) => Ok(Outcome::invalid("timestamp")),
            Err(SaveError::AlreadyReported) => Ok(Outcome::invalid("duplicate")),
            Err(SaveError::Store(error)) => Err(error.into()),
        },
    }
}

impl State {
    /// Notes that an accepted item goes into the event index, if it has rows there.
    fn decide(&mut self, app: &App, index: usize, what: &Save, item: &SpooledItem) {
        let Some(first) = what.documents().first() else { return };
        let decision = Decision {
            record: item.id.position.0,
            item: item.id.item,
            sequence: app.next_sequence(),
            hash: first.hash.clone(),
        };
        self.decisions.push((index, decision));
    }

    fn count(&mut self, origin: Origin, outcome: &Outcome, quantities: &[(DataCategory, u64)]) {
        if let Some(event_id) = origin.event_id.filter(|_| *outcome != Outcome::ACCEPTED)
            && let Some((category, _)) = quantities.first()
        {
            self.not_accepted.push(EventOutcome {
                project: origin.project,
                event_id,
                received_at: origin.received_at,
                category: *category,
                outcome: outcome.clone(),
            });
        }
        for (category, quantity) in quantities {
            let key = OutcomeKey {
                hour: origin.received_at.truncate(OutcomeKey::HOUR),
                organization: origin.organization,
                project: origin.project,
                key: origin.key,
                category: *category,
                outcome: outcome.clone(),
            };
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(i64::try_from(*quantity).unwrap_or(i64::MAX));
        }
    }

    async fn has_project(
        &mut self,
        tx: &mut Tx,
        organization: OrganizationId,
        project: ProjectId,
    ) -> Result<bool, store::Error> {
        if let Some(known) = self.projects.get(&project) {
            return Ok(*known);
        }
        let there = store::projects::find(tx, organization, project).await?.is_some();
        self.projects.insert(project, there);
        Ok(there)
    }
}
