//! Who belongs to an organization, who was invited, and who asks to be let in.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess, PathParams,
    scopes::{MemberInvite, MemberLeave, MemberRead},
};
use model::{OrganizationRole, TeamRole, Timestamp};
use serde::Deserialize;
use services::{
    access::{OrganizationScope, permission::MEMBER_INVITE},
    members::{self, MemberWithTeams, NewInvitation, Person},
    teams,
};
use store::invitations::{Invitation, InvitationStatus};

use super::Frame;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{self, Links, OrganizationSection},
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "settings/members.html")]
pub(crate) struct MembersPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// Else what is sent is a wish that others decide on.
    pub(crate) may_invite: bool,
    /// The roles that the reader may give.
    pub(crate) roles: Vec<OrganizationRole>,
    /// Slugs.
    pub(crate) teams: Vec<String>,
    pub(crate) members: Vec<MemberRow>,
    pub(crate) invited: Vec<InvitedRow>,
    /// Who asks to join, or is asked for.
    pub(crate) requests: Vec<InvitedRow>,
    pub(crate) team_requests: Vec<TeamRequestRow>,
    /// Where people ask to be let in, if they may.
    pub(crate) join_address: Option<String>,
    pub(crate) form: InviteForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct MemberRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: OrganizationRole,
    /// Slugs.
    pub(crate) teams: Vec<String>,
    pub(crate) joined: Timestamp,
    pub(crate) has_second_factor: bool,
    pub(crate) is_self: bool,
    pub(crate) may_change: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct InvitedRow {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) role: OrganizationRole,
    /// Slugs.
    pub(crate) teams: Vec<String>,
    pub(crate) since: Timestamp,
    pub(crate) ends: Option<Timestamp>,
    pub(crate) is_over: bool,
    /// A member asks for them; else they ask by themselves.
    pub(crate) is_asked_for: bool,
    /// What accepts it, for those who may see it.
    pub(crate) link: Option<String>,
    pub(crate) may_change: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TeamRequestRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
    /// Slug.
    pub(crate) team: String,
    pub(crate) since: Timestamp,
}

/// What the form for another member holds.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct InviteForm {
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    teams: Vec<String>,
}

impl MembersPage {
    fn is_chosen(&self, role: &OrganizationRole) -> bool {
        self.form.role == role.name()
    }

    fn is_chosen_team(&self, team: &str) -> bool {
        self.form.teams.iter().any(|chosen| chosen == team)
    }
}

