//! The page of an event that belongs to no issue: a transaction, mostly.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderValue, header};
use httpkit::{ApiError, PathParams, ProjectAccess, scopes::EventRead};
use model::EventId;
use protocol::event::Event;
use serde_json::Value;
use services::events::EventInIssue;
use store::IdPage;

use super::{
    EventSource, EventView,
    attachments::AttachmentRow,
    breadcrumbs::OPEN_BREADCRUMBS,
    payload, samples,
    spans::{self, SpansView},
    stored,
    trace::{Run, TraceOptions},
};
use crate::{
    gallery::Sample,
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    text,
    time::Absolute,
    visit::Visit,
};

/// An event by itself, with its spans.
#[derive(Debug, Template)]
#[template(path = "events/page.html")]
pub(crate) struct EventPage {
    pub(crate) shell: Shell,
    pub(crate) head: EventHead,
    pub(crate) event: EventView,
    pub(crate) spans: Option<SpansView>,
}

/// What the event is, in its first lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventHead {
    /// `transaction`
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) op: String,
    pub(crate) status: String,
    pub(crate) duration: Option<String>,
    pub(crate) trace_id: String,
}

/// Attachments that are listed with an event.
pub(crate) const MAX_ATTACHMENTS: i64 = 20;

/// `GET /organizations/{organization}/projects/{project}/events/{event}/`: the event of an issue is shown there.
pub(crate) async fn show(
    visit: Visit,
    access: ProjectAccess<EventRead>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let scope = &access.scope;
    let EventInIssue { stored, .. } = find(&visit, &access, &path).await?;
    let organization = scope.whole();
    let (shell, _) = visit.scoped_shell(organization, Part::None, "Event").await?;
    if let Some(issue) = stored.issue {
        return Ok(Redirect::to(&shell.links.event(issue.0, &stored.id.to_string())).into_response());
    }
    let attachments =
        services::attachments::list_of_event(&visit.app, scope, stored.id, IdPage::newest(MAX_ATTACHMENTS)).await?;
    let row = |attachment: &_| AttachmentRow::new(attachment, &scope.project.slug, &shell.links);
    let source = EventSource {
        id: stored.id.to_string(),
        at: stored.timestamp,
        project: scope.project.slug.clone(),
        attachments: attachments.iter().map(row).collect(),
        highlights: services::settings::of_project(&visit.app, scope).await?.highlights,
        ..EventSource::default()
    };
    let options = TraceOptions::of(&visit, scope.organization.id, scope.project.id).await?;
    let work = move || {
        let payload: Value = serde_json::from_str(&stored.payload).unwrap_or_default();
        let tags = Event::from_stored(&stored.payload)
            .map(|event| normalize::index_tags(&event))
            .unwrap_or_default();
        Page(EventPage::new(
            shell,
            &stored.event_type,
            source,
            &payload,
            tags,
            options,
        ))
        .into_response()
    };
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)
}

async fn find(visit: &Visit, access: &ProjectAccess<EventRead>, path: &PathParams) -> Result<EventInIssue, ApiError> {
    let id: EventId = path.get("event")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(services::events::get(&visit.app, access.scope.project.id, id).await?)
}

/// `GET …/projects/{project}/events/{event}/json/`
pub(crate) async fn json(
    visit: Visit,
    access: ProjectAccess<EventRead>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let event = find(&visit, &access, &path).await?;
    let json = stored::download(event.stored.payload, visit.field("section")).ok_or_else(ApiError::not_found)?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((kind, json).into_response())
}

impl EventPage {
    pub(super) fn new(
        shell: Shell,
        kind: &str,
        source: EventSource,
        payload: &Value,
        tags: Vec<(String, String)>,
        options: TraceOptions,
    ) -> Self {
        let head = EventHead::new(kind, payload);
        let shell = Shell {
            title: format!("{}: {}", kind, text::line(&head.title, 120)),
            ..shell
        };
        Self {
            spans: spans::spans(payload).filter(|spans| !spans.rows.is_empty()),
            event: EventView::new(source, payload, tags, &[], options),
            head,
            shell,
        }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        samples::event_pages()
    }
}

impl EventHead {
    fn new(kind: &str, event: &Value) -> Self {
        let trace = event.get("contexts").and_then(|contexts| contexts.get("trace"));
        let of_trace = |key: &str| {
            let text = trace.and_then(|trace| payload::text(trace, key));
            text::line(&text.unwrap_or_default(), 100)
        };
        let title = payload::text(event, "transaction").unwrap_or_else(|| format!("unnamed {kind}"));
        Self {
            kind: kind.to_owned(),
            title: text::line(&title, 300),
            op: of_trace("op"),
            status: of_trace("status"),
            duration: spans::duration_of(event),
            trace_id: of_trace("trace_id"),
        }
    }

    fn status_class(&self) -> &'static str {
        match self.status.as_str() {
            "ok" => "badge-success",
            "unknown" | "cancelled" => "badge-muted",
            _ => "badge-error",
        }
    }
}
