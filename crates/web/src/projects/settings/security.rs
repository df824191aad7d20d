//! Which pages may send, and where browsers send their reports to.

use askama::Template;
use axum::response::Response;
use httpkit::{
    ApiError, CsrfForm, ProjectAccess,
    scopes::{ProjectRead, ProjectWrite},
};
use model::KeyStatus;
use serde::Deserialize;
use services::{
    App,
    access::ProjectScope,
    settings::{self, ClientSettings},
};

use super::{Frame, problems, refused, saved};
use crate::{
    form::{Area, FormErrors, lines},
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::{self, Section},
    visit::Visit,
};

/// Allowed domains, and addresses for reports.
#[derive(Debug, Template)]
#[template(path = "projects/settings/security.html")]
pub(crate) struct SecurityPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    /// As they were typed.
    domains: String,
    pub(crate) errors: FormErrors,
    /// Absent when no key is active.
    reports: Option<Reports>,
}

/// Where reports go.
#[derive(Debug, Clone)]
pub(crate) struct Reports {
    /// For the `report-uri` of policies, Expect-CT, Expect-Staple and public key pinning.
    pub(crate) security: String,
    /// For network errors.
    pub(crate) network: String,
}

impl Reports {
    pub(super) fn new(app: &App, scope: &ProjectScope, public_key: &str) -> Self {
        let project = scope.project.id;
        let query = urls::query([("sentry_key", public_key)]);
        let address = |kind: &str| app.url.join(&format!("/api/{project}/{kind}/?{query}"));
        Self {
            security: address("security"),
            network: address("nel"),
        }
    }

    pub(super) fn sample() -> Self {
        let key = "0000000000000000000052f3c77ab91d";
        Self {
            security: format!("http://127.0.0.1:9000/api/1/security/?sentry_key={key}"),
            network: format!("http://127.0.0.1:9000/api/1/nel/?sentry_key={key}"),
        }
    }

    /// Headers that a site answers with to try a policy out and hear of what it would have stopped.
    pub(crate) fn headers(&self) -> String {
        format!(
            "Content-Security-Policy-Report-Only: default-src 'self'; report-uri {0}; report-to csp-endpoint\n\
             Reporting-Endpoints: csp-endpoint=\"{0}\"",
            self.security
        )
    }

    pub(crate) fn network_headers(&self) -> String {
        format!(
            "Report-To: {{\"group\": \"network-errors\", \"max_age\": 86400, \"endpoints\": [{{\"url\": \"{}\"}}]}}\n\
             NEL: {{\"report_to\": \"network-errors\", \"max_age\": 86400}}",
            self.network
        )
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DomainsForm {
    allowed_domains: String,
}

/// `GET /organizations/{organization}/projects/{project}/settings/security/`
pub(crate) async fn show(visit: Visit, access: ProjectAccess<ProjectRead>) -> Result<Page<SecurityPage>, ApiError> {
    let client = settings::of_project(&visit.app, &access.scope).await?.client;
    let domains = client.allowed_domains.join("\n");
    Ok(Page(page(&visit, &access.scope, domains, FormErrors::default()).await?))
}

async fn page(
    visit: &Visit,
    scope: &ProjectScope,
    domains: String,
    errors: FormErrors,
) -> Result<SecurityPage, ApiError> {
    let (shell, frame) = Frame::new(visit, scope, Section::Security).await?;
    let keys = services::project_keys::list(&visit.app, scope).await?;
    let key = keys.iter().find(|key| key.status == KeyStatus::Active);
    Ok(SecurityPage {
        shell,
        frame,
        domains,
        errors,
        reports: key.map(|key| Reports::new(&visit.app, scope, &key.public_key)),
    })
}

/// `POST /organizations/{organization}/projects/{project}/settings/security/`
pub(crate) async fn save(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<DomainsForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let client = ClientSettings {
        allowed_domains: lines(&form.allowed_domains),
    };
    let found = problems(settings::set_of_project(&visit.app, &scope, &client).await)?;
    if found.is_empty() {
        return Ok(saved(&visit, &scope, Section::Security));
    }
    let errors = FormErrors::of_problems(&found, str::to_owned);
    Ok(refused(page(&visit, &scope, form.allowed_domains, errors).await?))
}

impl SecurityPage {
    fn area(&self) -> Area {
        Area::new("allowed_domains", "Allowed domains", &self.domains, &self.errors)
            .help("One a line: example.com, https://example.com:8443, *.example.com for all below it, *:8080 for a port, * for all pages. Programs that are no pages may always send.")
            .example("*")
    }

    /// No page at all may send.
    fn nothing_is_allowed(&self) -> bool {
        self.domains.trim().is_empty()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let page = |domains: &str, errors, reports| {
            let (shell, frame) = Frame::sample(Section::Security);
            Self {
                shell,
                frame,
                domains: domains.to_owned(),
                errors,
                reports,
            }
        };
        let wrong = services::settings::Problem {
            field: "allowed_domains".to_owned(),
            line: Some(2),
            column: None,
            message: "one domain a line, as example.com or *.example.com".to_owned(),
        };
        let errors = FormErrors::of_problems(&[wrong], str::to_owned);
        vec![
            Sample::new("security-empty", &page("", FormErrors::default(), None)),
            Sample::new(
                "security-typical",
                &page("shop.example\nfoo bar", errors, Some(Reports::sample())),
            ),
            Sample::new(
                "security-hostile",
                &page(gallery::HOSTILE, FormErrors::default(), Some(Reports::sample())),
            ),
        ]
    }
}
