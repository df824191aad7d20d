//! One key: its name, its rate limit, and every address that takes it.

use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{
    ApiError, CsrfForm, PathParams, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::KeyStatus;
use serde::Deserialize;
use services::{
    access::ProjectScope,
    project_keys::{self, KeyChange},
};
use store::{
    outcomes::OutcomeFilter,
    project_keys::{KeyRateLimit, ProjectKey},
};

use super::{Frame, keys::KeyRow, refused, security::Reports};
use crate::{
    form::FormErrors,
    gallery::{self, Sample},
    icon::Icon,
    limits::{UNITS, Window},
    notice::{Done, PendingNotice},
    number,
    page::Page,
    shell::Shell,
    stats::{self, Category, Usage},
    urls::{Links, Section},
    visit::Visit,
};

/// One key with what can be set for it.
#[derive(Debug, Template)]
#[template(path = "projects/settings/key.html")]
pub(crate) struct KeyPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    key: KeyRow,
    form: KeyForm,
    pub(crate) errors: FormErrors,
    usage: Usage,
    endpoints: Vec<Endpoint>,
}

/// An address to which something is sent.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) address: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct KeyForm {
    name: String,
    count: String,
    window: String,
    unit: String,
}

/// For how long back it is said what the key sent.
const LATELY: Duration = Duration::from_secs(24 * 3600);

/// The longest window that the limit of a key is counted in, in seconds.
const MAX_WINDOW: u64 = 24 * 3600;

impl KeyForm {
    fn of(key: &ProjectKey) -> Self {
        let seconds = key
            .rate_limit
            .and_then(|limit| u64::try_from(limit.window_seconds).ok());
        let window = Window::of_seconds(seconds.unwrap_or(3_600));
        Self {
            name: key.label.clone(),
            count: key.rate_limit.map(|limit| limit.count.to_string()).unwrap_or_default(),
            window: window.number,
            unit: window.unit,
        }
    }

    /// `None` without a number.
    fn limit(&self) -> Result<Option<KeyRateLimit>, FormErrors> {
        let count = self.count.trim().replace(['_', ',', ' '], "");
        if count.is_empty() {
            return Ok(None);
        }
        let Some(count) = count.parse::<i64>().ok().filter(|count| *count >= 1) else {
            let words = "Write a whole number of errors, 1 at least, or nothing for no limit.";
            return Err(FormErrors::one("count", words));
        };
        let window = Window {
            number: self.window.clone(),
            unit: self.unit.clone(),
        };
        let seconds = window.seconds().filter(|seconds| (1..=MAX_WINDOW).contains(seconds));
        let Some(window_seconds) = seconds.and_then(|seconds| i64::try_from(seconds).ok()) else {
            let words = "Write a whole number with a unit, a day at most.";
            return Err(FormErrors::one("window", words));
        };
        Ok(Some(KeyRateLimit { count, window_seconds }))
    }

    fn is_unit(&self, unit: &str) -> bool {
        self.unit == unit
    }
}

/// `GET /organizations/{organization}/projects/{project}/settings/keys/{key}/`
pub(crate) async fn show(
    visit: Visit,
    access: ProjectAccess<ProjectRead>,
    path: PathParams,
) -> Result<Page<KeyPage>, ApiError> {
    let key = project_keys::get(&visit.app, &access.scope, path.get("key")?).await?;
    let form = KeyForm::of(&key);
    Ok(Page(
        page(&visit, &access.scope, &key, form, FormErrors::default()).await?,
    ))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    key: &ProjectKey,
    form: KeyForm,
    errors: FormErrors,
) -> Result<KeyPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Keys).await?;
    let of_key = OutcomeFilter {
        projects: vec![scope.project.id],
        keys: vec![key.id],
        ..OutcomeFilter::default()
    };
    Ok(KeyPage {
        shell,
        frame,
        key: KeyRow::new(&visit.app, scope.project.id, key),
        form,
        errors,
        usage: stats::usage(&visit.app, scope.whole(), &of_key, LATELY).await?,
        endpoints: endpoints(&visit.app, scope, &key.public_key),
    })
}

fn endpoints(app: &services::App, scope: &ProjectScope, key: &str) -> Vec<Endpoint> {
    let project = scope.project.id;
    let reports = Reports::new(app, scope, key);
    let address = |path: String| app.url.join(&path);
    endpoint_list(
        reports.security,
        address(format!("/api/{project}/minidump/?sentry_key={key}")),
        address(format!("/api/{project}/unreal/{key}/")),
        address(format!("/api/{project}/integration/otlp")),
        address(format!("/api/{project}/cron/MONITOR_SLUG/{key}/")),
    )
}

