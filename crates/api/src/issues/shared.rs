//! Issues that are shared, for whoever has their link.

use axum::{Json, extract::State};
use httpkit::{ApiError, PathParams};
use model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use services::{
    App,
    issues::{ShortId, sharing},
};

use crate::events::{Document, FullEvent};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedIssueView {
    id: String,
    short_id: String,
    title: String,
    culprit: String,
    permalink: String,
    is_unhandled: bool,
    issue_category: &'static str,
    level: &'static str,
    platform: String,
    metadata: Map<String, Value>,
    first_seen: Timestamp,
    last_seen: Timestamp,
    project: SharedProjectView,
    latest_event: Option<FullEvent>,
}

#[derive(Debug, Serialize)]
struct SharedProjectView {
    slug: String,
    name: String,
    organization: SharedOrganizationView,
}

#[derive(Debug, Serialize)]
struct SharedOrganizationView {
    slug: String,
    name: String,
}

/// `GET /api/0/shared/issues/{share}/`, and the same below its organization.
pub(crate) async fn show_shared(State(app): State<App>, path: PathParams) -> Result<Json<SharedIssueView>, ApiError> {
    let shared = sharing::shared(&app, path.get("share")?).await?;
    // The organization's name in the path is no proof of anything, but a wrong one is a wrong address.
    if let Ok(organization) = path.get("organization")
        && organization != shared.organization.slug
        && organization != shared.organization.id.to_string()
    {
        return Err(ApiError::not_found());
    }
    let issue = shared.issue;
    Ok(Json(SharedIssueView {
        id: issue.id.to_string(),
        short_id: ShortId::of(&issue).to_string(),
        title: issue.title,
        culprit: issue.culprit,
        permalink: app.url.join(&format!("/share/issue/{}/", path.get("share")?)),
        is_unhandled: issue.unhandled,
        issue_category: if issue.event_type == "feedback" {
            "feedback"
        } else {
            "error"
        },
        level: issue.level.name(),
        platform: issue.platform,
        metadata: issue.metadata,
        first_seen: issue.first_seen,
        last_seen: issue.last_seen,
        project: SharedProjectView {
            slug: shared.project.slug,
            name: shared.project.name,
            organization: SharedOrganizationView {
                slug: shared.organization.slug,
                name: shared.organization.name,
            },
        },
        latest_event: shared.event.map(Document::read).transpose()?.map(FullEvent),
    }))
}
