//! Not being told by a rule for a while: oneself, or everybody.

use model::{AlertRuleId, SnoozeId, Timestamp, UserId};
use serde_json::json;
use store::{Tx, alert_rules::Snooze};

use super::change::record;
use crate::{
    App,
    access::ProjectScope,
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
    #[error("not found")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn user(scope: &ProjectScope, target: SnoozeFor) -> Result<Option<UserId>, SnoozeError> {
    match target {
        SnoozeFor::Everybody => Ok(None),
        SnoozeFor::Me => scope.actor.user_id().map(Some).ok_or(SnoozeError::NoUser),
    }
}

/// Takes the place of the one that the same people had; without an end it holds until somebody takes it back.
pub async fn snooze(
    app: &App,
    scope: &ProjectScope,
    id: AlertRuleId,
    target: SnoozeFor,
    until: Option<Timestamp>,
) -> Result<Snooze, SnoozeError> {
    let (user, now) = (user(scope, target)?, app.now());
    if until.is_some_and(|until| until <= now) {
        return Err(SnoozeError::Past);
    }
    let mut tx = app.store.begin().await?;
    let rule = store::alert_rules::find(&mut tx, scope.project.id, id).await?;
    let rule = rule.ok_or(SnoozeError::NotFound)?;
    let new = Snooze {
        id: SnoozeId(app.ids.next()),
        rule: id,
        user,
        until,
        made_by: scope.actor.user_id(),
        created_at: now,
    };
    store::alert_rules::set_snooze(&mut tx, &new).await?;
    let change = Change::created(&told(user, until));
    record(app, &mut tx, scope, &rule, Action::RULE_SNOOZED, change).await?;
    commit(app, scope, tx).await?;
    Ok(new)
}

pub async fn end_snooze(
    app: &App,
    scope: &ProjectScope,
    id: AlertRuleId,
    target: SnoozeFor,
) -> Result<(), SnoozeError> {
    let user = user(scope, target)?;
    let mut tx = app.store.begin().await?;
    let rule = store::alert_rules::find(&mut tx, scope.project.id, id).await?;
    let rule = rule.ok_or(SnoozeError::NotFound)?;
    if !store::alert_rules::delete_snooze(&mut tx, id, user).await? {
        return Err(SnoozeError::NotSnoozed);
    }
    let change = Change::removed(&told(user, None));
    record(app, &mut tx, scope, &rule, Action::RULE_UNSNOOZED, change).await?;
    commit(app, scope, tx).await
}

async fn commit(app: &App, scope: &ProjectScope, tx: Tx) -> Result<(), SnoozeError> {
    tx.commit().await?;
    app.project_configs.forget(scope.project.id);
    Ok(())
}

fn told(user: Option<UserId>, until: Option<Timestamp>) -> serde_json::Value {
    json!({"target": if user.is_some() { "me" } else { "everyone" }, "until": until})
}
