//! One event for other programs: its JSON as it is stored, and Markdown for people and language models.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use httpkit::{ApiError, IssueAccess, PathParams, scopes::EventRead};
use serde_json::Value;
use services::{
    events::{EventInIssue, Which},
    issues::ShortId,
};

use crate::{
    events::{
        markdown::{self, Source},
        stored,
    },
    urls::Links,
    visit::Visit,
};

async fn event(visit: &Visit, access: &IssueAccess<EventRead>, path: &PathParams) -> Result<EventInIssue, ApiError> {
    let which = Which::parse(path.get("event")?).ok_or_else(ApiError::not_found)?;
    Ok(services::events::get_of_issue(&visit.app, &access.issue, which).await?)
}

/// `GET /organizations/{organization}/issues/{issue}/events/{event}/json/`
pub(crate) async fn json(visit: Visit, access: IssueAccess<EventRead>, path: PathParams) -> Result<Response, ApiError> {
    let event = event(&visit, &access, &path).await?;
    let json = stored::download(event.stored.payload, visit.field("section")).ok_or_else(ApiError::not_found)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, json).into_response())
}

/// `GET /organizations/{organization}/issues/{issue}/events/{event}/markdown/`
pub(crate) async fn markdown(
    visit: Visit,
    access: IssueAccess<EventRead>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let EventInIssue { stored, .. } = event(&visit, &access, &path).await?;
    let IssueAccess { scope, issue, .. } = access;
    let links = Links::new(&scope.organization.slug, String::new());
    let url = visit.app.url.join(&links.event(issue.id.0, &stored.id.to_string()));
    let work = move || {
        let payload: Value = serde_json::from_str(&stored.payload).unwrap_or_default();
        let source = Source {
            title: &issue.title,
            short_id: &ShortId::of(&issue).to_string(),
            url: &url,
            event_id: &stored.id.to_string(),
            at: stored.timestamp,
            level: issue.level,
        };
        markdown::markdown(&source, &payload)
    };
    let text = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
    // As plain text, so that browsers show it.
    let kind = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    )];
    Ok((kind, text).into_response())
}
