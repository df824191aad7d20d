//! The pages of settings, in the order of their navigation.

use super::{
    ADMIN_JOBS, ADMIN_LOG, ADMIN_MAILS, ADMIN_ORGANIZATIONS, ADMIN_SETTINGS, ADMIN_USERS, APPLICATIONS, AUTHORIZATIONS,
    NOTIFICATIONS, PROFILE, SECURITY, TOKENS,
};

/// The pages of the signed-in user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountSection {
    Profile,
    Notifications,
    Security,
    Tokens,
    Applications,
    Authorizations,
}

impl AccountSection {
    pub(crate) const ALL: [Self; 6] = [
        Self::Profile,
        Self::Notifications,
        Self::Security,
        Self::Tokens,
        Self::Applications,
        Self::Authorizations,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Profile => "Profile",
            Self::Notifications => "Notifications",
            Self::Security => "Password and security",
            Self::Tokens => "API tokens",
            Self::Applications => "OAuth applications",
            Self::Authorizations => "Authorized applications",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Profile => PROFILE,
            Self::Notifications => NOTIFICATIONS,
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
    Jobs,
    Log,
    Settings,
}

impl AdminSection {
    pub(crate) const ALL: [Self; 6] = [
        Self::Users,
        Self::Organizations,
        Self::Mails,
        Self::Jobs,
        Self::Log,
        Self::Settings,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Organizations => "Organizations",
            Self::Mails => "Mails",
            Self::Jobs => "Jobs",
            Self::Log => "Audit log",
            Self::Settings => "Settings",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Users => ADMIN_USERS,
            Self::Organizations => ADMIN_ORGANIZATIONS,
            Self::Mails => ADMIN_MAILS,
            Self::Jobs => ADMIN_JOBS,
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
    AlertRules,
    Notifications,
    Highlights,
    RateLimits,
    Retention,
    Sampling,
    Security,
    Loader,
    Mail,
}

impl Section {
    pub(crate) const ALL: [Self; 17] = [
        Self::General,
        Self::Teams,
        Self::Environments,
        Self::Keys,
        Self::Filters,
        Self::Scrubbing,
        Self::Grouping,
        Self::Ownership,
        Self::AlertRules,
        Self::Notifications,
        Self::Highlights,
        Self::RateLimits,
        Self::Retention,
        Self::Sampling,
        Self::Security,
        Self::Loader,
        Self::Mail,
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
            Self::AlertRules => "Alert rules",
            Self::Notifications => "Notifications",
            Self::Highlights => "Highlights",
            Self::RateLimits => "Rate limits",
            Self::Retention => "Retention",
            Self::Sampling => "Sampling",
            Self::Security => "Domains and reports",
            Self::Loader => "Loader and dialog",
            Self::Mail => "Mails",
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
            Self::AlertRules => "alert-rules/",
            Self::Notifications => "notifications/",
            Self::Highlights => "highlights/",
            Self::RateLimits => "rate-limits/",
            Self::Retention => "retention/",
            Self::Sampling => "sampling/",
            Self::Security => "security/",
            Self::Loader => "loader/",
            Self::Mail => "mail/",
        }
    }
}

/// The pages of an organization's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrganizationSection {
    General,
    Members,
    Teams,
    MailAddresses,
    Scrubbing,
    RateLimits,
    Storage,
    WeeklyReport,
    AuthTokens,
    AuditLog,
}

impl OrganizationSection {
    pub(crate) const ALL: [Self; 10] = [
        Self::General,
        Self::Members,
        Self::Teams,
        Self::MailAddresses,
        Self::Scrubbing,
        Self::RateLimits,
        Self::Storage,
        Self::WeeklyReport,
        Self::AuthTokens,
        Self::AuditLog,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Members => "Members",
            Self::Teams => "Teams",
            Self::MailAddresses => "Mail addresses",
            Self::Scrubbing => "Data scrubbing",
            Self::RateLimits => "Rate limits",
            Self::Storage => "Storage",
            Self::WeeklyReport => "Weekly report",
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
            Self::MailAddresses => "mail-addresses/",
            Self::Scrubbing => "scrubbing/",
            Self::RateLimits => "rate-limits/",
            Self::Storage => "storage/",
            Self::WeeklyReport => "weekly-report/",
            Self::AuthTokens => "auth-tokens/",
            Self::AuditLog => "audit-log/",
        }
    }
}
