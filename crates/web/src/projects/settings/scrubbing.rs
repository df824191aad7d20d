//! What is taken out of what comes in, with a box to try it.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use scrub::{Scrubber, Settings};
use services::events::EventSearch;
use services::{
    access::ProjectScope,
    settings::{self, ProjectTopic as _},
};
use store::events::{EventPage, EventsOf, PageStart};

use super::{Frame, problems, refused, saved};
use crate::{
    form::{FormErrors, Switch},
    gallery::{self, Sample},
    icon::Icon,
    number,
    page::Page,
    scrubbing::{self, ScrubbingForm, Trial, trial_of_event, trial_of_text},
    shell::Shell,
    urls::Section,
    visit::Visit,
};

/// The form, with what the organization demands, and what the rules did to what they were tried on.
#[derive(Debug, Template)]
#[template(path = "projects/settings/scrubbing.html")]
pub(crate) struct ScrubbingPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: ScrubbingForm,
    organization: Settings,
    pub(crate) errors: FormErrors,
    trial: Option<Trial>,
    has_events: bool,
}

/// `GET /organizations/{organization}/projects/{project}/settings/scrubbing/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<ScrubbingPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.scrubbing;
    let form = ScrubbingForm::of(&settings);
    let organization = of_organization(&visit, &access.scope).await?;
    page(&visit, &access.scope, form, organization, FormErrors::default(), None)
        .await
        .map(Page)
}

async fn of_organization(visit: &Visit, scope: &ProjectScope) -> Result<Settings, ApiError> {
    let scope = scope.whole();
    Ok(settings::of_organization(&visit.app, scope).await?.scrubbing)
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: ScrubbingForm,
    organization: Settings,
    errors: FormErrors,
    trial: Option<Trial>,
) -> Result<ScrubbingPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Scrubbing).await?;
    Ok(ScrubbingPage {
        shell,
        frame,
        form,
        organization,
        errors,
        trial,
        has_events: scope.project.first_event_at.is_some(),
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/scrubbing/`: saves, or tries out and saves nothing.
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<ScrubbingForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_project(&visit.app, &scope).await?.scrubbing;
    let organization = of_organization(&visit, &scope).await?;
    let settings = form.settings(&before, Some(&organization));
    let found = if form.is_trial() {
        settings.problems()
    } else {
        problems(settings::set_of_project(&visit.app, &scope, &settings).await)?
    };
    if !found.is_empty() {
        let errors = FormErrors::of_problems(&found, scrubbing::field);
        return Ok(refused(page(&visit, &scope, form, organization, errors, None).await?));
    }
    if !form.is_trial() {
        return Ok(saved(&visit, &scope, Section::Scrubbing));
    }
    let newest = match form.action.as_str() {
        "try-latest" => newest_event(&visit, &scope).await?,
        _ => None,
    };
    let (sample, of_organization) = (form.sample.clone(), organization.clone());
    // Rules are regular expressions of somebody's own, and the sample is of any size that a form may have.
    let work = move || {
        let scrubber = Scrubber::valid_part(&of_organization, &settings).0;
        match newest {
            Some(payload) => trial_of_event(&scrubber, &payload),
            None => trial_of_text(&scrubber, &sample),
        }
    };
    let trial = tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?;
    let page = page(&visit, &scope, form, organization, FormErrors::default(), Some(trial)).await?;
    Ok(Page(page).into_response())
}

async fn newest_event(visit: &Visit, scope: &ProjectScope) -> Result<Option<String>, ApiError> {
    let newest = EventPage {
        start: PageStart::Newest,
        limit: 1,
    };
    let all = EventSearch::all(EventsOf::Project(scope.project.id));
    let events = services::events::list(&visit.app, all, newest).await?;
    Ok(events.into_iter().next().map(|event| event.payload))
}

impl ScrubbingPage {
    fn switches(&self) -> Vec<Switch> {
        self.form.switches(Some(&self.organization))
    }

    fn has_latest(&self) -> bool {
        self.has_events
    }

    fn is_of_organization(&self) -> bool {
        self.organization != Settings::for_organization()
    }

    /// What comes on top of the project's own: `2 sensitive fields and advanced rules hold here too.`
    fn enforced_in_words(&self) -> String {
        let mut parts = Vec::new();
        let count = |list: &[String]| list.iter().filter(|name| !name.trim().is_empty()).count() as u64;
        for (names, one) in [
            (&self.organization.sensitive_fields, "sensitive field"),
            (&self.organization.safe_fields, "safe field"),
        ] {
            if count(names) > 0 {
                parts.push(number::of(count(names), one));
            }
        }
        if !self.organization.relay_pii_config.trim().is_empty() {
            parts.push("advanced rules".to_owned());
        }
        if parts.is_empty() {
            "Switches that it turned on are marked below.".to_owned()
        } else {
            format!(
                "Its {} hold here as well, before those of the project.",
                parts.join(", ")
            )
        }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, organization, errors, trial: Option<&str>| {
            let (shell, frame) = Frame::sample(Section::Scrubbing);
            let scrubber = Scrubber::valid_part(&organization, settings).0;
            Self {
                shell,
                frame,
                form: ScrubbingForm::of(settings).with_sample(trial.unwrap_or_default()),
                organization,
                errors,
                trial: trial.map(|typed| trial_of_text(&scrubber, typed)),
                has_events: true,
            }
        };
        let new = Settings::default();
        let wrong = Settings {
            sensitive_fields: vec!["customer_number".to_owned()],
            relay_pii_config: "{\n  \"rules\": {\n    \"order\": {\"type\": \"patern\"}\n  }\n}".to_owned(),
            ..Settings::default()
        };
        let enforced = Settings {
            scrub_ip_addresses: true,
            sensitive_fields: vec!["x-session".to_owned(), "iban".to_owned()],
            ..Settings::for_organization()
        };
        let errors = FormErrors::of_problems(&wrong.problems(), scrubbing::field);
        let hostile = Settings {
            sensitive_fields: vec![gallery::HOSTILE.to_owned()],
            relay_pii_config: format!("</textarea>{}", gallery::HOSTILE),
            ..Settings::default()
        };
        let secrets = r#"{"password": "hunter2", "note": "paid with 4111 1111 1111 1111", "by": "ada@example.com"}"#;
        let nasty = format!(r#"{{"secret{0}": "x", "y": "4111 1111 1111 1111 <script>"}}"#, "<b>");
        vec![
            Sample::new(
                "scrubbing-empty",
                &page(&new, Settings::for_organization(), FormErrors::default(), None),
            ),
            Sample::new("scrubbing-typical", &page(&wrong, enforced.clone(), errors, None)),
            Sample::new(
                "scrubbing-tried",
                &page(&new, enforced.clone(), FormErrors::default(), Some(secrets)),
            ),
            Sample::new(
                "scrubbing-tried-text",
                &page(&new, enforced, FormErrors::default(), Some("card 4111 1111 1111 1111")),
            ),
            Sample::new(
                "scrubbing-hostile",
                &page(&hostile, hostile.clone(), FormErrors::default(), Some(&nasty)),
            ),
        ]
    }
}
