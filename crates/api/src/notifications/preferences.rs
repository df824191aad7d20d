//! Toggles, caps and quiet hours: our own addition to Sentry's API.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiActor, ApiError, PathParams};
use serde::Serialize;
use serde_json::{Map, Value};
use services::{
    App,
    notifications::preferences::{self, Preferences, QuietHours},
};

use super::own;
use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreferencesView {
    alerts: AlertsView,
    workflow: WorkflowView,
    personal_activity_notifications: bool,
    self_assign_on_resolve: bool,
    hourly_cap: u32,
    quiet_hours: Option<QuietHoursView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AlertsView {
    assigned: bool,
    watching: bool,
    my_teams: bool,
    all: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowView {
    comments: bool,
    assigned: bool,
    status_changes: bool,
    mentions: bool,
}

#[derive(Debug, Serialize)]
struct QuietHoursView {
    /// `22:00`
    from: String,
    to: String,
    weekends: bool,
}

impl PreferencesView {
    fn of(own: &Preferences) -> Self {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self {
            alerts: AlertsView {
                assigned: own.alerts.assigned,
                watching: own.alerts.watching,
                my_teams: own.alerts.my_teams,
                all: own.alerts.all,
            },
            workflow: WorkflowView {
                comments: own.workflow.comments,
                assigned: own.workflow.assigned,
                status_changes: own.workflow.status_changes,
                mentions: own.workflow.mentions,
            },
            personal_activity_notifications: own.own_activity,
            self_assign_on_resolve: own.self_assign_on_resolve,
            hourly_cap: own.hourly_cap,
            quiet_hours: own.quiet_hours.map(|hours| QuietHoursView {
                from: time(hours.from),
                to: time(hours.to),
                weekends: hours.weekends,
            }),
        }
    }
}

/// `GET /api/0/users/{user}/notification-preferences/`
pub(crate) async fn show(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<PreferencesView>, ApiError> {
    let own = preferences::get(&app, own(&actor, &path)?.id).await?;
    Ok(Json(PreferencesView::of(&own)))
}

/// `PUT /api/0/users/{user}/notification-preferences/`: what is not given stays; `quietHours: null` ends them.
pub(crate) async fn update(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<PreferencesView>, ApiError> {
    let user = own(&actor, &path)?.id;
    let mut changed = preferences::get(&app, user).await?;
    let alerts = fields.object("alerts").unwrap_or_default();
    toggle(&mut fields, alerts, "alerts", |name, is_on| {
        match name {
            "assigned" => changed.alerts.assigned = is_on,
            "watching" => changed.alerts.watching = is_on,
            "myTeams" => changed.alerts.my_teams = is_on,
            "all" => changed.alerts.all = is_on,
            _ => return false,
        }
        true
    });
    let workflow = fields.object("workflow").unwrap_or_default();
    toggle(&mut fields, workflow, "workflow", |name, is_on| {
        match name {
            "comments" => changed.workflow.comments = is_on,
            "assigned" => changed.workflow.assigned = is_on,
            "statusChanges" => changed.workflow.status_changes = is_on,
            "mentions" => changed.workflow.mentions = is_on,
            _ => return false,
        }
        true
    });
    if let Some(is_on) = fields.flag("personalActivityNotifications") {
        changed.own_activity = is_on;
    }
    if let Some(is_on) = fields.flag("selfAssignOnResolve") {
        changed.self_assign_on_resolve = is_on;
    }
    if let Some(cap) = fields.number("hourlyCap") {
        changed.hourly_cap = u32::try_from(cap).unwrap_or(u32::MAX);
    }
    if fields.is_given("quietHours") {
        changed.quiet_hours = quiet_hours(&mut fields);
    }
    fields.finish()?;
    preferences::set(&app, user, &changed).await?;
    Ok(Json(PreferencesView::of(&changed)))
}

/// Switches the toggles of a group; what is no switch of the group is refused.
fn toggle(
    fields: &mut Fields,
    group: Map<String, Value>,
    group_name: &str,
    mut switch: impl FnMut(&str, bool) -> bool,
) {
    for (name, value) in group {
        let is_known = value.as_bool().is_some_and(|is_on| switch(&name, is_on));
        if !is_known {
            fields.refuse(group_name, &format!("{name:?} is no switch, or not true or false."));
        }
    }
}

fn quiet_hours(fields: &mut Fields) -> Option<QuietHours> {
    let given = fields.object("quietHours")?;
    let mut inner = Fields::of(given);
    let (from, to) = (inner.text("from"), inner.text("to"));
    let (from, to) = (minute(from.as_deref()), minute(to.as_deref()));
    let weekends = inner.flag("weekends").unwrap_or(false);
    match (from, to, inner.finish()) {
        (Some(from), Some(to), Ok(())) => Some(QuietHours { from, to, weekends }),
        _ => {
            fields.refuse("quietHours", "Expected from and to, as 22:00 and 07:00.");
            None
        }
    }
}

/// Of a day, as `22:00`.
fn minute(text: Option<&str>) -> Option<u16> {
    let (hours, minutes) = text?.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// `DELETE /api/0/users/{user}/mail-links/`: those in mails so far unsubscribe nobody any more, and answers to them are
/// nobody's.
pub(crate) async fn revoke_mail_links(
    ApiActor(actor): ApiActor,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    services::mails::revoke_links(&app, own(&actor, &path)?.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
