//! Letting go of what was held back: a job that is done again and again.

use std::time::Duration;

use model::{NotificationKind, Timestamp};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    held_notifications::{self, Held, Timeline},
};

use super::{NewCause, ProjectNotifications};
use crate::{
    App,
    notifications::{
        self, Reason,
        causes::DigestCause,
        preferences::hour_of,
        recipients::{self, Recipient},
    },
    settings as topics,
};

/// How many timelines one run deals with before it begins anew.
const TIMELINES: i64 = 200;

/// After how long a timeline that could not be let go of is tried again.
const PUT_OFF: Duration = Duration::from_secs(3_600);

/// How long it is known how much was told in an hour.
const HOURS: i64 = 48;

/// Lets go of what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReleaseHeld {}

impl ReleaseHeld {
    pub(crate) const EVERY: Duration = Duration::from_secs(10);
}

impl Job<App> for ReleaseHeld {
    const NAME: &'static str = "release_held_notifications";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        Self::NAME.to_owned()
    }

    fn object(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        loop {
            let now = app.now();
            let due = held_notifications::due(&mut *app.store.read().await?, now, TIMELINES).await?;
            for timeline in &due {
                match let_go(app, timeline.id, now).await {
                    Ok(()) => app.jobs.wake(),
                    Err(error) if error.is_transient() => return Err(error.into()),
                    // One that cannot be read holds up none behind it.
                    Err(error) => {
                        tracing::error!(error = %error, timeline = timeline.name, "what was held back could not be let go");
                        put_off(app, timeline, now).await?;
                    }
                }
            }
            if due.is_empty() {
                break;
            }
        }
        let mut tx = app.store.begin().await?;
        held_notifications::forget_counters(&mut tx, hour_of(app.now()).0 - HOURS).await?;
        Ok(tx.commit().await?)
    }
}

async fn let_go(app: &App, timeline: i64, now: Timestamp) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    release(app, &mut tx, timeline, now).await?;
    tx.commit().await
}

/// Tries it again later.
async fn put_off(app: &App, timeline: &Timeline, now: Timestamp) -> Result<(), store::Error> {
    let mut tx = app.store.begin().await?;
    let told_at = timeline.told_at.min(now);
    held_notifications::set_times(&mut tx, timeline.id, told_at, now + PUT_OFF).await?;
    tx.commit().await
}

async fn release(app: &App, tx: &mut Tx, id: i64, now: Timestamp) -> Result<(), store::Error> {
    let Some(timeline) = held_notifications::take(tx, id, now).await? else {
        return Ok(()); // Put off meanwhile, or another process has let go of it.
    };
    let held = held_notifications::held(tx, id).await?;
    if held.is_empty() || timeline.kind != Reason::Digest.code() {
        tell(app, tx, &timeline, &held).await?;
        return held_notifications::close(tx, id).await;
    }
    tell(app, tx, &timeline, &held).await?;
    held_notifications::release(tx, id).await?;
    let project: ProjectNotifications = match timeline.project {
        Some(project) => topics::read_of_project(tx, project).await?,
        None => ProjectNotifications::default(),
    };
    held_notifications::set_times(tx, id, now, now + project.least_delay()).await
}

/// One thing is told as if it had not waited; several are told together.
async fn tell(app: &App, tx: &mut Tx, timeline: &Timeline, held: &[Held]) -> Result<(), store::Error> {
    let Some(first) = held.first() else { return Ok(()) };
    let recipient: Recipient = serde_json::from_value(first.recipient.clone())?;
    if !recipients::may_be_told(tx, timeline, &recipient).await? {
        return Ok(());
    }
    let more = u64::try_from(timeline.held)
        .unwrap_or(0)
        .saturating_sub(held.len() as u64);
    if held.len() == 1 && more == 0 {
        return notifications::deliver_held(app, tx, first.notification, &recipient).await;
    }
    let cause = DigestCause {
        why: Reason::from_code(&timeline.kind).unwrap_or(Reason::Digest),
        notifications: held.iter().map(|held| held.notification).collect(),
        since: first.held_at,
        more,
        recipient,
    };
    let digest = NewCause {
        organization: timeline.organization,
        project: timeline.project,
        issue: None,
        event: None,
        kind: NotificationKind::Digest,
        cause: serde_json::to_value(cause)?,
        is_critical: false,
    };
    notifications::cause(app, tx, digest).await?;
    Ok(())
}
