//! Making, changing and removing rules.

use std::time::Duration;

use alerts::{
    Problem,
    metric::{MetricRule, State},
};
use model::{Assignee, MetricAlertId, OrganizationId, ProjectId, Timestamp, UserId};
use serde_json::{Map, Value, json};
use store::{
    Tx,
    incidents::{IncidentStatus, StatusMethod},
    metric_alerts::{MetricAlert, Progress},
};

use super::checks;
use crate::{
    App,
    access::{AccessError, OrganizationScope, permission},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    incidents,
    notifications::saved_rules::{self, SavedRule},
};

/// How many an organization has at most.
pub const MOST_ALERTS: i64 = 1_000;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// What a rule is made or changed to.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub rule: MetricRule,
    pub projects: Vec<ProjectId>,
    pub owner: Option<Assignee>,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("{}", .0.first().map_or("an invalid rule", |problem| problem.message.as_str()))]
    Invalid(Vec<Problem>),
    #[error("an organization has {MOST_ALERTS} metric alert rules at most")]
    TooMany,
    /// Since the caller looked at it.
    #[error("somebody else has changed the rule meanwhile")]
    Changed,
    #[error("not found")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Makes a rule. The minute that begins then is the first that it is asked about.
pub async fn create(app: &App, scope: &OrganizationScope, draft: Draft) -> Result<MetricAlert, ChangeError> {
    let problems = checks::problems(app, scope, &draft).await?;
    if !problems.is_empty() {
        return Err(ChangeError::Invalid(problems));
    }
    let mut tx = app.store.begin().await?;
    let alert = create_in(app, &mut tx, scope.organization.id, draft, scope.actor.user_id()).await?;
    record(
        app,
        &mut tx,
        scope,
        &alert,
        Action::METRIC_ALERT_ADDED,
        Change::created(&told(&alert)),
    )
    .await?;
    confirm(app, &mut tx, scope, &alert, true).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(alert)
}

/// Lets the places where people talk see that the rule reaches them.
async fn confirm(
    app: &App,
    tx: &mut Tx,
    scope: &OrganizationScope,
    alert: &MetricAlert,
    is_new: bool,
) -> Result<(), store::Error> {
    let Some(project) = alert.projects.first().copied() else {
        return Ok(());
    };
    let rule = super::read(alert)?;
    let actions = rule.triggers().flat_map(|(_, trigger)| &trigger.actions);
    let saved = SavedRule {
        scope,
        project,
        rule: alert.id.0,
        is_metric: true,
        name: &alert.name,
        is_new,
        actions: actions
            .map(|action| (action.kind.clone(), action.wire().into()))
            .collect(),
        page: format!("alerts/metric/{}/", alert.id),
    };
    saved_rules::confirm(app, tx, saved).await
}

/// The same within a transaction of something else, as the making of a project, which has seen to it that the rule is
/// right.
pub async fn create_in(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    draft: Draft,
    created_by: Option<UserId>,
) -> Result<MetricAlert, ChangeError> {
    if store::metric_alerts::count(tx, organization).await? >= MOST_ALERTS {
        return Err(ChangeError::TooMany);
    }
    let now = app.now();
    let alert = MetricAlert {
        id: MetricAlertId(app.ids.next()),
        organization,
        projects: sorted(draft.projects),
        name: draft.rule.name.clone(),
        rule: definition(&with_ids(app, draft.rule, None))?,
        is_enabled: true,
        owner: draft.owner,
        revision: 1,
        created_by,
        created_at: now,
        changed_at: now,
        progress: anew(now),
    };
    store::metric_alerts::create(tx, &alert).await?;
    Ok(alert)
}

/// What a rule knows that has not been asked yet.
fn anew(now: Timestamp) -> Progress {
    Progress {
        evaluated_until: now.truncate(MINUTE),
        state: json!(State::default()),
        last_value: None,
        problem: String::new(),
        opens_after: Timestamp(0),
    }
}

fn sorted(mut projects: Vec<ProjectId>) -> Vec<ProjectId> {
    projects.sort_unstable();
    projects.dedup();
    projects
}

pub(super) fn definition(rule: &MetricRule) -> Result<Map<String, Value>, store::Error> {
    match serde_json::to_value(rule)? {
        Value::Object(object) => Ok(object),
        _ => Ok(Map::new()),
    }
}

/// Triggers and actions have ids of their own; those that were there before keep theirs.
fn with_ids(app: &App, mut rule: MetricRule, before: Option<&MetricRule>) -> MetricRule {
    let mut known: Vec<i64> = Vec::new();
    for (_, trigger) in before.into_iter().flat_map(MetricRule::triggers) {
        known.push(trigger.id);
        known.extend(trigger.actions.iter().map(|action| action.id));
    }
    let mut own = |id: i64| match known.iter().position(|known| *known == id && id != 0) {
        Some(at) => known.swap_remove(at),
        None => app.ids.next(),
    };
    for trigger in rule.triggers_mut() {
        trigger.id = own(trigger.id);
        for action in &mut trigger.actions {
            action.id = own(action.id);
        }
    }
    rule
}

