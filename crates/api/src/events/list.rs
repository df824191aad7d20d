use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{ApiError, Cursor, Direction, IssueAccess, ProjectAccess, scopes::EventRead};
use model::{EventId, Timestamp};
use services::App;
use store::events::{EventPage, EventPlace, EventsOf, PageStart, StoredEvent};

use crate::{
    events::{Document, FullEvent, SimpleEvent},
    page::{Page, PageRequest},
    parameters::Parameters,
    period::Period,
};

/// `GET …/issues/{issue}/events/`: newest first; whole with `full=true`.
pub(crate) async fn list_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    list(
        &app,
        EventsOf::Issue(access.issue.project, access.issue.id),
        &page,
        &parameters,
    )
    .await
}

/// `GET /api/0/projects/{organization}/{project}/events/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    list(&app, EventsOf::Project(access.scope.project.id), &page, &parameters).await
}

async fn list(app: &App, of: EventsOf, page: &PageRequest, parameters: &Parameters) -> Result<Response, ApiError> {
    refuse_search(parameters)?;
    let period = Period::read(parameters, app.now())?;
    let (since, until) = (
        period.since.unwrap_or(Timestamp(0)),
        period.until.unwrap_or(Timestamp(i64::MAX)),
    );
    let wanted = EventPage {
        start: start(page.cursor),
        limit: page.fetch(),
    };
    let events = services::events::list(app, of, since, until, wanted).await?;
    let page = page.of_fetched(&app.url, events, place);
    let full = parameters.is_on("full");
    // A hundred large events take a while to read and write.
    match tokio::task::spawn_blocking(move || render(page, full)).await {
        Ok(response) => response,
        Err(error) => Err(ApiError::internal(error)),
    }
}

fn render(page: Page<StoredEvent>, full: bool) -> Result<Response, ApiError> {
    let documents = page.try_map(Document::read)?;
    Ok(if full {
        documents.map(FullEvent).into_response()
    } else {
        documents.map(SimpleEvent).into_response()
    })
}

/// An answer that ignores what was asked for would be a wrong one.
pub(super) fn refuse_search(parameters: &Parameters) -> Result<(), ApiError> {
    match ["query", "environment"]
        .into_iter()
        .find(|name| parameters.filled(name).is_some())
    {
        Some(name) => Err(ApiError::field(name, "Searching events is not supported yet.")),
        None => Ok(()),
    }
}

/// A cursor is the time in microseconds and the id as a number.
fn place(event: &StoredEvent) -> (i64, u128) {
    (event.timestamp.0, u128::from_be_bytes(event.id.0))
}

fn start(cursor: Option<Cursor>) -> PageStart {
    let Some(Cursor {
        value,
        offset,
        direction,
    }) = cursor
    else {
        return PageStart::Newest;
    };
    let place = EventPlace {
        timestamp: Timestamp(value),
        id: EventId(offset.to_be_bytes()),
    };
    match direction {
        Direction::Next => PageStart::OlderThan(place),
        Direction::Previous => PageStart::NewerThan(place),
    }
}
