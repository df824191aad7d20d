use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, PathParams, scopes::EventRead};
use model::{EventId, ProjectId, Timestamp};
use serde::Serialize;
use services::App;

use crate::projects::ProjectReference;

/// What became of everything that was sent with one event id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventOutcomesView {
    event_id: EventId,
    /// Where it is, if it was accepted.
    stored: Option<StoredView>,
    /// What of it was not accepted, the latest first.
    outcomes: Vec<OutcomeView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredView {
    project: Option<ProjectReference>,
    group_id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    date_received: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeView {
    project: Option<ProjectReference>,
    date_received: Timestamp,
    category: &'static str,
    outcome: &'static str,
    reason: String,
}

/// `GET /api/0/organizations/{organization}/event-outcomes/{event}/`, an endpoint of ours.
pub(crate) async fn show_event_outcomes(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<EventOutcomesView>, ApiError> {
    let Ok(id) = path.get("event")?.parse() else {
        return Err(ApiError::bad_request("Invalid event id: expected 32 hex digits."));
    };
    let projects = services::projects::list(&app, &access.scope).await?;
    let reference = |id: ProjectId| {
        let project = projects.iter().find(|project| project.id == id);
        project.map(ProjectReference::of)
    };
    let story = services::outcomes::of_event(&app, &access.scope, id).await?;
    Ok(Json(EventOutcomesView {
        event_id: story.event_id,
        stored: story.stored.map(|stored| StoredView {
            project: reference(stored.project),
            group_id: stored.issue.map(|issue| issue.to_string()),
            kind: stored.event_type,
            date_received: stored.received_at,
        }),
        outcomes: story
            .outcomes
            .into_iter()
            .map(|found| OutcomeView {
                project: reference(found.project),
                date_received: found.received_at,
                category: found.category.name(),
                outcome: found.outcome.kind.name(),
                reason: found.outcome.reason.into_owned(),
            })
            .collect(),
    }))
}
