//! Who belongs to an organization: members, and who was invited or asks to join.

mod error;
mod invitation_limits;
mod invitations;
mod rights;

use std::collections::HashMap;

use model::{InvitationId, MemberId, OrganizationRole, TeamId, TeamRole, UserId};
use serde_json::json;
use store::{
    Tx,
    invitations::{Invitation, InvitationStatus},
    members::Member,
    teams::Team,
    users::User,
};

use crate::{
    App,
    access::{AccessError, OrganizationScope},
    audit::{self, Action, Change, Entry, Target, TargetKind},
};

pub use error::MemberError;
pub use invitations::{
    AcceptError, INVITATION_LIFETIME, NewInvitation, Offer, accept, accept_as_new, approve, change_invitation, invite,
    link, may_offer, offer, refuse, request_to_join, send_again,
};
pub use rights::{assignable_roles, may_change, require_role};

/// A line of the list of members.
#[derive(Debug, Clone)]
pub enum Person {
    Member(MemberWithTeams),
    Invited(Invitation),
}

#[derive(Debug, Clone)]
pub struct MemberWithTeams {
    pub member: Member,
    pub user: User,
    pub teams: Vec<(TeamId, TeamRole)>,
}

impl Person {
    pub fn role(&self) -> OrganizationRole {
        match self {
            Self::Member(member) => member.member.role,
            Self::Invited(invitation) => invitation.role,
        }
    }

    pub fn teams(&self) -> &[(TeamId, TeamRole)] {
        match self {
            Self::Member(member) => &member.teams,
            Self::Invited(invitation) => &invitation.teams,
        }
    }
}

/// Everybody, by e-mail: members first, then who was invited or asks for it.
pub async fn list(app: &App, scope: &OrganizationScope) -> Result<Vec<Person>, store::Error> {
    let members = members(app, scope).await?.into_iter().map(Person::Member);
    let invitations = store::invitations::list(&mut *app.store.read().await?, scope.organization.id).await?;
    let invited = invitations
        .into_iter()
        .filter(|one| one.status == InvitationStatus::Approved);
    Ok(members.chain(invited.map(Person::Invited)).collect())
}

/// The members with their teams, by e-mail.
pub async fn members(app: &App, scope: &OrganizationScope) -> Result<Vec<MemberWithTeams>, store::Error> {
    let mut db = app.store.read().await?;
    let mut teams: HashMap<UserId, Vec<(TeamId, TeamRole)>> = HashMap::new();
    for (user, team, role) in store::teams::memberships(&mut db, scope.organization.id).await? {
        teams.entry(user).or_default().push((team, role));
    }
    let members = store::members::list(&mut db, scope.organization.id).await?;
    Ok(members
        .into_iter()
        .map(|(member, user)| MemberWithTeams {
            teams: teams.remove(&user.id).unwrap_or_default(),
            member,
            user,
        })
        .collect())
}

/// Who asks to join, or is asked for by a member who may not invite.
pub async fn requests(app: &App, scope: &OrganizationScope) -> Result<Vec<Invitation>, store::Error> {
    let mut all = store::invitations::list(&mut *app.store.read().await?, scope.organization.id).await?;
    all.retain(|one| one.status != InvitationStatus::Approved);
    Ok(all)
}

/// By the id of a member or an invitation, or `me`.
pub async fn find(app: &App, scope: &OrganizationScope, id: &str) -> Result<Person, AccessError> {
    if id == "me" {
        let user = scope.actor.user_id().ok_or(AccessError::NotFound)?;
        let mut db = app.store.read().await?;
        let member = store::members::find(&mut db, scope.organization.id, user).await?;
        drop(db);
        let member = member.ok_or(AccessError::NotFound)?;
        return find_member(app, scope, member.id).await.map(Person::Member);
    }
    let id: i64 = id.parse().map_err(|_| AccessError::NotFound)?;
    match find_member(app, scope, MemberId(id)).await {
        Ok(member) => Ok(Person::Member(member)),
        Err(AccessError::NotFound) => {
            let mut db = app.store.read().await?;
            let found = store::invitations::find(&mut db, scope.organization.id, InvitationId(id)).await?;
            found.map(Person::Invited).ok_or(AccessError::NotFound)
        }
        Err(error) => Err(error),
    }
}

