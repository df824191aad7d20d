//! `…/members/` of organizations, teams and projects, and who was invited or asks to join.

mod in_teams;
mod requests;
mod teams_of_body;
mod view;

pub(crate) use in_teams::{change_team_role, decide_team_request, join_team, leave_team, list_team_requests};
pub(crate) use requests::{ask_to_join, create_request, decide_request, list_requests, refuse_request, show_request};
pub(crate) use view::MemberView;
use view::{MemberDetails, TeamMemberView};

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, OrganizationAccess, PathParams, ProjectAccess, TeamAccess,
    scopes::{MemberInvite, MemberLeave, MemberRead, ProjectRead, TeamRead},
};
use model::OrganizationRole;
use services::{
    App,
    access::OrganizationScope,
    members::{self, NewInvitation, Person},
};

use crate::{
    body::Fields,
    members::teams_of_body::read_teams,
    page::{Page, PageRequest},
    parameters::Parameters,
};

/// `GET /api/0/organizations/{organization}/members/`; `query` looks into e-mail and name.
pub(crate) async fn list(
    access: OrganizationAccess<MemberRead>,
    State(app): State<App>,
    page: PageRequest,
    parameters: Parameters,
) -> Result<Page<MemberView>, ApiError> {
    let wanted = parameters.get("query").unwrap_or_default().trim().to_lowercase();
    let members = members::list(&app, &access.scope).await?;
    let views = members.iter().map(|person| MemberView::of(person, &app));
    let views: Vec<MemberView> = views.filter(|view| view.matches(&wanted)).collect();
    Ok(page.of_whole(&app.url, views).map(|view| view))
}

/// `POST /api/0/organizations/{organization}/members/`: invites somebody.
pub(crate) async fn invite(
    access: OrganizationAccess<MemberInvite>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<MemberView>), ApiError> {
    let email = fields.required_text("email");
    let role = read_role(&mut fields).unwrap_or(access.scope.membership.default_role);
    let send_mail = fields.flag("sendInvite").unwrap_or(true);
    let is_again = fields.flag("reinvite") == Some(true);
    let teams = read_teams(&app, &access.scope, &mut fields).await?.unwrap_or_default();
    fields.finish()?;
    let email = email.unwrap_or_default();
    if is_again && let Some(invitation) = invited(&app, &access.scope, &email).await? {
        let renewed = members::send_again(&app, &access.scope, &invitation).await?;
        return Ok((
            StatusCode::CREATED,
            Json(MemberView::of(&Person::Invited(renewed), &app)),
        ));
    }
    let new = NewInvitation {
        email: &email,
        role,
        teams: &teams,
        send_mail,
    };
    let invitation = members::invite(&app, &access.scope, &new).await?;
    Ok((
        StatusCode::CREATED,
        Json(MemberView::of(&Person::Invited(invitation), &app)),
    ))
}

async fn invited(
    app: &App,
    scope: &OrganizationScope,
    email: &str,
) -> Result<Option<store::invitations::Invitation>, ApiError> {
    let email = email.trim().to_lowercase();
    let all = members::list(app, scope).await?.into_iter();
    Ok(all
        .filter_map(|person| match person {
            Person::Invited(invitation) => Some(invitation),
            Person::Member(_) => None,
        })
        .find(|invitation| invitation.email == email))
}

/// `orgRole`, or `role` as older clients call it.
fn read_role(fields: &mut Fields) -> Option<OrganizationRole> {
    let name = if fields.is_given("orgRole") { "orgRole" } else { "role" };
    fields.choice(name, OrganizationRole::from_name)
}

/// `GET /api/0/organizations/{organization}/members/{member}/`
pub(crate) async fn show(
    access: OrganizationAccess<MemberRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<MemberDetails>, ApiError> {
    let person = members::find(&app, &access.scope, path.get("member")?).await?;
    details(&app, &access.scope, person).await
}

async fn details(app: &App, scope: &OrganizationScope, person: Person) -> Result<Json<MemberDetails>, ApiError> {
    let teams = services::teams::list(app, scope).await?;
    let is_only_owner = match &person {
        Person::Member(member) => members::is_only_owner(app, &member.member).await?,
        Person::Invited(_) => false,
    };
    Ok(Json(MemberDetails::of(app, scope, &person, &teams, is_only_owner)))
}

/// `PUT /api/0/organizations/{organization}/members/{member}/`: role and teams; `reinvite` sends the mail again.
pub(crate) async fn update(
    access: OrganizationAccess<MemberInvite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<MemberDetails>, ApiError> {
    let scope = &access.scope;
    let id = path.get("member")?;
    let person = members::find(&app, scope, id).await?;
    let role = read_role(&mut fields);
    let is_again = fields.flag("reinvite") == Some(true);
    let teams = read_teams(&app, scope, &mut fields).await?;
    fields.finish()?;
    match &person {
        Person::Member(member) => members::change(&app, scope, member, role, teams.as_deref()).await?,
        Person::Invited(invitation) => {
            let changed = members::change_invitation(&app, scope, invitation, role, teams.as_deref()).await?;
            if is_again {
                members::send_again(&app, scope, &changed).await?;
            }
        }
    }
    let person = members::find(&app, scope, id).await?;
    details(&app, scope, person).await
}

/// `DELETE /api/0/organizations/{organization}/members/{member}/`: a member's own leaving, too.
pub(crate) async fn remove(
    access: OrganizationAccess<MemberLeave>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    match members::find(&app, &access.scope, path.get("member")?).await? {
        Person::Member(member) => members::remove(&app, &access.scope, &member).await?,
        Person::Invited(invitation) => members::refuse(&app, &access.scope, &invitation).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/0/teams/{organization}/{team}/members/`
pub(crate) async fn list_of_team(
    access: TeamAccess<TeamRead>,
    State(app): State<App>,
    page: PageRequest,
) -> Result<Page<TeamMemberView>, ApiError> {
    let members = services::teams::members(&app, &access.scope, &access.team).await?;
    Ok(page
        .of_whole(&app.url, members)
        .map(|(member, role)| TeamMemberView::of(&app, member, role, &access.team)))
}

/// `GET /api/0/projects/{organization}/{project}/members/`: those of the project's teams.
pub(crate) async fn list_of_project(
    access: ProjectAccess<ProjectRead>,
    State(app): State<App>,
) -> Result<Json<Vec<MemberView>>, ApiError> {
    let scope = access.scope.whole();
    let teams = services::projects::teams(&app, scope).await?.into_iter();
    let teams: Vec<_> = teams
        .filter(|(project, _)| *project == access.scope.project.id)
        .map(|(_, team)| team.id)
        .collect();
    let members = members::members(&app, scope).await?.into_iter();
    let members = members.filter(|member| member.teams.iter().any(|(team, _)| teams.contains(team)));
    Ok(Json(
        members
            .map(|member| MemberView::of(&Person::Member(member), &app))
            .collect(),
    ))
}
