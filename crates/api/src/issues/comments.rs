//! Comments on issues.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, IssueAccess, PathParams,
    scopes::{EventRead, EventWrite},
};
use model::{ActivityId, Assignee};
use services::{App, access::OrganizationScope, issues::comments};
use store::issues::IssueActivity;

use super::activities::{ActivityView, users};
use crate::{
    body::Fields,
    page::{Page, PageRequest},
};

/// `GET …/issues/{issue}/comments/`
pub(crate) async fn list_comments(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<ActivityView>, ApiError> {
    let found = comments::list(&app, &access.issue, page.by_id()).await?;
    let people = users(&app, &access.scope).await?;
    let page = page.of_fetched(&app.url, found, |comment: &IssueActivity| (comment.id.0, 0));
    Ok(page.map(|comment| ActivityView::of(&comment, &people)))
}

/// `POST …/issues/{issue}/comments/`
pub(crate) async fn create_comment(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<(StatusCode, Json<ActivityView>), ApiError> {
    let (text, mentions) = read(fields)?;
    let comment = comments::add(&app, &access.scope, &access.issue, &text, &mentions).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &access.scope, &comment).await?)))
}

/// `PUT …/issues/{issue}/comments/{comment}/`
pub(crate) async fn update_comment(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
    fields: Fields,
) -> Result<Json<ActivityView>, ApiError> {
    let (text, mentions) = read(fields)?;
    let comment = comments::change(&app, &access.scope, &access.issue, id(&path)?, &text, &mentions).await?;
    Ok(Json(view(&app, &access.scope, &comment).await?))
}

/// `DELETE …/issues/{issue}/comments/{comment}/`
pub(crate) async fn delete_comment(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    comments::remove(&app, &access.scope, &access.issue, id(&path)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn id(path: &PathParams) -> Result<ActivityId, ApiError> {
    path.get("comment")?.parse().map_err(|_| ApiError::not_found())
}

async fn view(app: &App, scope: &OrganizationScope, comment: &IssueActivity) -> Result<ActivityView, ApiError> {
    Ok(ActivityView::of(comment, &users(app, scope).await?))
}

/// The text, and whom it mentions: `user:1`, `team:2`.
fn read(mut fields: Fields) -> Result<(String, Vec<Assignee>), ApiError> {
    let text = fields.required_text("text").unwrap_or_default();
    let mut mentions = Vec::new();
    for name in fields.texts("mentions").unwrap_or_default() {
        match name.parse() {
            Ok(who) => mentions.push(who),
            Err(_) => fields.refuse("mentions", &format!("\"{name}\" is neither user:<id> nor team:<id>.")),
        }
    }
    fields.finish()?;
    Ok((text, mentions))
}
