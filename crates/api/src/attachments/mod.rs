//! Files that were sent beside events: of an event, of an issue, and each by itself.

mod view;

use view::AttachmentView;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use httpkit::{
    ApiError, ErrorKind, IssueAccess, PathParams, ProjectAccess, download,
    scopes::{EventRead, ProjectAdmin, ProjectRead},
};
use model::{AttachmentId, EventId};
use services::{
    App,
    access::{AccessError, ProjectScope},
    attachments,
};
use store::{
    IdPage,
    attachments::{Attachment, AttachmentFilter},
};

use crate::{
    page::{Page, PageRequest},
    parameters::Parameters,
    period::Period,
};

/// How many attachments of an event are searched through.
const MOST_SEARCHED: i64 = 1_000;

/// `GET /api/0/projects/{organization}/{project}/events/{event}/attachments/`; `query` looks into names, or is
/// `is:screenshot`.
pub(crate) async fn list_of_event(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<AttachmentView>, ApiError> {
    let (scope, event) = (&access.scope, event_id(&path)?);
    if let Some(query) = parameters.filled("query") {
        let mut found = attachments::list_of_event(&app, scope, event, IdPage::newest(MOST_SEARCHED)).await?;
        refuse_unknown(&app, scope, event, &found).await?;
        found.retain(|attachment| matches(attachment, query));
        return Ok(page.of_whole(&app.url, found).map(AttachmentView::of));
    }
    let found = attachments::list_of_event(&app, scope, event, page.by_id()).await?;
    if page.cursor.is_none() {
        refuse_unknown(&app, scope, event, &found).await?;
    }
    Ok(page.of_fetched(&app.url, found, place).map(AttachmentView::of))
}

/// An attachment may come without its event, but what has neither is unknown.
async fn refuse_unknown(app: &App, scope: &ProjectScope, event: EventId, found: &[Attachment]) -> Result<(), ApiError> {
    if found.is_empty() {
        let event = services::events::get(app, scope.project.id, event).await;
        event.map_err(|error| match error {
            AccessError::NotFound => no_event(),
            other => other.into(),
        })?;
    }
    Ok(())
}

fn matches(attachment: &Attachment, query: &str) -> bool {
    let name = attachment.name.to_lowercase();
    match query {
        "is:screenshot" => name.starts_with("screenshot") && attachment.content_type.starts_with("image/"),
        text => name.contains(&text.to_lowercase()),
    }
}

/// `GET …/issues/{issue}/attachments/`: of some `types`, or the `screenshot`s.
pub(crate) async fn list_of_issue(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<AttachmentView>, ApiError> {
    let period = Period::read(&parameters, app.now())?;
    let filter = AttachmentFilter {
        types: parameters
            .all("types")
            .filter(|kind| !kind.is_empty())
            .map(str::to_owned)
            .collect(),
        // Its presence is enough, as for Sentry's `download`.
        screenshots: parameters
            .get("screenshot")
            .is_some_and(|text| !matches!(text, "0" | "false")),
        since: period.since,
        until: period.until,
    };
    let found = attachments::list_of_issue(&app, &access.issue, &filter, page.by_id()).await?;
    Ok(page.of_fetched(&app.url, found, place).map(AttachmentView::of))
}

fn place(attachment: &Attachment) -> (i64, u128) {
    (attachment.id.0, 0)
}

/// `GET …/events/{event}/attachments/{attachment}/`: what it is, or with `download` its bytes, in ranges too.
pub(crate) async fn show(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let attachment = find(&app, &access.scope, &path).await?;
    if parameters.get("download").is_none() {
        return Ok(Json(AttachmentView::of(attachment)).into_response());
    }
    let reader = attachments::read(&app, &attachment).await?;
    let name = attachments::download_name(&attachment);
    Ok(download::file(&headers, &reader, &name, &attachment.content_type))
}

/// `DELETE …/events/{event}/attachments/{attachment}/`
pub(crate) async fn delete(
    access: ProjectAccess<ProjectAdmin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let attachment = find(&app, &access.scope, &path).await?;
    attachments::delete(&app, &attachment).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, scope: &ProjectScope, path: &PathParams) -> Result<Attachment, ApiError> {
    let id = path.get("attachment")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(attachments::get(app, scope, event_id(path)?, AttachmentId(id)).await?)
}

fn event_id(path: &PathParams) -> Result<EventId, ApiError> {
    path.get("event")?.parse().map_err(|_| no_event())
}

fn no_event() -> ApiError {
    ApiError::new(ErrorKind::NotFound, "Event not found")
}
