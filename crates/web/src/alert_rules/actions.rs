//! What the buttons of the list and of a rule's page do.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use httpkit::{
    ApiError, CsrfForm, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::FiringId;
use serde::Deserialize;
use services::{
    Scope,
    access::{AccessError, ProjectScope},
    alert_metrics,
    alert_rules::{self, RuleError, SnoozeError, SnoozeFor},
};

use super::rule::id;
use crate::{
    form::NoFields,
    notice::{Done, PendingNotice},
    page,
    urls::Links,
    visit::Visit,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EnabledForm {
    /// `on` or `off`.
    enabled: String,
    next: String,
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/{rule}/enabled/`
pub(crate) async fn set_enabled(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<EnabledForm>,
) -> Result<Response, ApiError> {
    let is_enabled = form.enabled == "on";
    let set = alert_rules::set_enabled(&visit.app, &access.scope, id(&path)?, is_enabled).await;
    set.map_err(AccessError::from)?;
    let done = if is_enabled {
        Done::RuleEnabled
    } else {
        Done::RuleDisabled
    };
    Ok(back(&visit, &access.scope, done, &form.next))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SnoozeForm {
    /// `me` or `everyone`.
    target: String,
    /// Hours; empty for good.
    hours: String,
    /// Ends it instead.
    end: Option<String>,
    next: String,
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/{rule}/snooze/`: everybody spares themselves; who
/// may change rules spares all.
pub(crate) async fn snooze(
    visit: Visit,
    access: ProjectAccess<AlertsRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<SnoozeForm>,
) -> Result<Response, ApiError> {
    let scope = &access.scope;
    let target = match form.target.as_str() {
        "everyone" if scope.rights.allow(Scope::AlertsWrite) => SnoozeFor::Everybody,
        "everyone" => return Err(AccessError::Missing(Scope::AlertsWrite.into()).into()),
        _ => SnoozeFor::Me,
    };
    let rule = id(&path)?;
    let done = if form.end.is_some() {
        match alert_rules::end_snooze(&visit.app, scope, rule, target).await {
            // It ended meanwhile.
            Ok(()) | Err(SnoozeError::NotSnoozed) => Done::SnoozeEnded,
            Err(error) => return Err(refused(error)),
        }
    } else {
        let hours: Option<u64> = form.hours.parse().ok();
        let until = hours.map(|hours| visit.app.now() + Duration::from_secs(hours.clamp(1, 24 * 365) * 3_600));
        alert_rules::snooze(&visit.app, scope, rule, target, until)
            .await
            .map_err(refused)?;
        Done::RuleSnoozed
    };
    Ok(back(&visit, scope, done, &form.next))
}

fn refused(error: SnoozeError) -> ApiError {
    match error {
        SnoozeError::Store(error) => error.into(),
        SnoozeError::NotFound => ApiError::not_found(),
        error => ApiError::bad_request(error),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FalseAlarmForm {
    /// The firing that it is about.
    firing: String,
    /// It was one after all.
    undo: Option<String>,
    next: String,
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/{rule}/false-alarm/`: there was nothing to be told.
pub(crate) async fn set_false_alarm(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    CsrfForm { form, .. }: CsrfForm<FalseAlarmForm>,
) -> Result<Response, ApiError> {
    let firing = FiringId(form.firing.parse().map_err(|_| ApiError::not_found())?);
    let whole = access.scope.whole();
    let done = if form.undo.is_some() {
        alert_metrics::unmark_false_alarm(&visit.app, whole, firing).await?;
        Done::FalseAlarmUnmarked
    } else {
        alert_metrics::mark_false_alarm(&visit.app, whole, firing).await?;
        Done::FalseAlarmMarked
    };
    Ok(back(&visit, &access.scope, done, &form.next))
}

/// `POST /organizations/{organization}/projects/{project}/alerts/rules/{rule}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: ProjectAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    match alert_rules::delete(&visit.app, &access.scope, id(&path)?).await {
        Ok(()) | Err(RuleError::NotFound) => {}
        Err(error) => return Err(AccessError::from(error).into()),
    }
    Ok(back(&visit, &access.scope, Done::RuleDeleted, ""))
}

fn back(visit: &Visit, scope: &ProjectScope, done: Done, next: &str) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let next = Some(next).filter(|next| !next.is_empty());
    (PendingNotice::of(done), page::redirect(next, &links.alerts())).into_response()
}
