//! The settings of an organization, which hold for all of its projects, and the way to those of the account.

pub(crate) mod audit_log;
pub(crate) mod auth_tokens;
pub(crate) mod create;
pub(crate) mod general;
pub(crate) mod mail_addresses;
pub(crate) mod members;
pub(crate) mod rate_limits;
pub(crate) mod restore;
pub(crate) mod scrubbing;
pub(crate) mod storage;
pub(crate) mod team;
pub(crate) mod team_notifications;
pub(crate) mod teams;
pub(crate) mod weekly_report;

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::ApiError;
use services::{Scope, access::OrganizationScope};

use crate::{
    gallery::Sample,
    notice::{Done, PendingNotice},
    shell::{Part, Shell},
    urls::{AccountSection, Links, OrganizationSection},
    visit::Visit,
};

/// What stands around each of these pages.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Absent on the pages of the account.
    pub(crate) section: Option<OrganizationSection>,
    pub(crate) account: Option<AccountSection>,
    pub(crate) may_write: bool,
}

impl Frame {
    /// Around the pages of the signed-in user.
    pub(crate) fn account(section: AccountSection) -> Self {
        Self {
            section: None,
            account: Some(section),
            may_write: true,
        }
    }

    async fn new(
        visit: &Visit,
        scope: &OrganizationScope,
        section: OrganizationSection,
    ) -> Result<(Shell, Self), ApiError> {
        let title = format!("{} of {}", section.name(), scope.organization.name);
        let shell = visit.shell_of(&scope.organization, Part::Settings, &title).await?;
        let frame = Self {
            section: Some(section),
            account: None,
            may_write: scope.rights.allow(Scope::OrgWrite),
        };
        Ok((shell, frame))
    }

    pub(crate) fn is_account(&self, section: &AccountSection) -> bool {
        self.account == Some(*section)
    }

    /// Who may not read the log is not led to it.
    pub(crate) fn shows(&self, section: &OrganizationSection) -> bool {
        self.may_write
            || !matches!(
                section,
                OrganizationSection::AuditLog | OrganizationSection::WeeklyReport
            )
    }

    pub(crate) fn is_section(&self, section: &OrganizationSection) -> bool {
        self.section == Some(*section)
    }

    fn sample(section: OrganizationSection) -> (Shell, Self) {
        let path = format!("/organizations/acme/settings/{}", section.path());
        let title = format!("{} of Acme", section.name());
        let frame = Self {
            section: Some(section),
            account: None,
            may_write: true,
        };
        (crate::gallery::shell(Part::Settings, &title, &path), frame)
    }
}

fn saved(visit: &Visit, scope: &OrganizationScope, section: OrganizationSection) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let page = links.organization_section(section);
    // A name changes nothing of what arrives.
    let done = match section {
        OrganizationSection::General
        | OrganizationSection::Members
        | OrganizationSection::Teams
        | OrganizationSection::MailAddresses
        | OrganizationSection::AuditLog => Done::NameSaved,
        OrganizationSection::Scrubbing
        | OrganizationSection::RateLimits
        | OrganizationSection::Storage
        | OrganizationSection::WeeklyReport
        | OrganizationSection::AuthTokens => Done::Saved,
    };
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

pub(crate) fn samples() -> Vec<Sample> {
    [
        create::NewOrganizationPage::samples(),
        general::OrganizationPage::samples(),
        restore::RestorePage::samples(),
        mail_addresses::MailAddressesPage::samples(),
        members::MembersPage::samples(),
        teams::TeamsPage::samples(),
        team::TeamPage::samples(),
        team_notifications::TeamNotificationsPage::samples(),
        scrubbing::OrganizationScrubbingPage::samples(),
        rate_limits::OrganizationLimitsPage::samples(),
        storage::StoragePage::samples(),
        weekly_report::WeeklyReportPage::samples(),
        auth_tokens::OrganizationTokensPage::samples(),
        audit_log::AuditLogPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