fn endpoint_list(security: String, minidump: String, unreal: String, otlp: String, cron: String) -> Vec<Endpoint> {
    let endpoint = |id, name, help, address| Endpoint {
        id,
        name,
        help,
        address,
    };
    vec![
        endpoint(
            "endpoint-security",
            "Security reports",
            "For report-uri of a Content-Security-Policy, Expect-CT, Expect-Staple and public key pinning.",
            security,
        ),
        endpoint(
            "endpoint-minidump",
            "Minidumps",
            "For crash handlers that upload by form, as Crashpad and Breakpad do.",
            minidump,
        ),
        endpoint(
            "endpoint-unreal",
            "Unreal Engine",
            "For the crash reporter of the engine.",
            unreal,
        ),
        endpoint(
            "endpoint-otlp",
            "OpenTelemetry",
            "For an OTLP exporter over HTTP; traces and logs. The key goes into the header x-sentry-auth as “sentry sentry_key=KEY”.",
            otlp,
        ),
        endpoint(
            "endpoint-cron",
            "Check-ins",
            "For a job that only has curl: add ?status=ok, error or in_progress.",
            cron,
        ),
    ]
}

/// `POST /organizations/{organization}/projects/{project}/settings/keys/{key}/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    path: PathParams,
    CsrfForm { form, .. }: CsrfForm<KeyForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let key = project_keys::get(&visit.app, &scope, path.get("key")?).await?;
    let errors = match form.limit() {
        Err(errors) => errors,
        Ok(limit) => {
            let change = KeyChange {
                label: Some(&form.name),
                rate_limit: Some(limit),
                ..KeyChange::default()
            };
            match project_keys::update(&visit.app, &scope, &key, &change).await {
                Ok(_) => {
                    let links = Links::new(&scope.organization.slug, visit.scope().query());
                    let back = Redirect::to(&links.key(&scope.project.slug, &key.public_key));
                    return Ok((PendingNotice::of(Done::Saved), back).into_response());
                }
                Err(error) => FormErrors::of_api(error.into())?,
            }
        }
    };
    Ok(refused(page(&visit, &scope, &key, form, errors).await?))
}

impl KeyPage {
    /// `1,204 errors accepted and 40 refused in the last 24 hours`
    fn usage_in_words(&self) -> String {
        let errors = Category::errors().numbers();
        let accepted = number::of(self.usage.accepted(&errors), "error");
        match self.usage.limited(&errors) {
            0 => format!("{accepted} accepted in the last 24 hours, none refused"),
            refused => format!(
                "{accepted} accepted in the last 24 hours, {} refused",
                number::grouped(refused)
            ),
        }
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |name: &str, status, form, errors, usage| {
            let (shell, frame) = Frame::sample(Section::Keys);
            let key = KeyRow::sample(2, name, status);
            let address = |path: &str| format!("http://127.0.0.1:9000/api/1/{path}");
            Self {
                shell,
                frame,
                form,
                errors,
                usage,
                endpoints: endpoint_list(
                    Reports::sample().security,
                    address("minidump/?sentry_key=0a5e78ef5723a8"),
                    address("unreal/0a5e78ef5723a8/"),
                    address("integration/otlp"),
                    address("cron/MONITOR_SLUG/0a5e78ef5723a8/"),
                ),
                key,
            }
        };
        let form = |name: &str, count: &str, window: &str| KeyForm {
            name: name.to_owned(),
            count: count.to_owned(),
            window: window.to_owned(),
            unit: "h".to_owned(),
        };
        let wrong = form("Mobile app", "1000", "48");
        let errors = wrong.limit().err().unwrap_or_default();
        vec![
            Sample::new(
                "key-empty",
                &page(
                    "Default",
                    KeyStatus::Active,
                    form("Default", "", "1"),
                    FormErrors::default(),
                    Usage::default(),
                ),
            ),
            Sample::new(
                "key-typical",
                &page(
                    "Mobile app",
                    KeyStatus::Disabled,
                    wrong,
                    errors,
                    Usage::of_errors(1_204, 40),
                ),
            ),
            Sample::new(
                "key-hostile",
                &page(
                    gallery::HOSTILE,
                    KeyStatus::Active,
                    form(gallery::HOSTILE, gallery::HOSTILE, gallery::HOSTILE),
                    FormErrors::one("name", gallery::HOSTILE),
                    Usage::default(),
                ),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_in_a_time_of_a_day_at_most() {
        let form = |count: &str, window: &str, unit: &str| KeyForm {
            name: String::new(),
            count: count.to_owned(),
            window: window.to_owned(),
            unit: unit.to_owned(),
        };
        let limit = |count, window_seconds| Some(KeyRateLimit { count, window_seconds });
        assert_eq!(form(" 1,000 ", "1", "h").limit().unwrap(), limit(1_000, 3_600));
        assert_eq!(form("", "x", "y").limit().unwrap(), None);
        assert_eq!(form("5", "1", "d").limit().unwrap(), limit(5, 86_400));
        for (wrong, field) in [
            (form("0", "1", "h"), "count"),
            (form("-1", "1", "h"), "count"),
            (form("many", "1", "h"), "count"),
            (form("1", "25", "h"), "window"),
            (form("1", "", "h"), "window"),
            (form("1", "1", "w"), "window"),
        ] {
            assert!(wrong.limit().unwrap_err().has(field), "{wrong:?}");
        }
    }
}
