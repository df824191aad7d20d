//! What a project says in its mails, with a try on a made-up issue.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::Timestamp;
use serde::Deserialize;
use services::{
    access::ProjectScope,
    mails::{self, MailSettings, Sampled},
    settings::ProjectTopic as _,
};
use store::mail_templates::TemplateProblem;

use super::{Frame, problems, refused, saved};
use crate::{
    form::{Area, FormErrors, typed},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::Section,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/mail.html")]
pub(crate) struct MailPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: MailForm,
    pub(crate) errors: FormErrors,
    /// What the templates make of a made-up issue.
    sample: Option<Sampled>,
    /// Templates that could not be used lately.
    failed: Vec<FailedRow>,
}

#[derive(Debug, Clone)]
struct FailedRow {
    whose: String,
    part: String,
    message: String,
    at: Timestamp,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct MailForm {
    subject_prefix: String,
    /// The prefix counts, also an empty one; else that of the installation.
    own_prefix: String,
    subject_template: String,
    body_template: String,
    /// Which button was pressed: `save` or `try`.
    action: String,
}

impl MailForm {
    fn of(settings: &MailSettings) -> Self {
        Self {
            own_prefix: settings.subject_prefix.as_ref().map_or("", |_| "1").to_owned(),
            subject_prefix: settings.subject_prefix.clone().unwrap_or_default(),
            subject_template: settings.subject_template.clone(),
            body_template: settings.body_template.clone(),
            action: String::new(),
        }
    }

    fn settings(&self) -> MailSettings {
        MailSettings {
            subject_prefix: (!self.own_prefix.is_empty()).then(|| self.subject_prefix.trim().to_owned()),
            subject_template: self.subject_template.trim().to_owned(),
            body_template: typed(&self.body_template),
        }
    }
}

impl From<TemplateProblem> for FailedRow {
    fn from(problem: TemplateProblem) -> Self {
        Self {
            whose: problem
                .rule
                .map_or_else(|| "the project".to_owned(), |rule| format!("alert rule {rule}")),
            part: problem.part,
            message: problem.message,
            at: problem.last_at,
        }
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/mail/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<MailPage>, ApiError> {
    let (settings, _) = mails::settings_of(&visit.app, access.scope.project.id).await?;
    let form = MailForm::of(&settings);
    page(&visit, &access.scope, form, FormErrors::default(), None)
        .await
        .map(Page)
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: MailForm,
    errors: FormErrors,
    sample: Option<Sampled>,
) -> Result<MailPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Mail).await?;
    let (_, failed) = mails::settings_of(&visit.app, scope.project.id).await?;
    Ok(MailPage {
        shell,
        frame,
        form,
        errors,
        sample,
        failed: failed.into_iter().map(FailedRow::from).collect(),
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/mail/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<MailForm>,
) -> Result<Response, ApiError> {
    use axum::response::IntoResponse as _;
    let scope = access.scope;
    let settings = form.settings();
    let (found, sample) = if form.action == "try" {
        match mails::try_template(&settings) {
            Ok(sample) => (Vec::new(), Some(sample)),
            Err(problems) => (problems, None),
        }
    } else {
        let found = problems(mails::save_settings(&visit.app, &scope, &settings).await)?;
        if found.is_empty() {
            return Ok(saved(&visit, &scope, Section::Mail));
        }
        (found, None)
    };
    let errors = FormErrors::of_problems(&found, str::to_owned);
    let form = MailForm {
        body_template: typed(&form.body_template),
        ..form
    };
    let is_fine = errors.is_empty();
    let page = page(&visit, &scope, form, errors, sample).await?;
    Ok(if is_fine {
        Page(page).into_response()
    } else {
        refused(page)
    })
}

impl MailPage {
    fn body(&self) -> Area {
        Area::new("body_template", "Body", &self.form.body_template, &self.errors)
            .help("Empty for Tocsin's own words. The first line may be Subject: and a template of the subject.")
            .example("Subject: [CRITICAL] {{ title }}\n\n{{ project_name }}: {{ message }}\n{{ url }}")
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |form: MailForm, errors, sample, failed| {
            let (shell, frame) = Frame::sample(Section::Mail);
            Self {
                shell,
                frame,
                form,
                errors,
                sample,
                failed,
            }
        };
        let typical = MailForm {
            subject_prefix: "[shop]".to_owned(),
            own_prefix: "1".to_owned(),
            subject_template: "$shortID - $title".to_owned(),
            body_template: "{{ title }}\n{{ url }}".to_owned(),
            action: String::new(),
        };
        let hostile = MailForm {
            subject_prefix: gallery::HOSTILE.to_owned(),
            subject_template: gallery::HOSTILE.to_owned(),
            body_template: gallery::HOSTILE.to_owned(),
            ..typical.clone()
        };
        let wrong = MailSettings {
            body_template: "{{ title".to_owned(),
            ..MailSettings::default()
        };
        let wrong_errors = FormErrors::of_problems(&wrong.problems(), str::to_owned);
        let failed = vec![FailedRow {
            whose: "alert rule 7".to_owned(),
            part: "body".to_owned(),
            message: "line 1, column 4: unexpected end".to_owned(),
            at: gallery::ago(600),
        }];
        let sample = mails::try_template(&typical.settings()).ok();
        vec![
            Sample::new(
                "project-mail-empty",
                &page(MailForm::default(), FormErrors::default(), None, Vec::new()),
            ),
            Sample::new(
                "project-mail-typical",
                &page(typical, FormErrors::default(), sample, failed),
            ),
            Sample::new(
                "project-mail-wrong",
                &page(MailForm::of(&wrong), wrong_errors, None, Vec::new()),
            ),
            Sample::new(
                "project-mail-hostile",
                &page(hostile, FormErrors::default(), None, Vec::new()),
            ),
        ]
    }
}
