//! An organization that waits for its deletion: the one page that is left of it.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess,
    scopes::{OrgEdit, OrgShow},
};
use model::Timestamp;
use services::{Scope, organizations};

use crate::{
    form::NoFields,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    urls::{Links, OrganizationSection},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/restore.html")]
pub(crate) struct RestorePage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    /// When it is gone; none where it is not being deleted.
    pub(crate) until: Option<Timestamp>,
    pub(crate) may_restore: bool,
}

/// `GET /organizations/{organization}/restore/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgShow>) -> Result<Page<RestorePage>, ApiError> {
    let organization = &access.scope.organization;
    let shell = visit.shell_of(organization, Part::Settings, &organization.name).await?;
    Ok(Page(RestorePage {
        shell,
        name: organization.name.clone(),
        until: organization.delete_at,
        may_restore: access.scope.rights.allow(Scope::OrgWrite),
    }))
}

/// `POST /organizations/{organization}/restore/`
pub(crate) async fn restore(
    visit: Visit,
    access: OrganizationAccess<OrgEdit>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let organization = organizations::restore(&visit.app, &access.scope).await?;
    let links = Links::new(&organization.slug, String::new());
    let to = Redirect::to(&links.organization_section(OrganizationSection::General));
    Ok((PendingNotice::of(Done::OrganizationRestored), to).into_response())
}

impl RestorePage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, until, may_restore| Self {
            shell: gallery::shell(Part::Settings, name, "/organizations/acme/restore/"),
            name: name.to_owned(),
            until,
            may_restore,
        };
        let tomorrow = Some(gallery::ago(-80_000));
        vec![
            Sample::new("restore-typical", &page("Acme", tomorrow, true)),
            Sample::new("restore-member", &page("Acme", tomorrow, false)),
            Sample::new("restore-none", &page("Acme", None, true)),
            Sample::new("restore-hostile", &page(gallery::HOSTILE, tomorrow, true)),
        ]
    }
}
