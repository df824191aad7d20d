//! Incidents: times in which a metric alert rule is beyond a threshold, with their activity and those who follow them.
//!
//! Whatever changes the status of an incident does it by [`set_status`], which writes the activity and tells people in the
//! same transaction. Rules open and close them ([`crate::metric_alerts`]), people close them and comment.

mod comments;
mod telling;

use alerts::metric::{MetricRule, REOPENS_AFTER, State};
use model::{IncidentActivityId, IncidentId, Timestamp, UserId};
use serde_json::{Value, json};
use store::{
    IdPage, Tx,
    incidents::{ActivityKind, IncidentStatus, StatusMethod},
    metric_alerts::MetricAlert,
    organizations::Organization,
};

use crate::{
    Actor, App,
    access::{AccessError, OrganizationScope, permission},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    metric_alerts::{self, PreviewError},
};

pub use comments::{CommentError, LONGEST_COMMENT, change_comment, comment, remove_comment};
pub use store::incidents::{Incident, IncidentActivity, IncidentFilter};
pub use telling::MetricAlertCause;

/// How many activities of an incident are read.
const MOST_ACTIVITIES: i64 = 1_000;

/// The rule of an incident, as it was when it began.
pub fn rule(incident: &Incident) -> Result<MetricRule, store::Error> {
    Ok(serde_json::from_value(Value::Object(incident.rule.clone()))?)
}

/// A page of those that are about a project that the actor sees, the newest first.
pub async fn list(
    app: &App,
    scope: &OrganizationScope,
    filter: &IncidentFilter,
    page: IdPage,
) -> Result<Vec<Incident>, store::Error> {
    let asked = filter.projects.as_deref().unwrap_or_default();
    let projects = scope.visible.narrow(asked);
    let filter = IncidentFilter {
        projects: (!projects.is_empty()).then_some(projects),
        ..filter.clone()
    };
    let mut db = app.store.read().await?;
    let mut found = store::incidents::list(&mut db, scope.organization.id, &filter, page).await?;
    for incident in &mut found {
        incident.projects.retain(|project| scope.visible.has(*project));
    }
    Ok(found)
}

/// By its number in the organization, where it is about a project that the actor sees.
pub async fn get(app: &App, scope: &OrganizationScope, identifier: i64) -> Result<Incident, AccessError> {
    let mut db = app.store.read().await?;
    let found = store::incidents::find(&mut db, scope.organization.id, identifier).await?;
    let mut incident = found.ok_or(AccessError::NotFound)?;
    incident.projects.retain(|project| scope.visible.has(*project));
    if incident.projects.is_empty() {
        return Err(AccessError::NotFound);
    }
    Ok(incident)
}

/// What happened to it, the newest first.
pub async fn activities(app: &App, incident: &Incident) -> Result<Vec<IncidentActivity>, store::Error> {
    store::incidents::activities(&mut *app.store.read().await?, incident.id, MOST_ACTIVITIES).await
}

pub async fn subscribers(app: &App, incident: &Incident) -> Result<Vec<UserId>, store::Error> {
    store::incidents::subscribers(&mut *app.store.read().await?, incident.id).await
}

/// Lets the actor follow it, or no longer. Only users follow.
pub async fn set_subscribed(
    app: &App,
    scope: &OrganizationScope,
    incident: &Incident,
    is_subscribed: bool,
) -> Result<(), AccessError> {
    let user = scope.actor.user_id().ok_or(AccessError::NotFound)?;
    let mut tx = app.store.begin().await?;
    store::incidents::set_subscribed(&mut tx, incident.id, user, is_subscribed, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Closes it by hand. Closing one that is closed changes nothing. Its rule opens no other one for ten minutes.
pub async fn close(
    app: &App,
    scope: &OrganizationScope,
    incident: &Incident,
    comment: Option<&str>,
) -> Result<Incident, AccessError> {
    for project in &incident.projects {
        scope
            .require_in_project(app, *project, permission::ALERTS_WRITE)
            .await?;
    }
    let mut tx = app.store.begin().await?;
    let found = store::incidents::find(&mut tx, scope.organization.id, incident.identifier).await?;
    let incident = found.ok_or(AccessError::NotFound)?;
    if incident.closed_at.is_some() {
        return Ok(incident);
    }
    let alert = store::metric_alerts::find(&mut tx, scope.organization.id, incident.alert).await?;
    let new = NewStatus {
        status: IncidentStatus::Closed,
        method: StatusMethod::Manual,
        by: scope.actor.user_id(),
        measured: None,
        comment: comment.map(str::to_owned),
    };
    set_status(app, &mut tx, &incident, alert.as_ref(), new).await?;
    if let Some(alert) = &alert {
        let opens_after = app.now() + REOPENS_AFTER;
        store::metric_alerts::set_state(&mut tx, alert.id, &json!(State::default()), opens_after).await?;
    }
    record(app, &mut tx, scope, &incident).await?;
    tx.commit().await?;
    app.jobs.wake();
    get(app, scope, incident.identifier).await
}

async fn record(app: &App, tx: &mut Tx, scope: &OrganizationScope, incident: &Incident) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action: Action::INCIDENT_CLOSED,
        target: Target {
            kind: TargetKind::Incident,
            id: incident.id.0,
            label: &incident.title,
        },
        change: Change::none(),
    };
    audit::record(app, tx, &scope.actor, entry).await
}

