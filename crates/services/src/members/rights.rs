//! Who may do what to whom: nobody gives a role above their own, or changes somebody who has one.

use model::{OrganizationRole, TeamId, TeamRole};

use super::MemberError;
use crate::access::{Identity, OrganizationScope, Scope};

/// The highest role that the actor may give, or may change somebody of.
fn highest(scope: &OrganizationScope) -> Option<OrganizationRole> {
    match (&scope.actor.identity, scope.role) {
        (Identity::OrganizationToken { .. }, _) => None,
        (_, Some(role)) => Some(role),
        // A superuser or the command line.
        (_, None) => Some(OrganizationRole::Owner),
    }
}

/// The roles that the actor may give to others.
pub fn assignable_roles(scope: &OrganizationScope) -> Vec<OrganizationRole> {
    let highest = highest(scope);
    let all = OrganizationRole::ALL.into_iter();
    all.filter(|role| Some(*role) <= highest).collect()
}

/// Who may only invite, gives no more than the usual role.
pub fn require_role(scope: &OrganizationScope, role: OrganizationRole) -> Result<(), MemberError> {
    let highest = if scope.rights.allow(Scope::MemberWrite) {
        highest(scope)
    } else {
        highest(scope).map(|own| own.min(scope.membership.default_role))
    };
    if Some(role) <= highest {
        Ok(())
    } else {
        Err(MemberError::RoleAboveOwn(role))
    }
}

/// Who may only invite puts people into teams that they could join themselves, and makes nobody an administrator of a
/// team but of their own.
pub(super) fn require_teams(scope: &OrganizationScope, teams: &[(TeamId, TeamRole)]) -> Result<(), MemberError> {
    if scope.rights.allow(Scope::MemberWrite) {
        return Ok(());
    }
    let is_open = |team: TeamId| scope.membership.open_membership || scope.own_teams().contains(&team);
    let may_give = |(team, role): &(TeamId, TeamRole)| match role {
        TeamRole::Contributor => is_open(*team),
        TeamRole::Admin => scope.rights_in_team(*team).allow(Scope::TeamAdmin),
    };
    if teams.iter().all(may_give) {
        Ok(())
    } else {
        Err(MemberError::Forbidden)
    }
}

pub(super) fn require_change(scope: &OrganizationScope, of: OrganizationRole) -> Result<(), MemberError> {
    if !scope.rights.allow(Scope::MemberWrite) {
        return Err(MemberError::Forbidden);
    }
    if Some(of) <= highest(scope) {
        Ok(())
    } else {
        Err(MemberError::MemberAboveOwn)
    }
}

pub(super) fn require_removal(scope: &OrganizationScope, of: OrganizationRole) -> Result<(), MemberError> {
    if !scope.rights.allow(Scope::MemberAdmin) {
        return Err(MemberError::Forbidden);
    }
    require_change(scope, of)
}

/// Whether the actor may change somebody of this role.
pub fn may_change(scope: &OrganizationScope, of: OrganizationRole) -> bool {
    require_change(scope, of).is_ok()
}
