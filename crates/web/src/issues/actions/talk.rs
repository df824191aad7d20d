//! What people write about an issue, and links to what others keep on it.

use axum::response::{IntoResponse as _, Response};
use httpkit::{ApiError, CsrfForm, IssueAccess, PathParams, scopes::EventWrite};
use model::{ActivityId, IssueLinkId};
use serde::Deserialize;
use services::issues::{
    comments::{self, CommentError},
    links::{self, LinkError, NewLink},
};

use super::back;
use crate::{
    form::NoFields,
    notice::{Done, PendingNotice},
    visit::Visit,
};

#[derive(Debug, Deserialize)]
pub(crate) struct CommentForm {
    text: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/comments/`
pub(crate) async fn add_comment(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<CommentForm>,
) -> Result<Response, ApiError> {
    let back = back(&access.scope, &access.issue, form.next.as_deref());
    match comments::add(&visit.app, &access.scope, &access.issue, &form.text, &[]).await {
        // Sent twice by mistake: it stands there.
        Ok(_) | Err(CommentError::Twice) => Ok((PendingNotice::of(Done::Commented), back).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /organizations/{organization}/issues/{issue}/comments/{comment}/`
pub(crate) async fn change_comment(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<CommentForm>,
) -> Result<Response, ApiError> {
    let back = back(&access.scope, &access.issue, form.next.as_deref());
    let id = comment(&path)?;
    comments::change(&visit.app, &access.scope, &access.issue, id, &form.text, &[]).await?;
    Ok((PendingNotice::of(Done::NameSaved), back).into_response())
}

/// `POST /organizations/{organization}/issues/{issue}/comments/{comment}/delete/`
pub(crate) async fn delete_comment(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    comments::remove(&visit.app, &access.scope, &access.issue, comment(&path)?).await?;
    let back = back(&access.scope, &access.issue, None);
    Ok((PendingNotice::of(Done::CommentDeleted), back).into_response())
}

fn comment(path: &PathParams) -> Result<ActivityId, ApiError> {
    path.get("comment")?.parse().map_err(|_| ApiError::not_found())
}

#[derive(Debug, Deserialize)]
pub(crate) struct LinkForm {
    service: String,
    name: String,
    url: String,
    next: Option<String>,
}

/// `POST /organizations/{organization}/issues/{issue}/links/`
pub(crate) async fn add_link(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    CsrfForm { form, .. }: CsrfForm<LinkForm>,
) -> Result<Response, ApiError> {
    let back = back(&access.scope, &access.issue, form.next.as_deref());
    let link = NewLink {
        service: form.service,
        display_name: form.name,
        url: form.url,
    };
    match links::add(&visit.app, &access.scope, &access.issue, &link).await {
        Ok(_) | Err(LinkError::Exists) => Ok((PendingNotice::of(Done::Linked), back).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /organizations/{organization}/issues/{issue}/links/{link}/delete/`
pub(crate) async fn delete_link(
    visit: Visit,
    access: IssueAccess<EventWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let id: IssueLinkId = path.get("link")?.parse().map_err(|_| ApiError::not_found())?;
    links::remove(&visit.app, &access.scope, &access.issue, id).await?;
    let back = back(&access.scope, &access.issue, None);
    Ok((PendingNotice::of(Done::LinkRemoved), back).into_response())
}
