use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{ApiError, PathParams, ProjectAccess, scopes::AlertsRead};
use model::Timestamp;
use serde_json::{Value, json};
use services::{
    App, Scope,
    access::{AccessError, ProjectScope},
    alert_rules::{self, SnoozeError, SnoozeFor},
};

use super::id;
use crate::body::Fields;

/// `POST /api/0/projects/{organization}/{project}/rules/{rule}/snooze/`: for oneself, or, with the right to change rules,
/// for everybody.
pub(crate) async fn create_snooze(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let target = target(&mut fields);
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
    require(&access.scope, target)?;
    let snooze = alert_rules::snooze(&app, &access.scope, id(&path)?, target, until)
        .await
        .map_err(refused)?;
    let view = json!({
        "ownerId": snooze.made_by.map(|user| user.0),
        "userId": snooze.user.map_or_else(|| json!("everyone"), |user| json!(user.0)),
        "until": snooze.until,
        "dateAdded": snooze.created_at,
        "ruleId": snooze.rule.0,
        "alertRuleId": null,
    });
    Ok((StatusCode::CREATED, Json(view)))
}

/// `DELETE /api/0/projects/{organization}/{project}/rules/{rule}/snooze/`: that of the actor; without one, that for
/// everybody. A body may say which.
pub(crate) async fn delete_snooze(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let asked = fields.is_given("target").then(|| target(&mut fields)).flatten();
    fields.finish()?;
    let rule = id(&path)?;
    if let Some(target) = asked {
        require(&access.scope, target)?;
        alert_rules::end_snooze(&app, &access.scope, rule, target)
            .await
            .map_err(refused)?;
        return Ok(StatusCode::NO_CONTENT);
    }
    match alert_rules::end_snooze(&app, &access.scope, rule, SnoozeFor::Me).await {
        Err(SnoozeError::NotSnoozed | SnoozeError::NoUser) => {}
        other => return other.map(|()| StatusCode::NO_CONTENT).map_err(refused),
    }
    require(&access.scope, SnoozeFor::Everybody)?;
    alert_rules::end_snooze(&app, &access.scope, rule, SnoozeFor::Everybody)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

fn target(fields: &mut Fields) -> Option<SnoozeFor> {
    fields.required_text("target")?;
    fields.choice("target", |name| match name {
        "me" => Some(SnoozeFor::Me),
        "everyone" => Some(SnoozeFor::Everybody),
        _ => None,
    })
}

/// Everybody who sees a rule may spare themselves; to spare all others is to change it.
fn require(scope: &ProjectScope, target: SnoozeFor) -> Result<(), ApiError> {
    if target == SnoozeFor::Everybody && !scope.rights.allow(Scope::AlertsWrite) {
        return Err(AccessError::Missing(Scope::AlertsWrite.into()).into());
    }
    Ok(())
}

fn refused(error: SnoozeError) -> ApiError {
    match error {
        SnoozeError::NoUser => ApiError::field("target", error),
        SnoozeError::Past => ApiError::field("until", "The time lies in the past."),
        SnoozeError::NotSnoozed => ApiError::new(httpkit::ErrorKind::NotFound, "This rulesnooze object doesn't exist."),
        SnoozeError::NotFound => ApiError::not_found(),
        SnoozeError::Store(error) => error.into(),
    }
}
