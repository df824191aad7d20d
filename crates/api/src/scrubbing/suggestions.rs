use std::collections::BTreeMap;

use axum::{Json, extract::State};
use httpkit::{ApiError, OrganizationAccess, scopes::OrgRead};
use model::{EventId, ProjectId};
use protocol::event::Event;
use scrub::Suggestion;
use serde::Serialize;
use services::events::EventSearch;
use services::{
    App,
    access::{AccessError, OrganizationScope},
};
use store::events::{EventPage, EventsOf, PageStart, StoredEvent};

use crate::{issues, parameters::Parameters};

/// How many of a project's newest events are looked at when none is named.
const EVENTS_LOOKED_AT: i64 = 5;

/// How many projects are looked at for that.
const PROJECTS_LOOKED_AT: usize = 5;

/// How many values of one place are shown.
const MOST_EXAMPLES: usize = 5;

#[derive(Debug, Serialize)]
pub(crate) struct SuggestionsView {
    suggestions: Vec<SuggestionView>,
}

#[derive(Debug, Serialize)]
struct SuggestionView {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The selector.
    value: String,
    examples: Vec<String>,
}

/// `GET /api/0/organizations/{organization}/data-scrubbing-selector-suggestions/`: selectors for the values of the event
/// `eventId`, or of the newest events, of all projects or of those that are named.
pub(crate) async fn list_suggestions(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<SuggestionsView>, ApiError> {
    let scope = &access.scope;
    let named = issues::named_projects(&app, scope, &parameters).await?;
    let events = match parameters.filled("eventId") {
        Some(id) => one_event(&app, scope, id, &named).await?,
        None => newest_events(&app, scope, named).await?,
    };
    let suggestions = tokio::task::spawn_blocking(move || suggestions(&events)).await;
    Ok(Json(SuggestionsView {
        suggestions: suggestions.map_err(ApiError::internal)?,
    }))
}

/// None when it is not there: the form goes on without suggestions.
async fn one_event(
    app: &App,
    scope: &OrganizationScope,
    id: &str,
    named: &[ProjectId],
) -> Result<Vec<StoredEvent>, ApiError> {
    let Ok(id) = id.parse::<EventId>() else {
        return Ok(Vec::new());
    };
    match services::events::get_in_organization(app, scope, id).await {
        Ok(found) if named.is_empty() || named.contains(&found.stored.project) => Ok(vec![found.stored]),
        Ok(_) | Err(AccessError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

async fn newest_events(
    app: &App,
    scope: &OrganizationScope,
    named: Vec<ProjectId>,
) -> Result<Vec<StoredEvent>, ApiError> {
    let projects = if named.is_empty() {
        let all = services::projects::list(app, scope).await?;
        all.into_iter().map(|project| project.id).collect()
    } else {
        named
    };
    let page = EventPage {
        start: PageStart::Newest,
        limit: EVENTS_LOOKED_AT,
    };
    let mut events = Vec::new();
    for project in projects.into_iter().take(PROJECTS_LOOKED_AT) {
        let all = EventSearch::all(EventsOf::Project(project));
        events.extend(services::events::list(app, all, page).await?);
    }
    Ok(events)
}

fn suggestions(events: &[StoredEvent]) -> Vec<SuggestionView> {
    let mut examples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events
        .iter()
        .filter_map(|event| Event::from_stored(&event.payload).ok())
    {
        for Suggestion { path, value, .. } in scrub::selector_suggestions(&event) {
            let values = examples.entry(path).or_default();
            if let Some(value) = value.filter(|value| !values.contains(value))
                && values.len() < MOST_EXAMPLES
            {
                values.push(value);
            }
        }
    }
    let view = |(value, examples)| SuggestionView {
        kind: "value",
        value,
        examples,
    };
    examples.into_iter().map(view).collect()
}
