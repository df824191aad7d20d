use model::Timestamp;
use serde::Serialize;
use services::{PublicUrl, access::MembershipSettings};
use store::organizations::Organization;

use crate::view::AvatarView;

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
    pub(crate) fn of(organization: &Organization, membership: &MembershipSettings, url: &PublicUrl) -> Self {
        Self {
            id: organization.id.to_string(),
            slug: organization.slug.clone(),
            status: StatusView {
                id: status(organization),
                name: status(organization),
            },
            name: organization.name.clone(),
            date_created: organization.created_at,
            is_early_adopter: false,
            requires_two_factors: membership.require_two_factor,
            require_email_verification: false,
            avatar: AvatarView::of(&organization.avatar),
            links: LinksView {
                organization_url: url.to_string(),
                region_url: url.to_string(),
            },
            has_auth_provider: false,
            allow_member_invite: membership.allow_member_invite,
            allow_member_project_creation: membership.allow_member_project_creation,
            allow_superuser_access: membership.allow_superuser_access,
            features: [],
        }
    }
}

fn status(organization: &Organization) -> &'static str {
    if organization.delete_at.is_some() {
        "pending_deletion"
    } else {
        "active"
    }
}
