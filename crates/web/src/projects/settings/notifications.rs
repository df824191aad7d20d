//! How much a project may tell: how long its alerts are gathered, and how many notifications an hour.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use serde::Deserialize;
use services::{
    access::ProjectScope,
    notifications::policy::ProjectNotifications,
    settings::{self, ProjectTopic as _},
};

use super::{Frame, problems, refused, saved};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::Section,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "projects/settings/notifications.html")]
pub(crate) struct ProjectNotificationsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: NotificationsForm,
    pub(crate) errors: FormErrors,
}

/// In seconds, and notifications an hour.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NotificationsForm {
    digests_min_delay: String,
    digests_max_delay: String,
    /// Empty: none.
    hourly_cap: String,
}

impl NotificationsForm {
    fn of(settings: &ProjectNotifications) -> Self {
        Self {
            digests_min_delay: settings.digests_min_delay.to_string(),
            digests_max_delay: settings.digests_max_delay.to_string(),
            hourly_cap: settings.hourly_cap.map_or_else(String::new, |cap| cap.to_string()),
        }
    }

    /// What is no number is one that nobody may choose.
    fn settings(&self) -> ProjectNotifications {
        let number = |text: &str| text.trim().parse().unwrap_or(0);
        ProjectNotifications {
            digests_min_delay: number(&self.digests_min_delay),
            digests_max_delay: number(&self.digests_max_delay),
            hourly_cap: Some(self.hourly_cap.trim()).filter(|text| !text.is_empty()).map(number),
        }
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/notifications/`
pub(crate) async fn show(
    visit: Visit,
    access: ProjectAccess<ProjectRead>,
) -> Result<Page<ProjectNotificationsPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.notifications;
    let form = NotificationsForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: NotificationsForm,
    errors: FormErrors,
) -> Result<ProjectNotificationsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Notifications).await?;
    Ok(ProjectNotificationsPage {
        shell,
        frame,
        form,
        errors,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/notifications/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<NotificationsForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = problems(settings::set_of_project(&visit.app, &scope, &form.settings()).await)?;
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Notifications));
    }
    let errors = FormErrors::of_problems(&found, str::to_owned);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl ProjectNotificationsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |least: &str, most: &str, cap: &str| {
            let (shell, frame) = Frame::sample(Section::Notifications);
            let form = NotificationsForm {
                digests_min_delay: least.to_owned(),
                digests_max_delay: most.to_owned(),
                hourly_cap: cap.to_owned(),
            };
            let errors = FormErrors::of_problems(&form.settings().problems(), str::to_owned);
            Self {
                shell,
                frame,
                form,
                errors,
            }
        };
        vec![
            Sample::new("project-notifications-typical", &page("300", "1800", "")),
            Sample::new("project-notifications-wrong", &page("600", "300", "0")),
            Sample::new("project-notifications-hostile", &page(gallery::HOSTILE, "-1", "1e9")),
        ]
    }
}
