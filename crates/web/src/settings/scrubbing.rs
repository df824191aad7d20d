use askama::Template;
use axum::response::{IntoResponse as _, Response};
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess,
    scopes::{OrgRead, OrgWrite},
};
use scrub::{Scrubber, Settings};
use services::{
    access::OrganizationScope,
    settings::{self, ProjectTopic as _},
};

use super::{Frame, saved};
use crate::{
    form::{FormErrors, Switch},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    projects::settings::{problems, refused},
    scrubbing::{self, ScrubbingForm, Trial, trial_of_text},
    shell::Shell,
    urls::OrganizationSection,
    visit::Visit,
};

/// What is scrubbed in all projects, whatever they say.
#[derive(Debug, Template)]
#[template(path = "settings/scrubbing.html")]
pub(crate) struct OrganizationScrubbingPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: ScrubbingForm,
    pub(crate) errors: FormErrors,
    trial: Option<Trial>,
}

/// `GET /organizations/{organization}/settings/scrubbing/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
) -> Result<Page<OrganizationScrubbingPage>, ApiError> {
    let settings = settings::of_organization(&visit.app, &access.scope).await?.scrubbing;
    let form = ScrubbingForm::of(&settings);
    Ok(Page(
        page(&visit, &access.scope, form, FormErrors::default(), None).await?,
    ))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: ScrubbingForm,
    errors: FormErrors,
    trial: Option<Trial>,
) -> Result<OrganizationScrubbingPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Scrubbing).await?;
    Ok(OrganizationScrubbingPage {
        shell,
        frame,
        form,
        errors,
        trial,
    })
}

/// `POST /organizations/{organization}/settings/scrubbing/`: saves, or tries out and saves nothing.
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<ScrubbingForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_organization(&visit.app, &scope).await?.scrubbing;
    let settings = form.settings(&before, None);
    let found = if form.is_trial() {
        settings.problems()
    } else {
        problems(settings::set_of_organization(&visit.app, &scope, &settings).await)?
    };
    if !found.is_empty() {
        let errors = FormErrors::of_problems(&found, scrubbing::field);
        return Ok(refused(page(&visit, &scope, form, errors, None).await?));
    }
    if !form.is_trial() {
        return Ok(saved(&visit, &scope, OrganizationSection::Scrubbing));
    }
    let sample = form.sample.clone();
    // Without what a project adds: this is what every project has at least.
    let work = move || {
        let scrubber = Scrubber::valid_part(&settings, &Settings::for_organization()).0;
        trial_of_text(&scrubber, &sample)
    };
    let trial = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
    let page = page(&visit, &scope, form, FormErrors::default(), Some(trial)).await?;
    Ok(Page(page).into_response())
}

impl OrganizationScrubbingPage {
    fn switches(&self) -> Vec<Switch> {
        self.form.switches(None)
    }

    /// Which project's would it be?
    fn has_latest(&self) -> bool {
        false
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, trial: Option<&str>| {
            let (shell, frame) = Frame::sample(OrganizationSection::Scrubbing);
            let scrubber = Scrubber::valid_part(settings, &Settings::for_organization()).0;
            Self {
                shell,
                frame,
                form: ScrubbingForm::of(settings).with_sample(trial.unwrap_or_default()),
                errors: FormErrors::of_problems(&settings.problems(), scrubbing::field),
                trial: trial.map(|typed| trial_of_text(&scrubber, typed)),
            }
        };
        let typical = Settings {
            sensitive_fields: vec!["customer".to_owned()],
            ..Settings::default()
        };
        let hostile = Settings {
            relay_pii_config: gallery::HOSTILE.to_owned(),
            ..Settings::default()
        };
        vec![
            Sample::new(
                "organization-scrubbing-empty",
                &page(&Settings::for_organization(), None),
            ),
            Sample::new(
                "organization-scrubbing-typical",
                &page(&typical, Some(r#"{"customer": 7, "other": 1}"#)),
            ),
            Sample::new(
                "organization-scrubbing-hostile",
                &page(&hostile, Some(gallery::HOSTILE)),
            ),
        ]
    }
}
