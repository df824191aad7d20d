//! The rules that projects of an organization begin with.

use axum::{Json, extract::State};
use httpkit::{
    ApiError, OrganizationAccess, ProjectAccess,
    scopes::{AlertsWrite, OrgRead, OrgWrite},
};
use serde_json::{Map, Value, json};
use services::{
    App,
    alert_rules::{self, DefaultRules},
    settings::SetError,
};

use crate::body::Fields;

/// `GET /api/0/organizations/{organization}/default-alert-rules/`
pub(crate) async fn show_defaults(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<DefaultRules>, ApiError> {
    Ok(Json(alert_rules::default_rules(&app, &access.scope).await?))
}

/// `PUT /api/0/organizations/{organization}/default-alert-rules/`: what is absent stays. Projects that are there keep
/// their rules.
pub(crate) async fn update_defaults(
    access: OrganizationAccess<OrgWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<DefaultRules>, ApiError> {
    let mut rules = alert_rules::default_rules(&app, &access.scope).await?;
    for (name, list) in [
        ("issueRules", &mut rules.issue_rules),
        ("metricRules", &mut rules.metric_rules),
    ] {
        if let Some(value) = fields.value(name).cloned() {
            match serde_json::from_value::<Vec<Map<String, Value>>>(value) {
                Ok(given) => *list = given,
                Err(_) => fields.refuse(name, "Expected a list of rules."),
            }
        }
    }
    fields.finish()?;
    match alert_rules::set_default_rules(&app, &access.scope, &rules).await {
        Ok(()) => Ok(Json(rules)),
        Err(SetError::Invalid(problems)) => {
            let mut fields = Fields::default();
            fields.refuse_settings(&problems, |field| field);
            fields.finish()?;
            Err(ApiError::bad_request("The rules cannot be taken."))
        }
        Err(SetError::Store(error)) => Err(error.into()),
    }
}

/// `POST /api/0/projects/{organization}/{project}/default-alert-rules/`: gives the project those of the set that it lacks.
pub(crate) async fn apply_defaults(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
) -> Result<Json<Value>, ApiError> {
    let applied = alert_rules::apply_defaults(&app, &access.scope).await?;
    Ok(Json(json!({"added": applied.added, "known": applied.known})))
}
