//! Delivering one message: a job that is done again until the receiver has it, or never will.
//!
//! The message is made before the first attempt and kept, so that every attempt sends the same. That an attempt begins is
//! committed before it begins: where the process dies in between, nobody knows whether the receiver has the message. It
//! is sent again, and the ledger says that it may have come twice.

use std::time::Duration;

use integrations::{Outgoing, SendError};
use model::{AttemptOutcome, DeliveryId, DeliveryState};
use queue::{Backoff, Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use store::{
    deliveries::{self, Attempt, Delivery, Progress},
    notifications,
};

use super::{content, push};
use crate::{App, mails, secret};

/// Brings a message to its receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    pub delivery: DeliveryId,
    /// The channel and the receiver's host: a slow receiver holds up only what goes to it.
    pub shard: String,
}

impl Deliver {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        // Addresses share the one mail server; what else names a receiver is its label.
        let shard = match delivery.channel.as_str() {
            "email" => "email".to_owned(),
            channel => format!("{channel}:{}", delivery.label),
        };
        Self {
            delivery: delivery.id,
            shard,
        }
    }
}

/// However long a receiver wants to be left alone.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3_600);

/// What became of an attempt.
struct Ended {
    number: u32,
    outcome: AttemptOutcome,
    answer: String,
    /// The receiver takes nothing any more. A message that is itself to blame shows nothing of that.
    is_gone: bool,
}

/// What comes after an attempt.
enum Next {
    Done(DeliveryState),
    Again(Duration),
}

impl Job<App> for Deliver {
    const NAME: &'static str = "deliver";
    const AT_ONCE: usize = 8;
    // When a message is tried again its channel says; this is for what fails on our side.
    const POLICY: Policy = Policy::Delivery(Backoff {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        attempts: None,
        jitter: false,
    });

    fn shard(&self) -> String {
        self.shard.clone()
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        let Some(delivery) = deliveries::find(&mut *app.store.read().await?, self.delivery).await? else {
            return Ok(()); // What it is about was deleted meanwhile.
        };
        if delivery.state.is_final() {
            return Ok(());
        }
        let Some(channel) = app.channels.get(&delivery.channel) else {
            return Err(JobError::give_up(format!("there is no channel `{}`", delivery.channel)));
        };
        let Some(outgoing) = prepare(app, &delivery, running).await? else {
            return Ok(());
        };
        let sent = channel.send(&outgoing).await;
        let (outcome, next) = match &sent {
            Ok(_) => (AttemptOutcome::Sent, Next::Done(DeliveryState::Sent)),
            Err(SendError::Refused { .. } | SendError::Rejected { .. }) => {
                (AttemptOutcome::Refused, Next::Done(DeliveryState::Refused))
            }
            // It goes when somebody has set the channel up.
            Err(SendError::NotSetUp { .. }) => (AttemptOutcome::Retry, Next::Done(DeliveryState::Held)),
            Err(error @ (SendError::Retry { .. } | SendError::Lost { .. })) => {
                let outcome = match error {
                    SendError::Lost { .. } => AttemptOutcome::Lost,
                    _ => AttemptOutcome::Retry,
                };
                let wished = match error {
                    SendError::Retry { after, .. } => after.map(|after| after.min(LONGEST_WISH)),
                    _ => None,
                };
                let wait = channel.policy().wait(outgoing.attempt, secret::random_unit());
                let next = wait.map_or(Next::Done(DeliveryState::Failed), |wait| {
                    Next::Again(wished.unwrap_or_default().max(wait))
                });
                (outcome, next)
            }
        };
        let answer = match &sent {
            Ok(receipt) => receipt.answer.clone(),
            Err(error) => error.answer().to_owned(),
        };
        let ended = Ended {
            number: outgoing.attempt,
            outcome,
            answer,
            is_gone: matches!(sent, Err(SendError::Refused { .. })),
        };
        note(app, &delivery, running, ended, next).await
    }
}

/// Makes the message, unless there is one, and commits that an attempt begins. `None`: there is nothing to tell any more.
async fn prepare(app: &App, delivery: &Delivery, running: &Running) -> Result<Option<Outgoing>, JobError> {
    let Some(notification) = notifications::find(&mut *app.store.read().await?, delivery.notification).await? else {
        return Ok(None);
    };
    let content = match &delivery.content {
        Some(content) => Some(content.clone()),
        None => content::make(app, delivery, &notification).await?,
    };
    let mut tx = app.store.begin().await?;
    let Some(content) = content else {
        let progress = Progress {
            state: DeliveryState::Dropped,
            next_attempt_at: None,
            sent_at: None,
        };
        deliveries::set_progress(&mut tx, delivery.id, progress).await?;
        running.finish(&mut tx).await?;
        tx.commit().await?;
        return Ok(None);
    };
    if delivery.content.is_none() {
        deliveries::set_content(&mut tx, delivery.id, &content).await?;
    }
    running.hold(&mut tx).await?;
    let attempt = deliveries::begin_attempt(&mut tx, delivery.id, app.now()).await?;
    tx.commit().await?;
    Ok(Some(Outgoing {
        delivery: delivery.id,
        notification_uuid: notification.uuid,
        attempt,
        target: delivery.target.clone(),
        content,
    }))
}

async fn note(app: &App, delivery: &Delivery, running: &Running, ended: Ended, next: Next) -> Result<(), JobError> {
    let (outcome, now) = (ended.outcome, app.now());
    let (state, wait) = match next {
        Next::Done(state) => (state, None),
        Next::Again(wait) => (DeliveryState::Waiting, Some(wait)),
    };
    let next_attempt_at = wait.map(|wait| now + wait);
    let mut tx = app.store.begin().await?;
    let attempt = Attempt {
        delivery: delivery.id,
        number: ended.number,
        started_at: now,
        ended_at: Some(now),
        outcome,
        answer: ended.answer,
        next_attempt_at,
    };
    deliveries::end_attempt(&mut tx, &attempt).await?;
    if delivery.channel == "email" {
        mails::settled(app, &mut tx, delivery, (outcome, ended.is_gone), &attempt.answer).await?;
    }
    if ended.is_gone && delivery.channel == "web_push" {
        push::forget(&mut tx, delivery).await?;
    }
    if outcome == AttemptOutcome::Lost {
        deliveries::set_doubtful(&mut tx, delivery.id).await?;
    }
    let progress = Progress {
        state,
        next_attempt_at,
        sent_at: (state == DeliveryState::Sent).then_some(now),
    };
    deliveries::set_progress(&mut tx, delivery.id, progress).await?;
    match wait {
        None => {
            // What failed for good is a dead letter of its own kind: its state says so, and it can be sent again.
            running.finish(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        }
        Some(wait) => {
            // Who has the job now may have delivered it: nothing is said over that.
            running.hold(&mut tx).await?;
            tx.commit().await?;
            Err(JobError::Later(wait))
        }
    }
}
