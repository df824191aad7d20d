//! A batch becomes one transaction: issues, counters, outcomes, the position behind it.

use std::collections::HashMap;

use model::{DataCategory, OrganizationId, Outcome, ProjectId};
use services::events::{self, Saved};
use spool::quarantine::QuarantineError;
use store::{
    Tx,
    outcomes::{OutcomeCounts, OutcomeKey},
    spool_positions,
};

use super::{
    DecodedBatch, Processor,
    item::{Origin, Processed, RawItem},
    quarantine,
};

#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
}

/// Returns what was counted. On an error nothing of the batch is in the database, and it can be tried again: quarantine
/// entries are named by their place in the spool, so that putting one twice is putting it once.
pub(super) async fn batch(processor: &Processor, batch: &DecodedBatch) -> Result<OutcomeCounts, CommitError> {
    let mut tx = processor.app.store.begin().await?;
    let mut state = State {
        counts: OutcomeCounts::new(),
        projects: HashMap::new(),
    };
    for item in &batch.items {
        self::item(processor, &mut tx, item, &mut state).await?;
    }
    store::outcomes::add(&mut tx, &state.counts).await?;
    spool_positions::set(&mut tx, spool_positions::SHARD, batch.next.0).await?;
    tx.commit().await?;
    Ok(state.counts)
}

struct State {
    counts: OutcomeCounts,
    /// Whether a project is (still) there.
    projects: HashMap<ProjectId, bool>,
}

async fn item(processor: &Processor, tx: &mut Tx, item: &Processed, state: &mut State) -> Result<(), CommitError> {
    match item {
        Processed::Counted {
            origin,
            outcome,
            quantities,
        } => state.count(*origin, outcome, quantities),
        Processed::Failed { raw, error } => quarantine::put(processor, raw, error).await?,
        Processed::Unreadable { entry, body } => quarantine::put_record(processor, entry, body).await?,
        Processed::Event { event, raw } => {
            let origin = raw.origin();
            let quantities = raw.headers.quantities(raw.payload.len() as u64);
            if !state.has_project(tx, origin.organization, origin.project).await? {
                state.count(origin, &Outcome::invalid("project_id"), &quantities);
                return Ok(());
            }
            match save(processor, tx, event, raw).await? {
                Some(Saved::Duplicate) => state.count(origin, &Outcome::invalid("duplicate"), &quantities),
                Some(_) => state.count(origin, &Outcome::ACCEPTED, &quantities),
                None => {}
            }
        }
    }
    Ok(())
}

/// Saves an event in a savepoint of its own. `None`: the database refused this one event, and it is in quarantine.
async fn save(
    processor: &Processor,
    tx: &mut Tx,
    event: &events::ProcessedEvent,
    raw: &RawItem,
) -> Result<Option<Saved>, CommitError> {
    let mut savepoint = tx.savepoint().await?;
    match events::save(&processor.app, &mut savepoint, event).await {
        Ok(saved) => {
            savepoint.release().await?;
            Ok(Some(saved))
        }
        // The database itself is in trouble: the whole batch waits.
        Err(error) if error.is_transient() => Err(error.into()),
        Err(error) => {
            savepoint.rollback().await?;
            quarantine::put(processor, raw, &error.to_string()).await?;
            Ok(None)
        }
    }
}

impl State {
    fn count(&mut self, origin: Origin, outcome: &Outcome, quantities: &[(DataCategory, u64)]) {
        for (category, quantity) in quantities {
            let key = OutcomeKey {
                hour: origin.received_at.truncate(OutcomeKey::HOUR),
                organization: origin.organization,
                project: origin.project,
                key: origin.key,
                category: *category,
                outcome: outcome.clone(),
            };
            *self.counts.entry(key).or_default() += i64::try_from(*quantity).unwrap_or(i64::MAX);
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
