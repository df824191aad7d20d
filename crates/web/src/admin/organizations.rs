use askama::Template;
use httpkit::{ApiError, InstanceAccess, instance_permissions::Superuser};
use model::Timestamp;

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::AdminSection,
    visit::Visit,
};

/// All organizations of the installation.
#[derive(Debug, Template)]
#[template(path = "admin/organizations.html")]
pub(crate) struct OrganizationsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) organizations: Vec<OrganizationRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct OrganizationRow {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
}

/// `GET /admin/organizations/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<OrganizationsPage>, ApiError> {
    let organizations = services::organizations::list(&visit.app, visit.actor()).await?;
    let row = |organization: store::organizations::Organization| OrganizationRow {
        slug: organization.slug,
        name: organization.name,
        created: organization.created_at,
    };
    Ok(Page(OrganizationsPage {
        shell: shell(&visit, AdminSection::Organizations).await?,
        section: AdminSection::Organizations,
        organizations: organizations.into_iter().map(row).collect(),
    }))
}

impl OrganizationsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |organizations| Self {
            shell: sample_shell(AdminSection::Organizations),
            section: AdminSection::Organizations,
            organizations,
        };
        let row = |slug: &str, name: &str| OrganizationRow {
            slug: slug.to_owned(),
            name: name.to_owned(),
            created: gallery::ago(900_000),
        };
        vec![
            Sample::new(
                "admin-organizations-typical",
                &page(vec![row("acme", "Acme"), row("globex", "Globex")]),
            ),
            Sample::new("admin-organizations-hostile", &page(vec![row("x", gallery::HOSTILE)])),
        ]
    }
}
