use askama::Template;
use axum::response::Response;
use httpkit::{ApiError, CsrfForm, OrganizationAccess, PathParams, scopes::OrgRead};
use serde::Deserialize;
use services::access::OrganizationScope;

use super::{Frame, organization_of_form, saved};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    projects::settings::refused,
    shell::Shell,
    urls::OrganizationSection,
    visit::Visit,
};

/// What the organization is called.
#[derive(Debug, Template)]
#[template(path = "settings/general.html")]
pub(crate) struct OrganizationPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    slug: String,
    name: String,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OrganizationForm {
    name: String,
}

/// `GET /organizations/{organization}/settings/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
) -> Result<Page<OrganizationPage>, ApiError> {
    let name = access.scope.organization.name.clone();
    Ok(Page(page(&visit, &access.scope, name, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    name: String,
    errors: FormErrors,
) -> Result<OrganizationPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::General).await?;
    Ok(OrganizationPage {
        shell,
        frame,
        slug: scope.organization.slug.clone(),
        name,
        errors,
    })
}

/// `POST /organizations/{organization}/settings/`
pub(crate) async fn save(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<OrganizationForm>,
) -> Result<Response, ApiError> {
    let scope = organization_of_form(&visit, &path).await?;
    let errors = match services::organizations::rename(&visit.app, &scope, &form.name).await {
        Ok(()) => return Ok(saved(&visit, &scope, OrganizationSection::General)),
        Err(error) => FormErrors::of_api(error.into())?,
    };
    Ok(refused(page(&visit, &scope, form.name, errors).await?))
}

impl OrganizationPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::General);
            Self {
                shell,
                frame,
                slug: "acme".to_owned(),
                name: name.to_owned(),
                errors,
            }
        };
        let error = FormErrors::one("name", "The organization needs a name.");
        vec![
            Sample::new("organization-typical", &page("Acme", FormErrors::default())),
            Sample::new("organization-wrong", &page("", error)),
            Sample::new("organization-hostile", &page(gallery::HOSTILE, FormErrors::default())),
        ]
    }
}
