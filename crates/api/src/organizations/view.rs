use model::Timestamp;
use serde::Serialize;
use services::{PublicUrl, access::OrganizationScope, settings::OrganizationSettings};
use store::{members::Member, organizations::Organization, users::User};

use crate::{
    projects::ProjectSummary,
    scrubbing::ScrubbingView,
    teams::TeamView,
    users::UserView,
    view::{self, AvatarView},
};

/// An organization in a list or in another resource.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationView {
    id: String,
    slug: String,
    status: StatusView,
    name: String,
    date_created: Timestamp,
    is_early_adopter: bool,
    #[serde(rename = "require2FA")]
    requires_two_factors: bool,
    require_email_verification: bool,
    avatar: AvatarView,
    links: LinksView,
    has_auth_provider: bool,
    allow_member_invite: bool,
    allow_member_project_creation: bool,
    allow_superuser_access: bool,
    features: [&'static str; 0],
}

#[derive(Debug, Clone, Serialize)]
struct StatusView {
    id: &'static str,
    name: &'static str,
}

/// Where the organization is served; clients send their further requests to `regionUrl`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LinksView {
    organization_url: String,
    region_url: String,
}

impl OrganizationView {
    pub(crate) fn of(organization: &Organization, url: &PublicUrl) -> Self {
        Self {
            id: organization.id.to_string(),
            slug: organization.slug.clone(),
            status: StatusView {
                id: "active",
                name: "active",
            },
            name: organization.name.clone(),
            date_created: organization.created_at,
            is_early_adopter: false,
            requires_two_factors: false,
            require_email_verification: false,
            avatar: AvatarView::LETTER,
            links: LinksView {
                organization_url: url.to_string(),
                region_url: url.to_string(),
            },
            has_auth_provider: false,
            allow_member_invite: true,
            allow_member_project_creation: true,
            allow_superuser_access: false,
            features: [],
        }
    }
}

/// An organization by itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationDetails {
    #[serde(flatten)]
    organization: OrganizationView,
    access: Vec<&'static str>,
    onboarding_tasks: [&'static str; 0],
    #[serde(flatten)]
    scrubbing: ScrubbingView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) teams: Option<Vec<TeamView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) projects: Option<Vec<ProjectSummary>>,
}

impl OrganizationDetails {
    pub(super) fn of(scope: &OrganizationScope, settings: &OrganizationSettings, url: &PublicUrl) -> Self {
        Self {
            organization: OrganizationView::of(&scope.organization, url),
            access: view::access(&scope.actor),
            onboarding_tasks: [],
            scrubbing: ScrubbingView::of(&settings.scrubbing),
            teams: None,
            projects: None,
        }
    }
}

/// An environment; its name is what tells it apart.
#[derive(Debug, Serialize)]
pub(crate) struct EnvironmentView {
    id: String,
    name: String,
}

impl EnvironmentView {
    pub(super) fn of(name: String) -> Self {
        Self { id: name.clone(), name }
    }
}

/// A member of an organization.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberView {
    id: String,
    email: String,
    name: String,
    user: UserView,
    role: String,
    org_role: String,
    role_name: String,
    pending: bool,
    expired: bool,
    flags: MemberFlags,
    date_created: Timestamp,
    invite_status: &'static str,
    inviter_name: Option<&'static str>,
}

#[derive(Debug, Serialize)]
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
    pub(super) fn of(member: &Member, user: &User) -> Self {
        let role_name: String = member
            .role
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(member.role.chars().skip(1))
            .collect();
        Self {
            id: member.id.to_string(),
            email: user.email.clone(),
            name: if user.name.is_empty() {
                user.email.clone()
            } else {
                user.name.clone()
            },
            user: UserView::of(user),
            role: member.role.clone(),
            org_role: member.role.clone(),
            role_name,
            pending: false,
            expired: false,
            flags: MemberFlags {
                provisioned: false,
                role_restricted: false,
                linked: false,
                invalid: false,
                limited: false,
                partnership: false,
            },
            date_created: member.created_at,
            invite_status: "approved",
            inviter_name: None,
        }
    }
}
