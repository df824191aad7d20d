//! Members in teams: joining, leaving, and who asks for it.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, TeamAccess,
    scopes::{MemberLeave, OrgRead, TeamJoin, TeamRead},
};
use model::TeamRole;
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    members::{self, MemberWithTeams, Person},
    teams::{self, Joined},
};

use super::MemberView;
use crate::{
    body::Fields,
    teams::{OwnTeams, TeamView},
};

/// Who is invited is in no team yet.
async fn member(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<MemberWithTeams, ApiError> {
    match members::find(app, scope, path.get("member")?).await? {
        Person::Member(member) => Ok(member),
        Person::Invited(_) => Err(ApiError::not_found()),
    }
}

async fn view(app: &App, access: &OrganizationScope, team: &str) -> Result<TeamView, ApiError> {
    let team = teams::get(app, access, team).await?;
    // What the actor is in there may just have changed.
    let access = services::access::enter(app, &access.actor, &access.organization.slug).await?;
    let own = OwnTeams::load(app, &access).await?;
    Ok(crate::teams::view(&team, &access, &own))
}

/// `POST …/members/{member}/teams/{team}/`: 201 in it, 202 asked for it, 204 was in it.
pub(crate) async fn join_team(
    access: TeamAccess<TeamJoin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let member = member(&app, &access.scope, &path).await?;
    let status = match teams::join(&app, &access.scope, &member, &access.team).await? {
        Joined::WasMember => return Ok(StatusCode::NO_CONTENT.into_response()),
        Joined::Added => StatusCode::CREATED,
        Joined::Asked => StatusCode::ACCEPTED,
    };
    Ok((status, Json(view(&app, &access.scope, &access.team.slug).await?)).into_response())
}

/// `DELETE …/members/{member}/teams/{team}/`
pub(crate) async fn leave_team(
    access: TeamAccess<TeamJoin>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<TeamView>, ApiError> {
    let member = member(&app, &access.scope, &path).await?;
    teams::leave(&app, &access.scope, &member, &access.team).await?;
    Ok(Json(view(&app, &access.scope, &access.team.slug).await?))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamRoleView {
    is_active: bool,
    team_role: TeamRole,
}

/// `PUT …/members/{member}/teams/{team}/`: the role there.
pub(crate) async fn change_team_role(
    access: TeamAccess<TeamRead>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<TeamRoleView>, ApiError> {
    let member = member(&app, &access.scope, &path).await?;
    let role = fields.choice("teamRole", TeamRole::from_name);
    fields.finish()?;
    let before = member.teams.iter().find(|(team, _)| *team == access.team.id);
    let before = before.map(|(_, role)| *role).ok_or_else(ApiError::not_found)?;
    if let Some(role) = role {
        teams::change_role(&app, &access.scope, &member, &access.team, role).await?;
    }
    Ok(Json(TeamRoleView {
        is_active: true,
        team_role: role.unwrap_or(before),
    }))
}

#[derive(Debug, Serialize)]
pub(crate) struct TeamRequestView {
    id: String,
    member: MemberView,
    team: TeamView,
}

/// `GET /api/0/organizations/{organization}/access-requests/`: who asks to be let into teams that the actor may change.
pub(crate) async fn list_team_requests(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
) -> Result<Json<Vec<TeamRequestView>>, ApiError> {
    let own = OwnTeams::load(&app, &access.scope).await?;
    let requests = teams::requests(&app, &access.scope).await?.into_iter();
    let views = requests.map(|(request, team, member)| TeamRequestView {
        id: request.id.to_string(),
        member: MemberView::of(&Person::Member(member), &app),
        team: crate::teams::view(&team, &access.scope, &own),
    });
    Ok(Json(views.collect()))
}

/// `PUT /api/0/organizations/{organization}/access-requests/{request}/`: `isApproved`.
pub(crate) async fn decide_team_request(
    access: OrganizationAccess<MemberLeave>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let request = path.get("request")?.parse().map_err(|_| ApiError::not_found())?;
    let is_approved = fields.flag("isApproved");
    if is_approved.is_none() {
        fields.refuse("isApproved", "This field is required.");
    }
    fields.finish()?;
    teams::decide(&app, &access.scope, request, is_approved == Some(true)).await?;
    Ok(StatusCode::NO_CONTENT)
}
