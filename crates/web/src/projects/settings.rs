use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, ErrorKind, PathParams, ProjectAccess, scopes::ProjectRead};
use model::{KeyStatus, Timestamp};
use serde::Deserialize;
use services::{
    Scope,
    access::{self, ProjectScope},
    projects::ProjectChange,
};
use store::{project_keys::ProjectKey, projects::Project};

use super::sdk::Sdk;
use crate::{
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    visit::Visit,
};

/// The settings of a project, with its keys.
#[derive(Debug, Template)]
#[template(path = "projects/settings.html")]
pub(crate) struct SettingsPage {
    pub(crate) shell: Shell,
    /// The project as it is, whatever stands in the form.
    pub(crate) project: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) platform: String,
    pub(crate) errors: FormErrors,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) may_write: bool,
}

#[derive(Debug)]
pub(crate) struct KeyRow {
    /// Its id in addresses.
    pub(crate) public_key: String,
    pub(crate) label: String,
    pub(crate) dsn: String,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
}

impl KeyRow {
    fn is_active(&self) -> bool {
        self.status == KeyStatus::Active
    }

    fn status_in_words(&self) -> &'static str {
        match self.status {
            KeyStatus::Active => "Active",
            KeyStatus::Disabled => "Disabled",
            KeyStatus::Revoked => "Revoked",
        }
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<SettingsPage>, ApiError> {
    let form = ProjectForm::of(&access.scope.project);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    access: &ProjectScope,
    form: ProjectForm,
    errors: FormErrors,
) -> Result<SettingsPage, ApiError> {
    let ProjectScope {
        actor,
        organization,
        project,
    } = access;
    let shell = visit
        .shell_of(organization, Part::Projects, &format!("Settings of {}", project.slug))
        .await?;
    let key = |key: ProjectKey| KeyRow {
        dsn: visit.app.url.dsn(&key.public_key, project.id),
        public_key: key.public_key,
        label: key.label,
        status: key.status,
        created: key.created_at,
    };
    Ok(SettingsPage {
        shell,
        project: project.slug.clone(),
        name: form.name,
        slug: form.slug,
        platform: form.platform,
        errors,
        keys: services::project_keys::list(&visit.app, access)
            .await?
            .into_iter()
            .map(key)
            .collect(),
        may_write: actor.scopes.allow(Scope::ProjectAdmin),
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

/// The project in the path of a form, for a reader who has `scope` in it.
pub(super) async fn project_of_form(visit: &Visit, path: &PathParams, scope: Scope) -> Result<ProjectScope, ApiError> {
    let (organization, project) = (path.get("organization")?, path.get("project")?);
    Ok(access::project(&visit.app, visit.actor(), organization, project, scope).await?)
}

/// `POST /organizations/{organization}/projects/{project}/settings/`
pub(crate) async fn save(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<ProjectForm>,
) -> Result<Response, ApiError> {
    let access = project_of_form(&visit, &path, Scope::ProjectWrite).await?;
    let change = ProjectChange {
        name: Some(&form.name),
        slug: Some(form.slug.trim()),
        platform: Some(&form.platform),
    };
    let errors = match services::projects::update(&visit.app, &access, &change).await {
        Ok(project) => {
            let shell = visit.shell_of(&access.organization, Part::Projects, "").await?;
            let to = Redirect::to(&shell.links.project_settings(&project.slug));
            return Ok((PendingNotice::of(Done::ProjectSaved), to).into_response());
        }
        Err(error) => FormErrors::of_api(ApiError::from(error))?,
    };
    let page = page(&visit, &access, form, errors).await?;
    Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
}

#[derive(Debug, Deserialize)]
pub(crate) struct Deletion {
    /// The slug, typed.
    confirm: String,
}

/// `POST /organizations/{organization}/projects/{project}/delete/`
pub(crate) async fn delete(
    visit: Visit,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<Deletion>,
) -> Result<Response, ApiError> {
    let access = project_of_form(&visit, &path, Scope::ProjectAdmin).await?;
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

/// `POST /organizations/{organization}/projects/{project}/sample-event/`: leads to the issue that the event made.
pub(crate) async fn send_sample(visit: Visit, path: PathParams, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    let access = project_of_form(&visit, &path, Scope::EventWrite).await?;
    let event = services::sample_event::create(&visit.app, &access).await?;
    let shell = visit.shell_of(&access.organization, Part::Projects, "").await?;
    let found = services::events::get(&visit.app, access.project.id, event).await?;
    let to = Redirect::to(&shell.links.issue(found.stored.issue.0));
    Ok((PendingNotice::of(Done::SampleSent), to).into_response())
}

impl SettingsPage {
    fn is_listed_platform(&self) -> bool {
        self.platform.is_empty() || Sdk::ALL.iter().any(|sdk| sdk.platform() == self.platform)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let key = |id: i64, label: &str, status| KeyRow {
            public_key: format!("{:032x}", id * 0x0005_2f3c_77ab_91d4),
            label: label.to_owned(),
            dsn: format!("http://{:032x}@127.0.0.1:9000/1", id * 0x0005_2f3c_77ab_91d4),
            status,
            created: gallery::ago(id * 400_000),
        };
        let page = |name: &str, platform: &str, errors, keys| Self {
            shell: gallery::shell(
                Part::Projects,
                "Settings of shop",
                "/organizations/acme/projects/shop/settings/",
            ),
            project: "shop".to_owned(),
            name: name.to_owned(),
            slug: "shop".to_owned(),
            platform: platform.to_owned(),
            errors,
            keys,
            may_write: true,
        };
        let typical = vec![
            key(1, "Default", KeyStatus::Active),
            key(2, "Mobile app", KeyStatus::Disabled),
        ];
        let many = (0..60).map(|id| key(id, "Customer", KeyStatus::Active)).collect();
        let error = FormErrors::one("slug", "Another project has the slug shop. Choose a different one.");
        vec![
            Sample::new("settings-empty", &page("shop", "", FormErrors::default(), Vec::new())),
            Sample::new("settings-typical", &page("Shop", "python-django", error, typical)),
            Sample::new(
                "settings-hostile",
                &page(
                    gallery::HOSTILE,
                    gallery::HOSTILE,
                    FormErrors::default(),
                    vec![key(1, gallery::HOSTILE, KeyStatus::Active)],
                ),
            ),
            Sample::new("settings-huge", &page("Shop", "go", FormErrors::default(), many)),
        ]
    }
}
