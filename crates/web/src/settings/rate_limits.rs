use std::time::Duration;

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, OrganizationAccess,
    scopes::{OrgRead, OrgWrite},
};
use quota::{CategoryLimit, Settings};
use services::{access::OrganizationScope, settings};
use store::outcomes::OutcomeFilter;

use super::{Frame, saved};
use crate::{
    form::FormErrors,
    gallery::Sample,
    icon::Icon,
    limits::{self, LimitRow, LimitsForm},
    page::Page,
    projects::settings::{problems, rate_limits::field, refused},
    shell::Shell,
    stats,
    urls::OrganizationSection,
    visit::Visit,
};

/// What all projects together take in.
#[derive(Debug, Template)]
#[template(path = "settings/rate_limits.html")]
pub(crate) struct OrganizationLimitsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    rows: Vec<LimitRow>,
    choices: Vec<(String, &'static str)>,
    pub(crate) errors: FormErrors,
}

/// `GET /organizations/{organization}/settings/rate-limits/`
pub(crate) async fn show(
    visit: Visit,
    access: OrganizationAccess<OrgRead>,
) -> Result<Page<OrganizationLimitsPage>, ApiError> {
    let settings = settings::of_organization(&visit.app, &access.scope).await?.quotas;
    let form = LimitsForm::of(&settings.limits);
    Ok(Page(page(&visit, &access.scope, &form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &OrganizationScope,
    form: &LimitsForm,
    errors: FormErrors,
) -> Result<OrganizationLimitsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, OrganizationSection::RateLimits).await?;
    let mut rows = Vec::new();
    for row in form.rows() {
        rows.push(match row.hours() {
            Some(seconds) if !row.limit.is_empty() => {
                let (all, over) = (OutcomeFilter::default(), Duration::from_secs(seconds));
                row.with_usage(&stats::usage(&visit.app, scope, &all, over).await?)
            }
            _ => row,
        });
    }
    Ok(OrganizationLimitsPage {
        shell,
        frame,
        rows,
        choices: limits::choices(),
        errors,
    })
}

/// `POST /organizations/{organization}/settings/rate-limits/`
pub(crate) async fn save(
    visit: Visit,
    access: OrganizationAccess<OrgWrite>,
    CsrfForm { form, .. }: CsrfForm<LimitsForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let before = settings::of_organization(&visit.app, &scope).await?.quotas;
    let found = match form.limits() {
        Ok(limits) => {
            let settings = Settings { limits, ..before };
            problems(settings::set_of_organization(&visit.app, &scope, &settings).await)?
        }
        Err(problems) => problems,
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, OrganizationSection::RateLimits));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, &form, errors).await?))
}

impl OrganizationLimitsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |limits: &[CategoryLimit], errors| {
            let (shell, frame) = Frame::sample(OrganizationSection::RateLimits);
            let usage = stats::Usage::of_errors(812, 0);
            let with_usage = |row: LimitRow| {
                if row.limit.is_empty() {
                    row
                } else {
                    row.with_usage(&usage)
                }
            };
            Self {
                shell,
                frame,
                rows: LimitsForm::of(limits).rows().into_iter().map(with_usage).collect(),
                choices: limits::choices(),
                errors,
            }
        };
        let everything = CategoryLimit {
            categories: Vec::new(),
            limit: Some(1_000_000),
            window: 86_400,
        };
        let error = FormErrors::one("limit-0", "A window has between 1 and 2678400 seconds.");
        vec![
            Sample::new("organization-limits-empty", &page(&[], FormErrors::default())),
            Sample::new("organization-limits-typical", &page(&[everything], error)),
        ]
    }
}
