//! What the buttons of the list and of a rule's page do.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite},
};
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    metric_alerts::{self, ChangeError, SnoozeError, SnoozeFor},
};

use super::alert::id;
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

/// `POST /organizations/{organization}/alerts/metric/{alert}/enabled/`
pub(crate) async fn set_enabled(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<EnabledForm>,
) -> Result<Response, ApiError> {
    let is_enabled = form.enabled == "on";
    let set = metric_alerts::set_enabled(&visit.app, &access.scope, id(&path)?, is_enabled).await;
    set.map_err(refused)?;
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

/// `POST /organizations/{organization}/alerts/metric/{alert}/snooze/`: everybody spares themselves; who may change rules
/// spares all.
pub(crate) async fn snooze(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<SnoozeForm>,
) -> Result<Response, ApiError> {
    let (scope, alert) = (&access.scope, id(&path)?);
    let target = match form.target.as_str() {
        "everyone" => SnoozeFor::Everybody,
        _ => SnoozeFor::Me,
    };
    let done = if form.end.is_some() {
        match metric_alerts::end_snooze(&visit.app, scope, alert, target).await {
            // It ended meanwhile.
            Ok(()) | Err(SnoozeError::NotSnoozed) => Done::SnoozeEnded,
            Err(error) => return Err(not_snoozed(error)),
        }
    } else {
        let hours: Option<u64> = form.hours.parse().ok();
        let until = hours.map(|hours| visit.app.now() + Duration::from_secs(hours.clamp(1, 24 * 365) * 3_600));
        metric_alerts::snooze(&visit.app, scope, alert, target, until)
            .await
            .map_err(not_snoozed)?;
        Done::RuleSnoozed
    };
    Ok(back(&visit, scope, done, &form.next))
}

/// `POST /organizations/{organization}/alerts/metric/{alert}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    match metric_alerts::delete(&visit.app, &access.scope, id(&path)?).await {
        Ok(()) | Err(ChangeError::NotFound) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(back(&visit, &access.scope, Done::RuleDeleted, ""))
}

fn refused(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Access(error) => error.into(),
        ChangeError::Store(error) => error.into(),
        ChangeError::NotFound => ApiError::not_found(),
        error => ApiError::bad_request(error),
    }
}

fn not_snoozed(error: SnoozeError) -> ApiError {
    match error {
        SnoozeError::Change(error) => refused(error),
        SnoozeError::Store(error) => error.into(),
        error => ApiError::bad_request(error),
    }
}

fn back(visit: &Visit, scope: &OrganizationScope, done: Done, next: &str) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let next = Some(next).filter(|next| !next.is_empty());
    (PendingNotice::of(done), page::redirect(next, &links.alerts())).into_response()
}