/// Changes a rule. Where it measures something else or has other thresholds than before, it begins anew, and its incident
/// is closed. `seen` is the revision that the caller knows, if they shall not overwrite another one.
pub async fn update(
    app: &App,
    scope: &OrganizationScope,
    id: MetricAlertId,
    seen: Option<i64>,
    draft: Draft,
) -> Result<MetricAlert, ChangeError> {
    let problems = checks::problems(app, scope, &draft).await?;
    if !problems.is_empty() {
        return Err(ChangeError::Invalid(problems));
    }
    let mut tx = app.store.begin().await?;
    let before = find(app, scope, &mut tx, id).await?;
    if seen.is_some_and(|seen| seen != before.revision) {
        return Err(ChangeError::Changed);
    }
    let rule_before = super::read(&before)?;
    let rule = with_ids(app, draft.rule, Some(&rule_before));
    // Those that the actor does not see stay.
    let unseen = before
        .projects
        .iter()
        .copied()
        .filter(|project| !scope.visible.has(*project));
    let projects = sorted(draft.projects.into_iter().chain(unseen).collect());
    let is_other = measures(&rule) != measures(&rule_before) || projects != before.projects;
    let alert = MetricAlert {
        projects,
        name: rule.name.clone(),
        rule: definition(&rule)?,
        owner: draft.owner,
        ..before.clone()
    };
    let alert = write(app, scope, &mut tx, &before, alert, is_other).await?;
    if alert.revision != before.revision {
        confirm(app, &mut tx, scope, &alert, false).await?;
    }
    tx.commit().await?;
    app.jobs.wake();
    Ok(alert)
}

/// What makes a rule the same whatever it is called and whomever it tells.
fn measures(rule: &MetricRule) -> MetricRule {
    let mut rule = rule.clone();
    rule.name.clear();
    for trigger in rule.triggers_mut() {
        trigger.id = 0;
        trigger.actions.clear();
    }
    rule
}

/// Lets a rule be evaluated, or no longer: then its incident is closed.
pub async fn set_enabled(
    app: &App,
    scope: &OrganizationScope,
    id: MetricAlertId,
    is_enabled: bool,
) -> Result<MetricAlert, ChangeError> {
    let mut tx = app.store.begin().await?;
    let before = find(app, scope, &mut tx, id).await?;
    if before.is_enabled == is_enabled {
        return Ok(before);
    }
    let alert = MetricAlert {
        is_enabled,
        ..before.clone()
    };
    let alert = write(app, scope, &mut tx, &before, alert, true).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(alert)
}

async fn write(
    app: &App,
    scope: &OrganizationScope,
    tx: &mut Tx,
    before: &MetricAlert,
    alert: MetricAlert,
    begins_anew: bool,
) -> Result<MetricAlert, ChangeError> {
    if alert == *before {
        return Ok(alert);
    }
    let now = app.now();
    let mut alert = MetricAlert {
        revision: before.revision + 1,
        changed_at: now,
        ..alert
    };
    if begins_anew {
        alert.progress = anew(now);
        close_incident(app, tx, before).await?;
    }
    if !store::metric_alerts::update(tx, &alert).await? {
        return Err(ChangeError::Changed);
    }
    let action = match (before.is_enabled, alert.is_enabled) {
        (true, false) => Action::METRIC_ALERT_DISABLED,
        (false, true) => Action::METRIC_ALERT_ENABLED,
        _ => Action::METRIC_ALERT_EDITED,
    };
    record(
        app,
        tx,
        scope,
        &alert,
        action,
        Change::between(&told(before), &told(&alert)),
    )
    .await?;
    Ok(alert)
}

/// Removes a rule; its incidents stay, closed.
pub async fn delete(app: &App, scope: &OrganizationScope, id: MetricAlertId) -> Result<(), ChangeError> {
    let mut tx = app.store.begin().await?;
    let before = find(app, scope, &mut tx, id).await?;
    close_incident(app, &mut tx, &before).await?;
    store::metric_alerts::delete(&mut tx, scope.organization.id, id).await?;
    record(
        app,
        &mut tx,
        scope,
        &before,
        Action::METRIC_ALERT_REMOVED,
        Change::removed(&told(&before)),
    )
    .await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// The rule, for an actor who may write alerts in each of its projects that they see.
pub(super) async fn find(
    app: &App,
    scope: &OrganizationScope,
    tx: &mut Tx,
    id: MetricAlertId,
) -> Result<MetricAlert, ChangeError> {
    let alert = find_seen(scope, tx, id).await?;
    for project in alert.projects.iter().filter(|project| scope.visible.has(**project)) {
        scope
            .require_in_project(app, *project, permission::ALERTS_WRITE)
            .await?;
    }
    Ok(alert)
}

/// The rule, for an actor who sees one of its projects.
pub(super) async fn find_seen(
    scope: &OrganizationScope,
    tx: &mut Tx,
    id: MetricAlertId,
) -> Result<MetricAlert, ChangeError> {
    let found = store::metric_alerts::find(tx, scope.organization.id, id).await?;
    let found = found.filter(|alert| super::is_visible(scope, &alert.projects));
    found.ok_or(ChangeError::NotFound)
}

async fn close_incident(app: &App, tx: &mut Tx, alert: &MetricAlert) -> Result<(), store::Error> {
    let Some(open) = store::incidents::find_open(tx, alert.id).await? else {
        return Ok(());
    };
    let status = incidents::NewStatus {
        status: IncidentStatus::Closed,
        method: StatusMethod::RuleUpdated,
        by: None,
        measured: None,
        comment: None,
    };
    incidents::set_status(app, tx, &open, Some(alert), status).await
}

/// What is kept of it in the audit log.
fn told(alert: &MetricAlert) -> Value {
    json!({
        "name": alert.name,
        "projects": alert.projects,
        "owner": alert.owner.map(|owner| owner.to_string()),
        "enabled": alert.is_enabled,
        "rule": alert.rule,
    })
}

pub(super) async fn record(
    app: &App,
    tx: &mut Tx,
    scope: &OrganizationScope,
    alert: &MetricAlert,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::MetricAlert,
            id: alert.id.0,
            label: &alert.name,
        },
        change,
    };
    audit::record(app, tx, &scope.actor, entry).await
}
