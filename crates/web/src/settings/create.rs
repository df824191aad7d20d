//! An organization of one's own.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm};
use serde::Deserialize;
use services::organizations;

use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    projects::settings::refused,
    shell::{Part, Shell},
    urls::{self, Links},
    visit::Visit,
};

const TITLE: &str = "Create an organization";

#[derive(Debug, Template)]
#[template(path = "settings/create.html")]
pub(crate) struct NewOrganizationPage {
    pub(crate) shell: Shell,
    pub(crate) form: NewOrganizationForm,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct NewOrganizationForm {
    name: String,
    #[serde(default)]
    slug: String,
}

/// `GET /organizations/new/`
pub(crate) async fn show(visit: Visit) -> Result<Page<NewOrganizationPage>, ApiError> {
    Ok(Page(NewOrganizationPage {
        shell: visit.shell_of_user(Part::Settings, TITLE).await?,
        form: NewOrganizationForm::default(),
        errors: FormErrors::default(),
    }))
}

/// `POST /organizations/new/`: leads to its first project.
pub(crate) async fn create(
    visit: Visit,
    CsrfForm { form, .. }: CsrfForm<NewOrganizationForm>,
) -> Result<Response, ApiError> {
    let slug = Some(form.slug.trim()).filter(|slug| !slug.is_empty());
    let errors = match organizations::create(&visit.app, visit.actor(), &form.name, slug).await {
        Ok(organization) => {
            let to = Links::new(&organization.slug, String::new()).new_project();
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => FormErrors::of_api(error.into())?,
    };
    let shell = visit.shell_of_user(Part::Settings, TITLE).await?;
    Ok(refused(NewOrganizationPage { shell, form, errors }))
}

impl NewOrganizationPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |text: &str, errors| Self {
            shell: gallery::shell(Part::Settings, TITLE, urls::NEW_ORGANIZATION),
            form: NewOrganizationForm {
                name: text.to_owned(),
                slug: text.to_owned(),
            },
            errors,
        };
        let taken = FormErrors::one("slug", "The slug acme is taken.");
        vec![
            Sample::new("new-organization-empty", &page("", FormErrors::default())),
            Sample::new("new-organization-taken", &page("acme", taken)),
            Sample::new(
                "new-organization-hostile",
                &page(gallery::HOSTILE, FormErrors::default()),
            ),
        ]
    }
}