/// An incident that a rule opens.
pub(crate) struct NewIncident {
    pub(crate) status: IncidentStatus,
    pub(crate) measured: Option<f64>,
    /// When the window began.
    pub(crate) started_at: Timestamp,
}

/// Opens an incident, and tells people of its status.
pub(crate) async fn open(app: &App, tx: &mut Tx, alert: &MetricAlert, new: NewIncident) -> Result<(), store::Error> {
    let now = app.now();
    let incident = Incident {
        id: IncidentId(app.ids.next()),
        organization: alert.organization,
        identifier: store::incidents::next_identifier(tx, alert.organization).await?,
        alert: alert.id,
        projects: alert.projects.clone(),
        title: alert.name.clone(),
        rule: alert.rule.clone(),
        status: IncidentStatus::Open,
        method: StatusMethod::RuleTriggered,
        started_at: new.started_at,
        detected_at: now,
        closed_at: None,
    };
    store::incidents::create(tx, &incident).await?;
    for kind in [ActivityKind::Detected, ActivityKind::Created] {
        let activity = IncidentActivity {
            created_at: if kind == ActivityKind::Detected {
                new.started_at
            } else {
                now
            },
            ..activity(app, &incident, kind)
        };
        store::incidents::add_activity(tx, &activity).await?;
    }
    let status = NewStatus {
        status: new.status,
        method: StatusMethod::RuleTriggered,
        by: None,
        measured: new.measured,
        comment: None,
    };
    set_status(app, tx, &incident, Some(alert), status).await
}

/// What a status is changed to.
pub(crate) struct NewStatus {
    pub(crate) status: IncidentStatus,
    pub(crate) method: StatusMethod,
    pub(crate) by: Option<UserId>,
    pub(crate) measured: Option<f64>,
    pub(crate) comment: Option<String>,
}

/// Gives an incident another status, with its activity, and tells people. `alert` is its rule, if that is still there.
pub(crate) async fn set_status(
    app: &App,
    tx: &mut Tx,
    incident: &Incident,
    alert: Option<&MetricAlert>,
    new: NewStatus,
) -> Result<(), store::Error> {
    if incident.status == new.status {
        return Ok(());
    }
    let now = app.now();
    let closed_at = (new.status == IncidentStatus::Closed).then_some(now);
    if !store::incidents::set_status(tx, incident, new.status, new.method, closed_at).await? {
        return Ok(());
    }
    let activity = IncidentActivity {
        user: new.by,
        status: Some(new.status),
        status_before: Some(incident.status),
        measured: new.measured,
        comment: new.comment.clone(),
        ..activity(app, incident, ActivityKind::Status)
    };
    store::incidents::add_activity(tx, &activity).await?;
    telling::tell(app, tx, incident, alert, &new).await
}

fn activity(app: &App, incident: &Incident, kind: ActivityKind) -> IncidentActivity {
    IncidentActivity {
        id: IncidentActivityId(app.ids.next()),
        incident: incident.id,
        kind,
        user: None,
        status: None,
        status_before: None,
        measured: None,
        comment: None,
        created_at: app.now(),
    }
}

/// The chart of an incident as a picture, for mails and chats; `None` where it cannot be drawn, or is gone.
pub async fn picture(app: &App, organization: &Organization, identifier: i64) -> Result<Option<String>, store::Error> {
    let found = store::incidents::find(&mut *app.store.read().await?, organization.id, identifier).await?;
    let Some(incident) = found else { return Ok(None) };
    let scope = OrganizationScope::of_owner(Actor::command(), organization.clone());
    match metric_alerts::chart_of_incident(app, &scope, &rule(&incident)?, &incident).await {
        Ok(chart) => Ok(Some(alerts::metric::chart::svg(&chart))),
        // A mail without its picture is better than none.
        Err(PreviewError::Rule(_)) => Ok(None),
        Err(PreviewError::Store(error)) => Err(error),
    }
}
