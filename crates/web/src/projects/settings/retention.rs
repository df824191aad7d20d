//! For how long the rows of a project are kept.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use services::{access::ProjectScope, settings, storage::RetentionSettings};

use super::{Frame, problems, refused, saved};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    retention::{RetentionForm, field},
    shell::Shell,
    urls::{OrganizationSection, Section},
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/retention.html")]
pub(crate) struct RetentionPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: RetentionForm,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/projects/{project}/settings/retention/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<RetentionPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.retention;
    let form = RetentionForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: RetentionForm,
    errors: FormErrors,
) -> Result<RetentionPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Retention).await?;
    Ok(RetentionPage {
        shell,
        frame,
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/retention/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<RetentionForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = match form.settings() {
        Ok(settings) => problems(settings::set_of_project(&visit.app, &scope, &settings).await)?,
        Err(problems) => problems,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Retention));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl RetentionPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |form, errors| {
            let (shell, frame) = Frame::sample(Section::Retention);
            Self {
                shell,
                frame,
                form,
                errors,
            }
        };
        let typical = RetentionSettings {
            days: Some(60),
            datasets: [("logs".to_owned(), 14)].into(),
            environments: [("production".to_owned(), 365)].into(),
            bytes: Some(5_000_000_000),
        };
        let hostile = RetentionForm {
            environments: gallery::HOSTILE.to_owned(),
            ..RetentionForm::default()
        };
        vec![
            Sample::new(
                "retention-empty",
                &page(RetentionForm::default(), FormErrors::default()),
            ),
            Sample::new(
                "retention-typical",
                &page(RetentionForm::of(&typical), FormErrors::default()),
            ),
            Sample::new(
                "retention-hostile",
                &page(hostile, FormErrors::one("environments", gallery::HOSTILE)),
            ),
        ]
    }
}
