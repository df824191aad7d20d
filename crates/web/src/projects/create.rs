use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, ErrorKind, OrganizationAccess, scopes::ProjectCreate};
use serde::Deserialize;
use services::projects::ProjectChange;

use super::sdk::Sdk;
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    visit::Visit,
};

/// The form that makes a project.
#[derive(Debug, Template)]
#[template(path = "projects/create.html")]
pub(crate) struct NewProjectPage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) platform: String,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/projects/new/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<ProjectCreate>,
) -> Result<Page<NewProjectPage>, ApiError> {
    let shell = visit
        .shell_of(&access.scope.organization, Part::Projects, "Create project")
        .await?;
    let (name, slug, platform) = (String::new(), String::new(), String::new());
    Ok(Page(NewProjectPage {
        shell,
        name,
        slug,
        platform,
        errors: FormErrors::default(),
    }))
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewProject {
    name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    platform: String,
}

/// `POST /organizations/{organization}/projects/new/`
pub(crate) async fn create(
    visit: Visit,
    access: OrganizationAccess<ProjectCreate>,
    CsrfForm { form, .. }: CsrfForm<NewProject>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    let shell = visit
        .shell_of(&access.organization, Part::Projects, "Create project")
        .await?;
    let slug = form.slug.trim();
    let change = ProjectChange {
        name: Some(&form.name),
        slug: Some(slug).filter(|slug| !slug.is_empty()),
        platform: Some(&form.platform),
        without_rules: false,
    };
    let error = match services::projects::create_for_self(&visit.app, &access, &change).await {
        Ok((project, _)) => return Ok(Redirect::to(&shell.links.getting_started(&project.slug)).into_response()),
        Err(error) => FormErrors::of_api(ApiError::from(error))?,
    };
    let page = NewProjectPage {
        shell,
        name: form.name,
        slug: form.slug,
        platform: form.platform,
        errors: error,
    };
    Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
}

impl NewProjectPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, slug: &str, platform: &str, errors| Self {
            shell: gallery::shell(Part::Projects, "Create project", "/organizations/acme/projects/new/"),
            name: name.to_owned(),
            slug: slug.to_owned(),
            platform: platform.to_owned(),
            errors,
        };
        let taken = FormErrors::one("slug", "Another project has the slug shop. Choose a different one.");
        vec![
            Sample::new("new-project-empty", &page("", "", "", FormErrors::default())),
            Sample::new("new-project-errors", &page("Shop", "shop", "python", taken)),
            Sample::new(
                "new-project-hostile",
                &page(
                    gallery::HOSTILE,
                    gallery::HOSTILE,
                    gallery::HOSTILE,
                    FormErrors::default(),
                ),
            ),
        ]
    }
}
