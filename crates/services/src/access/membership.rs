use model::OrganizationRole;
use serde::{Deserialize, Serialize};

use crate::settings::{OrganizationTopic, Problem, ProjectTopic};

/// What the members of an organization may do: the switches that stand on its page of settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MembershipSettings {
    /// Everybody sees every project and may join every team; else only those of their own teams.
    pub open_membership: bool,
    /// People may ask to join, without being invited.
    pub allow_join_requests: bool,
    /// Who has no second factor has no access.
    pub require_two_factor: bool,
    pub events_member_admin: bool,
    pub alerts_member_write: bool,
    pub allow_member_invite: bool,
    pub allow_member_project_creation: bool,
    pub allow_superuser_access: bool,
    /// Of who is invited without one.
    pub default_role: OrganizationRole,
    pub enhanced_privacy: bool,
    pub allow_shared_issues: bool,
}

impl Default for MembershipSettings {
    fn default() -> Self {
        Self {
            open_membership: true,
            allow_join_requests: true,
            require_two_factor: false,
            events_member_admin: true,
            alerts_member_write: true,
            allow_member_invite: true,
            allow_member_project_creation: true,
            allow_superuser_access: true,
            default_role: OrganizationRole::Member,
            enhanced_privacy: false,
            allow_shared_issues: true,
        }
    }
}

impl ProjectTopic for MembershipSettings {
    const NAME: &'static str = "membership";

    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }
}

impl OrganizationTopic for MembershipSettings {
    fn of_new_organization() -> Self {
        Self::default()
    }
}