/// `GET /organizations/{organization}/settings/members/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<MemberRead>) -> Result<Page<MembersPage>, ApiError> {
    let form = InviteForm {
        role: access.scope.membership.default_role.name().to_owned(),
        ..InviteForm::default()
    };
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: InviteForm,
    errors: FormErrors,
) -> Result<MembersPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Members).await?;
    let all_teams = teams::list(&visit.app, scope).await?;
    let slugs = |of: &[(model::TeamId, TeamRole)]| -> Vec<String> {
        let named = all_teams.iter().filter(|team| of.iter().any(|(id, _)| *id == team.id));
        named.map(|team| team.slug.clone()).collect()
    };
    let member_row = |member: MemberWithTeams| MemberRow {
        id: member.member.id.0,
        name: display_name(&member.user),
        teams: slugs(&member.teams),
        role: member.member.role,
        joined: member.member.created_at,
        has_second_factor: member.user.has_second_factor,
        is_self: scope.actor.user_id() == Some(member.user.id),
        may_change: members::may_change(scope, member.member.role),
        email: member.user.email,
    };
    let invited_row = |invitation: Invitation| InvitedRow {
        id: invitation.id.0,
        teams: slugs(&invitation.teams),
        role: invitation.role,
        since: invitation.created_at,
        ends: invitation.expires_at,
        is_over: invitation.expires_at.is_some_and(|end| end <= visit.app.now()),
        is_asked_for: invitation.status == InvitationStatus::RequestedToBeInvited,
        may_change: members::may_offer(scope, &invitation),
        link: members::link(&visit.app, &invitation).filter(|_| members::may_offer(scope, &invitation)),
        email: invitation.email,
    };
    let (mut members, mut invited) = (Vec::new(), Vec::new());
    for person in members::list(&visit.app, scope).await? {
        match person {
            Person::Member(member) => members.push(member_row(member)),
            Person::Invited(invitation) => invited.push(invited_row(invitation)),
        }
    }
    let requests = members::requests(&visit.app, scope).await?;
    let team_requests = teams::requests(&visit.app, scope).await?.into_iter();
    let team_requests = team_requests.map(|(request, team, member)| TeamRequestRow {
        id: request.id,
        name: display_name(&member.user),
        email: member.user.email,
        team: team.slug,
        since: request.created_at,
    });
    let join = urls::join(&scope.organization.slug);
    Ok(MembersPage {
        shell,
        frame,
        may_invite: scope.rights.allow_any(MEMBER_INVITE.any_of),
        roles: OrganizationRole::ALL
            .into_iter()
            .filter(|role| members::require_role(scope, *role).is_ok())
            .collect(),
        members,
        invited,
        requests: requests.into_iter().map(invited_row).collect(),
        team_requests: team_requests.collect(),
        join_address: scope.membership.allow_join_requests.then(|| visit.app.url.join(&join)),
        teams: all_teams.into_iter().map(|team| team.slug).collect(),
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/settings/members/`: invites somebody, or asks for them.
pub(crate) async fn invite(
    visit: Visit,
    access: OrganizationAccess<MemberRead>,
    CsrfForm { form, .. }: CsrfForm<InviteForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let mut chosen = teams::list(&visit.app, &scope).await?;
    chosen.retain(|team| form.teams.contains(&team.slug));
    let teams: Vec<_> = chosen.into_iter().map(|team| (team, TeamRole::Contributor)).collect();
    let new = NewInvitation {
        email: &form.email,
        role: OrganizationRole::from_name(&form.role).unwrap_or(scope.membership.default_role),
        teams: &teams,
        send_mail: true,
    };
    match members::invite(&visit.app, &scope, &new).await {
        Ok(invitation) if invitation.status == InvitationStatus::Approved => Ok(done(&scope, Done::MemberInvited)),
        Ok(_) => Ok(done(&scope, Done::MemberRequested)),
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(page(&visit, &scope, form, errors).await?))
        }
    }
}

fn done(scope: &OrganizationScope, done: Done) -> Response {
    let links = Links::new(&scope.organization.slug, String::new());
    let page = links.organization_section(OrganizationSection::Members);
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

#[derive(Debug, Deserialize)]
pub(crate) struct RoleForm {
    role: String,
}

/// `POST /organizations/{organization}/settings/members/{member}/role/`: of a member, or of somebody who is invited.
pub(crate) async fn set_role(
    visit: Visit,
    access: OrganizationAccess<MemberInvite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<RoleForm>,
) -> Result<Response, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    let role =
        OrganizationRole::from_name(&form.role).ok_or_else(|| ApiError::bad_request("There is no such role."))?;
    match members::find(app, scope, path.get("member")?).await? {
        Person::Member(member) => members::change(app, scope, &member, Some(role), None).await?,
        Person::Invited(invitation) => {
            members::change_invitation(app, scope, &invitation, Some(role), None).await?;
        }
    }
    Ok(done(scope, Done::MemberSaved))
}

/// `POST /organizations/{organization}/settings/members/{member}/remove/`: ends a membership, one's own too, takes an
/// invitation back, or refuses a wish.
pub(crate) async fn remove(
    visit: Visit,
    access: OrganizationAccess<MemberLeave>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let (app, scope) = (&visit.app, &access.scope);
    match members::find(app, scope, path.get("member")?).await? {
        Person::Member(member) => {
            members::remove(app, scope, &member).await?;
            if scope.actor.user_id() == Some(member.user.id) {
                let left = PendingNotice::of(Done::OrganizationLeft);
                return Ok((left, Redirect::to(urls::HOME)).into_response());
            }
            Ok(done(scope, Done::MemberRemoved))
        }
        Person::Invited(invitation) => {
            members::refuse(app, scope, &invitation).await?;
            Ok(done(scope, Done::InvitationRemoved))
        }
    }
}

async fn invitation(visit: &Visit, scope: &OrganizationScope, path: &PathParams) -> Result<Invitation, ApiError> {
    match members::find(&visit.app, scope, path.get("member")?).await? {
        Person::Invited(invitation) => Ok(invitation),
        Person::Member(_) => Err(ApiError::not_found()),
    }
}

/// `POST /organizations/{organization}/settings/members/{member}/resend/`: a new link.
pub(crate) async fn send_again(
    visit: Visit,
    access: OrganizationAccess<MemberInvite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let invitation = invitation(&visit, &access.scope, &path).await?;
    members::send_again(&visit.app, &access.scope, &invitation).await?;
    Ok(done(&access.scope, Done::InvitationSent))
}

/// `POST /organizations/{organization}/settings/members/{member}/approve/`: invites who asks to join.
pub(crate) async fn approve(
    visit: Visit,
    access: OrganizationAccess<MemberInvite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let invitation = invitation(&visit, &access.scope, &path).await?;
    members::approve(&visit.app, &access.scope, &invitation).await?;
    Ok(done(&access.scope, Done::MemberInvited))
}

/// `POST /organizations/{organization}/settings/team-requests/{request}/{verb}/`: `approve` or `refuse`.
pub(crate) async fn decide_team(
    visit: Visit,
    access: OrganizationAccess<MemberLeave>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let request = path.get("request")?.parse().map_err(|_| ApiError::not_found())?;
    let is_approved = match path.get("verb")? {
        "approve" => true,
        "refuse" => false,
        _ => return Err(ApiError::not_found()),
    };
    teams::decide(&visit.app, &access.scope, request, is_approved).await?;
    Ok(done(&access.scope, Done::RequestDecided))
}

impl MembersPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |members, invited: Vec<InvitedRow>, may_invite| {
            let (shell, frame) = Frame::sample(OrganizationSection::Members);
            Self {
                shell,
                frame,
                may_invite,
                roles: OrganizationRole::ALL[..4].to_vec(),
                teams: vec!["backend".to_owned(), "mobile".to_owned()],
                members,
                requests: invited.iter().filter(|row| row.link.is_none()).cloned().collect(),
                invited: invited.into_iter().filter(|row| row.link.is_some()).collect(),
                team_requests: Vec::new(),
                join_address: Some("https://tocsin.example/join/acme/".to_owned()),
                form: InviteForm {
                    role: "member".to_owned(),
                    ..InviteForm::default()
                },
                errors: FormErrors::default(),
            }
        };
        let member = |id: i64, name: &str, role| MemberRow {
            id,
            name: name.to_owned(),
            email: "ada@example.com".to_owned(),
            role,
            teams: vec!["backend".to_owned()],
            joined: gallery::ago(id * 900_000),
            has_second_factor: id == 1,
            is_self: id == 1,
            may_change: id != 1,
        };
        let invited = |id: i64, email: &str, link: Option<&str>| InvitedRow {
            id,
            email: email.to_owned(),
            role: OrganizationRole::Member,
            teams: vec!["mobile".to_owned()],
            since: gallery::ago(3_600 * id),
            ends: link.map(|_| gallery::ago(-86_400 * id)),
            is_over: false,
            is_asked_for: id % 2 == 0,
            link: link.map(str::to_owned),
            may_change: true,
        };
        let team = vec![
            member(1, "Ada Lovelace", OrganizationRole::Owner),
            member(2, "Grace Hopper", OrganizationRole::Member),
        ];
        let waiting = vec![
            invited(3, "alan@example.com", Some("https://tocsin.example/accept/7f3c/")),
            invited(4, "edsger@example.com", None),
            invited(5, "barbara@example.com", None),
        ];
        let mut typical = page(team.clone(), waiting, true);
        typical.team_requests = vec![TeamRequestRow {
            id: 9,
            name: "Grace Hopper".to_owned(),
            email: "grace@example.com".to_owned(),
            team: "mobile".to_owned(),
            since: gallery::ago(600),
        }];
        let mut hostile = page(
            vec![member(2, gallery::HOSTILE, OrganizationRole::Billing)],
            vec![
                invited(3, gallery::HOSTILE, Some(gallery::HOSTILE)),
                invited(4, gallery::HOSTILE, None),
            ],
            true,
        );
        hostile.form.email = gallery::HOSTILE.to_owned();
        hostile.errors = FormErrors::one("email", gallery::HOSTILE);
        vec![
            Sample::new("members-typical", &typical),
            Sample::new("members-member", &page(team, Vec::new(), false)),
            Sample::new("members-hostile", &hostile),
        ]
    }
}
