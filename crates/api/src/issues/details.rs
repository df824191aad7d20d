use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use httpkit::{
    ApiError, IssueAccess, OrganizationAccess, PathParams,
    scopes::{EventAdmin, EventRead, EventWrite},
};
use services::{
    App, Scope,
    access::{AccessError, OrganizationScope},
    issues::ShortId,
};

use super::{
    activities::ActivityView,
    change::ChangeRequest,
    expand::ExpandedView,
    list,
    rendering::Rendering,
    stats,
    view::{IssueDetails, ReleasesView, ShortIdView, ViewerView},
};
use crate::{body::Fields, parameters::Parameters, tags, users::UserView};

/// `GET …/issues/{issue}/`
pub(crate) async fn show(
    access: IssueAccess<EventRead>,
    State(app): State<App>,
    parameters: Parameters,
) -> Result<Json<IssueDetails>, ApiError> {
    let (scope, issue) = (&access.scope, &access.issue);
    let wanted = |part: &str| !parameters.holds("collapse", part);
    let rendering = Rendering::load(&app, scope, std::slice::from_ref(issue)).await?;
    let viewers = services::issues::viewers(&app, issue).await?;
    let participants = services::issues::participants(&app, issue).await?;
    Ok(Json(IssueDetails {
        issue: rendering.view(issue),
        releases: if wanted("release") {
            Some(ReleasesView::load(&app, scope, issue).await?)
        } else {
            None
        },
        tags: if wanted("tags") {
            Some(tags::keys(&app, issue).await?)
        } else {
            None
        },
        stats: if wanted("stats") {
            Some(stats::of_issue(&app, issue).await?)
        } else {
            None
        },
        derived_data: rendering.derived(issue),
        expanded: ExpandedView::load(&app, &rendering, issue, &parameters).await?,
        activity: ActivityView::load(&app, scope, issue).await?,
        seen_by: viewers.iter().map(|(user, at)| ViewerView::of(user, *at)).collect(),
        participants: participants.users.iter().map(|(user, _)| UserView::of(user)).collect(),
        user_report_count: services::user_reports::count_of_issue(&app, issue).await?,
        plugin_actions: [],
        plugin_issues: [],
        plugin_contexts: [],
    }))
}

/// `PUT …/issues/{issue}/`; with `discard` the issue is deleted, and its events are dropped from now on.
pub(crate) async fn update(
    access: IssueAccess<EventWrite>,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let request = ChangeRequest::read(fields)?;
    if request.discard() {
        require_discard(&access.scope)?;
        services::issues::discard(&app, std::slice::from_ref(&access.issue)).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if request.merge() {
        return Err(ApiError::field("merge", "Merging takes several issues."));
    }
    let change = request.resolve(&app, &access.scope).await?;
    let changed = services::issues::update(
        &app,
        &access.scope,
        std::slice::from_ref(&access.issue),
        change.change(),
    )
    .await?;
    let issue = changed.into_iter().next().ok_or_else(ApiError::not_found)?;
    let rendering = Rendering::load(&app, &access.scope, std::slice::from_ref(&issue)).await?;
    Ok(Json(rendering.view(&issue)).into_response())
}

/// Discarding deletes, though it is asked for by a change.
pub(super) fn require_discard(scope: &OrganizationScope) -> Result<(), ApiError> {
    if scope.rights.allow(Scope::EventAdmin) {
        Ok(())
    } else {
        Err(AccessError::Missing(Scope::EventAdmin.into()).into())
    }
}

/// `DELETE …/issues/{issue}/`: out of sight at once, its events follow.
pub(crate) async fn delete(access: IssueAccess<EventAdmin>, State(app): State<App>) -> Result<StatusCode, ApiError> {
    services::issues::delete(&app, std::slice::from_ref(&access.issue)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `GET /api/0/organizations/{organization}/shortids/{issue}/`
pub(crate) async fn resolve_short_id(
    access: OrganizationAccess<EventRead>,
    State(app): State<App>,
    path: PathParams,
    parameters: Parameters,
) -> Result<Json<ShortIdView>, ApiError> {
    let text = path.get("issue")?;
    if ShortId::parse(text).is_none() {
        return Err(ApiError::not_found());
    }
    let issue = services::issues::get(&app, &access.scope, text).await?;
    Ok(Json(ShortIdView {
        organization_slug: access.scope.organization.slug.clone(),
        project_slug: issue.project_slug.clone(),
        group_id: issue.id.to_string(),
        short_id: ShortId::of(&issue).to_string(),
        group: list::one_of_organization(&app, &access.scope, issue, &parameters).await?,
    }))
}
