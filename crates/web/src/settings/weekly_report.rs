//! The weekly report: when it is sent, in whose words, what it would say, and a copy to one address.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm, OrganizationAccess, scopes::OrgWrite};
use model::time_zone;
use serde::Deserialize;
use services::{
    access::OrganizationScope,
    reports::{self, ReportSettings, VARIABLES},
    settings,
};

use super::{Frame, saved};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    projects::settings::{problems, refused},
    shell::Shell,
    urls::OrganizationSection,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/weekly_report.html")]
pub(crate) struct WeeklyReportPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: ReportForm,
    zones: Vec<String>,
    preview: Option<PreviewText>,
    /// To which a copy was to be sent.
    address: String,
    pub(crate) errors: FormErrors,
}

/// What the next report would say.
#[derive(Debug, Clone)]
struct PreviewText {
    subject: String,
    text: String,
}

/// The settings as the form holds them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReportForm {
    /// Sent only when the box is checked.
    enabled: Option<String>,
    weekday: String,
    hour: String,
    time_zone: String,
    template: String,
    /// One a line.
    addresses: String,
}

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

impl ReportForm {
    fn of(settings: &ReportSettings) -> Self {
        Self {
            enabled: settings.is_enabled.then(|| "on".to_owned()),
            weekday: settings.weekday.to_string(),
            hour: settings.hour.to_string(),
            time_zone: settings.time_zone.clone(),
            template: settings.template.clone(),
            addresses: settings.addresses.join("\n"),
        }
    }

    /// What cannot be read is found wrong by the check of the settings.
    fn settings(&self) -> ReportSettings {
        let number = |text: &str| text.trim().parse().unwrap_or(u8::MAX);
        let addresses = self.addresses.lines().map(str::trim).filter(|line| !line.is_empty());
        ReportSettings {
            is_enabled: self.enabled.is_some(),
            weekday: number(&self.weekday),
            hour: number(&self.hour),
            time_zone: self.time_zone.trim().to_owned(),
            template: self.template.replace("\r\n", "\n"),
            addresses: addresses.map(str::to_owned).collect(),
        }
    }

    fn is_enabled(&self) -> bool {
        self.enabled.is_some()
    }

    fn is_weekday(&self, place: &usize) -> bool {
        self.weekday == (place - 1).to_string()
    }

    fn is_hour(&self, hour: &u8) -> bool {
        self.hour == hour.to_string()
    }

    fn is_zone(&self, zone: &String) -> bool {
        self.time_zone == *zone
    }
}

/// `GET /organizations/{organization}/settings/weekly-report/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
) -> Result<Page<WeeklyReportPage>, ApiError> {
    let settings = reports::settings_of(&visit.app, &access.scope).await?;
    let form = ReportForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: ReportForm,
    errors: FormErrors,
) -> Result<WeeklyReportPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::WeeklyReport).await?;
    let preview = reports::preview(&visit.app, scope).await?;
    Ok(WeeklyReportPage {
        shell,
        frame,
        form,
        zones: time_zone::names(),
        preview: Some(PreviewText {
            subject: preview.letter.subject,
            text: preview.text,
        }),
        address: visit.user().email.clone(),
        errors,
    })
}

/// `POST /organizations/{organization}/settings/weekly-report/`
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<ReportForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = problems(settings::set_of_organization(&visit.app, &scope, &form.settings()).await)?;
    if found.is_empty() {
        return Ok(saved(&visit, &scope, OrganizationSection::WeeklyReport));
    }
    let field = |name: &str| match name {
        "timeZone" => "time_zone".to_owned(),
        name => name.to_owned(),
    };
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

#[derive(Debug, Deserialize)]
pub(crate) struct SendForm {
    #[serde(default)]
    address: String,
}

/// `POST /organizations/{organization}/settings/weekly-report/send/`
pub(crate) async fn send(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<SendForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    match reports::send_to(&visit.app, &scope, &form.address)
        .await
        .map_err(ApiError::from)
    {
        Ok(()) => {
            let path = crate::urls::Links::new(&scope.organization.slug, visit.scope().query());
            let page = path.organization_section(OrganizationSection::WeeklyReport);
            Ok((PendingNotice::of(Done::ReportSent), Redirect::to(&page)).into_response())
        }
        Err(error) => {
            let errors = FormErrors::of_api(error)?;
            let settings = reports::settings_of(&visit.app, &scope).await?;
            let page = page(&visit, &scope, ReportForm::of(&settings), errors).await?;
            Ok(refused(WeeklyReportPage {
                address: form.address,
                ..page
            }))
        }
    }
}

impl WeeklyReportPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: ReportSettings, text: &str, errors: FormErrors| {
            let (shell, frame) = Frame::sample(OrganizationSection::WeeklyReport);
            Self {
                shell,
                frame,
                form: ReportForm::of(&settings),
                zones: vec!["Europe/Vienna".to_owned(), "UTC".to_owned()],
                preview: Some(PreviewText {
                    subject: "[Weekly Summary] Acme - Week of 2026-11-15".to_owned(),
                    text: text.to_owned(),
                }),
                address: "ada@example.com".to_owned(),
                errors,
            }
        };
        let hostile = ReportSettings {
            template: gallery::HOSTILE.to_owned(),
            addresses: vec![gallery::HOSTILE.to_owned()],
            ..ReportSettings::default()
        };
        vec![
            Sample::new(
                "weekly-report-typical",
                &page(
                    ReportSettings::default(),
                    "Hello Ada Lovelace,\n\nNEW ISSUES\n\nNew: 4\nCritical: 1\n",
                    FormErrors::default(),
                ),
            ),
            Sample::new(
                "weekly-report-hostile",
                &page(
                    hostile,
                    gallery::HOSTILE,
                    FormErrors::one("template", "Line 1, column 3: there is no such thing."),
                ),
            ),
        ]
    }
}
