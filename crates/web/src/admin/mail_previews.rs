//! What mails look like, with made-up content.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use httpkit::{ApiError, InstanceAccess, PathParams, instance_permissions::Superuser};
use services::mails::{self, Preview};

use super::{sample_shell, shell};
use crate::{
    gallery::Sample,
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Mails have their styles in them, which pages of ours never do.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'");

#[derive(Debug, Template)]
#[template(path = "admin/mail_previews.html")]
pub(crate) struct MailPreviewsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) previews: Vec<Preview>,
}

/// `GET /admin/mail-previews/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<MailPreviewsPage>, ApiError> {
    Ok(Page(MailPreviewsPage {
        shell: shell(&visit, AdminSection::Mails).await?,
        section: AdminSection::Mails,
        previews: mails::previews(visit.app.url.as_str()),
    }))
}

/// `GET /admin/mail-previews/{kind}/`: the mail itself, as a browser shows it.
pub(crate) async fn show_html(
    visit: Visit,
    _: InstanceAccess<Superuser>,
    path: PathParams,
) -> Result<Response, ApiError> {
    let kind = path.get("kind")?;
    let found = mails::previews(visit.app.url.as_str())
        .into_iter()
        .find(|preview| preview.slug == kind);
    let preview = found.ok_or_else(ApiError::not_found)?;
    let mut response = axum::response::Html(preview.html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    Ok(response)
}

impl MailPreviewsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            previews: mails::previews("https://tocsin.example"),
        };
        vec![Sample::new("admin-mail-previews", &page)]
    }
}
