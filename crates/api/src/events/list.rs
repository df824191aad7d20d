use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{ApiError, IssueAccess, ProjectAccess, scopes::EventRead};
use services::{App, access::OrganizationScope, events::EventSearch};
use store::events::{EventPage, EventsOf, StoredEvent};

use crate::{
    events::{Document, FullEvent, SimpleEvent},
    page::{Page, PageRequest},
    parameters::{Parameters, environments},
    period::Period,
};

/// `GET …/issues/{issue}/events/`: newest first; whole with `full=true`.
pub(crate) async fn list_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let of = EventsOf::Issue(access.issue.project, access.issue.id);
    let search = search(&app, &access.scope, of, &parameters).await?;
    list(&app, search, &page, &parameters).await
}

/// `GET /api/0/projects/{organization}/{project}/events/`
pub(crate) async fn list_of_project(
    access: ProjectAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let scope = access.scope.whole();
    let search = search(&app, scope, EventsOf::Project(access.scope.project.id), &parameters).await?;
    list(&app, search, &page, &parameters).await
}

/// What of the events is asked for: a search, environments, a time.
pub(super) async fn search(
    app: &App,
    scope: &OrganizationScope,
    of: EventsOf,
    parameters: &Parameters,
) -> Result<EventSearch, ApiError> {
    let period = Period::read(parameters, app.now())?;
    let all = EventSearch::all(of);
    let filter = match parameters.filled("query") {
        Some(text) => services::discover::filter(app, scope, of.project(), text).await?,
        None => all.filter,
    };
    Ok(EventSearch {
        environments: environments(app, scope, parameters).await?,
        since: period.since.unwrap_or(all.since),
        until: period.until.unwrap_or(all.until),
        filter,
        ..all
    })
}

async fn list(
    app: &App,
    search: EventSearch,
    page: &PageRequest,
    parameters: &Parameters,
) -> Result<Response, ApiError> {
    let wanted = EventPage {
        start: page.by_place(),
        limit: page.fetch(),
    };
    let events = services::events::list(app, search, wanted).await?;
    let page = page.of_fetched(&app.url, events, |event| PageRequest::place(event.place()));
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
