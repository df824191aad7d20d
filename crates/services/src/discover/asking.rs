//! Questions are answered on threads of their own, a few at once for each organization, and given up when nobody waits
//! for the answer any longer.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::OrganizationId;
use store::events::{Cancel, EventIndex, Limits, QuestionError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::DiscoverError;
use crate::App;

/// How many questions of an organization are answered at once.
const MOST_AT_ONCE: usize = 10;

/// How long the next one waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The turns of each organization.
#[derive(Debug, Default)]
pub(super) struct Turns {
    of: Mutex<HashMap<OrganizationId, Arc<Semaphore>>>,
    /// Questions so far.
    asked: AtomicU64,
}

/// How many questions the index was asked since the start; answers that were kept do not count.
pub fn asked(app: &App) -> u64 {
    app.questions.turns.asked.load(Ordering::Relaxed)
}

impl Turns {
    async fn take(&self, organization: OrganizationId, wait: Duration) -> Result<OwnedSemaphorePermit, DiscoverError> {
        let turns = {
            let mut known = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(MOST_AT_ONCE));
            Arc::clone(known.entry(organization).or_insert_with(new))
        };
        match tokio::time::timeout(wait, turns.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(DiscoverError::TooManyAtOnce(MOST_AT_ONCE)),
        }
    }
}

/// Asks the index, under the limits of the organization. The question ends early when this future is dropped.
pub async fn ask<T: Send + 'static>(
    app: &App,
    organization: OrganizationId,
    question: impl FnOnce(&EventIndex, &Limits) -> Result<T, QuestionError> + Send + 'static,
) -> Result<T, DiscoverError> {
    let turn = app.questions.turns.take(organization, LONGEST_WAIT).await?;
    let asker = Asker(Cancel::default());
    let limits = Limits {
        cancel: asker.0.clone(),
        ..Limits::default()
    };
    app.questions.turns.asked.fetch_add(1, Ordering::Relaxed);
    let index = app.events.clone();
    let work = move || {
        // Held until the thread is done, also when the asker has gone.
        let _turn = turn;
        question(&index, &limits)
    };
    let answer = tokio::task::spawn_blocking(work)
        .await
        .map_err(|died| QuestionError::Index(Box::new(died)))?;
    drop(asker);
    Ok(answer?)
}

/// Whoever waits for an answer.
struct Asker(Cancel);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACME: OrganizationId = OrganizationId(1);

    #[tokio::test]
    async fn an_organization_has_so_many_turns_and_takes_none_from_others() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            taken.push(turns.take(ACME, Duration::ZERO).await.unwrap());
        }
        let refused = turns.take(ACME, Duration::ZERO).await;
        assert!(
            matches!(refused, Err(DiscoverError::TooManyAtOnce(MOST_AT_ONCE))),
            "{refused:?}"
        );
        assert!(turns.take(OrganizationId(2), Duration::ZERO).await.is_ok());
        // One that waits gets the turn of one that is done.
        let (waiting, ()) = tokio::join!(turns.take(ACME, LONGEST_WAIT), async {
            tokio::task::yield_now().await;
            taken.pop();
        });
        assert!(waiting.is_ok());
    }
}
