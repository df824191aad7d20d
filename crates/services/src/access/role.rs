//! What roles allow.

use model::{OrganizationRole, TeamRole};

use super::{Scope, Scopes, membership::MembershipSettings};

const BILLING: Scopes = Scopes::of(&[Scope::OrgRead]);

/// Tokens alone are made with `org:ci` and `project:distribution`; whoever sees projects may make such a token.
const MEMBER: Scopes = Scopes::of(&[
    Scope::OrgRead,
    Scope::OrgCi,
    Scope::MemberRead,
    Scope::TeamRead,
    Scope::ProjectRead,
    Scope::ProjectReleases,
    Scope::ProjectDistribution,
    Scope::EventWrite,
    Scope::AlertsRead,
]);

/// To make teams and projects, which are the administrator's own then.
const ADMIN: Scopes = Scopes::of(&[Scope::ProjectAdmin, Scope::TeamAdmin, Scope::AlertsWrite]);

/// Holds in an administrator's own teams and their projects only, see [`outside_own_teams`].
const ADMIN_IN_TEAMS: Scopes = ADMIN.with(Scope::EventAdmin);

const MANAGER: Scopes = MEMBER.or(ADMIN_IN_TEAMS).or(Scopes::of(&[
    Scope::OrgWrite,
    Scope::OrgIntegrations,
    Scope::MemberInvite,
    Scope::MemberAdmin,
]));

/// What a role allows in its organization.
pub fn of_role(role: OrganizationRole, settings: &MembershipSettings) -> Scopes {
    match role {
        OrganizationRole::Billing => BILLING,
        OrganizationRole::Member => of_member(settings),
        // What is done to issues of the whole organization is done to those of other teams, too: there an administrator is
        // a member.
        OrganizationRole::Admin => of_member(settings).with(Scope::OrgIntegrations).or(ADMIN),
        OrganizationRole::Manager => MANAGER,
        OrganizationRole::Owner => MANAGER.with(Scope::OrgAdmin),
    }
}

fn of_member(settings: &MembershipSettings) -> Scopes {
    let flags = [
        (settings.events_member_admin, Scope::EventAdmin),
        (settings.alerts_member_write, Scope::AlertsWrite),
        (settings.allow_member_invite, Scope::MemberInvite),
    ];
    let given = flags.into_iter().filter(|(is_on, _)| *is_on);
    given.fold(MEMBER, |all, (_, scope)| all.with(scope))
}

/// What a role allows in a project or a team that is open to the member, without being in the team.
pub(super) fn outside_own_teams(role: OrganizationRole, settings: &MembershipSettings) -> Scopes {
    match role {
        OrganizationRole::Admin => of_member(settings).with(Scope::OrgIntegrations),
        role => of_role(role, settings),
    }
}

/// What a role in a team allows in the team and its projects.
pub fn of_team_role(role: TeamRole) -> Scopes {
    let contributor = Scopes::of(&[
        Scope::EventWrite,
        Scope::ProjectRead,
        Scope::ProjectReleases,
        Scope::TeamRead,
    ]);
    match role {
        TeamRole::Contributor => contributor,
        TeamRole::Admin => contributor.or(ADMIN_IN_TEAMS),
    }
}

/// Whether the role sees all teams and projects, whoever is in them.
pub fn sees_all(role: OrganizationRole) -> bool {
    role >= OrganizationRole::Manager
}
