//! The pages of settings, in the order of their navigation.

use super::{
    ADMIN_LOG, ADMIN_MAILS, ADMIN_ORGANIZATIONS, ADMIN_SETTINGS, ADMIN_USERS, APPLICATIONS, AUTHORIZATIONS, PROFILE,
    SECURITY, TOKENS,
};

/// The pages of the signed-in user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountSection {
    Profile,
    Security,
    Tokens,
    Applications,
    Authorizations,
}

impl AccountSection {
    pub(crate) const ALL: [Self; 5] = [
        Self::Profile,
        Self::Security,
        Self::Tokens,
        Self::Applications,
        Self::Authorizations,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Security => "Password and security",
            Self::Tokens => "API tokens",
            Self::Applications => "OAuth applications",
            Self::Authorizations => "Authorized applications",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Profile => PROFILE,
            Self::Security => SECURITY,
            Self::Tokens => TOKENS,
            Self::Applications => APPLICATIONS,
            Self::Authorizations => AUTHORIZATIONS,
        }
    }
}

/// The pages of the installation's administrators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AdminSection {
    Users,
    Organizations,
    Mails,
    Log,
    Settings,
}

impl AdminSection {
    pub(crate) const ALL: [Self; 5] = [Self::Users, Self::Organizations, Self::Mails, Self::Log, Self::Settings];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Organizations => "Organizations",
            Self::Mails => "Mails",
            Self::Log => "Audit log",
            Self::Settings => "Settings",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Users => ADMIN_USERS,
            Self::Organizations => ADMIN_ORGANIZATIONS,
            Self::Mails => ADMIN_MAILS,
            Self::Log => ADMIN_LOG,
            Self::Settings => ADMIN_SETTINGS,
        }
    }
}

/// The pages of a project's settings, in the order of their navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    General,
    Teams,
    Environments,
    Keys,
    Filters,
    Scrubbing,
    Grouping,
    Ownership,
    Highlights,
    RateLimits,
    Retention,
    Sampling,
    Security,
    Loader,
}

impl Section {
    pub(crate) const ALL: [Self; 14] = [
        Self::General,
        Self::Teams,
        Self::Environments,
        Self::Keys,
        Self::Filters,
        Self::Scrubbing,
        Self::Grouping,
        Self::Ownership,
        Self::Highlights,
        Self::RateLimits,
        Self::Retention,
        Self::Sampling,
        Self::Security,
        Self::Loader,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Teams => "Teams",
            Self::Environments => "Environments",
            Self::Keys => "Client keys",
            Self::Filters => "Inbound filters",
            Self::Scrubbing => "Data scrubbing",
            Self::Grouping => "Issue grouping",
            Self::Ownership => "Ownership",
            Self::Highlights => "Highlights",
            Self::RateLimits => "Rate limits",
            Self::Retention => "Retention",
            Self::Sampling => "Sampling",
            Self::Security => "Domains and reports",
            Self::Loader => "Loader and dialog",
        }
    }

    /// Below the settings of the project.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::General => "",
            Self::Teams => "teams/",
            Self::Environments => "environments/",
            Self::Keys => "keys/",
            Self::Filters => "filters/",
            Self::Scrubbing => "scrubbing/",
            Self::Grouping => "grouping/",
            Self::Ownership => "ownership/",
            Self::Highlights => "highlights/",
            Self::RateLimits => "rate-limits/",
            Self::Retention => "retention/",
            Self::Sampling => "sampling/",
            Self::Security => "security/",
            Self::Loader => "loader/",
        }
    }
}

/// The pages of an organization's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrganizationSection {
    General,
    Members,
    Teams,
    Scrubbing,
    RateLimits,
    Storage,
    AuthTokens,
    AuditLog,
}

impl OrganizationSection {
    pub(crate) const ALL: [Self; 8] = [
        Self::General,
        Self::Members,
        Self::Teams,
        Self::Scrubbing,
        Self::RateLimits,
        Self::Storage,
        Self::AuthTokens,
        Self::AuditLog,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Members => "Members",
            Self::Teams => "Teams",
            Self::Scrubbing => "Data scrubbing",
            Self::RateLimits => "Rate limits",
            Self::Storage => "Storage",
            Self::AuthTokens => "Organization tokens",
            Self::AuditLog => "Audit log",
        }
    }

    /// Below the settings of the organization.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::General => "",
            Self::Members => "members/",
            Self::Teams => "teams/",
            Self::Scrubbing => "scrubbing/",
            Self::RateLimits => "rate-limits/",
            Self::Storage => "storage/",
            Self::AuthTokens => "auth-tokens/",
            Self::AuditLog => "audit-log/",
        }
    }
}
