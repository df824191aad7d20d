//! Files that came with an event: handed out, shown, deleted.

use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderMap, HeaderValue, header};
use httpkit::{
    ApiError, CsrfForm, PathParams, ProjectAccess, download,
    scopes::{EventAdmin, EventRead},
};
use model::{AttachmentId, EventId};
use serde::Deserialize;
use services::{access::ProjectScope, attachments};
use store::attachments::Attachment;

use super::attachments::shown_as;
use crate::{
    notice::{Done, PendingNotice},
    urls::{self, Links},
    visit::Visit,
};

async fn attachment(visit: &Visit, scope: &ProjectScope, path: &PathParams) -> Result<Attachment, ApiError> {
    let event: EventId = path.get("event")?.parse().map_err(|_| ApiError::not_found())?;
    let id = path.get("attachment")?.parse().map_err(|_| ApiError::not_found())?;
    Ok(attachments::get(&visit.app, scope, event, AttachmentId(id)).await?)
}

/// `GET …/events/{event}/attachments/{attachment}/download/`: as a file to keep, in ranges too.
pub(crate) async fn download(
    visit: Visit,
    access: ProjectAccess<EventRead>,
    path: PathParams,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let attachment = attachment(&visit, &access.scope, &path).await?;
    let reader = attachments::read(&visit.app, &attachment).await?;
    let name = attachments::download_name(&attachment);
    Ok(download::file(&headers, &reader, &name, &attachment.content_type))
}

/// `GET …/events/{event}/attachments/{attachment}/view/`: in the browser, if it is a picture or a text, in a sandbox.
pub(crate) async fn view(
    visit: Visit,
    access: ProjectAccess<EventRead>,
    path: PathParams,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let attachment = attachment(&visit, &access.scope, &path).await?;
    let shown = shown_as(&attachment.content_type, &attachment.name).ok_or_else(ApiError::not_found)?;
    let reader = attachments::read(&visit.app, &attachment).await?;
    let name = attachments::download_name(&attachment);
    let mut response = download::file(&headers, &reader, &name, shown);
    let inline = HeaderValue::from_static("inline");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, inline);
    Ok(response)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Deletion {
    next: Option<String>,
}

/// `POST …/events/{event}/attachments/{attachment}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: ProjectAccess<EventAdmin>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<Deletion>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let attachment = attachment(&visit, &scope, &path).await?;
    attachments::delete(&visit.app, &attachment).await?;
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let event = links.project_event(&scope.project.slug, &attachment.event_id.to_string());
    let back = form.next.filter(|next| urls::is_local(next)).unwrap_or(event);
    Ok((PendingNotice::of(Done::AttachmentDeleted), Redirect::to(&back)).into_response())
}
