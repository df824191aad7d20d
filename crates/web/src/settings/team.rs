//! One team: what it is called, who is in it, what it has.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, PathParams, TeamAccess,
    scopes::{TeamAdmin, TeamJoin, TeamRead, TeamWrite},
};
use model::{OrganizationRole, TeamRole};
use serde::Deserialize;
use services::{
    Scope,
    access::OrganizationScope,
    members::{self, MemberWithTeams, Person},
    teams::{self, Joined},
};
use store::teams::Team;

use super::Frame;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::{Links, OrganizationSection},
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "settings/team.html")]
pub(crate) struct TeamPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// As it is, whatever was typed.
    pub(crate) team: String,
    pub(crate) form: TeamForm,
    pub(crate) members: Vec<MemberRow>,
    /// Members of the organization who are not in it: id and name.
    pub(crate) others: Vec<(i64, String)>,
    /// Slugs of those that the reader sees.
    pub(crate) projects: Vec<String>,
    pub(crate) may_write: bool,
    /// To put others in, and to take them out.
    pub(crate) may_change_members: bool,
    pub(crate) may_delete: bool,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
pub(crate) struct MemberRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: TeamRole,
    /// The role in the organization makes them an administrator of each of their teams.
    pub(crate) is_fixed: bool,
    pub(crate) is_self: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TeamForm {
    name: String,
    slug: String,
}

impl TeamForm {
    fn of(team: &Team) -> Self {
        Self {
            name: team.name.clone(),
            slug: team.slug.clone(),
        }
    }
}

/// `GET /organizations/{organization}/settings/teams/{team}/`
pub(crate) async fn show(visit: Visit, access: TeamAccess<TeamRead>) -> Result<Page<TeamPage>, ApiError> {
    let form = TeamForm::of(&access.team);
    Ok(Page(
        page(&visit, &access.scope, &access.team, form, FormErrors::default()).await?,
    ))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    team: &Team,
    form: TeamForm,
    errors: FormErrors,
) -> Result<TeamPage, ApiError> {
    let app = &visit.app;
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Teams).await?;
    let (mut members, mut others) = (Vec::new(), Vec::new());
    for member in members::members(app, scope).await? {
        match member.teams.iter().find(|(of, _)| *of == team.id) {
            Some((_, role)) => members.push(row(scope, &member, *role)),
            None => others.push((member.member.id.0, display_name(&member.user))),
        }
    }
    let of_team = services::projects::teams(app, scope).await?;
    let has = |id: model::ProjectId| of_team.iter().any(|(project, of)| *project == id && of.id == team.id);
    let projects = services::projects::list(app, scope).await?.into_iter();
    let rights = scope.rights_in_team(team.id);
    Ok(TeamPage {
        shell,
        frame,
        team: team.slug.clone(),
        form,
        members,
        others,
        projects: projects
            .filter(|project| has(project.id))
            .map(|project| project.slug)
            .collect(),
        may_write: rights.allow(Scope::TeamWrite),
        may_change_members: teams::may_change_members(scope, team),
        may_delete: rights.allow(Scope::TeamAdmin),
        errors,
    })
}

fn row(scope: &OrganizationScope, member: &MemberWithTeams, role: TeamRole) -> MemberRow {
    let least = member.member.role.least_team_role();
    MemberRow {
        id: member.member.id.0,
        name: display_name(&member.user),
        email: member.user.email.clone(),
        role: role.max(least),
        is_fixed: least == TeamRole::Admin,
        is_self: scope.actor.user_id() == Some(member.user.id),
    }
}

/// `POST /organizations/{organization}/settings/teams/{team}/`
pub(crate) async fn save(
    visit: Visit,
    access: TeamAccess<TeamWrite>,
    CsrfForm { form, .. }: CsrfForm<TeamForm>,
) -> Result<Response, ApiError> {
    let (scope, team) = (&access.scope, &access.team);
    match teams::update(&visit.app, scope, team, Some(&form.name), Some(form.slug.trim())).await {
        Ok(team) => Ok(done(scope, &team.slug, Done::NameSaved)),
        Err(error) => {
            let errors = FormErrors::of_api(error.into())?;
            Ok(refused(page(&visit, scope, team, form, errors).await?))
        }
    }
}

