//! The settings of an organization, which hold for all of its projects, and the way to those of the account.

pub(crate) mod general;
pub(crate) mod rate_limits;
pub(crate) mod scrubbing;
pub(crate) mod storage;

use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, PathParams};
use services::{
    Scope,
    access::{self, OrganizationScope},
};

use crate::{
    gallery::Sample,
    notice::{Done, PendingNotice},
    shell::{Part, Shell},
    urls::{Links, OrganizationSection},
    visit::Visit,
};

/// What stands around each of these pages.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Absent on the pages of the account.
    pub(crate) section: Option<OrganizationSection>,
    pub(crate) may_write: bool,
}

impl Frame {
    /// Around the pages of the signed-in user.
    pub(crate) const ACCOUNT: Self = Self {
        section: None,
        may_write: true,
    };

    async fn new(
        visit: &Visit,
        scope: &OrganizationScope,
        section: OrganizationSection,
    ) -> Result<(Shell, Self), ApiError> {
        let title = format!("{} of {}", section.name(), scope.organization.name);
        let shell = visit.shell_of(&scope.organization, Part::Settings, &title).await?;
        let frame = Self {
            section: Some(section),
            may_write: scope.actor.scopes.allow(Scope::OrgWrite),
        };
        Ok((shell, frame))
    }

    pub(crate) fn is_section(&self, section: &OrganizationSection) -> bool {
        self.section == Some(*section)
    }

    fn sample(section: OrganizationSection) -> (Shell, Self) {
        let path = format!("/organizations/acme/settings/{}", section.path());
        let title = format!("{} of Acme", section.name());
        let frame = Self {
            section: Some(section),
            may_write: true,
        };
        (crate::gallery::shell(Part::Settings, &title, &path), frame)
    }
}

/// The organization in the path of a form, for a reader who may change it.
async fn organization_of_form(visit: &Visit, path: &PathParams) -> Result<OrganizationScope, ApiError> {
    let organization = path.get("organization")?;
    Ok(access::organization(&visit.app, visit.actor(), organization, Scope::OrgWrite).await?)
}

fn saved(visit: &Visit, scope: &OrganizationScope, section: OrganizationSection) -> Response {
    let links = Links::new(&scope.organization.slug, visit.scope().query());
    let page = links.organization_section(section);
    // A name changes nothing of what arrives.
    let done = match section {
        OrganizationSection::General => Done::NameSaved,
        OrganizationSection::Scrubbing | OrganizationSection::RateLimits | OrganizationSection::Storage => Done::Saved,
    };
    (PendingNotice::of(done), Redirect::to(&page)).into_response()
}

pub(crate) fn samples() -> Vec<Sample> {
    [
        general::OrganizationPage::samples(),
        scrubbing::OrganizationScrubbingPage::samples(),
        rate_limits::OrganizationLimitsPage::samples(),
        storage::StoragePage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
