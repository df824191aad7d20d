use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiError, ErrorKind, PathParams, ProjectAccess, scopes::AlertsRead};
use model::Timestamp;
use serde_json::{Value, json};
use services::{
    App,
    metric_alerts::{self, SnoozeError, SnoozeFor},
};

use super::{of_project, refused as change_refused};
use crate::body::Fields;

/// `POST /api/0/projects/{organization}/{project}/alert-rules/{alert}/snooze/`
pub(crate) async fn create_snooze(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let alert = of_project(&app, &access, &path).await?;
    let target = match fields.required_text("target") {
        Some(_) => fields.choice("target", target),
        None => None,
    };
    let until = fields.text("until").filter(|until| !until.is_empty());
    let until: Option<Timestamp> = until.and_then(|text| {
        let time = text.parse().ok();
        if time.is_none() {
            fields.refuse("until", "Expected a time as 2026-01-31T12:00:00Z.");
        }
        time
    });
    fields.finish()?;
    let target = target.unwrap_or(SnoozeFor::Everybody);
    let snooze = metric_alerts::snooze(&app, access.scope.whole(), alert, target, until)
        .await
        .map_err(refused)?;
    let view = json!({
        "ownerId": snooze.made_by.map(|user| user.0),
        "userId": snooze.user.map_or_else(|| json!("everyone"), |user| json!(user.0)),
        "until": snooze.until,
        "dateAdded": snooze.created_at,
        "ruleId": null,
        "alertRuleId": snooze.alert.0,
    });
    Ok((StatusCode::CREATED, Json(view)))
}

/// `DELETE /api/0/projects/{organization}/{project}/alert-rules/{alert}/snooze/`: that of the actor; without one, that for
/// everybody. A body may say which.
pub(crate) async fn delete_snooze(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let alert = of_project(&app, &access, &path).await?;
    let asked = fields.choice("target", target);
    fields.finish()?;
    let scope = access.scope.whole();
    if asked != Some(SnoozeFor::Everybody) {
        let own = metric_alerts::end_snooze(&app, scope, alert, SnoozeFor::Me).await;
        match own {
            Err(SnoozeError::NotSnoozed | SnoozeError::NoUser) if asked.is_none() => {}
            other => return other.map(|()| StatusCode::NO_CONTENT).map_err(refused),
        }
    }
    metric_alerts::end_snooze(&app, scope, alert, SnoozeFor::Everybody)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

fn target(name: &str) -> Option<SnoozeFor> {
    match name {
        "me" => Some(SnoozeFor::Me),
        "everyone" => Some(SnoozeFor::Everybody),
        _ => None,
    }
}

fn refused(error: SnoozeError) -> ApiError {
    match error {
        SnoozeError::NoUser => ApiError::field("target", error),
        SnoozeError::Past => ApiError::field("until", "The time lies in the past."),
        SnoozeError::NotSnoozed => ApiError::new(ErrorKind::NotFound, "This rulesnooze object doesn't exist."),
        SnoozeError::Change(error) => change_refused(error),
        SnoozeError::Store(error) => error.into(),
    }
}
