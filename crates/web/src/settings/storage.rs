//! What is kept for how long, how much that is, and when the disk is full.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess,
    scopes::{OrgRead, OrgWrite},
};
use query::Dataset;
use services::{
    Scope,
    access::OrganizationScope,
    settings,
    storage::{
        self, DatasetSize, StorageReport,
        disk::{Disk, Pressure},
    },
};
use store::events::Day;

use super::{Frame, saved};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    number::{self, Count},
    page::Page,
    projects::settings::{problems, refused},
    retention::{self, RetentionForm, field},
    shell::Shell,
    time::{Absolute, Ago},
    urls::OrganizationSection,
    visit::Visit,
};

#[derive(Debug, Template)]
#[template(path = "settings/storage.html")]
pub(crate) struct StoragePage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    form: RetentionForm,
    /// Of the whole installation: for those who run it, or an organization in it.
    report: Option<StorageReport>,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/settings/storage/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<OrgRead>) -> Result<Page<StoragePage>, ApiError> {
    let settings = settings::of_organization(&visit.app, &access.scope).await?.retention;
    let form = RetentionForm::of(&settings);
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: RetentionForm,
    errors: FormErrors,
) -> Result<StoragePage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::Storage).await?;
    let report = if scope.actor.user().is_some_and(|user| user.is_admin) || scope.rights.allow(Scope::OrgAdmin) {
        Some(storage::report(&visit.app).await.map_err(ApiError::internal)?)
    } else {
        None
    };
    Ok(StoragePage {
        shell,
        frame,
        form,
        report,
        errors,
    })
}

/// `POST /organizations/{organization}/settings/storage/`
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<RetentionForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = match form.settings() {
        Ok(settings) => problems(settings::set_of_organization(&visit.app, &scope, &settings).await)?,
        Err(problems) => problems,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, OrganizationSection::Storage));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl StoragePage {
    /// What is refused at the moment, in words.
    fn warning(&self) -> Option<&'static str> {
        match self.report.as_ref()?.pressure {
            Pressure::None => None,
            Pressure::Floor => Some(
                "The disk is almost full: logs, spans, replays, profiles and metrics are refused until there is room.",
            ),
            Pressure::Half => {
                Some("The disk is almost full: only errors, check-ins and feedback are taken until there is room.")
            }
            Pressure::Quarter => {
                Some("The disk is full: nothing is taken until there is room. What was accepted is kept.")
            }
        }
    }

    fn growth(&self, report: &StorageReport) -> String {
        match report.growth {
            None => "not known yet: it takes a day to tell".to_owned(),
            Some(growth) if growth < 0.0 => format!("{} less a day", number::bytes((-growth) as u64)),
            Some(growth) => format!("{} a day", number::bytes(growth as u64)),
        }
    }

    fn full_at(&self, report: &StorageReport) -> Option<(Ago, Absolute)> {
        let at = report.full_at?;
        let now = self.shell.now;
        Some((Ago { at, now }, Absolute(at)))
    }

    fn name(&self, dataset: &Dataset) -> &'static str {
        retention::label(*dataset)
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |report, errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::Storage);
            Self {
                shell,
                frame,
                form: RetentionForm::default(),
                report,
                errors,
            }
        };
        let size = |dataset, rows, bytes, damaged| DatasetSize {
            dataset,
            rows,
            bytes,
            oldest: Day(20_700),
            days: 78,
            damaged,
        };
        let report = StorageReport {
            datasets: vec![
                size(Dataset::Errors, 12_345_678, 7_400_000_000, Vec::new()),
                size(Dataset::Logs, 980_000_000, 61_000_000_000, vec![Day(20_710)]),
            ],
            database_bytes: 412_000_000,
            blob_bytes: 9_900_000_000,
            disk: Disk {
                free_bytes: 800_000_000,
                total_bytes: 200_000_000_000,
                floor_bytes: 1 << 30,
            },
            pressure: Pressure::Floor,
            growth: Some(1_200_000_000.0),
            full_at: Some(gallery::ago(-86_400 * 3)),
        };
        let error = FormErrors::one("days", "Write a whole number of days from 1 to 3650.");
        vec![
            Sample::new("storage-member", &page(None, FormErrors::default())),
            Sample::new("storage-typical", &page(Some(report), error)),
        ]
    }
}