async fn find_member(app: &App, scope: &OrganizationScope, id: MemberId) -> Result<MemberWithTeams, AccessError> {
    let mut db = app.store.read().await?;
    let found = store::members::find_by_id(&mut db, scope.organization.id, id).await?;
    let (member, user) = found.ok_or(AccessError::NotFound)?;
    let teams = store::teams::of_user(&mut db, scope.organization.id, user.id).await?;
    Ok(MemberWithTeams { member, user, teams })
}

/// Whether nobody else owns the organization, so that this member has to stay.
pub async fn is_only_owner(app: &App, member: &Member) -> Result<bool, store::Error> {
    if member.role != OrganizationRole::Owner {
        return Ok(false);
    }
    let mut db = app.store.read().await?;
    Ok(store::members::count_owners(&mut db, member.organization).await? <= 1)
}

/// Gives a member another role, and other teams.
pub async fn change(
    app: &App,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    role: Option<OrganizationRole>,
    teams: Option<&[(Team, TeamRole)]>,
) -> Result<(), MemberError> {
    let mut tx = app.store.begin().await?;
    if let Some(role) = role.filter(|role| *role != member.member.role) {
        set_role(app, &mut tx, scope, member, role).await?;
    }
    if let Some(teams) = teams {
        rights::require_change(scope, member.member.role)?;
        set_teams(app, &mut tx, scope, member, teams).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn set_role(
    app: &App,
    tx: &mut Tx,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    role: OrganizationRole,
) -> Result<(), MemberError> {
    if scope.actor.user_id() == Some(member.user.id) {
        return Err(MemberError::OwnRole);
    }
    rights::require_change(scope, member.member.role)?;
    rights::require_role(scope, role)?;
    store::organizations::lock_members(tx, scope.organization.id).await?;
    store::members::set_role(tx, scope.organization.id, member.member.id, role).await?;
    // Asked after the change, so that of two owners who demote each other one stays.
    if store::members::count_owners(tx, scope.organization.id).await? == 0 {
        return Err(MemberError::LastOwner);
    }
    let change = Change::between(&json!({"role": member.member.role}), &json!({"role": role}));
    record(app, tx, scope, member, Action::MEMBER_EDITED, change).await
}

async fn set_teams(
    app: &App,
    tx: &mut Tx,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    teams: &[(Team, TeamRole)],
) -> Result<(), MemberError> {
    for (team, _) in &member.teams {
        if !teams.iter().any(|(kept, _)| kept.id == *team) {
            store::teams::remove_member(tx, *team, member.user.id).await?;
        }
    }
    for (team, role) in teams {
        if !store::teams::add_member(tx, team.id, member.user.id, *role, app.now()).await? {
            store::teams::set_member_role(tx, team.id, member.user.id, *role).await?;
        }
    }
    let ids = |of: &mut dyn Iterator<Item = TeamId>| of.map(|team| team.to_string()).collect::<Vec<_>>();
    let before = ids(&mut member.teams.iter().map(|(team, _)| *team));
    let after = ids(&mut teams.iter().map(|(team, _)| team.id));
    let change = Change::between(&json!({"teams": before}), &json!({"teams": after}));
    record(app, tx, scope, member, Action::MEMBER_EDITED, change).await
}

/// Ends a membership: that of somebody else, or the actor's own.
pub async fn remove(app: &App, scope: &OrganizationScope, member: &MemberWithTeams) -> Result<(), MemberError> {
    if scope.actor.user_id() != Some(member.user.id) {
        rights::require_removal(scope, member.member.role)?;
    }
    let mut tx = app.store.begin().await?;
    store::organizations::lock_members(&mut tx, scope.organization.id).await?;
    store::members::delete(&mut tx, scope.organization.id, member.user.id).await?;
    if member.member.role == OrganizationRole::Owner
        && store::members::count_owners(&mut tx, scope.organization.id).await? == 0
    {
        return Err(MemberError::LastOwner);
    }
    let change = Change::removed(&json!({"email": member.user.email, "role": member.member.role}));
    record(app, &mut tx, scope, member, Action::MEMBER_REMOVED, change).await?;
    tx.commit().await?;
    Ok(())
}

async fn record(
    app: &App,
    tx: &mut Tx,
    scope: &OrganizationScope,
    member: &MemberWithTeams,
    action: Action,
    change: Change,
) -> Result<(), MemberError> {
    let entry = Entry {
        organization: Some(scope.organization.id),
        action,
        target: Target {
            kind: TargetKind::Member,
            id: member.member.id.0,
            label: &member.user.email,
        },
        change,
    };
    Ok(audit::record(app, tx, &scope.actor, entry).await?)
}
