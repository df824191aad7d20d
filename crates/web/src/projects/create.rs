use askama::Template;

use super::sdk::Sdk;
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    shell::{Part, Shell},
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
            Sample::new("new-project-hostile", &page(gallery::HOSTILE, gallery::HOSTILE, gallery::HOSTILE, FormErrors::default())),
        ]
    }
}
