//! Links from issues to what other systems keep on them.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, IssueAccess, PathParams,
    scopes::{EventRead, EventWrite},
};
use serde::Serialize;
use services::{
    App,
    issues::links::{self, NewLink},
};
use store::issue_links::IssueLink;

use crate::body::Fields;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkView {
    id: String,
    issue_id: String,
    service_type: String,
    display_name: String,
    web_url: String,
}

impl LinkView {
    fn of(link: IssueLink) -> Self {
        Self {
            id: link.id.to_string(),
            issue_id: link.issue.to_string(),
            service_type: link.service,
            display_name: link.display_name,
            web_url: link.url,
        }
    }
}

/// `GET …/issues/{issue}/external-issues/`
pub(crate) async fn list_links(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
) -> Result<Json<Vec<LinkView>>, ApiError> {
    let links = links::list(&app, &access.scope, &access.issue).await?;
    Ok(Json(links.into_iter().map(LinkView::of).collect()))
}

/// `POST …/issues/{issue}/external-issues/`
pub(crate) async fn create_link(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<LinkView>), ApiError> {
    let link = NewLink {
        service: fields.required_text("serviceType").unwrap_or_default(),
        display_name: fields.required_text("displayName").unwrap_or_default(),
        url: fields.required_text("webUrl").unwrap_or_default(),
    };
    fields.finish()?;
    let link = links::add(&app, &access.scope, &access.issue, &link).await?;
    Ok((StatusCode::CREATED, Json(LinkView::of(link))))
}

/// `DELETE …/issues/{issue}/external-issues/{link}/`
pub(crate) async fn delete_link(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let id = path.get("link")?.parse().map_err(|_| ApiError::not_found())?;
    links::remove(&app, &access.scope, &access.issue, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