fn done(scope: &OrganizationScope, team: &str, done: Done) -> Response {
    let page = Links::new(&scope.organization.slug, String::new()).team(team);
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

/// Back to the list of teams.
fn listed(scope: &OrganizationScope, done: Done) -> Response {
    let links = Links::new(&scope.organization.slug, String::new());
    let page = links.organization_section(OrganizationSection::Teams);
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

async fn member(visit: &Visit, scope: &OrganizationScope, id: &str) -> Result<MemberWithTeams, ApiError> {
    match members::find(&visit.app, scope, id).await? {
        Person::Member(member) => Ok(member),
        Person::Invited(_) => Err(ApiError::not_found()),
    }
}

/// `POST /organizations/{organization}/settings/teams/{team}/join/`: at once, or as a wish.
pub(crate) async fn join(
    visit: Visit,
    access: TeamAccess<TeamJoin>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let own = member(&visit, &access.scope, "me").await?;
    match teams::join(&visit.app, &access.scope, &own, &access.team).await? {
        Joined::Added | Joined::WasMember => Ok(listed(&access.scope, Done::TeamJoined)),
        Joined::Asked => Ok(listed(&access.scope, Done::TeamAsked)),
    }
}

/// `POST /organizations/{organization}/settings/teams/{team}/leave/`
pub(crate) async fn leave(
    visit: Visit,
    access: TeamAccess<TeamJoin>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let own = member(&visit, &access.scope, "me").await?;
    teams::leave(&visit.app, &access.scope, &own, &access.team).await?;
    Ok(listed(&access.scope, Done::TeamLeft))
}

#[derive(Debug, Deserialize)]
pub(crate) struct MemberForm {
    member: String,
}

/// `POST /organizations/{organization}/settings/teams/{team}/members/`: puts a member of the organization in.
pub(crate) async fn add(
    visit: Visit,
    access: TeamAccess<TeamRead>,
    CsrfForm { form, .. }: CsrfForm<MemberForm>,
) -> Result<Response, ApiError> {
    let member = member(&visit, &access.scope, &form.member).await?;
    teams::join(&visit.app, &access.scope, &member, &access.team).await?;
    Ok(done(&access.scope, &access.team.slug, Done::MemberSaved))
}

#[derive(Debug, Deserialize)]
pub(crate) struct RoleForm {
    role: String,
}

/// `POST /organizations/{organization}/settings/teams/{team}/members/{member}/role/`
pub(crate) async fn set_role(
    visit: Visit,
    access: TeamAccess<TeamRead>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<RoleForm>,
) -> Result<Response, ApiError> {
    let role = TeamRole::from_name(&form.role).ok_or_else(|| ApiError::bad_request("There is no such role."))?;
    let member = member(&visit, &access.scope, path.get("member")?).await?;
    teams::change_role(&visit.app, &access.scope, &member, &access.team, role).await?;
    Ok(done(&access.scope, &access.team.slug, Done::MemberSaved))
}

/// `POST /organizations/{organization}/settings/teams/{team}/members/{member}/remove/`
pub(crate) async fn remove(
    visit: Visit,
    access: TeamAccess<TeamRead>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let member = member(&visit, &access.scope, path.get("member")?).await?;
    teams::leave(&visit.app, &access.scope, &member, &access.team).await?;
    Ok(done(&access.scope, &access.team.slug, Done::MemberSaved))
}

/// `POST /organizations/{organization}/settings/teams/{team}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: TeamAccess<TeamAdmin>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    teams::delete(&visit.app, &access.scope, &access.team).await?;
    Ok(listed(&access.scope, Done::TeamDeleted))
}

impl TeamPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, may: bool, errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::Teams);
            let row = |id: i64, name: &str, role: OrganizationRole| MemberRow {
                id,
                name: name.to_owned(),
                email: "ada@example.com".to_owned(),
                role: role.least_team_role(),
                is_fixed: role.least_team_role() == TeamRole::Admin,
                is_self: id == 1,
            };
            Self {
                shell,
                frame,
                team: "backend".to_owned(),
                form: TeamForm {
                    name: name.to_owned(),
                    slug: "backend".to_owned(),
                },
                members: vec![
                    row(1, "Ada Lovelace", OrganizationRole::Owner),
                    row(2, name, OrganizationRole::Member),
                ],
                others: vec![(3, name.to_owned())],
                projects: vec!["shop".to_owned()],
                may_write: may,
                may_change_members: may,
                may_delete: may,
                errors,
            }
        };
        let taken = FormErrors::one("slug", "A team with the slug backend exists.");
        vec![
            Sample::new("team-typical", &page("Backend", true, FormErrors::default())),
            Sample::new("team-wrong", &page("Backend", true, taken)),
            Sample::new("team-member", &page("Backend", false, FormErrors::default())),
            Sample::new("team-hostile", &page(gallery::HOSTILE, true, FormErrors::default())),
        ]
    }
}
