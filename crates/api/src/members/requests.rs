//! Requests to join an organization: `…/invite-requests/` and `…/join-request/`.

use axum::{Json, extract::State};
use http::StatusCode;
use httpkit::{
    ApiError, FormSender, OrganizationAccess, PathParams,
    scopes::{MemberInvite, MemberRead, OrgRead},
};
use services::{
    App,
    access::OrganizationScope,
    members::{self, NewInvitation, Person},
};
use store::invitations::Invitation;

use super::{MemberView, read_role, teams_of_body::read_teams};
use crate::body::Fields;

async fn find(app: &App, scope: &OrganizationScope, path: &PathParams) -> Result<Invitation, ApiError> {
    let id = path.get("request")?;
    let all = members::requests(app, scope).await?;
    let found = all.into_iter().find(|request| request.id.to_string() == id);
    found.ok_or_else(ApiError::not_found)
}

/// `GET …/invite-requests/`
pub(crate) async fn list_requests(
    access: OrganizationAccess<MemberRead>,
    State(app): State<App>,
) -> Result<Json<Vec<MemberView>>, ApiError> {
    let requests = members::requests(&app, &access.scope).await?.into_iter();
    let views = requests.map(|request| MemberView::of(&Person::Invited(request), &app));
    Ok(Json(views.collect()))
}

/// `POST …/invite-requests/`: a member asks for somebody whom others then invite.
pub(crate) async fn create_request(
    access: OrganizationAccess<OrgRead>,
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<MemberView>), ApiError> {
    let email = fields.required_text("email");
    let role = read_role(&mut fields).unwrap_or(access.scope.membership.default_role);
    let teams = read_teams(&app, &access.scope, &mut fields).await?.unwrap_or_default();
    fields.finish()?;
    let new = NewInvitation {
        email: email.as_deref().unwrap_or_default(),
        role,
        teams: &teams,
        send_mail: true,
    };
    let request = members::invite(&app, &access.scope, &new).await?;
    Ok((
        StatusCode::CREATED,
        Json(MemberView::of(&Person::Invited(request), &app)),
    ))
}

/// `GET …/invite-requests/{request}/`
pub(crate) async fn show_request(
    access: OrganizationAccess<MemberRead>,
    State(app): State<App>,
    path: PathParams,
) -> Result<Json<MemberView>, ApiError> {
    let request = find(&app, &access.scope, &path).await?;
    Ok(Json(MemberView::of(&Person::Invited(request), &app)))
}

/// `PUT …/invite-requests/{request}/`: role and teams; `approve` sends the invitation.
pub(crate) async fn decide_request(
    access: OrganizationAccess<MemberInvite>,
    State(app): State<App>,
    path: PathParams,
    mut fields: Fields,
) -> Result<Json<MemberView>, ApiError> {
    let request = find(&app, &access.scope, &path).await?;
    let role = read_role(&mut fields);
    let is_approved = fields.flag("approve") == Some(true);
    let teams = read_teams(&app, &access.scope, &mut fields).await?;
    fields.finish()?;
    let mut request = members::change_invitation(&app, &access.scope, &request, role, teams.as_deref()).await?;
    if is_approved {
        request = members::approve(&app, &access.scope, &request).await?;
    }
    Ok(Json(MemberView::of(&Person::Invited(request), &app)))
}

/// `DELETE …/invite-requests/{request}/`
pub(crate) async fn refuse_request(
    access: OrganizationAccess<MemberInvite>,
    State(app): State<App>,
    path: PathParams,
) -> Result<StatusCode, ApiError> {
    let request = find(&app, &access.scope, &path).await?;
    members::refuse(&app, &access.scope, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/join-request/`: by somebody who has no account. What is answered says nothing about who is here.
pub(crate) async fn ask_to_join(
    State(app): State<App>,
    path: PathParams,
    FormSender(sender): FormSender,
    mut fields: Fields,
) -> Result<StatusCode, ApiError> {
    let email = fields.required_text("email");
    fields.finish()?;
    let slug = path.get("organization")?;
    members::request_to_join(&app, slug, email.as_deref().unwrap_or_default(), &sender).await?;
    Ok(StatusCode::NO_CONTENT)
}
