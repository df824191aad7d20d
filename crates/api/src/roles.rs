//! The roles that there are, with what they allow and whether the actor may give them to others.

use model::{OrganizationRole, TeamRole};
use serde::Serialize;
use services::{
    Scope,
    access::{OrganizationScope, role},
    members,
};

use crate::view;

/// Those in an organization.
pub(crate) fn of_organization(scope: &OrganizationScope) -> Vec<OrganizationRoleView> {
    let all = OrganizationRole::ALL.into_iter();
    all.map(|role| OrganizationRoleView::of(role, scope)).collect()
}

/// Those in its teams.
pub(crate) fn of_teams(scope: &OrganizationScope) -> Vec<TeamRoleView> {
    let all = TeamRole::ALL.into_iter();
    all.map(|role| TeamRoleView::of(role, scope)).collect()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationRoleView {
    id: &'static str,
    name: &'static str,
    desc: &'static str,
    scopes: Vec<&'static str>,
    allowed: bool,
    is_allowed: bool,
    is_retired: bool,
    is_team_roles_allowed: bool,
    /// Sentry's older name of the next.
    #[serde(rename = "is_global")]
    is_global_old: bool,
    is_global: bool,
    minimum_team_role: &'static str,
}

impl OrganizationRoleView {
    fn of(role: OrganizationRole, scope: &OrganizationScope) -> Self {
        let is_allowed = members::require_role(scope, role).is_ok();
        let is_global = role::sees_all(role);
        Self {
            id: role.name(),
            name: role.label(),
            desc: match role {
                OrganizationRole::Billing => "Sees the organization and none of its projects.",
                OrganizationRole::Member => "Works with issues and events, and sees what else there is.",
                OrganizationRole::Admin => {
                    "A member who also changes the teams they are in, and the projects of these."
                }
                OrganizationRole::Manager => {
                    "Changes all teams, projects and members, and settings of the organization."
                }
                OrganizationRole::Owner => "Does everything, also with the organization itself.",
            },
            scopes: view::scopes(role::of_role(role, &scope.membership)),
            allowed: is_allowed,
            is_allowed,
            is_retired: false,
            is_team_roles_allowed: role != OrganizationRole::Billing,
            is_global_old: is_global,
            is_global,
            minimum_team_role: role.least_team_role().name(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamRoleView {
    id: &'static str,
    name: &'static str,
    desc: &'static str,
    scopes: Vec<&'static str>,
    allowed: bool,
    is_allowed: bool,
    is_retired: bool,
    is_team_roles_allowed: bool,
    /// The least role in the organization that has it in every team.
    is_minimum_role_for: Option<&'static str>,
}

impl TeamRoleView {
    fn of(role: TeamRole, scope: &OrganizationScope) -> Self {
        let is_allowed = scope.rights.allow(Scope::TeamWrite) || scope.teams.iter().any(|(_, own)| *own >= role);
        let minimum = OrganizationRole::ALL.iter().find(|of| of.least_team_role() == role);
        Self {
            id: role.name(),
            name: role.label(),
            desc: match role {
                TeamRole::Contributor => "Works with the issues and events of the team's projects.",
                TeamRole::Admin => "Changes the team, who is in it, and its projects.",
            },
            scopes: view::scopes(role::of_team_role(role)),
            allowed: is_allowed,
            is_allowed,
            is_retired: false,
            is_team_roles_allowed: true,
            is_minimum_role_for: minimum.filter(|_| role > TeamRole::Contributor).map(|role| role.name()),
        }
    }
}
