//! Maintenance: times in which no rule of a project fires.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, PathParams, ProjectAccess,
    scopes::{AlertsRead, AlertsWrite},
};
use model::Timestamp;
use serde::Serialize;
use services::{
    App,
    alert_rules::{self, MaintenanceWindow, NewWindow, WindowError},
};

use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WindowView {
    id: String,
    start: Timestamp,
    end: Timestamp,
    reason: String,
    created_by: Option<i64>,
    date_created: Timestamp,
}

impl WindowView {
    fn of(window: MaintenanceWindow) -> Self {
        Self {
            id: window.id.to_string(),
            start: window.starts_at,
            end: window.ends_at,
            reason: window.reason,
            created_by: window.made_by.map(|user| user.0),
            date_created: window.created_at,
        }
    }
}

/// `GET /api/0/projects/{organization}/{project}/maintenance-windows/`
pub(crate) async fn list_windows(
    access: ProjectAccess<AlertsRead>,
    State(app): State<App>,
) -> Result<Json<Vec<WindowView>>, ApiError> {
    let windows = alert_rules::windows(&app, &access.scope).await?;
    Ok(Json(windows.into_iter().map(WindowView::of).collect()))
}

/// `POST /api/0/projects/{organization}/{project}/maintenance-windows/`
pub(crate) async fn create_window(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<WindowView>), ApiError> {
    let starts_at = fields.text("start").filter(|text| !text.is_empty());
    let starts_at = match starts_at {
        None => app.now(),
        Some(text) => text.parse().unwrap_or_else(|_| {
            fields.refuse("start", "Expected a time as 2026-01-31T12:00:00Z.");
            Timestamp(0)
        }),
    };
    let ends_at = fields.required_text("end").and_then(|text| {
        let time = text.parse().ok();
        if time.is_none() {
            fields.refuse("end", "Expected a time as 2026-01-31T12:00:00Z.");
        }
        time
    });
    let reason = fields.text("reason").unwrap_or_default();
    fields.finish()?;
    let new = NewWindow {
        starts_at,
        ends_at: ends_at.unwrap_or_default(),
        reason,
    };
    let window = alert_rules::add_window(&app, &access.scope, new)
        .await
        .map_err(refused)?;
    Ok((StatusCode::CREATED, Json(WindowView::of(window))))
}

/// `DELETE /api/0/projects/{organization}/{project}/maintenance-windows/{window}/`
pub(crate) async fn delete_window(
    access: ProjectAccess<AlertsWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let id = path.get("window")?.parse().map_err(|_| ApiError::not_found())?;
    alert_rules::delete_window(&app, &access.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(error: WindowError) -> ApiError {
    match error {
        WindowError::Ends | WindowError::TooLong => ApiError::field("end", error),
        WindowError::ReasonTooLong => ApiError::field("reason", error),
        WindowError::TooMany => ApiError::bad_request(error),
        WindowError::Store(error) => error.into(),
    }
}
