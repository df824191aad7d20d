use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams,
    scopes::{AlertsRead, EventWrite},
};
use model::{IncidentActivityId, UserId};
use serde_json::{Value, json};
use services::{
    App,
    incidents::{self, CommentError, Incident, IncidentActivity},
};

use super::find;
use crate::{
    body::Fields,
    metric_alerts::Rendering,
    page::{Page, PageRequest},
};

/// What happened to an incident, and who follows it.
pub(super) struct Rows {
    /// The newest first.
    activities: Vec<IncidentActivity>,
    pub(super) subscribers: Vec<UserId>,
    identifier: i64,
}

impl Rows {
    pub(super) async fn load(app: &App, incident: &Incident) -> Result<Self, ApiError> {
        Ok(Self {
            activities: incidents::activities(app, incident).await?,
            subscribers: incidents::subscribers(app, incident).await?,
            identifier: incident.identifier,
        })
    }

    pub(super) fn views(&self, rendering: &Rendering) -> Vec<Value> {
        self.activities
            .iter()
            .map(|activity| view(self.identifier, activity, rendering))
            .collect()
    }
}

fn view(identifier: i64, activity: &IncidentActivity, rendering: &Rendering) -> Value {
    let number = |status: store::incidents::IncidentStatus| status.number().to_string();
    json!({
        "id": activity.id.to_string(),
        "incidentIdentifier": identifier.to_string(),
        "user": activity.user.and_then(|user| rendering.user(user)),
        "type": activity.kind.number(),
        "value": activity.status.map(number),
        "previousValue": activity.status_before.map(number),
        "comment": activity.comment,
        "measured": activity.measured,
        "dateCreated": activity.created_at,
    })
}

/// `GET /api/0/organizations/{organization}/incidents/{incident}/activity/`, the newest first.
pub(crate) async fn list_activities(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
) -> Result<Page<Value>, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    let rows = Rows::load(&app, &incident).await?;
    let rendering = Rendering::load(&app, &access.scope).await?;
    Ok(page.of_whole(&app.url, rows.views(&rendering)))
}

/// `POST /api/0/organizations/{organization}/incidents/{incident}/comments/`
pub(crate) async fn create_comment(
    access: OrganizationAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    let text = fields.required_text("comment");
    fields.finish()?;
    let text = text.unwrap_or_default();
    let made = incidents::comment(&app, &access.scope, &incident, &text)
        .await
        .map_err(refused)?;
    let rendering = Rendering::load(&app, &access.scope).await?;
    Ok((StatusCode::CREATED, Json(view(incident.identifier, &made, &rendering))))
}

/// `PUT /api/0/organizations/{organization}/incidents/{incident}/comments/{comment}/`: one's own.
pub(crate) async fn update_comment(
    access: OrganizationAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<Value>, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    let text = fields.required_text("comment");
    fields.finish()?;
    let text = text.unwrap_or_default();
    let changed = incidents::change_comment(&app, &access.scope, &incident, id(&path)?, &text).await;
    let rendering = Rendering::load(&app, &access.scope).await?;
    Ok(Json(view(incident.identifier, &changed.map_err(refused)?, &rendering)))
}

/// `DELETE /api/0/organizations/{organization}/incidents/{incident}/comments/{comment}/`: one's own.
pub(crate) async fn delete_comment(
    access: OrganizationAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    incidents::remove_comment(&app, &access.scope, &incident, id(&path)?)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<IncidentActivityId, ApiError> {
    path.get("comment")?.parse().map_err(|_| ApiError::not_found())
}

/// `POST /api/0/organizations/{organization}/incidents/{incident}/subscriptions/`
pub(crate) async fn subscribe(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    incidents::set_subscribed(&app, &access.scope, &incident, true).await?;
    Ok((StatusCode::CREATED, Json(json!({}))))
}

/// `DELETE /api/0/organizations/{organization}/incidents/{incident}/subscriptions/`
pub(crate) async fn unsubscribe(
    access: OrganizationAccess<AlertsRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let incident = find(&app, &access.scope, &path).await?;
    incidents::set_subscribed(&app, &access.scope, &incident, false).await?;
    Ok(StatusCode::OK)
}

fn refused(error: CommentError) -> ApiError {
    match error {
        CommentError::Empty | CommentError::TooLong => ApiError::field("comment", error),
        CommentError::NoUser | CommentError::NotOwn => ApiError::forbidden(error),
        CommentError::NotFound => ApiError::not_found(),
        CommentError::Store(error) => error.into(),
    }
}
