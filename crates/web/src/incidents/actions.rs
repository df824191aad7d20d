//! What the buttons of an incident's page do.

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{AlertsRead, AlertsWrite, EventWrite},
};
use model::IncidentActivityId;
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    incidents::{self, CommentError},
};

use super::incident::find;
use crate::{
    form::NoFields,
    notice::{Done, PendingNotice},
    urls::Links,
    visit::Visit,
};

#[derive(Debug, Deserialize)]
pub(crate) struct FollowForm {
    /// `on` or `off`.
    follow: String,
}

/// `POST /organizations/{organization}/alerts/incidents/{incident}/follow/`
pub(crate) async fn follow(
    visit: Visit,
    access: OrganizationAccess<AlertsRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<FollowForm>,
) -> Result<Redirect, ApiError> {
    let incident = find(&visit.app, &access.scope, &path).await?;
    incidents::set_subscribed(&visit.app, &access.scope, &incident, form.follow == "on").await?;
    Ok(Redirect::to(&page(&visit, &access.scope, incident.identifier)))
}

/// `POST /organizations/{organization}/alerts/incidents/{incident}/resolve/`
pub(crate) async fn resolve(
    visit: Visit,
    access: OrganizationAccess<AlertsWrite>,
    path: PathParams,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let incident = find(&visit.app, &access.scope, &path).await?;
    incidents::close(&visit.app, &access.scope, &incident, None).await?;
    let page = page(&visit, &access.scope, incident.identifier);
    Ok((PendingNotice::of(Done::IncidentResolved), Redirect::to(&page)).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct CommentForm {
    comment: String,
}

/// `POST /organizations/{organization}/alerts/incidents/{incident}/comments/`
pub(crate) async fn comment(
    visit: Visit,
    access: OrganizationAccess<EventWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<CommentForm>,
) -> Result<Redirect, ApiError> {
    let incident = find(&visit.app, &access.scope, &path).await?;
    match incidents::comment(&visit.app, &access.scope, &incident, &form.comment).await {
        // An empty one is nothing said.
        Ok(_) | Err(CommentError::Empty) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(Redirect::to(&page(&visit, &access.scope, incident.identifier)))
}

/// `POST /organizations/{organization}/alerts/incidents/{incident}/comments/{comment}/delete/`
pub(crate) async fn delete_comment(
    visit: Visit,
    access: OrganizationAccess<EventWrite>,
    path: PathParams,
    CsrfForm { .. }: CsrfForm<NoFields>,
) -> Result<Redirect, ApiError> {
    let incident = find(&visit.app, &access.scope, &path).await?;
    let id: IncidentActivityId = path.get("comment")?.parse().map_err(|_| ApiError::not_found())?;
    match incidents::remove_comment(&visit.app, &access.scope, &incident, id).await {
        Ok(()) | Err(CommentError::NotFound) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(Redirect::to(&page(&visit, &access.scope, incident.identifier)))
}

fn refused(error: CommentError) -> ApiError {
    match error {
        CommentError::Store(error) => error.into(),
        CommentError::NoUser | CommentError::NotOwn => ApiError::forbidden(error),
        error => ApiError::bad_request(error),
    }
}

fn page(visit: &Visit, scope: &OrganizationScope, identifier: i64) -> String {
    Links::new(&scope.organization.slug, visit.scope().query()).incident(identifier)
}
