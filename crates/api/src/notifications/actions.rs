//! `/api/0/organizations/{organization}/notifications/actions/`: what an organization is told of by which service.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{AlertsWrite, OrgRead},
};
use model::NotificationActionId;
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    notifications::actions::{self, Combination, NewAction},
};
use store::notification_actions::NotificationAction;

use crate::{body::Fields, parameters::Parameters};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionView {
    id: i64,
    organization_id: i64,
    integration_id: Option<i64>,
    sentry_app_id: Option<i64>,
    projects: Vec<i64>,
    service_type: String,
    trigger_type: String,
    target_type: String,
    target_identifier: String,
    target_display: String,
}

impl From<NotificationAction> for ActionView {
    fn from(action: NotificationAction) -> Self {
        Self {
            id: action.id.0,
            organization_id: action.organization.0,
            integration_id: action.integration,
            sentry_app_id: action.sentry_app,
            projects: action.projects.into_iter().map(|project| project.0).collect(),
            service_type: action.service,
            trigger_type: action.trigger,
            target_type: action.target_kind,
            target_identifier: action.target_id,
            target_display: action.target_label,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct AvailableView {
    actions: Vec<AvailableAction>,
}

#[derive(Debug, Serialize)]
struct AvailableAction {
    action: CombinationView,
    requires: &'static [&'static str],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CombinationView {
    trigger_type: &'static str,
    service_type: &'static str,
    target_type: &'static str,
}

impl From<Combination> for AvailableAction {
    fn from(combination: Combination) -> Self {
        Self {
            action: CombinationView {
                trigger_type: combination.trigger,
                service_type: combination.service,
                target_type: combination.target,
            },
            requires: combination.requires,
        }
    }
}

/// `GET …/notifications/available-actions/`: what could be set up.
pub(crate) async fn list_available(
    _: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<AvailableView>, ApiError> {
    let available = actions::available(&app).into_iter();
    Ok(Json(AvailableView {
        actions: available.map(AvailableAction::from).collect(),
    }))
}

/// `GET …/notifications/actions/`: those of some projects (`project`), or with a trigger (`triggerType`).
pub(crate) async fn list(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<Vec<ActionView>>, ApiError> {
    let (project, trigger) = (parameters.get("project"), parameters.get("triggerType"));
    let mut found = actions::list(&app, &access.scope).await?;
    found.retain(|action| {
        let of_project =
            |project: &str| action.projects.is_empty() || action.projects.iter().any(|one| one.to_string() == project);
        // -1 is all of them, as Sentry's clients say it.
        project.is_none_or(|project| project == "-1" || of_project(project))
            && trigger.is_none_or(|trigger| action.trigger == trigger)
    });
    Ok(Json(found.into_iter().map(ActionView::from).collect()))
}

/// `POST …/notifications/actions/`
pub(crate) async fn create(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<ActionView>), ApiError> {
    let new = read(&app, &access.scope, fields).await?;
    let action = actions::create(&app, &access.scope, new).await?;
    Ok((StatusCode::CREATED, Json(action.into())))
}

/// `GET …/notifications/actions/{action}/`
pub(crate) async fn show(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<ActionView>, ApiError> {
    Ok(Json(find(&app, &access.scope, &path).await?.into()))
}

/// `PUT …/notifications/actions/{action}/`: 202, as Sentry answers.
pub(crate) async fn update(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<(StatusCode, Json<ActionView>), ApiError> {
    let before = find(&app, &access.scope, &path).await?;
    let new = read(&app, &access.scope, fields).await?;
    let action = actions::update(&app, &access.scope, before, new).await?;
    Ok((StatusCode::ACCEPTED, Json(action.into())))
}

/// `DELETE …/notifications/actions/{action}/`
pub(crate) async fn delete(
    access: OrganizationAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let action = find(&app, &access.scope, &path).await?;
    actions::delete(&app, &access.scope, &action).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<NotificationAction, ApiError> {
    let id = path.get("action")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(actions::get(app, scope, NotificationActionId(id)).await?)
}

async fn read(app: &App, scope: &OrganizationScope, mut fields: Fields) -> Result<NewAction, ApiError> {
    let (trigger, service) = (
        fields.required_text("trigger_type"),
        fields.required_text("service_type"),
    );
    let named = fields.texts("projects").unwrap_or_default();
    let projects = if named.is_empty() {
        Vec::new()
    } else {
        let all = services::projects::list(app, scope).await?;
        let mut found = Vec::new();
        for name in named {
            let mut named = all.iter();
            match named.find(|project| project.slug == name || project.id.to_string() == name) {
                Some(project) => found.push(project.id),
                None => fields.refuse("projects", &format!("There is no project {name:?}.")),
            }
        }
        found
    };
    let new = NewAction {
        trigger: trigger.unwrap_or_default(),
        service: service.unwrap_or_default(),
        integration: fields.number("integration_id"),
        sentry_app: fields.number("sentry_app_id"),
        target_kind: fields.text("target_type").unwrap_or_default(),
        target_id: fields.text("target_identifier").unwrap_or_default(),
        target_label: fields.text("target_display").unwrap_or_default(),
        projects,
    };
    fields.finish()?;
    Ok(new)
}
