//! How much of what a project takes in, and what holds a sudden rise back.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use quota::{CategoryLimit, Settings, spikes};
use serde::Deserialize;
use services::{
    access::ProjectScope,
    settings::{self, Problem},
};
use store::outcomes::OutcomeFilter;

use super::{Frame, problems, refused, saved};
use crate::{
    form::{FormErrors, Switch},
    gallery::{self, Sample},
    icon::Icon,
    limits::{self, LimitRow, LimitsForm},
    page::Page,
    shell::Shell,
    stats::{self, Category},
    urls::{OrganizationSection, Section},
    visit::Visit,
};

/// Limits by category, and spike protection.
#[derive(Debug, Template)]
#[template(path = "projects/settings/rate_limits.html")]
pub(crate) struct RateLimitsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    rows: Vec<LimitRow>,
    choices: Vec<(String, &'static str)>,
    spikes: SpikesForm,
    /// What the protection lets through in the running hour.
    thresholds: Vec<String>,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct RateLimitsForm {
    #[serde(flatten)]
    limits: LimitsForm,
    #[serde(flatten)]
    spikes: SpikesForm,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct SpikesForm {
    spike_protection: Option<String>,
    minimum: String,
    factor: String,
}

impl SpikesForm {
    fn of(settings: &spikes::Settings) -> Self {
        Self {
            spike_protection: settings.enabled.then(|| "1".to_owned()),
            minimum: settings.minimum.to_string(),
            factor: settings.factor.to_string(),
        }
    }

    fn settings(&self) -> Result<spikes::Settings, Vec<Problem>> {
        let problem = |field: &str, message: &str| Problem {
            field: field.to_owned(),
            line: None,
            column: None,
            message: message.to_owned(),
        };
        let minimum = self.minimum.trim().parse();
        let factor = self.factor.trim().parse();
        match (minimum, factor) {
            (Ok(minimum), Ok(factor)) => Ok(spikes::Settings {
                enabled: self.spike_protection.is_some(),
                minimum,
                factor,
            }),
            (minimum, factor) => {
                let minimum = minimum
                    .is_err()
                    .then(|| problem("minimum", "write a whole number of items"));
                let factor = factor
                    .is_err()
                    .then(|| problem("factor", "write a number, as 6 or 2.5"));
                Err(minimum.into_iter().chain(factor).collect())
            }
        }
    }
}

/// Which field of the form one of the settings is: the rows are numbered.
pub(crate) fn field(name: &str) -> String {
    let row = name.strip_prefix("limits[").and_then(|rest| rest.split(']').next());
    match (row, name) {
        (Some(row), _) => format!("limit-{row}"),
        (None, "limits") => "limit-0".to_owned(),
        (None, "spike_protection.minimum") => "minimum".to_owned(),
        (None, "spike_protection.factor") => "factor".to_owned(),
        (None, name) => name.to_owned(),
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/rate-limits/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<RateLimitsPage>, ApiError> {
    let settings = settings::of_project(&visit.app, &access.scope).await?.quotas;
    let form = RateLimitsForm {
        limits: LimitsForm::of(&settings.limits),
        spikes: SpikesForm::of(&settings.spike_protection),
    };
    Ok(Page(page(&visit, &access.scope, form, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    form: RateLimitsForm,
    errors: FormErrors,
) -> Result<RateLimitsPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::RateLimits).await?;
    let of_project = OutcomeFilter {
        projects: vec![scope.project.id],
        ..OutcomeFilter::default()
    };
    let mut rows = Vec::new();
    for row in form.limits.rows() {
        rows.push(match row.hours() {
            Some(seconds) if !row.limit.is_empty() => {
                let over = Duration::from_secs(seconds);
                let usage = stats::usage(&visit.app, scope.whole(), &of_project, over).await?;
                row.with_usage(&usage)
            }
            _ => row,
        });
    }
    Ok(RateLimitsPage {
        shell,
        frame,
        rows,
        choices: limits::choices(),
        spikes: form.spikes,
        thresholds: services::quotas::thresholds(&visit.app, scope.project.id)
            .into_iter()
            .filter_map(|(category, limit)| Some(Category::of_number(category.number())?.quantity(limit)))
            .collect(),
        errors,
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/rate-limits/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<RateLimitsForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let found = match (form.limits.limits(), form.spikes.settings()) {
        (Ok(limits), Ok(spike_protection)) => {
            let settings = Settings {
                limits,
                spike_protection,
            };
            problems(settings::set_of_project(&visit.app, &scope, &settings).await)?
        }
        (limits, spikes) => [limits.err(), spikes.err()].into_iter().flatten().flatten().collect(),
    };
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::RateLimits));
    }
    let errors = FormErrors::of_problems(&found, field);
    Ok(refused(page(&visit, &scope, form, errors).await?))
}

impl RateLimitsPage {
    fn spike_switch(&self) -> Switch {
        Switch::new(
            "spike_protection",
            "Spike protection",
            "Holds a project that suddenly sends much more than it used to, hour by hour, so that one bad deployment does not fill the disk. It needs a day of history.",
            self.spikes.spike_protection.is_some(),
        )
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |settings: &Settings, errors| {
            let (shell, frame) = Frame::sample(Section::RateLimits);
            let form = LimitsForm::of(&settings.limits);
            let usage = stats::Usage::of_errors(812, 40);
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
                rows: form.rows().into_iter().map(with_usage).collect(),
                choices: limits::choices(),
                spikes: SpikesForm::of(&settings.spike_protection),
                thresholds: match settings.spike_protection.enabled {
                    true => vec!["12,000 errors".to_owned(), "90,000 spans".to_owned()],
                    false => Vec::new(),
                },
                errors,
            }
        };
        let limit = |categories: &[&str], limit, window| CategoryLimit {
            categories: categories.iter().map(|name| (*name).to_owned()).collect(),
            limit: Some(limit),
            window,
        };
        let typical = Settings {
            limits: vec![
                limit(&["error", "default", "security"], 1_000, 3_600),
                limit(&["attachment"], 5_000_000_000, 86_400),
                limit(&["replay", "profile"], 10, 60),
            ],
            spike_protection: spikes::Settings {
                enabled: true,
                ..spikes::Settings::default()
            },
        };
        let hostile = Settings {
            limits: vec![limit(&[gallery::HOSTILE], u64::MAX, u64::MAX)],
            ..Settings::default()
        };
        let errors = FormErrors::one("limit-1", "A window has between 1 and 2678400 seconds.");
        vec![
            Sample::new("rate-limits-empty", &page(&Settings::default(), FormErrors::default())),
            Sample::new("rate-limits-typical", &page(&typical, errors)),
            Sample::new(
                "rate-limits-hostile",
                &page(&hostile, FormErrors::one("minimum", gallery::HOSTILE)),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_said_beside_its_row() {
        for (setting, expected) in [
            ("limits[2].window", "limit-2"),
            ("limits[0]", "limit-0"),
            ("limits", "limit-0"),
            ("spike_protection.factor", "factor"),
        ] {
            assert_eq!(field(setting), expected);
        }
    }

    #[test]
    fn spikes_are_numbers() {
        let settings = spikes::Settings {
            enabled: true,
            minimum: 7,
            factor: 2.5,
        };
        assert_eq!(SpikesForm::of(&settings).settings().unwrap(), settings);
        let wrong = SpikesForm {
            minimum: "few".to_owned(),
            ..SpikesForm::of(&settings)
        };
        assert_eq!(wrong.settings().unwrap_err()[0].field, "minimum");
    }
}
