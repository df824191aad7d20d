//! Not being told by a rule for a while: oneself, or everybody.

use model::{MetricAlertId, SnoozeId, Timestamp, UserId};
use serde_json::json;
use store::{Tx, metric_alerts::MetricSnooze};

use super::{
    MetricAlert,
    change::{ChangeError, find, find_seen, record},
};
use crate::{
    App,
    access::OrganizationScope,
    audit::{Action, Change},
};

/// Who is spared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnoozeFor {
    Me,
    Everybody,
}

#[derive(Debug, thiserror::Error)]
pub enum SnoozeError {
    #[error("only users snooze for themselves")]
    NoUser,
    #[error("the end lies in the past")]
    Past,
    /// Neither for oneself nor for everybody.
    #[error("the rule is not snoozed")]
    NotSnoozed,
    #[error(transparent)]
    Change(#[from] ChangeError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn user(scope: &OrganizationScope, target: SnoozeFor) -> Result<Option<UserId>, SnoozeError> {
    match target {
        SnoozeFor::Everybody => Ok(None),
        SnoozeFor::Me => scope.actor.user_id().map(Some).ok_or(SnoozeError::NoUser),
    }
}

/// Everybody who sees a rule may spare themselves; to spare all others is to change it.
async fn asked(
    app: &App,
    scope: &OrganizationScope,
    tx: &mut Tx,
    id: MetricAlertId,
    target: SnoozeFor,
) -> Result<MetricAlert, ChangeError> {
    match target {
        SnoozeFor::Me => find_seen(scope, tx, id).await,
        SnoozeFor::Everybody => find(app, scope, tx, id).await,
    }
}

/// Takes the place of the one that the same people had; without an end it holds until somebody takes it back.
pub async fn snooze(
    app: &App,
    scope: &OrganizationScope,
    id: MetricAlertId,
    target: SnoozeFor,
    until: Option<Timestamp>,
) -> Result<MetricSnooze, SnoozeError> {
    let (user, now) = (user(scope, target)?, app.now());
    if until.is_some_and(|until| until <= now) {
        return Err(SnoozeError::Past);
    }
    let mut tx = app.store.begin().await?;
    let alert = asked(app, scope, &mut tx, id, target).await?;
    let new = MetricSnooze {
        id: SnoozeId(app.ids.next()),
        alert: id,
        user,
        until,
        made_by: scope.actor.user_id(),
        created_at: now,
    };
    store::metric_alerts::set_snooze(&mut tx, &new).await?;
    let change = Change::created(&told(user, until));
    record(app, &mut tx, scope, &alert, Action::METRIC_ALERT_SNOOZED, change).await?;
    tx.commit().await?;
    Ok(new)
}

pub async fn end_snooze(
    app: &App,
    scope: &OrganizationScope,
    id: MetricAlertId,
    target: SnoozeFor,
) -> Result<(), SnoozeError> {
    let user = user(scope, target)?;
    let mut tx = app.store.begin().await?;
    let alert = asked(app, scope, &mut tx, id, target).await?;
    if !store::metric_alerts::delete_snooze(&mut tx, id, user).await? {
        return Err(SnoozeError::NotSnoozed);
    }
    let change = Change::removed(&told(user, None));
    record(app, &mut tx, scope, &alert, Action::METRIC_ALERT_UNSNOOZED, change).await?;
    Ok(tx.commit().await?)
}

fn told(user: Option<UserId>, until: Option<Timestamp>) -> serde_json::Value {
    json!({"target": if user.is_some() { "me" } else { "everyone" }, "until": until})
}
