use model::Timestamp;
use serde::Serialize;
use services::access::{OrganizationScope, Visible};
use store::teams::Team;

use super::OwnTeams;
use crate::{
    organizations::OrganizationView,
    projects::ProjectSummary,
    view::{self, AvatarView},
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamView {
    id: String,
    slug: String,
    name: String,
    date_created: Timestamp,
    is_member: bool,
    team_role: Option<&'static str>,
    flags: TeamFlags,
    access: Vec<&'static str>,
    has_access: bool,
    is_pending: bool,
    member_count: i64,
    avatar: AvatarView,
}

#[derive(Debug, Serialize)]
struct TeamFlags {
    #[serde(rename = "idp:provisioned")]
    provisioned: bool,
}

impl TeamView {
    pub(super) fn of(team: &Team, scope: &OrganizationScope, own: &OwnTeams) -> Self {
        let is_member = own.member_of.contains(&team.id);
        Self {
            id: team.id.to_string(),
            slug: team.slug.clone(),
            name: team.name.clone(),
            date_created: team.created_at,
            is_member,
            team_role: scope
                .teams
                .iter()
                .find(|(of, _)| *of == team.id)
                .map(|(_, role)| role.name()),
            flags: TeamFlags { provisioned: false },
            access: view::scopes(scope.rights_in_team(team.id)),
            has_access: is_member || scope.membership.open_membership || scope.visible == Visible::All,
            is_pending: own.asked_for.contains(&team.id),
            member_count: team.member_count,
            avatar: AvatarView::LETTER,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct TeamInList {
    #[serde(flatten)]
    pub(super) team: TeamView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) projects: Option<Vec<ProjectSummary>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TeamDetails {
    #[serde(flatten)]
    pub(super) team: TeamView,
    pub(super) organization: OrganizationView,
}
