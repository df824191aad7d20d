//! What a project is called, and its end.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{EventWrite, ProjectAdmin, ProjectRead, ProjectWrite},
};
use serde::Deserialize;
use services::{
    Scope,
    access::{AccessError, ProjectScope},
    projects::ProjectChange,
};
use store::projects::Project;

use super::{Frame, refused};
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::sdk::Sdk,
    shell::{Part, Shell},
    urls::{Links, Section},
    visit::Visit,
};

/// Name, slug and platform of a project.
#[derive(Debug, Template)]
#[template(path = "projects/settings/general.html")]
pub(crate) struct GeneralPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) platform: String,
    pub(crate) may_delete: bool,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/projects/{project}/settings/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<GeneralPage>, ApiError> {
    let form = ProjectForm::of(&access.scope.project);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: ProjectForm,
    errors: FormErrors,
) -> Result<GeneralPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::General).await?;
    Ok(GeneralPage {
        shell,
        frame,
        name: form.name,
        slug: form.slug,
        platform: form.platform,
        may_delete: scope.rights.allow(Scope::ProjectAdmin),
        errors,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProjectForm {
    name: String,
    slug: String,
    #[serde(default)]
    platform: String,
}

impl ProjectForm {
    fn of(project: &Project) -> Self {
        Self {
            name: project.name.clone(),
            slug: project.slug.clone(),
            platform: project.platform.clone().unwrap_or_default(),
        }
    }
}

/// `POST /organizations/{organization}/projects/{project}/settings/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<ProjectForm>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    let change = ProjectChange {
        name: Some(&form.name),
        slug: Some(form.slug.trim()),
        platform: Some(&form.platform),
        without_rules: false,
    };
    let errors = match services::projects::update(&visit.app, &access, &change).await {
        Ok(project) => {
            let shell = visit.shell_of(&access.organization, Part::Projects, "").await?;
            let to = Redirect::to(&shell.links.project_settings(&project.slug));
            return Ok((PendingNotice::of(Done::NameSaved), to).into_response());
        }
        Err(error) => FormErrors::of_api(ApiError::from(error))?,
    };
    Ok(refused(page(&visit, &access, form, errors).await?))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Deletion {
    /// The slug, typed.
    confirm: String,
}

/// `POST /organizations/{organization}/projects/{project}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    access: ProjectAccess<ProjectAdmin>,
    CsrfForm { form, .. }: CsrfForm<Deletion>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    let shell = visit.shell_of(&access.organization, Part::Projects, "").await?;
    if form.confirm.trim() != access.project.slug {
        let back = Redirect::to(&shell.links.project_settings(&access.project.slug));
        return Ok((PendingNotice::of(Done::SlugNotConfirmed), back).into_response());
    }
    services::projects::delete(&visit.app, &access).await?;
    Ok((
        PendingNotice::of(Done::ProjectDeleted),
        Redirect::to(&shell.links.projects()),
    )
        .into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct TransferForm {
    email: String,
}

/// `POST /organizations/{organization}/projects/{project}/transfer/`: offers it to the owner of another organization.
pub(crate) async fn transfer(
    visit: Visit,
    access: ProjectAccess<ProjectAdmin>,
    CsrfForm { form, .. }: CsrfForm<TransferForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    if let Err(error) = services::projects::request_transfer(&visit.app, &scope, &form.email).await {
        let errors = FormErrors::of_api(error.into())?;
        let page = page(&visit, &scope, ProjectForm::of(&scope.project), errors).await?;
        return Ok(refused(page));
    }
    let links = Links::new(&scope.organization.slug, String::new());
    let to = Redirect::to(&links.project_settings(&scope.project.slug));
    Ok((PendingNotice::of(Done::TransferOffered), to).into_response())
}

/// `POST /organizations/{organization}/projects/{project}/sample-event/`: leads to the issue that the event made.
pub(crate) async fn send_sample(
    visit: Visit,
    access: ProjectAccess<EventWrite>,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let access = access.scope;
    let event = services::sample_event::create(&visit.app, &access).await?;
    let shell = visit.shell_of(&access.organization, Part::Projects, "").await?;
    let found = services::events::get(&visit.app, access.project.id, event).await?;
    let issue = found.stored.issue.ok_or(AccessError::NotFound)?;
    let to = Redirect::to(&shell.links.issue(issue.0));
    Ok((PendingNotice::of(Done::SampleSent), to).into_response())
}

impl GeneralPage {
    fn is_listed_platform(&self) -> bool {
        self.platform.is_empty() || Sdk::ALL.iter().any(|sdk| sdk.platform() == self.platform)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, platform: &str, errors| {
            let (shell, frame) = Frame::sample(Section::General);
            Self {
                shell,
                frame,
                name: name.to_owned(),
                slug: "shop".to_owned(),
                platform: platform.to_owned(),
                may_delete: true,
                errors,
            }
        };
        let error = FormErrors::one("slug", "Another project has the slug shop. Choose a different one.");
        vec![
            Sample::new("settings-empty", &page("shop", "", FormErrors::default())),
            Sample::new("settings-typical", &page("Shop", "python-django", error)),
            Sample::new(
                "settings-hostile",
                &page(gallery::HOSTILE, gallery::HOSTILE, FormErrors::default()),
            ),
        ]
    }
}
