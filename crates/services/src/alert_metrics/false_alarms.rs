//! Saying of an alert that there was nothing to be told.

use std::collections::HashSet;

use model::{FiringId, IssueId};
use store::{alert_firings::Firing, alert_metrics::FalseAlarm};

use crate::{App, access::OrganizationScope};

#[derive(Debug, thiserror::Error)]
pub enum FalseAlarmError {
    #[error("there is no such firing of a rule")]
    NotFound,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn mark_false_alarm(app: &App, scope: &OrganizationScope, firing: FiringId) -> Result<(), FalseAlarmError> {
    let mut tx = app.store.begin().await?;
    let found = store::alert_metrics::find_firing(&mut tx, scope.organization.id, firing).await?;
    let (project, issue) = found
        .filter(|(project, _)| scope.visible.has(*project))
        .ok_or(FalseAlarmError::NotFound)?;
    let new = FalseAlarm {
        firing,
        project,
        issue,
        made_by: scope.actor.user_id(),
        made_at: app.now(),
    };
    store::alert_metrics::add_false_alarm(&mut tx, &new).await?;
    Ok(tx.commit().await?)
}

pub async fn unmark_false_alarm(app: &App, scope: &OrganizationScope, firing: FiringId) -> Result<(), FalseAlarmError> {
    let mut tx = app.store.begin().await?;
    let found = store::alert_metrics::find_firing(&mut tx, scope.organization.id, firing).await?;
    let (project, _) = found
        .filter(|(project, _)| scope.visible.has(*project))
        .ok_or(FalseAlarmError::NotFound)?;
    store::alert_metrics::delete_false_alarm(&mut tx, project, firing).await?;
    Ok(tx.commit().await?)
}

/// Those of these firings that somebody has marked.
pub async fn false_alarms_among(app: &App, firings: &[Firing]) -> Result<HashSet<FiringId>, store::Error> {
    if firings.is_empty() {
        return Ok(HashSet::new());
    }
    let mut issues: Vec<IssueId> = firings.iter().map(|firing| firing.issue).collect();
    issues.sort_unstable();
    issues.dedup();
    let marked = store::alert_metrics::false_alarms(&mut *app.store.read().await?, &issues).await?;
    Ok(marked.into_iter().map(|one| one.firing).collect())
}
