use model::{OrganizationRole, TeamRole, Timestamp};
use serde::Serialize;
use services::{
    App,
    access::OrganizationScope,
    members::{self, MemberWithTeams, Person},
};
use store::teams::Team;

use crate::{
    roles::{self, OrganizationRoleView, TeamRoleView},
    users::UserView,
};

/// A member of an organization, or somebody who was invited.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberView {
    id: String,
    email: String,
    name: String,
    /// None of who has no account yet.
    user: Option<UserView>,
    role: OrganizationRole,
    org_role: OrganizationRole,
    role_name: &'static str,
    pending: bool,
    expired: bool,
    flags: MemberFlags,
    date_created: Timestamp,
    invite_status: &'static str,
    inviter_name: Option<String>,
}

/// What other ways of signing in would say about a member.
#[derive(Debug, Default, Serialize)]
struct MemberFlags {
    #[serde(rename = "idp:provisioned")]
    provisioned: bool,
    #[serde(rename = "idp:role-restricted")]
    role_restricted: bool,
    #[serde(rename = "sso:linked")]
    linked: bool,
    #[serde(rename = "sso:invalid")]
    invalid: bool,
    #[serde(rename = "member-limit:restricted")]
    limited: bool,
    #[serde(rename = "partnership:restricted")]
    partnership: bool,
}

impl MemberView {
    pub(crate) fn of(person: &Person, app: &App) -> Self {
        let role = person.role();
        let (id, email, name, user) = match person {
            Person::Member(MemberWithTeams { member, user, .. }) => {
                let name = if user.name.is_empty() { &user.email } else { &user.name };
                (member.id.0, &user.email, name, Some(UserView::of(user)))
            }
            Person::Invited(invitation) => (invitation.id.0, &invitation.email, &invitation.email, None),
        };
        let (date_created, invite_status, expired) = match person {
            Person::Member(member) => (member.member.created_at, "approved", false),
            Person::Invited(invitation) => {
                let expired = invitation.expires_at.is_some_and(|end| end <= app.now());
                (invitation.created_at, invitation.status.name(), expired)
            }
        };
        Self {
            id: id.to_string(),
            email: email.clone(),
            name: name.clone(),
            pending: user.is_none(),
            user,
            role,
            org_role: role,
            role_name: role.label(),
            expired,
            flags: MemberFlags::default(),
            date_created,
            invite_status,
            inviter_name: match person {
                Person::Member(_) => None,
                Person::Invited(invitation) => invitation.inviter_name.clone(),
            },
        }
    }

    pub(super) fn matches(&self, wanted: &str) -> bool {
        self.email.to_lowercase().contains(wanted) || self.name.to_lowercase().contains(wanted)
    }
}

/// A member in the list of a team.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamMemberView {
    #[serde(flatten)]
    member: MemberView,
    team_role: TeamRole,
    team_slug: String,
}

impl TeamMemberView {
    pub(super) fn of(app: &App, member: MemberWithTeams, role: TeamRole, team: &Team) -> Self {
        Self {
            member: MemberView::of(&Person::Member(member), app),
            team_role: role,
            team_slug: team.slug.clone(),
        }
    }
}

/// A member alone: with teams, and the roles that there are.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberDetails {
    #[serde(flatten)]
    member: MemberView,
    /// Slugs.
    teams: Vec<String>,
    team_roles: Vec<TeamRoleOfMember>,
    #[serde(rename = "invite_link")]
    invite_link: Option<String>,
    is_only_owner: bool,
    org_role_list: Vec<OrganizationRoleView>,
    team_role_list: Vec<TeamRoleView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamRoleOfMember {
    team_slug: String,
    role: TeamRole,
}

impl MemberDetails {
    pub(super) fn of(
        app: &App,
        scope: &OrganizationScope,
        person: &Person,
        teams: &[Team],
        is_only_owner: bool,
    ) -> Self {
        let named = person.teams().iter().filter_map(|(id, role)| {
            let team = teams.iter().find(|team| team.id == *id)?;
            Some(TeamRoleOfMember {
                team_slug: team.slug.clone(),
                role: *role,
            })
        });
        let team_roles: Vec<TeamRoleOfMember> = named.collect();
        let invite_link = match person {
            Person::Invited(invitation) if members::may_offer(scope, invitation) => members::link(app, invitation),
            _ => None,
        };
        Self {
            member: MemberView::of(person, app),
            teams: team_roles.iter().map(|role| role.team_slug.clone()).collect(),
            team_roles,
            invite_link,
            is_only_owner,
            org_role_list: roles::of_organization(scope),
            team_role_list: roles::of_teams(scope),
        }
    }
}
