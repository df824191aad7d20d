use axum::{Json, extract::State};
use grouping::Regrouping;
use httpkit::{ApiError, ProjectAccess, scopes::ProjectRead};
use serde::Serialize;
use services::{
    App,
    grouping::{PREVIEW_EVENTS, PreviewError},
    settings::{self, SetError},
};

use super::settings::change;
use crate::body::Fields;

/// Where the newest events would go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PreviewView {
    #[serde(flatten)]
    regrouping: Regrouping,
    /// How many events are looked at at most.
    most_events: usize,
    /// Whether the time was up before.
    out_of_time: bool,
}

/// `POST /api/0/projects/{organization}/{project}/grouping-preview/`, an endpoint of ours: the newest events of the
/// project under `fingerprintingRules`, `groupingEnhancements` and `groupingConfig`; what is absent is as it is set.
pub(crate) async fn preview(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<Json<PreviewView>, ApiError> {
    let before = settings::of_project(&app, &access.scope).await?.grouping;
    let changed = change(&mut fields, &before, app.now());
    fields.finish()?;
    let preview = services::grouping::preview(&app, &access.scope, changed.as_ref().unwrap_or(&before)).await;
    let preview = preview.map_err(|error| match error {
        PreviewError::Invalid(problems) => ApiError::from(SetError::Invalid(problems)),
        PreviewError::Store(error) => error.into(),
    })?;
    Ok(Json(PreviewView {
        regrouping: preview.regrouping,
        most_events: PREVIEW_EVENTS,
        out_of_time: preview.out_of_time,
    }))
}
