//! Who is in a team: people join by themselves where the organization lets them, ask otherwise, or are put in.

use model::{TeamId, TeamRole};
use serde_json::json;
use store::{
    members::Member,
    teams::{Team, TeamRequest},
    users::User,
};

use super::record;
use crate::{
    App,
    access::{AccessError, OrganizationScope, Scope},
    audit::{Action, Change},
    members::MemberWithTeams,
};

#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("you do not have permission to do this")]
    Forbidden,
    #[error("the member is not in this team")]
    NotInTeam,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What became of a wish to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Added,
    WasMember,
    /// Whoever may change the team decides on it.
    Asked,
}

/// The members of a team, by e-mail.
pub async fn members(
    app: &App,
    scope: &OrganizationScope,
    team: &Team,
) -> Result<Vec<(MemberWithTeams, TeamRole)>, store::Error> {
    let all = crate::members::members(app, scope).await?.into_iter();
    let in_team = all.filter_map(|member| {
        let role = member.teams.iter().find(|(of, _)| *of == team.id)?.1;
        Some((member, role))
    });
    Ok(in_team.collect())
}

fn is_self(scope: &OrganizationScope, user: &User) -> bool {
    scope.actor.user_id() == Some(user.id)
}

/// Whether the actor may put others into the team, and change what they are there.
pub fn may_change_members(scope: &OrganizationScope, team: &Team) -> bool {
    scope.rights_in_team(team.id).allow(Scope::TeamWrite) || scope.rights.allow(Scope::MemberWrite)
}

/// Puts a member into a team.
pub async fn join(
    app: &App,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    team: &Team,
) -> Result<Joined, JoinError> {
    if member.teams.iter().any(|(of, _)| *of == team.id) {
        return Ok(Joined::WasMember);
    }
    let at_once = may_change_members(scope, team) || is_self(scope, &member.user) && scope.membership.open_membership;
    if !at_once && !is_self(scope, &member.user) {
        return Err(JoinError::Forbidden);
    }
    let mut tx = app.store.begin().await?;
    if !at_once {
        let request = TeamRequest {
            id: app.ids.next(),
            team: team.id,
            user: member.user.id,
            created_at: app.now(),
        };
        store::teams::add_request(&mut tx, &request).await?;
        tx.commit().await?;
        return Ok(Joined::Asked);
    }
    add(app, &mut tx, scope, &member.member, &member.user, team).await?;
    tx.commit().await?;
    Ok(Joined::Added)
}

async fn add(
    app: &App,
    tx: &mut store::Tx,
    scope: &OrganizationScope,
    member: &Member,
    user: &User,
    team: &Team,
) -> Result<(), store::Error> {
    store::teams::delete_request(tx, team.id, user.id).await?;
    store::teams::add_member(tx, team.id, user.id, TeamRole::Contributor, app.now()).await?;
    let change = Change::created(&json!({"member": member.id.to_string(), "email": user.email}));
    record(app, tx, scope, team, Action::MEMBER_JOINED_TEAM, change).await
}

/// Takes a member out of a team; everybody may go by themselves.
pub async fn leave(
    app: &App,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    team: &Team,
) -> Result<(), JoinError> {
    if !is_self(scope, &member.user) && !may_change_members(scope, team) {
        return Err(JoinError::Forbidden);
    }
    let mut tx = app.store.begin().await?;
    store::teams::delete_request(&mut tx, team.id, member.user.id).await?;
    if store::teams::remove_member(&mut tx, team.id, member.user.id).await? {
        let change = Change::removed(&json!({"member": member.member.id.to_string(), "email": member.user.email}));
        record(app, &mut tx, scope, team, Action::MEMBER_LEFT_TEAM, change).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes a member of a team its administrator, or no longer.
pub async fn change_role(
    app: &App,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    team: &Team,
    role: TeamRole,
) -> Result<(), JoinError> {
    let before = member.teams.iter().find(|(of, _)| *of == team.id);
    let (_, before) = before.ok_or(JoinError::NotInTeam)?;
    let rights = scope.rights_in_team(team.id);
    if !rights.allow(Scope::TeamAdmin) && !scope.rights.allow(Scope::MemberWrite) {
        return Err(JoinError::Forbidden);
    }
    let mut tx = app.store.begin().await?;
    store::teams::set_member_role(&mut tx, team.id, member.user.id, role).await?;
    let fields = |role: TeamRole| json!({"member": member.member.id.to_string(), "role": role});
    let change = Change::between(&fields(*before), &fields(role));
    record(app, &mut tx, scope, team, Action::TEAM_EDITED, change).await?;
    tx.commit().await?;
    Ok(())
}

/// The teams that the actor has asked to be let into.
pub async fn own_requests(app: &App, scope: &OrganizationScope) -> Result<Vec<TeamId>, store::Error> {
    let requests = store::teams::requests(&mut *app.store.read().await?, scope.organization.id).await?;
    let own = requests
        .into_iter()
        .filter(|request| request.user == scope.actor.viewer());
    Ok(own.map(|request| request.team).collect())
}

/// Who asks to be let into teams that the actor may change.
pub async fn requests(
    app: &App,
    scope: &OrganizationScope,
) -> Result<Vec<(TeamRequest, Team, MemberWithTeams)>, store::Error> {
    let requests = store::teams::requests(&mut *app.store.read().await?, scope.organization.id).await?;
    let teams = super::list(app, scope).await?;
    let members = crate::members::members(app, scope).await?;
    let known = requests.into_iter().filter_map(|request| {
        let team = teams.iter().find(|team| team.id == request.team)?;
        let member = members.iter().find(|member| member.user.id == request.user)?;
        may_change_members(scope, team).then(|| (request, team.clone(), member.clone()))
    });
    Ok(known.collect())
}

/// Lets somebody into the team they asked for, or does not.
pub async fn decide(app: &App, scope: &OrganizationScope, request: i64, is_approved: bool) -> Result<(), AccessError> {
    let open = requests(app, scope).await?;
    let found = open.into_iter().find(|(open, ..)| open.id == request);
    let (_, team, member) = found.ok_or(AccessError::NotFound)?;
    let mut tx = app.store.begin().await?;
    if is_approved {
        add(app, &mut tx, scope, &member.member, &member.user, &team).await?;
    } else {
        store::teams::delete_request(&mut tx, team.id, member.user.id).await?;
        let change = Change::removed(&json!({"member": member.member.id.to_string(), "email": member.user.email}));
        record(app, &mut tx, scope, &team, Action::TEAM_REQUEST_REFUSED, change).await?;
    }
    Ok(tx.commit().await?)
}
