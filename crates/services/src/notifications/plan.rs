//! From a cause to its recipients: a job.

use std::time::Duration;

use model::{DeliveryId, DeliveryState, NotificationId};
use queue::{Backoff, Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use store::{
    Connection,
    deliveries::Delivery,
    notifications::{self, Notification, Recipient as Row},
};

use super::{
    Deliver,
    policy::{self, Placement},
    recipients::{self, Recipient},
};
use crate::{App, jobs};

/// Finds out who is to be told of something, and lets them be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    pub notification: NotificationId,
}

impl Job<App> for Notify {
    const NAME: &'static str = "notify";
    // What fails here is ours, as a database that is away: it is tried until it is done.
    const POLICY: Policy = Policy::Delivery(Backoff {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        attempts: None,
        jitter: false,
    });

    fn shard(&self) -> String {
        "notify".to_owned()
    }

    async fn run(self, app: &App, running: &Running) -> Result<(), JobError> {
        let mut db = app.store.read().await?;
        let Some(notification) = notifications::find(&mut db, self.notification).await? else {
            return Ok(()); // What it is about was deleted meanwhile.
        };
        if notification.planned_at.is_some() {
            return Ok(());
        }
        // Read beside the writer: only what is written holds it up.
        let mut found = recipients::find(app, &mut db, &notification).await?;
        drop(db);
        let mut tx = app.store.begin().await?;
        if notifications::set_planned(&mut tx, notification.id, app.now()).await? {
            recipients::leave_out_told(&mut tx, &notification, &mut found).await?;
            let placements = policy::place(app, &mut tx, &notification, &found).await?;
            write(app, &mut tx, &notification, &found, &placements).await?;
        }
        running.finish(&mut tx).await?;
        tx.commit().await?;
        app.jobs.wake();
        Ok(())
    }
}

/// Writes a row for each recipient, and a delivery for each one told at once.
async fn write(
    app: &App,
    db: &mut Connection,
    of: &Notification,
    found: &[Recipient],
    placements: &[Placement],
) -> Result<(), store::Error> {
    let mut rows = Vec::with_capacity(found.len());
    let mut place = notifications::next_place(db, of.id).await?;
    for (recipient, placement) in found.iter().zip(placements) {
        let (delivery, held) = match placement {
            Placement::None => (None, None),
            Placement::Now => (Some(deliver(app, db, of, recipient).await?), None),
            Placement::Held(reason) => (None, Some(reason)),
        };
        let detail = match held {
            Some(held) if recipient.detail.is_empty() => held.code().to_owned(),
            Some(held) => format!("{}; {}", recipient.detail, held.code()),
            None => recipient.detail.clone(),
        };
        rows.push(Row {
            notification: of.id,
            place,
            kind: recipient.who.kind().to_owned(),
            user: recipient.who.user(),
            team: recipient.who.team(),
            label: recipient.label.clone(),
            channel: recipient.channel.clone(),
            is_told: recipient.told,
            reason: recipient.reason.code().to_owned(),
            detail,
            delivery: delivery.flatten(),
        });
        place += 1;
    }
    notifications::add_recipients(db, &rows).await
}

/// Lets a message go to one recipient. `None`: another recipient of the same notification has the same address.
async fn deliver(
    app: &App,
    db: &mut Connection,
    of: &Notification,
    to: &Recipient,
) -> Result<Option<DeliveryId>, store::Error> {
    let now = app.now();
    let delivery = Delivery {
        id: DeliveryId(app.ids.next()),
        notification: of.id,
        organization: of.organization,
        project: of.project,
        issue: of.issue,
        user: to.who.user(),
        channel: to.channel.clone(),
        label: to.label.clone(),
        target: to.target.clone(),
        content: None,
        dedup_key: format!("{}:{}", of.uuid, to.place()),
        state: DeliveryState::Waiting,
        attempts: 0,
        is_doubtful: false,
        created_at: now,
        next_attempt_at: Some(now),
        sent_at: None,
    };
    if !store::deliveries::add(db, &delivery).await? {
        return Ok(None);
    }
    jobs::add(app, db, &Deliver::of(&delivery)).await?;
    Ok(Some(delivery.id))
}

/// Lets a message go that was held back. Its recipient stands in the ledger already.
pub async fn deliver_held(
    app: &App,
    db: &mut Connection,
    of: NotificationId,
    to: &Recipient,
) -> Result<(), store::Error> {
    let Some(notification) = notifications::find(db, of).await? else {
        return Ok(()); // What it is about was deleted meanwhile.
    };
    if let Some(delivery) = deliver(app, db, &notification, to).await? {
        notifications::set_delivery(db, of, &to.channel, &to.label, delivery).await?;
    }
    Ok(())
}
