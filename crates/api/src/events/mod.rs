//! Events: by themselves, of an issue, of a project.

mod document;
mod entries;
mod errors;
mod list;
mod meta;
mod tags;
mod view;

pub(crate) use document::Document;
pub(crate) use list::{list_of_issue, list_of_project};
pub(crate) use tags::user_query;
pub(crate) use view::{DetailedEvent, FullEvent, SimpleEvent};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use httpkit::{ApiError, ErrorKind, IssueAccess, OrganizationAccess, PathParams, ProjectAccess, scopes::EventRead};
use model::EventId;
use serde::Serialize;
use services::{App, access::AccessError, events::Which};

use store::events::{EventPage, EventsOf, PageStart};

use crate::{parameters::Parameters, projects};

/// `GET …/issues/{issue}/events/{event}/`: by id, or `latest`, `oldest`, `recommended`.
pub(crate) async fn show_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<DetailedEvent>, ApiError> {
    let which = Which::parse(path.get("event")?).ok_or_else(|| no_event(AccessError::NotFound))?;
    let which = narrowed(&app, &access, which, &parameters).await?;
    let found = services::events::get_of_issue(&app, &access.issue, which)
        .await
        .map_err(no_event)?;
    Ok(Json(DetailedEvent::load(&app, &access.scope, found).await?))
}

/// The latest or oldest among those that are searched for; an event that is named by its id is that event.
async fn narrowed(
    app: &App,
    access: &IssueAccess<EventRead>,
    which: Which,
    parameters: &Parameters,
) -> Result<Which, ApiError> {
    let start = match which {
        Which::Id(_) => return Ok(which),
        Which::Latest | Which::Recommended => PageStart::Newest,
        Which::Oldest => PageStart::OLDEST,
    };
    let asked = ["query", "environment", "start", "end", "statsPeriod"];
    if asked.into_iter().all(|name| parameters.filled(name).is_none()) {
        return Ok(which);
    }
    let of = EventsOf::Issue(access.issue.project, access.issue.id);
    let search = list::search(app, &access.scope, of, parameters).await?;
    let found = services::events::list(app, search, EventPage { start, limit: 1 }).await?;
    let found = found.first().ok_or_else(|| no_event(AccessError::NotFound))?;
    Ok(Which::Id(found.id))
}

/// `GET /api/0/projects/{organization}/{project}/events/{event}/`
pub(crate) async fn show_of_project(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<DetailedEvent>, ApiError> {
    let found = services::events::get(&app, access.scope.project.id, event_id(&path)?)
        .await
        .map_err(no_event)?;
    Ok(Json(DetailedEvent::load(&app, access.scope.whole(), found).await?))
}

/// `GET /api/0/projects/{organization}/{project}/events/{event}/json/`: the event as it is stored.
pub(crate) async fn show_json(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let found = services::events::get(&app, access.scope.project.id, event_id(&path)?)
        .await
        .map_err(no_event)?;
    let mut response = found.stored.payload.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Where in the organization an event is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventPlaceView {
    organization_slug: String,
    project_slug: String,
    group_id: Option<String>,
    event_id: EventId,
    event: FullEvent,
}

/// `GET /api/0/organizations/{organization}/eventids/{event}/`
pub(crate) async fn resolve_id(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<EventPlaceView>, ApiError> {
    let Ok(id) = path.get("event")?.parse() else {
        return Err(ApiError::bad_request("Invalid event id: expected 32 hex digits."));
    };
    let found = services::events::get_in_organization(&app, &access.scope, id)
        .await
        .map_err(no_event)?;
    let project = projects::by_id(&app, &access.scope, found.stored.project).await?;
    Ok(Json(EventPlaceView {
        organization_slug: access.scope.organization.slug,
        project_slug: project.slug,
        group_id: found.stored.issue.map(|issue| issue.to_string()),
        event_id: found.stored.id,
        event: FullEvent(Document::read(found.stored)?),
    }))
}

fn event_id(path: &PathParams) -> Result<EventId, ApiError> {
    path.get("event")?.parse().map_err(|_| no_event(AccessError::NotFound))
}

fn no_event(error: AccessError) -> ApiError {
    match error {
        AccessError::NotFound => ApiError::new(ErrorKind::NotFound, "Event not found"),
        other => other.into(),
    }
}
